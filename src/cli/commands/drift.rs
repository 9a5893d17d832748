//! `seatwise drift`.

use clap::Args;

use crate::change::Change;
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::past_run;
use crate::cli::planning;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::connector::shrink_check::clear_section;
use crate::diff::diff;
use crate::model::{Desired, DirectoryField, GroupKind, Live, Organization, RoleId, Snapshot};
use crate::policy::Moment;
use crate::render::clean::clean_text;
use crate::render::drift::{DriftBaseline, OrganizationDrift, drift_report};
use crate::render::plan_text;
use crate::render::product_names::ProductNames;
use crate::render::prose::fit_prose;
use crate::render::table_report::ReportOrigin;
use crate::render::words::{self, Phrase};

/// Tell whether the organization still is as the policy that was last applied
///
/// While the policy has not changed since, drift is what a plan for the same day would do. When it has, the
/// organization is compared with what the last run left behind. Exits with 2 when something differs. Who
/// changed it is not known to seatwise: the organization's own log may say.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise drift || echo \"somebody changed something by hand\"
  seatwise drift --out drift.md                   (for a pull request)
  seatwise drift --format json")]
pub(in crate::cli) struct DriftArgs {
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// Reports what differs from the policy that was last applied, or from what the last run left behind.
pub(super) fn run_drift(args: &DriftArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    let journals = workspace.journals();
    if let Some(run) = journals.unfinished_runs()?.into_iter().next() {
        return Err(CliError::OnItsWay(run));
    }
    let Some(run) = journals.runs()?.pop() else { return Err(CliError::NeverApplied) };
    let applied = past_run::plan_of_run(&journals, &run)?.plan;
    let connection = workspace.connection(&settings, ConnectionPurpose::Read, context)?;
    let live = planning::fetch_snapshot(&connection, &workspace, &[], context)?;
    // Dates that pass are not drift: the policy is read as on the day it was applied.
    let moment = Moment { as_of: applied.as_of, now: context.now };
    let policy =
        workspace.load(moment.as_of, context)?.policy.filter(|policy| policy.digest == applied.policy);
    let (baseline, differences, shown) = match policy {
        Some(policy) => {
            let plan = planning::plan_policy_without_outlook(&workspace, &policy, &connection, live, moment)?;
            let differences = plan.steps.iter().map(|step| words::act_phrase(&step.act)).collect();
            (DriftBaseline::Policy, differences, Some(plan))
        }
        None => {
            let (before, _) = journals.snapshot(&run, &context.names)?;
            let unread = before.unread.clone();
            let left = Snapshot {
                live: Live(past_run::organization_after_run(&journals, &run, before.live.0)?),
                unread,
                ..Snapshot::default()
            };
            let differences = changes_since(left, live).iter().map(words::change_phrase).collect();
            (DriftBaseline::LastRun, differences, None)
        }
    };
    let drift = OrganizationDrift { run: run.to_string(), baseline, differences };
    let terminal = |width| {
        let differences = match &shown {
            Some(plan) => plan_text::plan_text(plan, planning::text_options(context)),
            None => fit_prose(&difference_lines(&drift.differences), width),
        };
        let blank = if differences.is_empty() { "" } else { "\n" };
        fit_prose(&format!("{}\n", drift.conclusion()), width) + blank + &differences
    };
    let origin = ReportOrigin {
        organization: settings.organization.to_string(),
        now: context.now,
        products: ProductNames::default(),
        filters: None,
    };
    let report = drift_report(&drift, origin, terminal);
    args.output.write(context, |write| write(&report, context.width))?;
    Ok(if drift.differences.is_empty() { Exit::Done } else { Exit::Differs })
}

/// Returns the changes between two reads, in what both of them know.
fn changes_since(left: Snapshot, live: Snapshot) -> Vec<Change> {
    let (mut before, mut after) = (left.live.0, live.live.0);
    if live.no_place.contains(&DirectoryField::GroupKind) {
        // The run took the kinds of groups from the policy; the service does not report them.
        before
            .groups
            .values_mut()
            .chain(after.groups.values_mut())
            .for_each(|group| group.facts.kind = GroupKind::Other);
    }
    for section in left.unread.keys().chain(live.unread.keys()) {
        clear_section(*section, &mut before);
        clear_section(*section, &mut after);
    }
    remove_account_administrators(&mut before);
    remove_account_administrators(&mut after);
    diff(&Live(before), &Desired(after))
}

/// Removes the Account Administrators: they follow the contract, and the first of them comes with the
/// creation of the organization and not with a run.
fn remove_account_administrators(organization: &mut Organization) {
    organization.users.retain(|_, user| !user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR));
}

fn difference_lines(differences: &[Phrase]) -> String {
    let mut text = String::new();
    for phrase in differences {
        text += &format!(
            "  {} {} {}  {}\n",
            phrase.mark.as_str(),
            phrase.kind,
            clean_text(&phrase.subject.plain_text()),
            clean_text(&phrase.what.plain_text())
        );
    }
    text
}
