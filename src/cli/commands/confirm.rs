//! `seatwise confirm`.

use std::path::PathBuf;

use clap::Args;

use super::work_order::PLAN_FILE;
use crate::cli::corrections::misplaced_paths::work_order_correction;
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::planning;
use crate::cli::saved_plan::{read_saved_plan, require_same_organization};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::model::{Section, Snapshot, UnreadReason};
use crate::plan::file::SavedPlan;
use crate::plan::sighting::step_sightings;
use crate::policy::Settings;
use crate::policy::scope::{failed_sections, managed_sections};
use crate::render::comparison::unread_reasons;
use crate::render::confirm::{PlanConfirmation, confirmation_report};
use crate::render::product_names::ProductNames;
use crate::render::table_report::ReportOrigin;

/// Tell which steps of a work order are seen to be done
///
/// Reads the organization as it is now and looks for what each step of the plan would have made. Nothing is
/// written. Exits with 0 when all is done, with 2 when a step is open, cannot be seen, or has met something
/// else, and with 9 when a part of the organization could not be read.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise confirm work-order
  seatwise confirm work-order --format json
  seatwise confirm work-order --out done.md        (for a pull request)")]
pub(in crate::cli) struct ConfirmArgs {
    /// The folder of the work order
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Believe a section although it is more than 20 % smaller than after the last run
    ///
    /// Sections: users, groups, memberships, roles, assignments, restrictions, alerts, contacts.
    #[arg(long, value_name = "SECTION", value_parser = planning::section, value_delimiter = ',')]
    accept_shrink: Vec<Section>,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// Reports which steps of a work order are seen to be done in the live organization.
pub(super) fn run_confirm(args: &ConfirmArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let (_, SavedPlan { plan, .. }) = read_saved_plan(&args.folder.join(PLAN_FILE)).map_err(|error| {
        let is_order = args.folder.join(PLAN_FILE).is_file();
        let correction = || work_order_correction(&context.line, &args.folder);
        if is_order { error } else { CliError::Mistake(Exit::CouldNotRun, correction()) }
    })?;
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    require_same_organization(&plan, &settings)?;
    let connection = workspace.connection(&settings, ConnectionPurpose::Read, context)?;
    let live = planning::fetch_snapshot(&connection, &workspace, &args.accept_shrink, context)?;
    let confirmed = PlanConfirmation {
        plan: &plan,
        seen: step_sightings(&plan.steps, &live),
        not_compared: managed_gaps(&workspace, &settings, &live, context)?,
    };
    let products = ProductNames::new(&live.facts.products);
    let origin = ReportOrigin {
        organization: plan.organization.to_string(),
        now: context.now,
        products,
        filters: None,
    };
    args.output
        .write(context, |write| write(&confirmation_report(&confirmed, origin.clone()), context.width))?;
    let seen = if confirmed.is_all_done() { Exit::Done } else { Exit::Differs };
    Ok(if confirmed.is_blind() { seen.first_of(Exit::NotCompared) } else { seen })
}

/// Returns the managed sections that `live` does not know, with their reasons; `None` where all were read.
fn managed_gaps(
    workspace: &Workspace,
    settings: &Settings,
    live: &Snapshot,
    context: &Context,
) -> Result<Option<String>, CliError> {
    if !live.unread.values().any(UnreadReason::is_failure) {
        return Ok(None);
    }
    let policy = workspace.load(context.today(), context)?.policy;
    let managed = managed_sections(settings, policy.as_ref());
    Ok(unread_reasons(&failed_sections(&live.unread, &managed)))
}
