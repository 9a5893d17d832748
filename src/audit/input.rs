//! The input of an audit, with look-ups that several rules share.

use std::collections::{BTreeMap, BTreeSet};

use super::OrganizationView;
use super::finding::{FindingSubject, RuleHit};
use super::user_holdings::known_products;
use crate::change::Citation;
use crate::model::access::{EffectiveAccess, ProductSet, default_of, setting_of};
use crate::model::{
    AccessSetting, Area, CountryCode, Date, Email, GroupName, OwnedLicences, ProductId, Section, Text,
    UnreadReason, User,
};
use crate::policy::scope::ScopeOutcome;
use crate::policy::{DeclaredUser, Grant, Moment, PolicyPlace, Presence};
use crate::usage::{LastUses, UserName};

/// One side of an organization, with all that the rules need to judge it.
pub struct AuditInput<'a> {
    pub(super) picture: OrganizationView<'a>,
    pub(super) scoped: &'a ScopeOutcome,
    pub(super) moment: Moment,
    pub(super) known: AuxiliaryFacts<'a>,
    products: Vec<&'a ProductId>,
    reach: EffectiveAccess<'a>,
}

/// Facts from beyond the organization and its policy, as far as they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuxiliaryFacts<'a> {
    /// The last use of products; `None` where no use was read.
    pub uses: Option<&'a LastUses>,
    /// The last day of the token with which the organization is read.
    pub token_until: Option<Date>,
    /// The sections that were not read; `None` where all were.
    pub unread: Option<&'a BTreeMap<Section, UnreadReason>>,
}

impl<'a> AuditInput<'a> {
    /// Prepares an audit of `picture`, a side of `scoped`.
    pub fn new(
        picture: OrganizationView<'a>,
        scoped: &'a ScopeOutcome,
        moment: Moment,
        known: AuxiliaryFacts<'a>,
    ) -> Self {
        let products: Vec<_> = known_products(picture).into_iter().collect();
        let reach = EffectiveAccess::new(picture.organization, picture.facts, &products);
        Self { picture, scoped, moment, known, products, reach }
    }

