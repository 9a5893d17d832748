//! What of a pool is owned, and what licences for it cost, as far as the organization and the policy say.

use std::collections::BTreeSet;

use super::{History, Place, Pool};
use crate::model::{Contract, CountryCode, Date, Facts, LicenceKind, Money, Owned, ProductId};

/// The contracts and list prices of today.
///
/// The organization reports no earlier ones: a period that has passed is held against what is owned now.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a>(pub &'a Facts);

impl Terms<'_> {
    /// What covers use of `pool`; `None` where nothing says so, as no contract is for a site.
    ///
    /// Of a product that is licensed by name nothing is in the pool: its licences are those of the people who hold them, and their use is
    /// not counted in it.
    pub fn owned(self, pool: &Pool) -> Option<History<Owned>> {
        match &pool.place {
            Place::Site(_) => None,
            Place::Unknown => Some(History::default()),
            Place::Country(_) if self.0.is_named(&pool.product) => Some(History::default()),
            Place::Country(country) => Some(self.of_contracts(*country, &pool.product)),
        }
    }

    /// The list price of a product.
    pub fn prices(self, product: &ProductId) -> History<Money> {
        let price = self.0.products.get(product).and_then(|known| known.list_price.clone());
        price.map_or_else(History::default, History::always)
    }

    /// How a product is licensed.
    pub fn licence(self, product: &ProductId) -> LicenceKind {
        if self.0.is_named(product) { LicenceKind::Named } else { LicenceKind::Pooled }
    }

    /// The sum over the contracts of `country`, each until it expires.
    fn of_contracts(self, country: CountryCode, product: &ProductId) -> History<Owned> {
        let contracts: Vec<(&Contract, Owned)> = self
            .0
            .contracts
            .iter()
            .filter(|contract| contract.country == country)
            .filter_map(|contract| Some((contract, *contract.owned.get(product)?)))
            .collect();
        if contracts.is_empty() {
            return History::default();
        }
        let ends = contracts.iter().filter_map(|(contract, _)| contract.expires?.tomorrow().ok());
        let days: BTreeSet<Date> = ends.chain([Date::MIN]).collect();
        days.into_iter().map(|day| (day, together(&contracts, day))).collect()
    }
}

/// What the contracts that have not expired on `day` pay for.
fn together(contracts: &[(&Contract, Owned)], day: Date) -> Owned {
    let valid = contracts.iter().filter(|(contract, _)| contract.expires.is_none_or(|last| day <= last));
    let quantities = valid.clone().map(|(_, owned)| match owned {
        Owned::Quantity(quantity) => *quantity,
        Owned::Unlimited => 0,
    });
    let sum = quantities.fold(0_u32, u32::saturating_add);
    // Unlimited but not owned covers nothing, also beside licences that do.
    let is_open = sum == 0 && valid.clone().any(|(_, owned)| *owned == Owned::Unlimited);
    if is_open { Owned::Unlimited } else { Owned::Quantity(sum) }
}
