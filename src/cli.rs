//! The command line. Each command is one file with an args struct, whose doc comment is the help text, and a
//! function that runs it.
//!
//! Only this module prints, reads the clock or knows the terminal. The report goes to stdout, progress and
//! diagnostics go to stderr.

mod command_tree;
mod commands;
mod connection_args;
mod context;
mod corrections;
mod days;
mod error;
mod exit;
mod files;
mod help_layout;
mod known_names;
mod last_uses;
mod name_filters;
mod option_words;
mod organization_check;
mod output;
mod pager;
mod past_run;
mod plain_formats;
mod plan_seal;
mod planning;
mod question;
mod report_format;
mod run;
mod run_origin;
mod run_output;
mod run_word;
mod saved_plan;
mod section_sizes;
mod shell;
mod signals;
mod state_access;
mod state_error;
mod usage_filters;
mod usage_inputs;
mod wait_notice;
mod workspace;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{FromArgMatches, Parser};

pub use command_tree::command_line;

use context::{Context, GlobalArgs, notes_width, print_to_stderr, report_width};
use corrections::CommandLine;
use error::CliError;
use exit::Exit;

use crate::render::inert::{TextSyntax, inert_text};
use crate::render::prose::fit_prose;

/// Declarative people, roles, product assignments and access restrictions of a Bentley Systems customer
/// organization
///
/// A policy is a folder of YAML files in Git, with `seatwise.yaml` at its root. seatwise reads the live
/// organization, shows in plain words what would have to change for it to be as the policy says, and carries
/// out exactly what was reviewed.
#[derive(Debug, Parser)]
#[command(name = "seatwise", bin_name = "seatwise", version, after_long_help = after_help())]
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
    format!("{FIRST_ROUND}\n\n{}", exit::exit_code_table())
}

/// Runs the program: parses the command line, runs the command, and returns its exit code.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    match parse(&words) {
        Ok(cli) => run_program(&cli, &words).into(),
        Err(error) => answer_bad_line(&words, &error).into(),
    }
}

/// Runs the one question that words in another order can only mean, or else reports them.
fn answer_bad_line(words: &[OsString], error: &clap::Error) -> Exit {
    let is_understood = |words: &[String]| parse(words).is_ok();
    let meant = corrections::understood_question(words, is_understood).filter(|_| error.use_stderr());
    match meant.and_then(|meant| Some((parse(&meant).ok()?, meant))) {
        Some((cli, meant)) => run_program(&cli, &meant),
        None => {
            // What is said repeats words, so it is said of words that can be shown.
            let shown = shell::shown_words(words);
            report_bad_line(&shown, parse(&shown).err().as_ref().unwrap_or(error))
        }
    }
}

fn parse<W: Clone + Into<OsString>>(words: impl IntoIterator<Item = W>) -> clap::error::Result<Cli> {
    let mut command = help_layout::fit_help(command_line(), report_width());
    let mut matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// Prints help, the version, or why the command line is not understood and what to type instead.
fn report_bad_line(words: &[OsString], error: &clap::Error) -> Exit {
    let is_understood = |words: &[String]| parse(words).is_ok();
    match corrections::correction(words, error, is_understood) {
        Some(correction) => print_to_stderr(&correction.message()),
        None => print_parse_error(error),
    }
    // Help and version are successes.
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// Prints what clap says. A failure to print has nowhere to be reported.
fn print_parse_error(error: &clap::Error) {
    let _ = if error.use_stderr() {
        anstream::stderr().write_all(fit_page(error, notes_width()).as_bytes())
    } else {
        let page = help_layout::spaces_restored(&fit_page(error, report_width()));
        anstream::stdout().write_all(page.as_bytes())
    };
}

/// Returns what clap has to say, with its colours unless a line of it must be wrapped.
fn fit_page(error: &clap::Error, width: usize) -> String {
    let text = error.render();
    let plain = text.to_string();
    let fitted = fit_prose(&plain, width);
    let page = if fitted == plain { text.ansi().to_string() } else { fitted };
    inert_text(&page, TextSyntax::Coloured).into_owned()
}

fn run_program(cli: &Cli, words: &[OsString]) -> Exit {
    let context = Context::new(&cli.global, CommandLine::new(&shell::shown_words(words)));
    let ended = commands::run_command(&cli.command, &context);
    ended.unwrap_or_else(|error| {
        if let CliError::Problems(problems) = &error {
            context.print_laid_out(&crate::render::problems::draw_problems(
                problems,
                context.width,
                context.colour_of_notes(),
            ));
        }
        print_to_stderr(&error.full_message(context.program()));
        error.exit()
    })
}
