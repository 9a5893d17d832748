//! `seatwise runs`.

mod dismiss;
mod prune;
mod run_list;

use clap::{Args, Subcommand};

use crate::cli::output::OutputArgs;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use run_list::{RunListJson, run_list_text};

/// List the runs that are kept, or remove old ones
///
/// Each apply, resume and undo is a run, with its plan, its journal and the organization before it, kept
/// below `.seatwise`. The newest is as it was written; older ones are packed, each with what differs from the
/// next.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "Example:
  seatwise runs
  seatwise runs --format json
  seatwise runs prune --keep 100"
)]
pub(in crate::cli) struct RunsArgs {
    #[command(subcommand)]
    command: Option<RunsCommand>,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

#[derive(Debug, Subcommand)]
enum RunsCommand {
    Dismiss(dismiss::RunsDismissArgs),
    Prune(prune::RunsPruneArgs),
}

/// Runs the subcommand of `seatwise runs`; without one, lists the runs.
pub(super) fn run_runs(args: &RunsArgs, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Some(RunsCommand::Dismiss(args)) => dismiss::run_runs_dismiss(args, context),
        Some(RunsCommand::Prune(args)) => prune::run_runs_prune(args, context),
        None => list_runs(&args.output, context),
    }
}

fn list_runs(output: &OutputArgs<PlainFormats>, context: &Context) -> Result<Exit, CliError> {
    output.targets()?;
    let kept = Workspace::find(context)?.journals().kept_runs()?;
    output.write_plain(context, || run_list_text(&kept), || RunListJson::new(&kept))?;
    Ok(Exit::Done)
}
