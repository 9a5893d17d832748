//! `seatwise plan`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::files;
use crate::cli::planning::{self, PlanningArgs};
use crate::cli::report_format::{OfferedFormat, ReportFormat};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::plan::approval::admit_plan;
use crate::plan::{Plan, file};
use crate::reach::Connection;
use crate::render::plan_text::{PlanTextOptions, approvals_yaml};
use crate::render::{plan_json, plan_markdown, plan_text};

/// Show what would be done, and do nothing
///
/// Reads the policy and the organization, and shows each difference with the line of the policy it comes
/// from, who gains or loses access to which product, the licences that needs, what is withheld and why, and
/// what the guards say. Nothing is created or written but the file of `--out`.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise plan examples/quickstart
  seatwise plan --out plan.json && seatwise apply plan.json       (apply exactly what was reviewed)
  seatwise plan --format markdown --detailed-exitcode             (for a pull request)")]
pub(in crate::cli) struct PlanArgs {
    /// The policy's folder; by default the one at or above the current directory that has `seatwise.yaml`
    dir: Option<PathBuf>,
    #[command(flatten)]
    judging: PlanningArgs,
    /// Save the plan, for `seatwise apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The saved plan may be applied for so many hours
    #[arg(long, value_name = "HOURS", default_value_t = file::DEFAULT_MAX_AGE_HOURS,
        value_parser = clap::value_parser!(u32).range(1..=8_784))]
    max_age: u32,
    /// Exit with 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// How the plan is shown
    #[arg(long, value_parser = OfferedFormat::parser(&FORMATS), default_value = "text")]
    format: OfferedFormat<PlanWriter>,
    /// Show every step on a line of its own, and every name of those concerned
    #[arg(long)]
    full: bool,
    /// Show what is withheld, line by line
    #[arg(long)]
    withheld: bool,
    /// Show only the `approvals` that would let this plan pass, to be written into `seatwise.yaml`
    #[arg(long)]
    approvals: bool,
    /// Plan against the organization of the policy in this folder, such as an export's own source
    #[arg(long, value_name = "DIR")]
    live_from: Option<PathBuf>,
}

type PlanWriter = fn(&Plan, PlanTextOptions) -> String;

const FORMATS: [OfferedFormat<PlanWriter>; 3] = [
    ReportFormat::Text.offer("For people at a terminal", plan_text::plan_text),
    ReportFormat::Json.offer("For programs: versioned, one line", |plan, _| plan_json::plan_json(plan)),
    ReportFormat::Markdown
        .offer("For pull requests: what hurts first, at most 60,000 characters", |plan, _| {
            plan_markdown::plan_markdown(plan, plan_markdown::BUDGET)
        }),
];

/// Makes a plan and shows it, and saves it where `--out` is given.
pub(super) fn run_plan(args: &PlanArgs, context: &Context) -> Result<Exit, CliError> {
    let plan = make_plan(args, context)?;
    if let Some(out) = &args.out {
        files::write_file(out, file::write_plan(&plan, args.max_age))?;
    }
    context.report(&if args.approvals {
        approvals_yaml(&plan)
    } else {
        let options = planning::text_options(context);
        (args.format.write)(&plan, PlanTextOptions { full: args.full, withheld: args.withheld, ..options })
    })?;
    if let Some(out) = &args.out {
        context.note(&format!(
            "saved to {}; `seatwise apply {}` carries out exactly this",
            out.display(),
            out.display()
        ));
    }
    let changes = !plan.steps.is_empty();
    match admit_plan(plan, None, args.judging.approve.as_deref()) {
        Ok(_) if changes && args.detailed_exitcode => Ok(Exit::Differs),
        Ok(_) => Ok(Exit::Done),
        Err(plan) => {
            context.note(&planning::refused_hint(&plan, "seatwise apply"));
            Ok(Exit::Refused)
        }
    }
}

fn make_plan(args: &PlanArgs, context: &Context) -> Result<Plan, CliError> {
    let moment = context.moment(args.judging.as_of);
    let workspace = Workspace::find(args.dir.as_deref(), context)?;
    let live = match &args.live_from {
        None => workspace.clone(),
        Some(other) => Workspace::find(Some(other), context)?,
    };
    let read = |connection: &Connection| {
        planning::fetch_snapshot(connection, &live, &args.judging.accept_shrink, context)
    };
    let (policy, connection, snapshot) =
        planning::read_policy_and_live((&workspace, &live), context, moment.as_of, read)?;
    planning::plan_policy(&workspace, &policy, &connection, snapshot, moment)
}
