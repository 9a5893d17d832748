//! `seatwise completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::{CliError, Context, Exit};

/// Print a script that completes this command line in your shell
#[derive(Debug, Args)]
#[command(after_long_help = "Example:\n  seatwise completions bash > \
        ~/.local/share/bash-completion/completions/seatwise")]
pub(in crate::cli) struct CompletionsArgs {
    /// Your shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completion script for a shell.
pub(super) fn run_completions(
    args: &CompletionsArgs,
    mut command_line: Command,
    context: &Context,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line, "seatwise", &mut script);
    context.report_bytes(&script)?;
    Ok(Exit::Done)
}
