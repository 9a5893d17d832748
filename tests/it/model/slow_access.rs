//! The access decision as the administrators' documentation describes it: one rule after the other, each with
//! a search through everything.

use seatwise::model::access::AccessRule;
use seatwise::model::{
    AccessSetting, Area, Contract, CountryCode, GroupKind, Organization, OrganizationFacts, ProductId, User,
    UserException,
};

fn country(user: &User, contracts: &[Contract]) -> CountryCode {
    if let Some(country) = user.profile.entitlement_country {
        return country;
    }
    if contracts.iter().any(|contract| contract.country == user.profile.country) {
        return user.profile.country;
    }
    let mut best: Option<(rust_decimal::Decimal, CountryCode)> = None;
    let mut countries: Vec<CountryCode> = contracts.iter().map(|contract| contract.country).collect();
    countries.sort();
    for country in countries {
        let revenue = contracts
            .iter()
            .filter(|contract| contract.country == country)
            .map(|contract| contract.revenue)
            .sum();
        if best.is_none_or(|(most, _)| revenue > most) {
            best = Some((revenue, country));
        }
    }
    best.map_or(user.profile.country, |(_, country)| country)
}

pub(crate) fn decision(
    organization: &Organization,
    facts: &OrganizationFacts,
    user: &User,
    product: &ProductId,
) -> (bool, AccessRule) {
    let country = country(user, &facts.contracts);
    if user.licences.keys().any(|held| held == product) {
        return (true, AccessRule::NamedLicence);
    }
    for (named, exception) in user.exceptions.iter() {
        if named == product {
            return (*exception == UserException::Allow, AccessRule::Exception);
        }
    }
    let mut union: Vec<&ProductId> = Vec::new();
    for (name, group) in &organization.groups {
        let counts = group.facts.kind == GroupKind::Entitlement
            && group.facts.country.is_none_or(|only| only == country);
        if counts && user.groups.keys().any(|member_of| member_of == name) {
            union.extend(group.products.keys());
        }
    }
    if !union.is_empty() {
        return (union.contains(&product), AccessRule::Groups);
    }
    for area in [Area::Country(country), Area::Everywhere] {
        for ((restricted, of), setting) in &organization.restrictions {
            if restricted == product && *of == area {
                return (*setting == AccessSetting::Everyone, AccessRule::Product);
            }
        }
    }
    let default = organization.defaults.iter().find(|(of, _)| **of == country);
    (default.is_none_or(|(_, setting)| *setting == AccessSetting::Everyone), AccessRule::Default)
}
