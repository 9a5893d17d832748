//! `seatwise usage`.

mod advise;
mod collect;
mod daily;
mod forecast;
mod inactive;
mod peaks;
mod sql;
mod users_and_machines;

use clap::{Args, Subcommand};

use crate::cli::{CliError, Context, Exit};

/// Count use as it is billed: peaks, excess, charges, and who was there
///
/// From usage exports: Usage Details, sessions, checkouts. What is owned and what it costs comes from the
/// organization and the policy, and how use is counted from `usage` in `seatwise.yaml`.
#[derive(Debug, Args)]
pub(in crate::cli) struct UsageArgs {
    #[command(subcommand)]
    command: UsageCommand,
}

#[derive(Debug, Subcommand)]
enum UsageCommand {
    Collect(collect::UsageCollectArgs),
    Peaks(peaks::UsagePeaksArgs),
    Daily(daily::UsageDailyArgs),
    Users(users_and_machines::UsageUsersArgs),
    Machines(users_and_machines::UsageMachinesArgs),
    Forecast(forecast::UsageForecastArgs),
    Inactive(inactive::UsageInactiveArgs),
    Advise(advise::UsageAdviseArgs),
    Sql(sql::UsageSqlArgs),
}

/// Runs the subcommand of `seatwise usage`.
pub(super) fn run_usage(args: &UsageArgs, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        UsageCommand::Collect(args) => collect::run_usage_collect(args, context),
        UsageCommand::Peaks(args) => peaks::run_usage_peaks(args, context),
        UsageCommand::Daily(args) => daily::run_usage_daily(args, context),
        UsageCommand::Users(args) => users_and_machines::run_usage_users(args, context),
        UsageCommand::Machines(args) => users_and_machines::run_usage_machines(args, context),
        UsageCommand::Forecast(args) => forecast::run_usage_forecast(args, context),
        UsageCommand::Inactive(args) => inactive::run_usage_inactive(args, context),
        UsageCommand::Advise(args) => advise::run_usage_advise(args, context),
        UsageCommand::Sql(args) => sql::run_usage_sql(args, context),
    }
}
