//! Effective access: whether a user can in fact start a product, all rules considered.
//!
//! The rules, strongest first (administrators' documentation on entitlement management): a named licence; a
//! user exception; the union of the non-empty lists of the user's entitlement groups; the product's setting
//! in the user's entitlement country; the country's default. [`decide_access`] decides for one user and
//! product, [`EffectiveAccess`] for all products of a user at once.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{
    AccessSetting, Area, Contract, CountryCode, Group, GroupKind, GroupName, Organization, OrganizationFacts,
    ProductId, User, UserException, UserState,
};

/// Whether a product may be started, and the rule that decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessDecision {
    pub allowed: bool,
    /// The strongest rule that applies.
    pub by: AccessRule,
}

/// The rules of effective access, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessRule {
    /// The user holds a named licence.
    NamedLicence,
    /// The product is allowed or denied to the user by name.
    Exception,
    /// The lists of the user's groups.
    Groups,
    /// The product's setting in the user's entitlement country, or everywhere.
    Product,
    /// The default of the user's entitlement country.
    Default,
}

/// The country whose contract and settings apply to a user.
///
/// It is the user's attribute if set, even where no contract is for that country; else the profile country if
/// there is a contract for it; else the contract country with the largest revenue (of equals the first by
/// code); without any contract, the profile country.
pub fn entitlement_country(user: &User, contracts: &[Contract]) -> CountryCode {
    country_of(user, contracts, || largest_contract_country(contracts))
}

fn country_of(
    user: &User,
    contracts: &[Contract],
    largest: impl FnOnce() -> Option<CountryCode>,
) -> CountryCode {
    let profile = &user.profile;
    profile.entitlement_country.unwrap_or_else(|| {
        let has_contract = contracts.iter().any(|contract| contract.country == profile.country);
        if has_contract { profile.country } else { largest().unwrap_or(profile.country) }
    })
}

fn largest_contract_country(contracts: &[Contract]) -> Option<CountryCode> {
    let mut revenue = BTreeMap::new();
    for contract in contracts {
        *revenue.entry(contract.country).or_insert(rust_decimal::Decimal::ZERO) += contract.revenue;
    }
    // `max_by` keeps the last of equals, so the walk goes backwards.
    revenue.into_iter().rev().max_by(|a, b| a.1.cmp(&b.1)).map(|(country, _)| country)
}

/// Returns the setting of `product` in `country`, if one is stated; the entry for a country wins over the one
/// for everywhere.
pub fn setting_of(
    organization: &Organization,
    product: &ProductId,
    country: CountryCode,
) -> Option<(Area, AccessSetting)> {
    [Area::Country(country), Area::Everywhere].into_iter().find_map(|area| {
        let setting = organization.restrictions.get(&(product.clone(), area))?;
        Some((area, *setting))
    })
}

/// Returns the default of `country`: `everyone` unless changed.
pub fn default_of(organization: &Organization, country: CountryCode) -> AccessSetting {
    organization.defaults.get(&country).copied().unwrap_or(AccessSetting::Everyone)
}

/// Whether the list of `group` counts for a member whose entitlement country is `country`.
pub fn list_counts(group: &Group, country: CountryCode) -> bool {
    group.facts.kind == GroupKind::Entitlement
        && !group.products.is_empty()
        && group.facts.country.is_none_or(|only| only == country)
}

/// Decides whether `user` can start `product`, in whatever state the user is; a user who only asked to join
/// is not [present](is_present).
pub fn decide_access(
    organization: &Organization,
    facts: &OrganizationFacts,
    user: &User,
    product: &ProductId,
) -> AccessDecision {
    let country = entitlement_country(user, &facts.contracts);
    if user.licences.has(product) {
        return AccessDecision { allowed: true, by: AccessRule::NamedLicence };
    }
    if let Some(exception) = user.exceptions.get(product) {
        return AccessDecision { allowed: *exception == UserException::Allow, by: AccessRule::Exception };
    }
    let mut lists = user
        .groups
        .keys()
        .filter_map(|name| organization.groups.get(name))
        .filter(|group| list_counts(group, country))
        .peekable();
    if lists.peek().is_some() {
        let allowed = lists.any(|group| group.products.has(product));
        return AccessDecision { allowed, by: AccessRule::Groups };
    }
    let (setting, by) = match setting_of(organization, product, country) {
        Some((_, setting)) => (setting, AccessRule::Product),
        None => (default_of(organization, country), AccessRule::Default),
    };
    AccessDecision { allowed: setting == AccessSetting::Everyone, by }
}

/// Whether the user is in the organization at all; a user who only asked to join is not.
pub fn is_present(user: &User) -> bool {
    user.state != UserState::Pending
}

/// A set of products, with one bit for each product of an [`EffectiveAccess`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProductSet(Vec<u64>);

impl ProductSet {
    fn empty(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn set(&mut self, index: usize, on: bool) {
        let bit = 1 << (index % 64);
        if on { self.0[index / 64] |= bit } else { self.0[index / 64] &= !bit }
    }

    /// Adds the product with this index.
    pub fn insert(&mut self, index: usize) {
        self.set(index, true);
    }

    /// Removes all products of `other`.
    pub fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, less)| *word &= !less);
    }

    /// Keeps only products that are also in `other`.
    pub fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word &= more);
    }

    /// Whether the set has no product.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Adds all of `other`.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }

    /// Whether the product with this index is in the set.
    pub fn has(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    /// Returns the indices of the products in this set and not in `other`, in order.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().zip(&other.0).enumerate().flat_map(|(word, (mine, theirs))| {
            let mut bits = mine & !theirs;
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Some(word * 64 + bit)
            })
        })
    }

    /// Whether any product is in this set and not in `other`.
    pub fn exceeds(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(mine, theirs)| mine & !theirs != 0)
    }
}

