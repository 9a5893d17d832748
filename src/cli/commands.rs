//! The commands. Each is one file with an args struct, whose doc comment is the help text, and a function
//! that runs it.

mod apply;
mod audit;
mod billing;
mod completions;
mod confirm;
mod drift;
mod history;
mod import;
mod man;
mod plan;
mod resume;
mod review;
mod runs;
mod sandbox;
mod schema;
mod undo;
mod usage;
mod validate;
mod what;
mod who;
mod why;
mod work_order;

use clap::Subcommand;

use super::{CliError, Context, Exit, command_line};

#[derive(Debug, Subcommand)]
pub(super) enum CliCommand {
    Validate(validate::ValidateArgs),
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    Resume(resume::ResumeArgs),
    Undo(undo::UndoArgs),
    Runs(runs::RunsArgs),
    WorkOrder(work_order::WorkOrderArgs),
    Confirm(confirm::ConfirmArgs),
    Drift(drift::DriftArgs),
    Import(import::ImportArgs),
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

/// Runs the command.
pub(super) fn run_command(command: &CliCommand, context: &Context) -> Result<Exit, CliError> {
    match command {
        CliCommand::Validate(args) => validate::run_validate(args, context),
        CliCommand::Plan(args) => plan::run_plan(args, context),
        CliCommand::Apply(args) => apply::run_apply(args, context),
        CliCommand::Resume(args) => resume::run_resume(args, context),
        CliCommand::Undo(args) => undo::run_undo(args, context),
        CliCommand::Runs(args) => runs::run_runs(args, context),
        CliCommand::WorkOrder(args) => work_order::run_work_order(args, context),
        CliCommand::Confirm(args) => confirm::run_confirm(args, context),
        CliCommand::Drift(args) => drift::run_drift(args, context),
        CliCommand::Import(args) => import::run_import(args, context),
        CliCommand::Who(args) => who::run_who(args, context),
        CliCommand::What(args) => what::run_what(args, context),
        CliCommand::Why(args) => why::run_why(args, context),
        CliCommand::Audit(args) => audit::run_audit(args, context),
        CliCommand::History(args) => history::run_history(args, context),
        CliCommand::Review(args) => review::run_review(args, context),
        CliCommand::Usage(args) => usage::run_usage(args, context),
        CliCommand::Billing(args) => billing::run_billing(args, context),
        CliCommand::Sandbox(args) => sandbox::run_sandbox(args, context),
        CliCommand::Schema(args) => schema::run_schema(args, context),
        CliCommand::Completions(args) => completions::run_completions(args, command_line(), context),
        CliCommand::Man(args) => man::run_man(args, command_line(), context),
    }
}
