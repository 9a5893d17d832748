//! Checks that the service that answers is the organization of the policy, before anything is compared.

use std::collections::BTreeMap;

use super::workspace::Workspace;
use super::{CliError, Context, past_run};
use crate::model::{LiveId, Organization, Profile, Snapshot};
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
    let Some(run) = journals.last_run()? else { return Ok(()) };
    // A run that cannot be read says nothing; the commands that need it tell of its damage.
    let Ok((before, _)) = journals.snapshot(&run, &context.names) else { return Ok(()) };
    let Ok(left) = past_run::organization_after_run(&journals, &run, before.live.0) else { return Ok(()) };
    let (known, live) = (people_by_id(&left), people_by_id(&snapshot.live.0));
    let missing =
        known.iter().filter(|(id, user)| !live.get(*id).is_some_and(|now| is_same_person(user, now)));
    let missing = missing.count();
    let came = live.iter().filter(|(id, user)| !known.get(*id).is_some_and(|was| is_same_person(was, user)));
    let came = came.count();
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
fn people_by_id(organization: &Organization) -> BTreeMap<&LiveId, &Profile> {
    organization.users.values().filter_map(|user| Some((user.id.as_ref()?, &user.profile))).collect()
}

/// Whether two people of one identity are one person: services that count their people give the same
/// identities in every organization.
fn is_same_person(one: &Profile, other: &Profile) -> bool {
    one.email == other.email || (&one.first_name, &one.last_name) == (&other.first_name, &other.last_name)
}
