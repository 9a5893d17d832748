//! `seatwise completions`.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::files;
use crate::cli::shell::shown_path;
use crate::cli::{CliError, Context, Exit};

/// Print a script that completes this command line in your shell
#[derive(Debug, Args)]
#[command(after_long_help = "Example:\n  seatwise completions bash --out \
        ~/.local/share/bash-completion/completions/seatwise")]
pub(in crate::cli) struct CompletionsArgs {
    /// Your shell
    #[arg(value_enum)]
    shell: Shell,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Prints the completion script for a shell, or writes it to a file.
pub(super) fn run_completions(
    args: &CompletionsArgs,
    mut command_line: Command,
    context: &Context,
) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line, "seatwise", &mut script);
    match &args.out {
        Some(file) => {
            files::write_file(file, script)?;
            context.note(&format!("written to {}", shown_path(file)));
        }
        None => context.report_bytes(&script)?,
    }
    Ok(Exit::Done)
}
