//! `seatwise resume`.

mod given_up;

use clap::Args;

use crate::apply::JournalError;
use crate::cli::output::OutputArgs;
use crate::cli::past_run;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::run::{PlanRunner, list_steps_without_effect};
use crate::cli::saved_plan::{admit_or_report, require_approved_digest, require_same_organization};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::render::words;
use given_up::give_up_run;

/// Finish a run that was interrupted
///
/// Goes on with the run's own plan from its journal: what was done stays done, what was under way is asked
/// for again under the same key and so is not done twice, and the rest is sent. The policy may have changed
/// in between; this run looks only at its guards, by which it is judged again on the organization as it was
/// when the run began. An approval that was given then stands. At a terminal, what is left is shown and asked
/// for.
///
/// Where the run's files are damaged, it cannot go on: `--give-up` ends it and tells what is known of each
/// step, and the next plan finds what is left.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Example:\n  seatwise resume\n  seatwise resume --give-up      (end it where it \
        stands, so that a new plan can be made)"
)]
pub(in crate::cli) struct ResumeArgs {
    /// Go on only if the run carries out the plan with this digest, also where today's guards refuse it
    #[arg(long, value_name = "DIGEST")]
    approve: Option<String>,
    /// Do not ask, at a terminal, before what is left is sent
    #[arg(long, short)]
    yes: bool,
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
    workspace.require_untracked_state()?;
    let settings = workspace.settings(context)?;
    let journals = workspace.journals();
    let Some(open) = journals.open_runs()?.into_iter().next() else {
        return Err(CliError::NothingToResume);
    };
    let _lock = workspace.lock(context)?;
    if open.fault.is_some() {
        return Err(JournalError::from(open).into());
    }
    let run = open.run;
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
    require_same_organization(&plan, &settings)?;
    let settled = history.fates.iter().filter(|fate| fate.is_final()).count();
    let (settled, all) = (words::number(settled), words::count(plan.steps.len(), "step is", "steps are"));
    context.note(&format!("run {run}: {settled} of {all} through; going on"));
    // What the run itself has done since would look like a gain of access, so today's limits judge the whole
    // plan on the organization as it was before the run.
    let before = journals.snapshot(&run, &context.names).ok();
    let as_of = context.moment(None).as_of;
    let again = before.map(|(before, _)| plan.judge_again(&before, &settings, as_of));
    let given = args.approve.clone().or(history.origin.approved_digest);
    if context.can_ask() && !args.yes {
        let mut left = String::new();
        list_steps_without_effect(&mut left, Some(&plan), &history.fates);
        context.note(&left);
        context.ask("Go on with this run?")?;
    }
    let Some(approved) = admit_or_report(plan, again, given.as_deref(), "resume", context) else {
        return Ok(Exit::Refused);
    };
    let resumed = journals.resume(&run, &approved, &history.digest, context.now)?;
    let connection = workspace.connection(&settings, ConnectionPurpose::Write, context)?;
    PlanRunner { workspace: &workspace, connection: &connection, output: &args.output, context }
        .continue_run(&approved, resumed)
}