    /// Returns the first of the sections that was not read.
    pub(super) fn unread_section<'s>(
        &self,
        sections: impl IntoIterator<Item = &'s Section>,
    ) -> Option<Section> {
        let unread = self.known.unread?;
        sections.into_iter().copied().find(|section| unread.contains_key(section))
    }

    fn cite(&self, place: PolicyPlace) -> Citation {
        self.picture.policy.sources.cite(place)
    }

    /// Returns all people of the organization, in order.
    pub(super) fn users(&self) -> impl Iterator<Item = (&'a Email, &'a User)> + Clone {
        self.picture.organization.users.iter().map(|(email, user)| (email, &**user))
    }

    /// Returns the policy line that declares the person.
    pub(super) fn user_line(&self, email: &Email) -> Option<Citation> {
        Some(self.cite(self.picture.policy.users.get(email)?.place))
    }

    /// Returns the policy line that declares the group.
    pub(super) fn group_line(&self, name: &GroupName) -> Option<Citation> {
        Some(self.cite(self.picture.policy.groups.get(name)?.place))
    }

    /// Returns the policy line of one of the person's grants, or else the line that declares the person.
    pub(super) fn grant_line<'g>(
        &'g self,
        email: &Email,
        grant: impl FnOnce(&'g DeclaredUser) -> Option<&'g Grant>,
    ) -> Option<Citation> {
        let declared = self.picture.policy.users.get(email)?;
        Some(self.cite(grant(declared).map_or(declared.place, |grant| grant.place)))
    }

    /// Returns the policy line that decides whether `product` is open in `country`.
    pub(super) fn setting_line(&self, product: &ProductId, country: CountryCode) -> Option<Citation> {
        let policy = self.picture.policy;
        let of = |area| policy.restrictions.get(&(product.clone(), area)).map(|declared| declared.place);
        let place = of(Area::Country(country)).or_else(|| of(Area::Everywhere));
        place
            .or_else(|| policy.defaults.get(&country).map(|declared| declared.place))
            .map(|place| self.cite(place))
    }

    /// Returns whom `product` is open to in `country`, by its own setting or by the default.
    pub(super) fn setting_in(&self, product: &ProductId, country: CountryCode) -> AccessSetting {
        let organization = self.picture.organization;
        let stated = setting_of(organization, product, country);
        stated.map_or_else(|| default_of(organization, country), |(_, setting)| setting)
    }

    /// Returns a citation of the settings file.
    pub(super) fn settings_line(&self) -> Citation {
        Citation { file: Text::from("seatwise.yaml"), line: 1 }
    }

    /// Returns the licences of `product` that the contracts of `country` pay for; `None` where no contract is
    /// known at all.
    ///
    /// A product that no contract of `country` lists is not owned, and neither is
    /// [`OwnedLicences::Unlimited`].
    pub(super) fn owned_licences_in(&self, product: &ProductId, country: CountryCode) -> Option<u32> {
        let contracts = &self.picture.facts.contracts;
        let owned = contracts
            .iter()
            .filter(|contract| contract.country == country)
            .filter_map(|contract| contract.owned.get(product));
        let quantity = |owned: &OwnedLicences| match owned {
            OwnedLicences::Quantity(quantity) => *quantity,
            OwnedLicences::Unlimited => 0,
        };
        (!contracts.is_empty()).then(|| owned.map(quantity).fold(0, u32::saturating_add))
    }

    /// Returns the entitlement countries of all people, in order.
    pub(super) fn countries(&self) -> impl Iterator<Item = CountryCode> + use<> {
        let countries: BTreeSet<_> =
            self.picture.organization.users.values().map(|user| self.reach.country(user)).collect();
        countries.into_iter()
    }

    /// Returns the products that `user` can start.
    pub(super) fn usable_products(&self, user: &User) -> impl Iterator<Item = &'a ProductId> {
        self.products_in(self.reach.products_of(user))
    }

    /// Returns all known products, in order.
    pub(super) fn products(&self) -> impl Iterator<Item = &'a ProductId> {
        self.products.iter().copied()
    }

    /// Whether the address has a domain that `audit.inside` does not name; nobody is outside where it names
    /// none.
    pub(super) fn is_outside(&self, email: &Email) -> bool {
        let inside = &self.picture.policy.settings.audit.inside;
        let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
        !inside.is_empty() && !inside.contains(domain)
    }

    /// Returns the products that at least one person can start.
    pub(super) fn products_usable_by_anybody(&self) -> BTreeSet<&'a ProductId> {
        let mut usable = self.reach.no_products();
        self.picture.organization.users.values().for_each(|user| usable.add(&self.reach.products_of(user)));
        self.products_in(usable).collect()
    }

    fn products_in(&self, set: ProductSet) -> impl Iterator<Item = &'a ProductId> {
        self.products.iter().enumerate().filter(move |(at, _)| set.has(*at)).map(|(_, product)| *product)
    }

    /// Returns the first of the `audit.unused_days` before today.
    pub(super) fn unused_cutoff(&self) -> Date {
        let days = self.picture.policy.settings.audit.unused_days;
        self.moment.as_of.saturating_sub(jiff::Span::new().days(i64::from(days)))
    }

    /// Returns the last day on which the person used anything; `None` also where no use is known.
    pub(super) fn last_use_day(&self, email: &Email) -> Option<Date> {
        self.known.uses?.last_day_of(&UserName::Email(email.clone()))
    }

    /// Whether the policy removes the person.
    pub(super) fn is_to_leave(&self, email: &Email) -> bool {
        !self.scoped.desired.0.users.contains_key(email)
    }

    /// Returns a hit for each stay and grant of the policy whose last day satisfies `within`, with the
    /// message of `says`. A line that grants one person several things until the same day gives one hit.
    pub(super) fn dated_grants(
        &self,
        within: impl Fn(Date) -> bool,
        says: impl Fn(&str, Date) -> String,
    ) -> Vec<RuleHit> {
        let mut found = Vec::new();
        let until =
            |grant: &Grant| grant.terms.as_ref().and_then(|terms| terms.until).filter(|day| within(*day));
        for (email, user) in self.picture.policy.users.iter() {
            let stay = match user.presence {
                Presence::Present => user.until.map(|day| (day, user.place)),
                Presence::Ended(day, place) => Some((day, place)),
                Presence::Removed(_) => None,
            };
            found.extend(stay.filter(|(day, _)| within(*day)).map(|(day, place)| {
                RuleHit::of_user(email, says(&format!("the stay of {email}"), day))
                    .with_citation(Some(self.cite(place)))
            }));
            let groups = user
                .groups
                .iter()
                .map(|(group, grant)| (FindingSubject::Membership(email.clone(), group.clone()), grant));
            let assigned = user.products.iter().chain(&user.deny).flat_map(|products| products.iter());
            let products = assigned
                .map(|(product, grant)| (FindingSubject::Assignment(email.clone(), product.clone()), grant));
            let roles = user
                .roles
                .iter()
                .flat_map(|roles| roles.iter())
                .map(|(_, grant)| (FindingSubject::User(email.clone()), grant));
            let mut seen = BTreeSet::new();
            for (item, grant) in groups.chain(products).chain(roles) {
                let Some(day) = until(grant).filter(|day| seen.insert((grant.place, *day))) else { continue };
                found.push(
                    RuleHit::new(item.clone(), says(&format!("the grant {item}"), day))
                        .with_citation(Some(self.cite(grant.place))),
                );
            }
        }
        for (name, group) in &self.picture.policy.groups {
            for (product, grant) in group.products.iter().flat_map(|products| products.iter()) {
                let Some(day) = until(grant) else { continue };
                let message = says(&format!("{product} on the list of {name}"), day);
                found.push(RuleHit::of_group(name, message).with_citation(Some(self.cite(grant.place))));
            }
        }
        found
    }
}
