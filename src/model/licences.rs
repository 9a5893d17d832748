//! Licences that the contracts pay for, and the time at which a named licence may move.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::{CountryCode, Organization, OrganizationFacts, ProductId, Text, UserException};

/// An agreement with Bentley for one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The contract's own name or number.
    pub name: Text,
    /// Kind of agreement: `select`, `e365`, …
    pub kind: Text,
    /// The country it covers.
    pub country: CountryCode,
    /// The revenue, which decides the entitlement country of people elsewhere; comparable within one account.
    pub revenue: Decimal,
    /// The last day; `None` where the contract does not expire.
    pub expires: Option<super::Date>,
    pub owned: BTreeMap<ProductId, OwnedLicences>,
}

/// How many licences of a product a contract pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnedLicences {
    Quantity(u32),
    /// Unlimited but not owned: everyone can start the product, and every use is excess.
    Unlimited,
}

/// The most days that a checkout lasts.
pub const LONGEST_CHECKOUT_DAYS: i64 = 365;

/// For this long after an assignment, a named licence may still move.
const FREE: SignedDuration = SignedDuration::from_hours(24);
/// For this long after that, the licence is locked.
const LOCK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Returns the time at which a named licence assigned at `assigned` unlocks, if it is locked at `now`: locked
/// is [24 h, 24 h + 30 d) after the assignment.
pub fn unlock_time(assigned: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let locks = assigned.checked_add(FREE).ok()?;
    let unlocks = locks.checked_add(LOCK).ok()?;
    (locks <= now && now < unlocks).then_some(unlocks)
}

impl OrganizationFacts {
    /// Returns the licences of `product` that the contracts of all countries pay for; `None` where no
    /// contract lists the product.
    ///
    /// [`OwnedLicences::Unlimited`] counts as 0: unlimited is not owned.
    pub fn owned_licences(&self, product: &ProductId) -> Option<u32> {
        let known = self.contracts.iter().filter_map(|contract| contract.owned.get(product));
        known.fold(None, |sum, owned| {
            let quantity = match owned {
                OwnedLicences::Quantity(quantity) => *quantity,
                OwnedLicences::Unlimited => 0,
            };
            Some(sum.unwrap_or(0).saturating_add(quantity))
        })
    }
}

/// Returns the number of named licences that users hold, by product.
pub fn named_licence_counts(organization: &Organization) -> BTreeMap<&ProductId, u32> {
    count_by_product(organization.users.values().flat_map(|user| user.licences.keys()))
}

/// Returns the number of people with an assignment of each product: allowed by name, or holding a named
/// licence.
pub fn assignment_counts(organization: &Organization) -> BTreeMap<&ProductId, u32> {
    let products = organization.users.values().flat_map(|user| {
        let allowed = user
            .exceptions
            .iter()
            .filter(|(_, exception)| **exception == UserException::Allow)
            .map(|(product, _)| product);
        allowed.chain(user.licences.keys())
    });
    count_by_product(products)
}

/// Counts by hash and sorts at the end, as there are many entries and few products.
fn count_by_product<'a>(products: impl Iterator<Item = &'a ProductId>) -> BTreeMap<&'a ProductId, u32> {
    let mut counts: FxHashMap<&ProductId, u32> = FxHashMap::default();
    products.for_each(|product| *counts.entry(product).or_default() += 1);
    counts.into_iter().collect()
}
