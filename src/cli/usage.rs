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
pub(super) use inputs::{PoolFilterArgs, Strictness, UsageContext, UsageInputArgs, assigned_licences};
pub(super) use uses::UsageFileArgs;

/// Count use as it is billed: peaks, excess, charges, and who was there
///
/// From usage exports: Usage Details, sessions, checkouts. What is owned and what it costs comes from the
/// organization and the policy, and how use is counted from `usage` in `seatwise.yaml`.
#[derive(Debug, Args)]
pub(super) struct UsageArgs {
    #[command(subcommand)]
    command: UsageCommand,
}

#[derive(Debug, Subcommand)]
enum UsageCommand {
    Collect(collect::UsageCollectArgs),
    Peaks(peaks::UsagePeaksArgs),
    Daily(daily::UsageDailyArgs),
    Users(spent::UsageUsersArgs),
    Machines(spent::UsageMachinesArgs),
    Forecast(forecast::UsageForecastArgs),
    Inactive(inactive::UsageInactiveArgs),
    Advise(advise::UsageAdviseArgs),
    Sql(sql::UsageSqlArgs),
}

pub(super) fn run_usage(args: &UsageArgs, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        UsageCommand::Collect(args) => collect::run_usage_collect(args, context),
        UsageCommand::Peaks(args) => peaks::run_usage_peaks(args, context),
        UsageCommand::Daily(args) => daily::run_usage_daily(args, context),
        UsageCommand::Users(args) => spent::run_usage_users(args, context),
        UsageCommand::Machines(args) => spent::run_usage_machines(args, context),
        UsageCommand::Forecast(args) => forecast::run_usage_forecast(args, context),
        UsageCommand::Inactive(args) => inactive::run_usage_inactive(args, context),
        UsageCommand::Advise(args) => advise::run_usage_advise(args, context),
        UsageCommand::Sql(args) => sql::run_usage_sql(args, context),
    }
}
