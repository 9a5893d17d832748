//! `seatwise runs dismiss`.

use clap::Args;
use serde::Serialize;

use crate::cli::output::OutputArgs;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::run_word::RunWord;
use crate::cli::state_error::StateError;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::render::clean::clean_text;

/// Say that an unfinished run that is not believed was looked at
///
/// The journal of such a run was made elsewhere, or edited, copied or put back: nothing of it is carried out,
/// and no other run begins until somebody has looked at it, as invitations of it may be out. This sends
/// nothing; the files of the run stay, and the next plan shows what is to be done.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise runs dismiss 20261124T091207Z-7f3c91")]
pub(super) struct RunsDismissArgs {
    /// The run: `last`, or its id, or the beginning of its id
    #[arg(value_name = "RUN")]
    run: RunWord,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// What `seatwise runs dismiss` writes with `--format json`.
#[derive(Serialize)]
struct DismissedRunJson {
    /// `seatwise-dismissed-run/1`.
    format: &'static str,
    run: String,
    /// Why it is not believed.
    why: String,
}

/// Shows the run, asks, and lets other runs begin.
pub(super) fn run_runs_dismiss(args: &RunsDismissArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let journals = workspace.journals();
    let open = journals.open_runs()?;
    let run = args.run.find_among(open.iter().map(|open| open.run.clone()).collect())?;
    let _lock = workspace.lock(context)?;
    let journals = workspace.journals();
    let Some(open) = journals.open_runs()?.into_iter().find(|open| open.run == run) else {
        return Err(StateError::NothingToDismiss.into());
    };
    let Some(fault) = &open.fault else { return Err(StateError::NotForDismissal(run).into()) };
    let why = clean_text(&fault.to_string()).into_owned();
    context.note(&format!("run {run} is unfinished and not believed: {why}"));
    if !args.yes {
        context.ask("Let other runs begin, without carrying out what is left of it?")?;
    }
    journals.dismiss(&open, context.now)?;
    args.output.write_plain(
        context,
        || {
            format!(
                "Run {run} is dismissed; nothing of it was carried out from here.\n`{} plan` shows what is \
                    to be done.\n",
                context.program()
            )
        },
        || DismissedRunJson { format: "seatwise-dismissed-run/1", run: run.to_string(), why: why.clone() },
    )?;
    Ok(Exit::Done)
}
