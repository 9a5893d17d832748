//! `seatwise usage daily`.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::usage_inputs::UsageInputArgs;
use crate::render::usage;
use crate::usage::UsageCounter;

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
    let form = args.inputs.form()?;
    let mut known = args.inputs.require_usage_context(context)?;
    let mut register = std::mem::take(&mut known.register);
    let reading = args
        .inputs
        .read(&known, &mut register, || UsageCounter::new(known.settings(), &known.assigned, known.window))?;
    let counted = reading.taken.inner.finish(&register);
    args.inputs.write(
        &usage::daily_report(&counted, known.terms(), &args.inputs.scope(&known, context), form),
        context,
    )?;
    Ok(args.inputs.report_damages(&reading.damages, context))
}
