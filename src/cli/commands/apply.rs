//! `seatwise apply`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::output::OutputArgs;
use crate::cli::past_run;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::planning::{self, PlanningArgs};
use crate::cli::run::{PlanRunner, RunBegin};
use crate::cli::run_output::show_plan;
use crate::cli::saved_plan::{ReviewedPlan, admit_or_report, require_approved_digest};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;

/// Carry out a policy, or a plan that was saved and reviewed
///
/// Without a saved plan: plans, shows the plan, asks, and carries it out. Without a terminal to ask at,
/// `--yes` answers.
///
/// With a saved plan: carries out that and nothing else. The guards run again on the organization as it is
/// now; where something that a step touches has changed since, that step and those that need it are blocked,
/// and the rest is done.
///
/// Every write is in the journal below `.seatwise` before it is sent. Ctrl-C stops after what is under way, a
/// second one at once; both lose nothing: `seatwise resume` goes on.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise apply
  seatwise apply --yes                           (in a script)
  seatwise apply --yes --out run.json            (and keep what became of each step)
  seatwise apply plan.json --approve 7f3c91d2…    (in CI: only the plan that was reviewed)")]
pub(in crate::cli) struct ApplyArgs {
    /// A saved plan; by default the policy is planned
    plan: Option<PathBuf>,
    #[command(flatten)]
    judging: PlanningArgs,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// Plans and applies the policy, or applies a saved plan.
pub(super) fn run_apply(args: &ApplyArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    match &args.plan {
        Some(plan) => apply_saved_plan(args, plan, context),
        None => apply_policy(args, context),
    }
}

fn apply_policy(args: &ApplyArgs, context: &Context) -> Result<Exit, CliError> {
    let moment = context.moment(args.judging.as_of);
    let workspace = Workspace::find(context)?;
    let mut policy = workspace.policy(moment.as_of, context)?;
    let connection = workspace.connection(&policy.settings, ConnectionPurpose::Write, context)?;
    let _lock = workspace.lock(context)?;
    past_run::refuse_unfinished_run(&workspace)?;
    let live = planning::fetch_snapshot(&connection, &workspace, &args.judging.accept_shrink, context)?;
    // The snapshot is kept as it was read: an undo goes back to it.
    let plan = planning::plan_policy(&workspace, &mut policy, &connection, live.clone(), moment)?;
    let question = (!args.yes).then_some("Apply this plan?");
    show_plan(&args.output, &plan, "", question, context)?;
    require_approved_digest(&plan, args.judging.approve.as_deref())?;
    let Some(approved) = admit_or_report(plan, None, args.judging.approve.as_deref(), "apply", context)
    else {
        return Ok(Exit::Refused);
    };
    PlanRunner { workspace: &workspace, connection: &connection, output: &args.output, context }.begin(
        &approved,
        &live,
        RunBegin { question, approved: args.judging.approve.as_deref(), ..RunBegin::default() },
    )
}

fn apply_saved_plan(args: &ApplyArgs, path: &Path, context: &Context) -> Result<Exit, CliError> {
    let judging = &args.judging;
    let mut reviewed = ReviewedPlan::read(path, judging, context)?;
    let workspace = reviewed.workspace.clone();
    let connection = workspace.connection(&reviewed.policy.settings, ConnectionPurpose::Write, context)?;
    let _lock = workspace.lock(context)?;
    past_run::refuse_unfinished_run(&workspace)?;
    let live = planning::fetch_snapshot(&connection, &workspace, &judging.accept_shrink, context)?;
    let gaps = reviewed.gaps(&live);
    if let (Some(gaps), true) = (&gaps, reviewed.plan.steps.is_empty()) {
        return Err(CliError::NotCompared(Exit::InPart, gaps.clone()));
    }
    show_plan(&args.output, &reviewed.plan, "", None, context)?;
    let blocked = reviewed.contradictions(&live, &connection)?;
    reviewed.require_some_step_beside(&blocked)?;
    let Some(approved) = reviewed.admit(&live, "apply", context)? else {
        return Ok(Exit::Refused);
    };
    let begin = RunBegin { approved: judging.approve.as_deref(), blocked, ..RunBegin::default() };
    let run = PlanRunner { workspace: &workspace, connection: &connection, output: &args.output, context }
        .begin(&approved, &live, begin)?;
    let Some(gaps) = gaps else { return Ok(run) };
    context.note(&format!("Could not compare: {gaps}"));
    Ok(run.first_of(Exit::InPart))
}