/// Effective access over a whole organization: the settings of each country and the lists of each group as
/// bit sets, built once.
pub struct EffectiveAccess<'a> {
    facts: &'a OrganizationFacts,
    index: BTreeMap<&'a ProductId, usize>,
    lists: FxHashMap<&'a GroupName, (Option<CountryCode>, ProductSet)>,
    open: BTreeMap<CountryCode, ProductSet>,
    elsewhere: ProductSet,
    fallback: Option<CountryCode>,
}

impl<'a> EffectiveAccess<'a> {
    /// Prepares the access of `organization` over `products`, a sorted list without repetition.
    pub fn new(
        organization: &'a Organization,
        facts: &'a OrganizationFacts,
        products: &[&'a ProductId],
    ) -> Self {
        let index: BTreeMap<_, _> =
            products.iter().copied().enumerate().map(|(at, product)| (product, at)).collect();
        let lists = organization
            .groups
            .iter()
            .filter(|(_, group)| group.facts.kind == GroupKind::Entitlement && !group.products.is_empty());
        let lists = lists
            .map(|(name, group)| (name, (group.facts.country, product_set_of(&index, group.products.keys()))))
            .collect();
        let named = organization.restrictions.keys().filter_map(|(_, area)| match area {
            Area::Country(country) => Some(country),
            Area::Everywhere => None,
        });
        let countries = organization.defaults.keys().chain(named).copied();
        let open =
            countries.map(|country| (country, open_products_in(organization, &index, country))).collect();
        let elsewhere = products_where(&index, |product| {
            let setting = organization.restrictions.get(&(product.clone(), Area::Everywhere));
            setting.is_none_or(|setting| *setting == AccessSetting::Everyone)
        });
        Self { facts, index, lists, open, elsewhere, fallback: largest_contract_country(&facts.contracts) }
    }

    /// Returns the entitlement country of `user`, the same as [`entitlement_country`].
    pub fn country(&self, user: &User) -> CountryCode {
        country_of(user, &self.facts.contracts, || self.fallback)
    }

    /// Returns the products that `user` can start; none for a user who only asked to join.
    pub fn products_of(&self, user: &User) -> ProductSet {
        if !is_present(user) {
            return self.no_products();
        }
        self.products_as_member(user, user.groups.keys())
    }

    /// Returns the products that `user` could start as a present user who is in `groups`.
    pub fn products_as_member<'b>(
        &self,
        user: &User,
        groups: impl Iterator<Item = &'b GroupName>,
    ) -> ProductSet {
        let country = self.country(user);
        let mut union: Option<ProductSet> = None;
        for (_, list) in self.lists_in(country, groups) {
            match &mut union {
                Some(union) => union.add(list),
                None => union = Some(list.clone()),
            }
        }
        let mut reach = union.unwrap_or_else(|| self.open_products(country).clone());
        for (product, exception) in user.exceptions.iter() {
            self.set_product(&mut reach, product, *exception == UserException::Allow);
        }
        for product in user.licences.keys() {
            self.set_product(&mut reach, product, true);
        }
        reach
    }

    /// Returns those of `groups` that have a list which counts in `country`, with the list.
    pub fn lists_in<'b>(
        &self,
        country: CountryCode,
        groups: impl Iterator<Item = &'b GroupName>,
    ) -> impl Iterator<Item = (&'b GroupName, &ProductSet)> {
        let listed = groups.filter_map(|name| self.lists.get(name).map(|(only, list)| (name, *only, list)));
        listed
            .filter(move |(_, only, _)| only.is_none_or(|only| only == country))
            .map(|(name, _, list)| (name, list))
    }

    /// Returns the products that are open in `country` to users for whom no stronger rule says otherwise.
    pub fn open_products(&self, country: CountryCode) -> &ProductSet {
        self.open.get(&country).unwrap_or(&self.elsewhere)
    }

    /// Whether the group has a list that can count.
    pub fn has_list(&self, group: &GroupName) -> bool {
        self.lists.contains_key(group)
    }

    /// Returns the empty set.
    pub fn no_products(&self) -> ProductSet {
        ProductSet::empty(self.index.len())
    }

    fn set_product(&self, reach: &mut ProductSet, product: &ProductId, on: bool) {
        if let Some(index) = self.index.get(product) {
            reach.set(*index, on);
        }
    }
}

fn product_set_of<'a>(
    index: &BTreeMap<&ProductId, usize>,
    products: impl Iterator<Item = &'a ProductId>,
) -> ProductSet {
    let mut set = ProductSet::empty(index.len());
    products.filter_map(|product| index.get(product)).for_each(|at| set.set(*at, true));
    set
}

fn products_where(
    index: &BTreeMap<&ProductId, usize>,
    mut is_open: impl FnMut(&ProductId) -> bool,
) -> ProductSet {
    let mut set = ProductSet::empty(index.len());
    index.iter().for_each(|(product, at)| set.set(*at, is_open(product)));
    set
}

fn open_products_in(
    organization: &Organization,
    index: &BTreeMap<&ProductId, usize>,
    country: CountryCode,
) -> ProductSet {
    let default = default_of(organization, country);
    products_where(index, |product| {
        setting_of(organization, product, country).map_or(default, |(_, setting)| setting)
            == AccessSetting::Everyone
    })
}
