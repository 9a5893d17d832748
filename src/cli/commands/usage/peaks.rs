//! `seatwise usage peaks`.

use clap::Args;

use crate::cli::usage_inputs::UsageInputArgs;
use crate::cli::{CliError, Context, Exit};
use crate::render::usage;
use crate::usage::{Attendance, PeakReport};

/// Show the peak of each product, country and period, what is owned, and what the excess costs
///
/// The most machines at once, as the invoice counts them. A figure to which machines that are offline may
/// still add is called provisional.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise usage peaks usage-details.csv checkouts.csv
  seatwise usage peaks usage-*.csv --who                 (the machines and people of each peak)
  seatwise usage peaks --out peaks.html                  (with charts: days, hours of the week, who was there)
  seatwise usage peaks usage-*.csv --product openroads-designer --from 2026-10-01 --format csv")]
pub(super) struct UsagePeaksArgs {
    #[command(flatten)]
    inputs: UsageInputArgs,
    /// Name the machines and people that made the excess, or else the peak; reads the files a second time.
    /// HTML and PDF always do
    #[arg(long)]
    who: bool,
}

/// Reports the peak of each product, country and period, with what is owned and what the excess costs.
pub(super) fn run_usage_peaks(args: &UsagePeaksArgs, context: &Context) -> Result<Exit, CliError> {
    let (known, mut register) = args.inputs.require_usage_context(context)?;
    let (settings, assigned) = (known.settings(), &known.assigned);
    let (mut counted, damages) = args.inputs.count(&known, &mut register)?;
    args.inputs.selection(&known, &register)?.retain_periods(&mut counted);
    let mut report = PeakReport::new(counted, known.terms(), settings, context.now);
    if args.who || args.inputs.is_page()? {
        let moments: Vec<_> = report.moments().collect();
        let attending = || Attendance::new(settings, assigned, &register, moments.iter().cloned());
        report.set_present(args.inputs.read_again(&known, &register, attending)?.finish());
    }
    args.inputs.write(&usage::peaks_report(&report, settings, &known.scope), &damages, context)
}
