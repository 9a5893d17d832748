//! `seatwise usage`.

mod advise;
mod collect;
mod daily;
mod filters;
mod forecast;
mod inactive;
mod inputs;
mod peaks;
mod spent;
mod sql;
mod uses;

use clap::{Args, Subcommand};

use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
pub(super) use inputs::{Inputs, Known, Only, Strictness, assigned};
pub(super) use uses::UsageFiles;

/// Count use as it is billed: peaks, excess, charges, and who was there
///
/// From usage exports: Usage Details, sessions, checkouts. What is owned and what it costs comes from the
/// organization and the policy, and how use is counted from `usage` in `seatwise.yaml`.
#[derive(Debug, Args)]
pub(super) struct UsageArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Collect(collect::Collect),
    Peaks(peaks::Peaks),
    Daily(daily::Daily),
    Users(spent::Users),
    Machines(spent::Machines),
    Forecast(forecast::ForecastArgs),
    Inactive(inactive::Inactive),
    Advise(advise::Advise),
    Sql(sql::Sql),
}

pub(super) fn run(args: &UsageArgs, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        Command::Collect(args) => collect::run(args, context),
        Command::Peaks(args) => peaks::run(args, context),
        Command::Daily(args) => daily::run(args, context),
        Command::Users(args) => spent::users(args, context),
        Command::Machines(args) => spent::machines(args, context),
        Command::Forecast(args) => forecast::run(args, context),
        Command::Inactive(args) => inactive::run(args, context),
        Command::Advise(args) => advise::run(args, context),
        Command::Sql(args) => sql::run(args, context),
    }
}
