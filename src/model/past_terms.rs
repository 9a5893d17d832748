//! What contracts and prices were before: periods that have passed are held against that.

use std::collections::BTreeMap;

use super::{Date, Money, OwnedLicences, ProductId, Text};

/// What the organization says of earlier times. Of what has no entry, today's value has always held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastTerms {
    /// List prices of a product, each from a day on; before the first none is known.
    pub prices: BTreeMap<ProductId, BTreeMap<Date, Money>>,
    /// What a contract, by its name, paid for of a product, each from a day on; before the first nothing.
    pub owned: BTreeMap<(Text, ProductId), BTreeMap<Date, OwnedLicences>>,
}

impl PastTerms {
    /// Whether nothing is said of earlier times.
    pub fn is_empty(&self) -> bool {
        let Self { prices, owned } = self;
        prices.is_empty() && owned.is_empty()
    }
}
