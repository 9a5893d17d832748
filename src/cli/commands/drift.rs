//! `seatwise drift`.

use clap::Args;

use crate::apply::{JournalError, JournalFolder, RunId};
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::past_run;
use crate::cli::planning;
use crate::cli::state_error::StateError;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::model::{Live, Section, Snapshot};
use crate::policy::Moment;
use crate::policy::scope::LastRunScope;
use crate::render::clean::clean_text;
use crate::render::comparison::{ComparisonGaps, unread_reasons};
use crate::render::drift::{DriftBaseline, OrganizationDrift, drift_report};
use crate::render::plan_text;
use crate::render::product_names::ProductNames;
use crate::render::prose::fit_prose;
use crate::render::table_report::ReportOrigin;
use crate::render::words::{self, Phrase};

/// Tell whether the organization still is as the policy that was last applied
///
/// While the policy has not changed since, drift is what a plan for the same day would do. When it has, the
/// organization is compared with what the last run left behind. What the policy does not manage is not drift.
/// Exits with 2 when something differs, and with 9 when something could not be compared. Who changed it is
/// not known to seatwise: the organization's own log may say.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise drift || echo \"somebody changed something by hand\"
  seatwise drift --out drift.md                   (for a pull request)
  seatwise drift --format json")]
pub(in crate::cli) struct DriftArgs {
    /// Believe a section although it is more than 20 % smaller than after the last run
    ///
    /// Sections: users, groups, memberships, roles, assignments, restrictions, alerts, contacts.
    #[arg(long, value_name = "SECTION", value_parser = planning::section, value_delimiter = ',')]
    accept_shrink: Vec<Section>,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// Returns the last run; an error where it has not ended, or is not believed.
fn run_to_compare_with(journals: &JournalFolder) -> Result<RunId, CliError> {
    if let Some(open) = journals.open_runs()?.into_iter().next() {
        if open.fault.is_some() {
            return Err(JournalError::from(open).into());
        }
        past_run::require_resumable(journals, &open.run)?;
        return Err(CliError::OnItsWay(open.run));
    }
    if let Some((run, fault)) = journals.unbelieved_newest()? {
        return Err(StateError::Run(run, fault).into());
    }
    journals.last_run()?.ok_or(CliError::NeverApplied)
}

/// Reports what differs from the policy that was last applied, or from what the last run left behind.
pub(super) fn run_drift(args: &DriftArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    let journals = workspace.journals();
    let run = run_to_compare_with(&journals)?;
    let applied = past_run::plan_of_run(&journals, &run)?.plan;
    let connection = workspace.connection(&settings, ConnectionPurpose::Read, context)?;
    let live = planning::fetch_snapshot(&connection, &workspace, &args.accept_shrink, context)?;
    // Dates that pass are not drift: the policy is read as on the day it was applied.
    let moment = Moment { as_of: applied.as_of, now: context.now };
    let mut policy = workspace.load(moment.as_of, context)?.policy;
    policy.as_mut().map_or(Ok(()), |policy| planning::join_products(&workspace, policy, &live.facts))?;
    let (baseline, differences, shown, not_compared) = match policy {
        Some(mut policy) if policy.digest == applied.policy => {
            let plan =
                planning::plan_policy_without_outlook(&workspace, &mut policy, &connection, live, moment)?;
            let differences = plan.steps.iter().map(|step| words::act_phrase(&step.act)).collect();
            let gap = ComparisonGaps::from_plan(&plan).reasons().map(|reasons| reasons.plain_text());
            (DriftBaseline::Policy, differences, Some(plan), gap)
        }
        changed => {
            let (before, _) = journals.snapshot(&run, &context.names)?;
            let unread = before.unread.clone();
            let left = Snapshot {
                live: Live(past_run::organization_after_run(&journals, &run, before.live.0)?),
                unread,
                ..Snapshot::default()
            };
            let scope = LastRunScope { settings: &settings, policy: changed.as_ref() };
            let gap = unread_reasons(&scope.sections_not_compared(&left, &live));
            let differences = scope.changes_since(left, live).iter().map(words::change_phrase).collect();
            (DriftBaseline::LastRun, differences, None, gap)
        }
    };
    let drift = OrganizationDrift { run: run.to_string(), baseline, differences, not_compared };
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
    let found = if drift.differences.is_empty() { Exit::Done } else { Exit::Differs };
    Ok(if drift.not_compared.is_some() { found.first_of(Exit::NotCompared) } else { found })
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
