//! The filters and the time span of usage reports.

use clap::Args;

use super::days::DayWord;
use super::known_names::NamedOrganization;
use super::name_filters::{FurtherNames, PeopleFilterArgs, PoolFilterArgs, name_filter};
use super::question::OrganizationSides;
use crate::cli::{CliError, Context};
use crate::model::{Date, Timestamp};
use crate::usage::{NameFilter, NameRegister, TimeSpan, midnight};

/// Only some lines, of use in some time; all where nothing is said.
#[derive(Debug, Args)]
pub(super) struct UsageFilterArgs {
    #[command(flatten)]
    pools: PoolFilterArgs,
    #[command(flatten)]
    people: PeopleFilterArgs,
    /// From this day on (UTC)
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    pub(super) from: Option<DayWord>,
    /// Up to this day (UTC)
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    pub(super) to: Option<DayWord>,
}

impl UsageFilterArgs {
    /// Returns the filters for everybody's use of these pools, at any time.
    pub(super) fn of_everybody(pools: &PoolFilterArgs) -> Self {
        Self { pools: pools.clone(), people: PeopleFilterArgs::default(), from: None, to: None }
    }

    /// Returns the filters of names, as they are typed.
    pub(super) fn typed_words(&self) -> Vec<String> {
        [self.pools.typed_words(), self.people.typed_words()].concat()
    }

    /// Returns what is asked for. Known are the names of both sides, of the rows that `register` has seen,
    /// and `further` ones.
    pub(super) fn names(
        &self,
        sides: &OrganizationSides,
        register: &NameRegister,
        mut further: FurtherNames,
    ) -> Result<NameFilter, CliError> {
        if self.typed_words().is_empty() {
            return Ok(NameFilter::default());
        }
        further.products.extend(register.products().into_iter().cloned());
        further.users.extend(register.users().map(|(_, user)| user.clone()));
        name_filter(&self.pools, &self.people, NamedOrganization::from_sides(sides), further)
    }

    /// Returns the first day that is asked for; `None` where there is no limit.
    pub(super) fn first_day(&self, context: &Context) -> Option<Date> {
        self.from.map(|from| from.first_day(context.today()))
    }

    /// Returns the last day that is asked for; `None` where there is no limit.
    pub(super) fn last_day(&self, context: &Context) -> Option<Date> {
        self.to.map(|to| to.last_day(context.today()))
    }

    /// Returns the time span that is asked for. It ends at `now` at the latest, as an open checkout counts as
    /// use until now and not beyond.
    pub(super) fn window(&self, context: &Context) -> Result<TimeSpan, CliError> {
        let from = self.first_day(context).map_or(Timestamp::MIN, midnight);
        let last = self.last_day(context).and_then(|to| to.tomorrow().ok());
        let end = last.map_or(context.now, midnight).min(context.now);
        TimeSpan::new(from, end)
            .ok_or_else(|| CliError::Usage("`--from` is after `--to`, or in the future".to_owned()))
    }
}
