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
    command: CliCommand,
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
enum CliCommand {
    Validate(validate::ValidateArgs),
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    Resume(resume::ResumeArgs),
    Undo(undo::UndoArgs),
    WorkOrder(work_order::WorkOrderArgs),
    Confirm(confirm::ConfirmArgs),
    Drift(drift::DriftArgs),
    Export(export::ExportArgs),
    Who(who::WhoArgs),
    What(what::WhatArgs),
    Why(why::WhyArgs),
    Audit(audit::AuditArgs),
    History(history::HistoryArgs),
    Review(review::ReviewArgs),
    Usage(usage::UsageArgs),
    Billing(billing::BillingArgs),
    Sandbox(sandbox::SandboxArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs the program: reads the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run_command(&cli).into(),
        Err(error) => {
            // Help and version are answers, and everything else is a bad command line. Who cannot be told is
            // not told.
            let _ = error.print();
            if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
        }
    }
}

fn run_command(cli: &Cli) -> Exit {
    let context = Context::new(&cli.global);
    let ended = match &cli.command {
        CliCommand::Validate(args) => validate::run_validate(args, &context),
        CliCommand::Plan(args) => plan::run_plan(args, &context),
        CliCommand::Apply(args) => apply::run_apply(args, &context),
        CliCommand::Resume(args) => resume::run_resume(args, &context),
        CliCommand::Undo(args) => undo::run_undo(args, &context),
        CliCommand::WorkOrder(args) => work_order::run_work_order(args, &context),
        CliCommand::Confirm(args) => confirm::run_confirm(args, &context),
        CliCommand::Drift(args) => drift::run_drift(args, &context),
        CliCommand::Export(args) => export::run_export(args, &context),
        CliCommand::Who(args) => who::run_who(args, &context),
        CliCommand::What(args) => what::run_what(args, &context),
        CliCommand::Why(args) => why::run_why(args, &context),
        CliCommand::Audit(args) => audit::run_audit(args, &context),
        CliCommand::History(args) => history::run_history(args, &context),
        CliCommand::Review(args) => review::run_review(args, &context),
        CliCommand::Usage(args) => usage::run_usage(args, &context),
        CliCommand::Billing(args) => billing::run_billing(args, &context),
        CliCommand::Sandbox(args) => sandbox::run_sandbox(args, &context),
        CliCommand::Schema(args) => schema::run_schema(args, &context),
        CliCommand::Completions(args) => completions::run_completions(args, &context),
        CliCommand::Man(args) => man::run_man(args, &context),
    };
    ended.unwrap_or_else(|error| {
        if let CliError::Problems(problems) = &error {
            print_to_stderr(&crate::render::problems::draw_problems(
                problems,
                context.width,
                context.colour_of_notes(),
            ));
        }
        print_to_stderr(&error.full_message());
        error.exit()
    })
}
