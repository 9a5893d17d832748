//! `seatwise usage forecast`.

use clap::Args;

use crate::cli::usage_inputs::UsageInputArgs;
use crate::cli::{CliError, Context, Exit};
use crate::render::usage;
use crate::usage::Forecast;

/// Forecast the peaks of the running period and what they will cost, with an 80 % interval
///
/// From how earlier periods went on from the same day, so that at least two of them must be known from their
/// first day. How well the same would have done before is printed beside it. With `--to`, as on that day.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise usage forecast
  seatwise usage forecast --to 2026-08-15 --out forecast.pdf     (as it would have been said then)")]
pub(super) struct UsageForecastArgs {
    #[command(flatten)]
    inputs: UsageInputArgs,
}

/// Reports the expected peaks and costs of the running period.
pub(super) fn run_usage_forecast(args: &UsageForecastArgs, context: &Context) -> Result<Exit, CliError> {
    let (known, mut register) = args.inputs.require_usage_context(context)?;
    let (counted, damages) = args.inputs.count(&known, &mut register)?;
    let selection = args.inputs.selection(&known, &register)?;
    let mut forecast = Forecast::new(&counted, known.terms(), known.settings(), known.last_day());
    forecast.lines.retain(|line| selection.has_pool(&line.pool));
    let report = usage::forecast_report(&forecast, known.settings(), &known.scope);
    args.inputs.write(&report, &damages, context)
}
