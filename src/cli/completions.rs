//! `seatwise completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;

/// Print a script that completes this command line in your shell
#[derive(Debug, Args)]
#[command(after_long_help = "Example:\n  seatwise completions bash > \
        ~/.local/share/bash-completion/completions/seatwise")]
pub(super) struct CompletionsArgs {
    /// Your shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run_completions(args: &CompletionsArgs, context: &Context) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "seatwise", &mut script);
    context.report_bytes(&script)?;
    Ok(Exit::Done)
}
