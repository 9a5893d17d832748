//! `seatwise work-order`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::files;
use crate::cli::past_run;
use crate::cli::plain_formats::PlainFormatArgs;
use crate::cli::planning::{self, PlanningArgs};
use crate::cli::saved_plan::ReviewedPlan;
use crate::cli::shell::{shell_word, shown_path};
use crate::cli::state_error::StateError;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::render::comparison::ComparisonGaps;
use crate::render::work_order::{WorkOrder, work_order_document, work_order_text};

/// The file name of the plan in the folder of a work order.
pub(in crate::cli) const PLAN_FILE: &str = "plan.json";

/// Write a saved plan as files and steps for a person, where there is no API
///
/// Writes a new folder: numbered CSV files for the portal's bulk operations (add, update and delete users; at
/// most 1,000 rows each), and `steps.md` and `steps.html`, which say what to upload and click in which order,
/// one visit to a page of the portal after another, each with a box to tick. The plan lies beside them, for
/// `seatwise confirm`.
///
/// The plan is held to what `apply` holds it to: its digest, its age, and the guards on the organization as
/// it is now. Nothing is sent.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise plan --out plan.json
  seatwise work-order plan.json --out work-order
  seatwise confirm work-order                  (what of it is done?)")]
pub(in crate::cli) struct WorkOrderArgs {
    /// The saved plan
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The folder to write, which must be new or empty
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    judging: PlanningArgs,
    #[command(flatten)]
    output: PlainFormatArgs,
}

/// Writes a saved plan as a work order for a person.
pub(super) fn run_work_order(args: &WorkOrderArgs, context: &Context) -> Result<Exit, CliError> {
    let mut reviewed = ReviewedPlan::read(&args.plan, &args.judging, context)?;
    files::require_free_folder(&args.out)?;
    past_run::refuse_unfinished_run(&reviewed.workspace)?;
    let connection =
        reviewed.workspace.connection(&reviewed.policy.settings, ConnectionPurpose::Read, context)?;
    let live =
        planning::fetch_snapshot(&connection, &reviewed.workspace, &args.judging.accept_shrink, context)?;
    let blocked = reviewed.contradictions(&live, &connection)?;
    if let Some((step, why)) = blocked.first_key_value() {
        return Err(StateError::Contradicted { step: *step, why: why.clone() }.into());
    }
    let plan = reviewed.text.clone();
    let Some(approved) = reviewed.admit(&live, "work-order", context)? else {
        return Ok(Exit::Refused);
    };
    let order = WorkOrder::new(approved.plan());
    let gaps = ComparisonGaps::from_plan(approved.plan());
    let exit = if gaps.is_empty() { Exit::Done } else { Exit::NotCompared };
    if let Some(reasons) = gaps.reasons() {
        context.note(&format!("could not compare: {}", reasons.plain_text()));
    }
    if order.visits.is_empty() {
        let why = if gaps.is_empty() { "nothing to do" } else { "no step is planned" };
        context.note(&format!("{why}, so no work order was written"));
        args.output.write_plain(context, String::new, || work_order_document(&order, None))?;
        return Ok(exit);
    }
    let mut files = order.files();
    files.insert(PLAN_FILE.to_owned(), plan);
    files::write_new_folder(&args.out, &files)?;
    let document = || work_order_document(&order, Some(args.out.display().to_string()));
    args.output.write_plain(context, || work_order_text(&order, context.width), document)?;
    context.note(&format!(
        "written to {}; `{} confirm {}` says what of it is done",
        shown_path(&args.out),
        context.program(),
        shell_word(&args.out.to_string_lossy())
    ));
    Ok(exit)
}
