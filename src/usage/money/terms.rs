//! Owned licences and list prices for a pool, as far as the organization and the policy say.

use std::collections::BTreeSet;

use crate::model::{
    Contract, CountryCode, Date, LicenceKind, Money, OrganizationFacts, OwnedLicences, ProductId,
};
use crate::usage::{Assessment, Pool, PoolPlace, Tally, UsageSettings, ValueHistory, assess_use};

/// The contracts and list prices, of today and of other times as far as the organization reports them.
///
/// Where nothing is reported of other times, past periods are compared with what is owned now.
#[derive(Debug, Clone, Copy)]
pub struct LicenceTerms<'a>(pub &'a OrganizationFacts);

impl LicenceTerms<'_> {
    /// Returns the licences that cover use of `pool`; `None` for a site, as no contract is for a site.
    ///
    /// A product that is licensed by name has no licences in the pool: its licences belong to their holders,
    /// whose use is not counted in the pool.
    pub fn owned_licences(self, pool: &Pool) -> Option<ValueHistory<OwnedLicences>> {
        match &pool.place {
            PoolPlace::Site(_) => None,
            PoolPlace::Unknown => Some(ValueHistory::default()),
            PoolPlace::Country(_) if self.0.is_named(&pool.product) => Some(ValueHistory::default()),
            PoolPlace::Country(country) => Some(self.owned_by_contracts(*country, &pool.product)),
        }
    }

    /// Compares the use of `pool` with what covers it, and prices the excess. Nothing covers use of a site.
    pub(in crate::usage) fn assess(self, pool: &Pool, tally: &Tally, settings: &UsageSettings) -> Assessment {
        let owned = self.owned_licences(pool).unwrap_or_default();
        assess_use(tally, &owned, &self.prices(&pool.product), settings)
    }

    /// Returns the list prices of a product.
    pub fn prices(self, product: &ProductId) -> ValueHistory<Money> {
        if let Some(prices) = self.0.past.prices.get(product) {
            return prices.iter().map(|(from, price)| (*from, price.clone())).collect();
        }
        let price = self.0.products.get(product).and_then(|known| known.list_price.clone());
        price.map_or_else(ValueHistory::default, ValueHistory::constant)
    }

    /// Whether the organization reports what was owned and what it cost at other times than today.
    pub fn has_past_terms(self) -> bool {
        !self.0.past.is_empty()
    }

    /// Returns how a product is licensed.
    pub fn licence_kind(self, product: &ProductId) -> LicenceKind {
        if self.0.is_named(product) { LicenceKind::Named } else { LicenceKind::Pooled }
    }

    /// Returns the sum over the contracts of `country`, each until it expires.
    fn owned_by_contracts(self, country: CountryCode, product: &ProductId) -> ValueHistory<OwnedLicences> {
        let contracts = self.0.contracts.iter().filter(|contract| contract.country == country);
        let contracts: Vec<(&Contract, ValueHistory<OwnedLicences>)> = contracts
            .filter_map(|contract| Some((contract, self.owned_by_contract(contract, product)?)))
            .collect();
        if contracts.is_empty() {
            return ValueHistory::default();
        }
        let ends = contracts.iter().filter_map(|(contract, _)| contract.expires?.tomorrow().ok());
        let changes = contracts.iter().flat_map(|(_, owned)| owned.change_days());
        let days: BTreeSet<Date> = ends.chain(changes).chain([Date::MIN]).collect();
        days.into_iter().map(|day| (day, total_owned(&contracts, day))).collect()
    }

    /// Returns what one contract pays for now and paid for earlier; `None` where the contract says nothing of
    /// the product.
    fn owned_by_contract(
        self,
        contract: &Contract,
        product: &ProductId,
    ) -> Option<ValueHistory<OwnedLicences>> {
        match self.0.past.owned.get(&(contract.name.clone(), product.clone())) {
            Some(owned) => Some(owned.iter().map(|(from, owned)| (*from, *owned)).collect()),
            None => contract.owned.get(product).copied().map(ValueHistory::constant),
        }
    }
}

/// Returns what the contracts that have not expired on `day` pay for.
fn total_owned(contracts: &[(&Contract, ValueHistory<OwnedLicences>)], day: Date) -> OwnedLicences {
    let valid = contracts.iter().filter(|(contract, _)| contract.expires.is_none_or(|last| day <= last));
    let owned: Vec<OwnedLicences> = valid.filter_map(|(_, owned)| owned.value_on(day).copied()).collect();
    let quantities = owned.iter().map(|owned| match owned {
        OwnedLicences::Quantity(quantity) => *quantity,
        OwnedLicences::Unlimited => 0,
    });
    let sum = quantities.fold(0_u32, u32::saturating_add);
    // Unlimited but not owned covers nothing, even beside owned licences.
    if sum == 0 && owned.contains(&OwnedLicences::Unlimited) {
        OwnedLicences::Unlimited
    } else {
        OwnedLicences::Quantity(sum)
    }
}
