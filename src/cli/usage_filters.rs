//! The filters of usage reports: products, countries, people and days.

use clap::Args;

use super::days::DayWord;
use super::question::{OrganizationSides, parse_name, unknown_name_error};
use crate::cli::{CliError, Context};
use crate::model::{CountryCode, Date, Email, GroupName, ProductId, Timestamp};
use crate::usage::{NameRegister, RowFilter, TimeSpan, UserId, midnight};

/// Only some use; all where nothing is said.
#[derive(Debug, Args)]
pub(super) struct UsageFilterArgs {
    /// Only this product, by its id in the catalogue; may be given several times
    #[arg(long, value_name = "PRODUCT")]
    product: Vec<String>,
    /// Only use in this country; may be given several times
    #[arg(long, value_name = "CODE")]
    country: Vec<String>,
    /// Only use by this person: an address, or an opaque id of the exports; may be given several times
    #[arg(long, value_name = "USER")]
    user: Vec<String>,
    /// Only use by members of this group; may be given several times
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// From this day on (UTC)
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    pub(super) from: Option<DayWord>,
    /// Up to this day (UTC)
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    pub(super) to: Option<DayWord>,
}

impl UsageFilterArgs {
    /// Returns the filters for everybody's use of these products, in these countries, at any time.
    pub(super) fn of_everybody(product: &[String], country: &[String]) -> Self {
        Self {
            product: product.to_vec(),
            country: country.to_vec(),
            user: Vec::new(),
            group: Vec::new(),
            from: None,
            to: None,
        }
    }

    /// Returns the filter for rows of usage. People get their numbers in `register`. A name that is not
    /// valid, or a group that does not exist, is an error.
    pub(super) fn row_filter(
        &self,
        sides: &OrganizationSides,
        register: &mut NameRegister,
    ) -> Result<RowFilter, CliError> {
        let products = self.product.iter().map(|word| parse_name(word, ProductId::new));
        let countries = self.country.iter();
        let countries = countries.map(|word| parse_name(word, |word| CountryCode::new(&word.to_uppercase())));
        let mut users: Vec<UserId> = self.user.iter().map(|word| register.user_id(word)).collect();
        for word in &self.group {
            users.extend(members(word, sides)?.map(|email| register.user_id(email.as_str())));
        }
        let users = self.has_people().then(|| users.into_iter().collect());
        Ok(RowFilter {
            products: products.collect::<Result<_, _>>()?,
            countries: countries.collect::<Result<_, _>>()?,
            users,
        })
    }

    /// Returns whether only the use of some people is asked for.
    pub(super) fn has_people(&self) -> bool {
        !self.user.is_empty() || !self.group.is_empty()
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

fn members<'a>(
    word: &str,
    sides: &'a OrganizationSides,
) -> Result<impl Iterator<Item = &'a Email>, CliError> {
    let live = &sides.scoped.live.0;
    let Some((group, _)) = live.groups.get_key_value(word) else {
        return Err(unknown_name_error("group", word, live.groups.keys().map(GroupName::as_str)));
    };
    Ok(live.users.iter().filter(move |(_, user)| user.groups.has(group)).map(|(email, _)| email))
}
