//! `seatwise usage daily`.

use clap::Args;

use crate::cli::usage_inputs::UsageInputArgs;
use crate::cli::{CliError, Context, Exit};
use crate::render::usage;

/// Show the peak of each product and country on each day
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise usage daily usage-details.csv --country DE --format csv > daily.csv")]
pub(super) struct UsageDailyArgs {
    #[command(flatten)]
    inputs: UsageInputArgs,
}

/// Reports the peak of each product and country on each day.
pub(super) fn run_usage_daily(args: &UsageDailyArgs, context: &Context) -> Result<Exit, CliError> {
    let (known, mut register) = args.inputs.require_usage_context(context)?;
    let (counted, damages) = args.inputs.count(&known, &mut register)?;
    let selection = args.inputs.selection(&known, &register)?;
    let report = usage::daily_report(&counted, &selection, known.terms(), &known.scope);
    args.inputs.write(&report, &damages, context)
}
