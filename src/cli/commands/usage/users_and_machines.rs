//! `seatwise usage users` and `seatwise usage machines`.

use clap::Args;

use crate::cli::name_filters::FurtherNames;
use crate::cli::usage_inputs::UsageInputArgs;
use crate::cli::{CliError, Context, Exit};
use crate::render::usage;
use crate::usage::{TimeSpentCounter, UsageGrouping};

/// Show who used which product, on how many days and for how long
///
/// Intervals in which nothing is charged, such as the first of a session, are not in the time. People whom
/// privacy law hides are listed by their opaque id.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise usage users usage-details.csv --group lisbon-design --from 2026-10-01")]
pub(super) struct UsageUsersArgs {
    #[command(flatten)]
    inputs: UsageInputArgs,
}

/// Show on which machine which product was used, on how many days and for how long
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise usage machines usage-details.csv --product openroads-designer")]
pub(super) struct UsageMachinesArgs {
    #[command(flatten)]
    inputs: UsageInputArgs,
}

/// Reports who used which product, on how many days and for how long.
pub(super) fn run_usage_users(args: &UsageUsersArgs, context: &Context) -> Result<Exit, CliError> {
    report_spending(&args.inputs, UsageGrouping::Users, context)
}

/// Reports on which machine which product was used, on how many days and for how long.
pub(super) fn run_usage_machines(args: &UsageMachinesArgs, context: &Context) -> Result<Exit, CliError> {
    report_spending(&args.inputs, UsageGrouping::Machines, context)
}

fn report_spending(inputs: &UsageInputArgs, by: UsageGrouping, context: &Context) -> Result<Exit, CliError> {
    let (known, mut register) = inputs.require_usage_context(context)?;
    let take = || TimeSpentCounter::new(known.settings(), &known.assigned, known.window, by);
    let reading = inputs.read(&known, &mut register, take)?;
    let mut spent = reading.taken.finish(&register);
    let names = inputs.names(&known, &register, FurtherNames::default())?;
    if names.asks_for_rows(known.settings().pool) {
        let asked = inputs.read_rows_of(&known, &register, &names, take)?.finish(&register);
        spent.retain(|line, _| asked.contains_key(line));
    } else {
        spent.retain(|(_, pool), _| names.has_pool(pool));
    }
    let report = usage::use_time_report(&spent, by, known.settings(), &known.scope);
    inputs.write(&report, &reading.damages, context)
}
