//! `seatwise resume`.

mod given_up;

use clap::Args;

use crate::cli::output::OutputArgs;
use crate::cli::past_run;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::run::PlanRunner;
use crate::cli::saved_plan::require_approved_digest;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::plan::approval::admit_plan;
use crate::render::words;
use given_up::give_up_run;

/// Finish a run that was interrupted
///
/// Goes on with the run's own plan from its journal: what was done stays done, what was under way is asked
/// for again under the same key and so is not done twice, and the rest is sent. The policy may have changed
/// in between; this run does not look at it.
///
/// Where the run's files are damaged, it cannot go on: `--give-up` ends it and tells what is known of each
/// step, and the next plan finds what is left.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Example:\n  seatwise resume\n  seatwise resume --give-up      (end it where it \
        stands, so that a new plan can be made)"
)]
pub(in crate::cli) struct ResumeArgs {
    /// Go on only if the run carries out the plan with this digest
    #[arg(long, value_name = "DIGEST")]
    approve: Option<String>,
    /// End the run where it stands: what is left is not sent
    #[arg(long)]
    give_up: bool,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// Finishes the unfinished run, or ends it where `--give-up` is given.
pub(super) fn run_resume(args: &ResumeArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    let journals = workspace.journals();
    let Some(run) = journals.unfinished_runs()?.into_iter().next() else {
        return Err(CliError::NothingToResume);
    };
    let _lock = workspace.lock(context)?;
    if args.give_up {
        if args.approve.is_some() {
            require_approved_digest(&past_run::plan_of_run(&journals, &run)?.plan, args.approve.as_deref())?;
        }
        return give_up_run(args, &journals, &run, context);
    }
    past_run::require_resumable(&journals, &run)?;
    let history = journals.history(&run)?;
    let plan = past_run::plan_of_run(&journals, &run)?.plan;
    require_approved_digest(&plan, args.approve.as_deref())?;
    let settled = history.fates.iter().filter(|fate| fate.is_final()).count();
    let (settled, all) = (words::number(settled), words::count(plan.steps.len(), "step is", "steps are"));
    context.note(&format!("run {run}: {settled} of {all} through; going on"));
    // The guards let this very plan pass when the run began. They do not judge the rest of it, which is not
    // what was reviewed: people whom the run itself has invited would count as gaining access.
    let approved = admit_plan(plan, None, Some(&history.digest))
        .map_err(|_| CliError::Journal(crate::apply::JournalError::OtherPlan(run.clone())))?;
    let resumed = journals.resume(&run, &approved, &history.digest, context.now)?;
    let connection = workspace.connection(&settings, ConnectionPurpose::Write, context)?;
    PlanRunner { workspace: &workspace, connection: &connection, output: &args.output, context }
        .continue_run(&approved, resumed)
}
