//! What of a pool is owned, and what licences for it cost, as far as the organization and the policy say.

use std::collections::BTreeSet;

use super::{History, Place, Pool};
use crate::model::{Contract, CountryCode, Date, Facts, LicenceKind, Money, Owned, ProductId};

/// The contracts and list prices, of today and of other times as far as the organization says.
///
/// Of what it says nothing else of, a period that has passed is held against what is owned now.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a>(pub &'a Facts);

impl Terms<'_> {
    /// What covers use of `pool`; `None` where nothing says so, as no contract is for a site.
    ///
    /// Of a product that is licensed by name nothing is in the pool: its licences are those of the people who
    /// hold them, and their use is not counted in it.
    pub fn owned(self, pool: &Pool) -> Option<History<Owned>> {
        match &pool.place {
            Place::Site(_) => None,
            Place::Unknown => Some(History::default()),
            Place::Country(_) if self.0.is_named(&pool.product) => Some(History::default()),
            Place::Country(country) => Some(self.of_contracts(*country, &pool.product)),
        }
    }

    /// The list prices of a product.
    pub fn prices(self, product: &ProductId) -> History<Money> {
        if let Some(prices) = self.0.past.prices.get(product) {
            return prices.iter().map(|(from, price)| (*from, price.clone())).collect();
        }
        let price = self.0.products.get(product).and_then(|known| known.list_price.clone());
        price.map_or_else(History::default, History::always)
    }

    /// Whether the organization says what was owned and what it cost at other times than today.
    pub fn know_the_past(self) -> bool {
        !self.0.past.is_empty()
    }

    /// How a product is licensed.
    pub fn licence(self, product: &ProductId) -> LicenceKind {
        if self.0.is_named(product) { LicenceKind::Named } else { LicenceKind::Pooled }
    }

    /// The sum over the contracts of `country`, each until it expires.
    fn of_contracts(self, country: CountryCode, product: &ProductId) -> History<Owned> {
        let contracts = self.0.contracts.iter().filter(|contract| contract.country == country);
        let contracts: Vec<(&Contract, History<Owned>)> =
            contracts.filter_map(|contract| Some((contract, self.of_contract(contract, product)?))).collect();
        if contracts.is_empty() {
            return History::default();
        }
        let ends = contracts.iter().filter_map(|(contract, _)| contract.expires?.tomorrow().ok());
        let changes = contracts.iter().flat_map(|(_, owned)| owned.days());
        let days: BTreeSet<Date> = ends.chain(changes).chain([Date::MIN]).collect();
        days.into_iter().map(|day| (day, together(&contracts, day))).collect()
    }

    /// What one contract pays for, and has paid for.
    fn of_contract(self, contract: &Contract, product: &ProductId) -> Option<History<Owned>> {
        match self.0.past.owned.get(&(contract.name.clone(), product.clone())) {
            Some(owned) => Some(owned.iter().map(|(from, owned)| (*from, *owned)).collect()),
            None => contract.owned.get(product).copied().map(History::always),
        }
    }
}

/// What the contracts that have not expired on `day` pay for.
fn together(contracts: &[(&Contract, History<Owned>)], day: Date) -> Owned {
    let valid = contracts.iter().filter(|(contract, _)| contract.expires.is_none_or(|last| day <= last));
    let owned: Vec<Owned> = valid.filter_map(|(_, owned)| owned.on(day).copied()).collect();
    let quantities = owned.iter().map(|owned| match owned {
        Owned::Quantity(quantity) => *quantity,
        Owned::Unlimited => 0,
    });
    let sum = quantities.fold(0_u32, u32::saturating_add);
    // Unlimited but not owned covers nothing, also beside licences that do.
    if sum == 0 && owned.contains(&Owned::Unlimited) { Owned::Unlimited } else { Owned::Quantity(sum) }
}
