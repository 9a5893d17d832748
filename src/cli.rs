//! The command line. Each command is one file with an args struct, whose doc comment is the help text, and a
//! function that runs it.
//!
//! Only this module prints, reads the clock or knows the terminal. The report goes to stdout, progress and
//! diagnostics go to stderr.

mod commands;
mod connection_args;
mod context;
mod error;
mod exit;
mod files;
mod last_uses;
mod option_words;
mod output;
mod past_run;
mod planning;
mod question;
mod report_format;
mod run;
mod saved_plan;
mod section_sizes;
mod usage_filters;
mod usage_inputs;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use context::{Context, GlobalArgs, print_to_stderr};
use error::CliError;
use exit::Exit;

/// Declarative people, roles, product assignments and access restrictions of a Bentley Systems customer
/// organization
///
/// A policy is a folder of YAML files in Git, with `seatwise.yaml` at its root. seatwise reads the live
/// organization, shows in plain words what would have to change for it to be as the policy says, and carries
/// out exactly what was reviewed.
#[derive(Debug, Parser)]
#[command(name = "seatwise", bin_name = "seatwise", version, after_long_help = after_help(),
    max_term_width = 120)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: commands::CliCommand,
}

const FIRST_ROUND: &str = "\
A first round, on an embedded organization:
  seatwise -C examples/quickstart validate     is the policy sound?
  seatwise -C examples/quickstart plan         what would be done?
  seatwise -C examples/quickstart apply        do it
  seatwise -C examples/quickstart drift        has somebody changed something since?";

fn after_help() -> String {
    format!("{FIRST_ROUND}\n\n{}", exit::TABLE)
}

/// Runs the program: parses the command line, runs the command, and returns its exit code.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run_program(&cli).into(),
        Err(error) => {
            // Help and version are successes, any other parse error is a bad command line. A failure to print
            // has nowhere to be reported.
            let _ = error.print();
            if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
        }
    }
}

fn run_program(cli: &Cli) -> Exit {
    let context = Context::new(&cli.global);
    let ended = commands::run_command(&cli.command, Cli::command, &context);
    ended.unwrap_or_else(|error| {
        if let CliError::Problems(problems) = &error {
            print_to_stderr(&crate::render::problems::draw_problems(
                problems,
                context.width,
                context.colour_of_notes(),
            ));
        }
        print_to_stderr(&error.full_message(&context));
        error.exit()
    })
}
