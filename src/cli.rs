//! The command line: one command a file, each an args struct whose doc comment is the help, and one function.
//!
//! The only module that prints, reads the clock, or knows a terminal: stdout is the report, stderr progress
//! and diagnostics.

mod apply;
mod asking;
mod audit;
mod billing;
mod carry;
mod completions;
mod confirm;
mod connecting;
mod context;
mod drift;
mod error;
mod exit;
mod export;
mod history;
mod man;
mod output;
mod plan;
mod planning;
mod resume;
mod review;
mod reviewed;
mod sandbox;
mod schema;
mod serve;
mod sizes;
mod undo;
mod usage;
mod validate;
mod what;
mod who;
mod why;
mod work_order;
mod workspace;
mod write;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::{Context, Global, tell};
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
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const FIRST_ROUND: &str = "\
A first round, on an embedded organization:
  seatwise validate examples/quickstart     is the policy sound?
  seatwise plan examples/quickstart         what would be done?
  seatwise apply examples/quickstart        do it
  seatwise drift examples/quickstart        has somebody changed something since?";

fn after_help() -> String {
    format!("{FIRST_ROUND}\n\n{}", exit::TABLE)
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(validate::Validate),
    Plan(plan::PlanArgs),
    Apply(apply::Apply),
    Resume(resume::Resume),
    Undo(undo::Undo),
    WorkOrder(work_order::WorkOrderArgs),
    Confirm(confirm::Confirm),
    Drift(drift::Drift),
    Export(export::Export),
    Who(who::Who),
    What(what::What),
    Why(why::Why),
    Audit(audit::Audit),
    History(history::History),
    Review(review::Review),
    Usage(usage::UsageArgs),
    Billing(billing::BillingArgs),
    Sandbox(sandbox::SandboxArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Runs the program: reads the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(&cli).into(),
        Err(error) => {
            // Help and version are answers, and everything else is a bad command line. Who cannot be told is
            // not told.
            let _ = error.print();
            if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
        }
    }
}

fn run(cli: &Cli) -> Exit {
    let context = Context::new(&cli.global);
    let ended = match &cli.command {
        Command::Validate(args) => validate::run(args, &context),
        Command::Plan(args) => plan::run(args, &context),
        Command::Apply(args) => apply::run(args, &context),
        Command::Resume(args) => resume::run(args, &context),
        Command::Undo(args) => undo::run(args, &context),
        Command::WorkOrder(args) => work_order::run(args, &context),
        Command::Confirm(args) => confirm::run(args, &context),
        Command::Drift(args) => drift::run(args, &context),
        Command::Export(args) => export::run(args, &context),
        Command::Who(args) => who::run(args, &context),
        Command::What(args) => what::run(args, &context),
        Command::Why(args) => why::run(args, &context),
        Command::Audit(args) => audit::run(args, &context),
        Command::History(args) => history::run(args, &context),
        Command::Review(args) => review::run(args, &context),
        Command::Usage(args) => usage::run(args, &context),
        Command::Billing(args) => billing::run(args, &context),
        Command::Sandbox(args) => sandbox::run(args, &context),
        Command::Schema(args) => schema::run(args, &context),
        Command::Completions(args) => completions::run(args, &context),
        Command::Man(args) => man::run(args, &context),
    };
    ended.unwrap_or_else(|error| {
        if let CliError::Problems(problems) = &error {
            tell(&crate::render::problems::draw_problems(problems, context.width, context.colour_of_notes()));
        }
        tell(&error.told());
        error.exit()
    })
}
