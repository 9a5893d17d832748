//! The filters of reports by product, country and person. They select lines and change no figure.

use std::collections::BTreeSet;

use clap::Args;

use super::CliError;
use super::known_names::NamedOrganization;
use super::shell::shell_word;
use crate::model::access::entitlement_country;
use crate::model::{CountryCode, Email, ProductId, User};
use crate::usage::{NameFilter, UserName};

/// Filters by product and country.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct PoolFilterArgs {
    /// Only lines of this product: its id, name or number, or a glob such as `open*`; may be given several
    /// times
    #[arg(long, value_name = "PRODUCT")]
    product: Vec<String>,
    /// Only lines of this country: its code, name or a glob; may be given several times
    #[arg(long, value_name = "COUNTRY")]
    country: Vec<String>,
}

/// Filters by person.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct PeopleFilterArgs {
    /// Only lines of this person: an address, a name such as `Ana Silva`, an opaque id of the exports, or a
    /// glob; may be given several times
    #[arg(long, value_name = "USER")]
    user: Vec<String>,
    /// Only lines of the live members of this group, or of the groups that a glob names; may be given several
    /// times
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Only lines of people who have this role live: its id, the portal's name for it, or a glob; may be
    /// given several times
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
}

/// Names that are known beside those of the organization.
#[derive(Debug, Default)]
pub(super) struct FurtherNames {
    pub(super) products: Vec<ProductId>,
    pub(super) users: Vec<UserName>,
}

impl PoolFilterArgs {
    /// Returns the filters as they are typed.
    pub(super) fn typed_words(&self) -> Vec<String> {
        let Self { product, country } = self;
        [("product", product), ("country", country)].into_iter().flat_map(option_words).collect()
    }

    /// Returns the products that are asked for; none where all are.
    pub(super) fn products(
        &self,
        organization: NamedOrganization<'_>,
        further: impl IntoIterator<Item = ProductId>,
    ) -> Result<BTreeSet<ProductId>, CliError> {
        if self.product.is_empty() {
            return Ok(BTreeSet::new());
        }
        organization.products(further).select(&self.product)
    }

    /// Returns the countries that are asked for; none where all are.
    pub(super) fn countries(&self) -> Result<BTreeSet<CountryCode>, CliError> {
        NamedOrganization::countries().select(&self.country)
    }
}

impl PeopleFilterArgs {
    /// Returns the filters as they are typed.
    pub(super) fn typed_words(&self) -> Vec<String> {
        let Self { user, group, role } = self;
        [("user", user), ("group", group), ("role", role)].into_iter().flat_map(option_words).collect()
    }

    /// Returns the people who pass each filter; `None` where everybody does.
    pub(super) fn people(
        &self,
        organization: NamedOrganization<'_>,
        further: impl IntoIterator<Item = UserName>,
    ) -> Result<Option<BTreeSet<UserName>>, CliError> {
        let mut chosen = Vec::new();
        if !self.user.is_empty() {
            chosen.push(organization.people(further).select_unique(&self.user)?);
        }
        if !self.group.is_empty() {
            let groups = organization.groups().select(&self.group)?;
            chosen.push(live_people(organization, |user| groups.iter().any(|group| user.groups.has(group))));
        }
        if !self.role.is_empty() {
            let roles = organization.roles().select(&self.role)?;
            chosen.push(live_people(organization, |user| roles.iter().any(|role| user.roles.has(role))));
        }
        Ok(chosen.into_iter().reduce(|some, others| &some & &others))
    }
}

/// Returns what both kinds of filters ask for.
pub(super) fn name_filter(
    pools: &PoolFilterArgs,
    people: &PeopleFilterArgs,
    organization: NamedOrganization<'_>,
    further: FurtherNames,
) -> Result<NameFilter, CliError> {
    Ok(NameFilter {
        products: pools.products(organization, further.products)?,
        countries: pools.countries()?,
        users: people.people(organization, further.users)?,
    })
}

/// Returns the country in which the use of a live person counts by their profile; `None` for anybody else.
pub(super) fn country_of_person(organization: NamedOrganization<'_>, email: &Email) -> Option<CountryCode> {
    let user = organization.live.organization.users.get(email)?;
    Some(entitlement_country(user, &organization.live.facts.contracts))
}

fn live_people(organization: NamedOrganization<'_>, is_asked: impl Fn(&User) -> bool) -> BTreeSet<UserName> {
    let users = organization.live.organization.users.iter().filter(|(_, user)| is_asked(user));
    users.map(|(email, _)| email.clone().into()).collect()
}

fn option_words((option, values): (&'static str, &Vec<String>)) -> impl Iterator<Item = String> {
    values.iter().map(move |value| format!("--{option} {}", shell_word(value)))
}
