//! Contracts and list prices of earlier times, with which past periods are compared.

use std::collections::BTreeMap;

use super::{Date, Money, OwnedLicences, ProductId, Text};

/// What the organization reports of earlier times. For anything without an entry, today's value has always
/// held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastTerms {
    /// The list prices of a product, each from a day on; no price is known before the first.
    pub prices: BTreeMap<ProductId, BTreeMap<Date, Money>>,
    /// What a contract (by its name) paid for of a product, each from a day on; nothing before the first.
    pub owned: BTreeMap<(Text, ProductId), BTreeMap<Date, OwnedLicences>>,
}

impl PastTerms {
    /// Whether nothing is reported of earlier times.
    pub fn is_empty(&self) -> bool {
        let Self { prices, owned } = self;
        prices.is_empty() && owned.is_empty()
    }
}
