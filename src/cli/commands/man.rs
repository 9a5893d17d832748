//! `seatwise man`.

use std::path::PathBuf;

use clap::{Args, Command};

use crate::cli::{CliError, Context, Exit};

/// Print the manual page, or write one for each command
#[derive(Debug, Args)]
#[command(
    after_long_help = "Example:\n  seatwise man | man -l -\n  seatwise man --out ~/.local/share/man/man1"
)]
pub(in crate::cli) struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Prints the manual page, or writes a page for each command.
pub(super) fn run_man(args: &ManArgs, command_line: Command, context: &Context) -> Result<Exit, CliError> {
    match &args.out {
        Some(out) => {
            let failed = |source| CliError::Write { path: out.clone(), source };
            std::fs::create_dir_all(out)
                .and_then(|()| clap_mangen::generate_to(command_line, out))
                .map_err(failed)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command_line).render(&mut page).map_err(CliError::Report)?;
            context.report_bytes(&page)?;
        }
    }
    Ok(Exit::Done)
}
