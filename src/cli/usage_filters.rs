//! The filters of usage reports: products, countries, people and days.

use clap::Args;

use super::question::{OrganizationSides, parse_name, unknown_name_error};
use crate::cli::error::CliError;
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
    #[arg(long, value_name = "DATE")]
    pub(super) from: Option<Date>,
    /// Up to this day (UTC)
    #[arg(long, value_name = "DATE")]
    pub(super) to: Option<Date>,
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

    /// Returns the time span that is asked for. It ends at `now` at the latest, as an open checkout counts as
    /// use until now and not beyond.
    pub(super) fn window(&self, now: Timestamp) -> Result<TimeSpan, CliError> {
        let from = self.from.map_or(Timestamp::MIN, midnight);
        let end = self.to.and_then(|to| to.tomorrow().ok()).map_or(now, midnight).min(now);
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
