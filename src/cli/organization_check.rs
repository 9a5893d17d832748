//! Checks that the service that answers is the organization of the policy, before anything is compared.

use super::workspace::Workspace;
use super::{CliError, Context, past_run};
use crate::model::{Email, LiveId, Organization, Snapshot};
use crate::policy::Settings;
use crate::render::clean::clean_text;

/// Fewer people than this say nothing of whose organization it is.
const LEAST_KNOWN: usize = 3;

/// Returns an error where `snapshot` is of another organization than the policy's: the service says another
/// name, or, where it says none, most people of the last run have another identity or are gone while others
/// came.
pub(super) fn require_own_organization(
    snapshot: &Snapshot,
    settings: &Settings,
    workspace: &Workspace,
    context: &Context,
) -> Result<(), CliError> {
    let wanted = settings.organization_id.as_ref().unwrap_or(&settings.organization);
    match &snapshot.organization {
        Some(said) if said == wanted => Ok(()),
        Some(said) => Err(CliError::WrongOrganization(format!(
            "the service says that it is the organization `{}`, and the policy here is for `{wanted}`",
            clean_text(said)
        ))),
        None => require_known_people(snapshot, workspace, context),
    }
}

/// Compares the people of an organization that has no name with those whom the last run left.
fn require_known_people(
    snapshot: &Snapshot,
    workspace: &Workspace,
    context: &Context,
) -> Result<(), CliError> {
    let journals = workspace.journals();
    let Some(run) = journals.runs()?.pop() else { return Ok(()) };
    // A run that cannot be read says nothing; the commands that need it tell of its damage.
    let Ok((before, _)) = journals.snapshot(&run, &context.names) else { return Ok(()) };
    let Ok(left) = past_run::organization_after_run(&journals, &run, before.live.0) else { return Ok(()) };
    let live = &snapshot.live.0;
    let known: Vec<(&Email, &LiveId)> = identities(&left).collect();
    let ids: std::collections::BTreeSet<&LiveId> = identities(live).map(|(_, id)| id).collect();
    let missing = known.iter().filter(|(_, id)| !ids.contains(id)).count();
    let known_ids: std::collections::BTreeSet<&LiveId> = known.iter().map(|(_, id)| *id).collect();
    let came = ids.iter().filter(|id| !known_ids.contains(*id)).count();
    if known.len() < LEAST_KNOWN || missing * 2 <= known.len() || came == 0 {
        return Ok(());
    }
    Err(CliError::WrongOrganization(format!(
        "this looks like another organization: of the {} people whom run {run} left, {missing} are not here, \
            and {came} others are",
        known.len()
    )))
}

/// Returns the people whose identity is known.
fn identities(organization: &Organization) -> impl Iterator<Item = (&Email, &LiveId)> {
    organization.users.iter().filter_map(|(email, user)| Some((email, user.id.as_ref()?)))
}
