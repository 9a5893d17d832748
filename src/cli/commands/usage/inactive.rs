//! `seatwise usage inactive`.

use clap::Args;

use crate::cli::known_names::NamedOrganization;
use crate::cli::name_filters::{FurtherNames, country_of_person};
use crate::cli::usage_inputs::UsageInputArgs;
use crate::cli::{CliError, Context, Exit};
use crate::render::usage;
use crate::usage::{IdleReport, LastUseCollector};

/// Show assignments and named licences that were not used for some days
///
/// Of the people in the live organization. A named licence is used when its product runs under it; use of any
/// usage type counts, from the first minute. `--country` is about the country that people are entitled in.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise usage inactive usage-*.csv --days 180")]
pub(super) struct UsageInactiveArgs {
    #[command(flatten)]
    inputs: UsageInputArgs,
    /// Not used for so many days
    #[arg(long, value_name = "N", default_value_t = 90)]
    days: u32,
}

/// Reports assignments and named licences that were not used for some days.
pub(super) fn run_usage_inactive(args: &UsageInactiveArgs, context: &Context) -> Result<Exit, CliError> {
    let (known, mut register) = args.inputs.require_usage_context(context)?;
    let reading = args.inputs.read(&known, &mut register, || {
        LastUseCollector::new(known.settings(), &known.assigned, known.window)
    })?;
    let uses = reading.taken.finish(&register);
    let mut idle = IdleReport::new(&known.sides.scoped.live.0, &uses, context.moment(None).as_of, args.days);
    let names = args.inputs.names(&known, &register, FurtherNames::default())?;
    let organization = NamedOrganization::from_sides(&known.sides);
    idle.lines.retain(|line| {
        names.has_product(&line.product)
            && names.has_user(&line.user.clone().into())
            && names.has_country(country_of_person(organization, &line.user))
    });
    let report = usage::inactive_report(&idle, &known.scope);
    args.inputs.write(&report, &reading.damages, context)
}
