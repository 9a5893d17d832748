//! Projects the cost of use beyond the owned licences in the running period, before and after a plan.
//!
//! The cost before is the cost so far. It cannot fall when users lose access, because a single interval above
//! the owned licences sets the charge for the whole period. The cost after adds the users who come into a
//! pool: users who can start a product now and could not before, and users who could start it under a named
//! licence and have lost that licence. The projection assumes that new users use the product as much as those
//! in the pool: if one user of four was on a machine at the peak of the last 90 days, one of four new users
//! is, rounded up. Where nobody was in the pool, each new user counts as one machine.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exposure, ExposureProjection, ExposureTotal, Impact, touched_users};
use crate::change::Change;
use crate::model::access::{EffectiveAccess, ProductSet};
use crate::model::{CountryCode, Email, Money, ProductId, Text, User};
use crate::plan::order::PlanSides;
use crate::usage::{Overage, Pool, PoolPlace, UsageOutlook};

/// The exposure in the running period, by product.
pub(super) type ExposuresByProduct = BTreeMap<ProductId, Exposure>;

/// Projects the exposure of each product from `outlook` and `changes`, and sets the total in `impact`.
pub(super) fn project_exposure(
    changes: &[Change],
    sides: PlanSides<'_>,
    outlook: &UsageOutlook<'_>,
    impact: &mut Impact,
) -> ExposuresByProduct {
    if !outlook.is_current() {
        impact.exposure = ExposureProjection::Stale(outlook.until);
        return ExposuresByProduct::new();
    }
    let more = added_machines(changes, sides, outlook);
    let pools: BTreeSet<&Pool> = outlook.pools.keys().chain(more.keys()).collect();
    let mut exposures = ExposuresByProduct::new();
    for pool in pools {
        let before = outlook.pools.get(pool).map_or(Overage::NONE, |standing| standing.so_far.clone());
        let after = outlook.overage_with_more(pool, more.get(pool).copied().unwrap_or(0));
        let Exposure { before: known_before, after: known_after } = exposures
            .remove(&pool.product)
            .unwrap_or(Exposure { before: Overage::NONE, after: Overage::NONE });
        exposures.insert(
            pool.product.clone(),
            Exposure { before: known_before.combine(before), after: known_after.combine(after) },
        );
    }
    let since = (outlook.since > outlook.period.first_day()).then_some(outlook.since);
    let sum = |of: fn(&Exposure) -> &Overage| {
        sum_by_currency(exposures.values().filter_map(|exposure| of(exposure).money_due()))
    };
    let (before, after) = (sum(|exposure| &exposure.before), sum(|exposure| &exposure.after));
    impact.exposure =
        ExposureProjection::Known(ExposureTotal { period: outlook.period, since, before, after });
    exposures
}

/// Adds up amounts, one sum for each currency.
fn sum_by_currency<'a>(amounts: impl Iterator<Item = &'a Money>) -> Vec<Money> {
    let mut sums = BTreeMap::<&Text, Money>::new();
    for money in amounts {
        let zero = || Money { amount: 0.into(), currency: money.currency.clone() };
        let sum = sums.entry(&money.currency).or_insert_with(zero);
        // One amount for each product is far below what a decimal can hold, so no sum saturates in practice.
        sum.amount = sum.amount.saturating_add(money.amount);
    }
    sums.into_values().collect()
}

/// The number of machines that the plan adds to each pool.
fn added_machines(
    changes: &[Change],
    sides: PlanSides<'_>,
    outlook: &UsageOutlook<'_>,
) -> BTreeMap<Pool, u32> {
    let crowd = PoolMembers::new(sides);
    let mut coming = BTreeMap::<(usize, CountryCode), u32>::new();
    for email in
        touched_users(changes, sides).unwrap_or_else(|| sides.desired.users.keys().cloned().collect())
    {
        crowd.visit_joined_pools(&email, |product, country| {
            *coming.entry((product, country)).or_default() += 1
        });
    }
    if coming.is_empty() {
        return BTreeMap::new();
    }
    let there = crowd.count_people_before(&coming);
    let machines = |((product, country), people): (&(usize, CountryCode), &u32)| {
        let product = crowd.products[*product];
        let (pool, recent) = pool_and_peak(outlook, sides, product, *country);
        let there = there.get(&(product, *country)).copied().unwrap_or(0);
        let machines =
            if there == 0 { u64::from(*people) } else { (u64::from(*people) * recent).div_ceil(there) };
        (pool, u32::try_from(machines).unwrap_or(u32::MAX))
    };
    coming.iter().map(machines).collect()
}

/// The most used pool of a product in a country, and the summed peak of all its pools there. A product has
/// several pools in one country where usage reports several feature strings.
fn pool_and_peak(
    outlook: &UsageOutlook<'_>,
    sides: PlanSides<'_>,
    product: &ProductId,
    country: CountryCode,
) -> (Pool, u64) {
    let known: Vec<_> = outlook
        .pools
        .iter()
        .filter(|(pool, _)| pool.product == *product && pool.place == PoolPlace::Country(country))
        .collect();
    let recent = known.iter().map(|(_, standing)| u64::from(standing.recent)).sum();
    let most = known.iter().max_by_key(|(_, standing)| standing.recent).map(|(pool, _)| (*pool).clone());
    let unused = || {
        let feature = sides.facts.products.get(product).and_then(|known| known.feature.clone());
        Pool { product: product.clone(), feature, place: PoolPlace::Country(country) }
    };
    (most.unwrap_or_else(unused), recent)
}

/// Determines which users are in which pool: a user is in the pool of each product that the user can start
/// without a named licence.
struct PoolMembers<'a> {
    sides: PlanSides<'a>,
    products: Vec<&'a ProductId>,
    live: EffectiveAccess<'a>,
    desired: EffectiveAccess<'a>,
}

impl<'a> PoolMembers<'a> {
    fn new(sides: PlanSides<'a>) -> Self {
        let products: Vec<&ProductId> = sides.facts.products.keys().collect();
        let (live, desired) = (
            EffectiveAccess::new(sides.live, sides.facts, &products),
            EffectiveAccess::new(sides.desired, sides.facts, &products),
        );
        Self { sides, products, live, desired }
    }

    fn pooled_products(&self, reach: &EffectiveAccess<'_>, user: &User) -> ProductSet {
        let (mut pooled, mut licensed) = (reach.products_of(user), reach.no_products());
        user.licences
            .keys()
            .filter_map(|product| self.products.binary_search(&product).ok())
            .for_each(|at| licensed.insert(at));
        pooled.remove(&licensed);
        pooled
    }

    /// Calls `comes` with the product index and the country of each pool that the user newly joins.
    fn visit_joined_pools(&self, email: &Email, mut comes: impl FnMut(usize, CountryCode)) {
        let Some(after) = self.sides.desired.users.get(email) else { return };
        let country = self.desired.country(after);
        let pooled = self.pooled_products(&self.desired, after);
        let before = self.sides.live.users.get(email);
        let was = match before {
            Some(before) if self.live.country(before) == country => self.pooled_products(&self.live, before),
            // A user who was in another country was in another pool.
            Some(_) | None => self.desired.no_products(),
        };
        pooled.difference(&was).for_each(|product| comes(product, country));
    }

    /// Counts the live users in each pool of `asked`.
    fn count_people_before(
        &self,
        asked: &BTreeMap<(usize, CountryCode), u32>,
    ) -> BTreeMap<(&'a ProductId, CountryCode), u64> {
        let mut wanted = BTreeMap::<CountryCode, ProductSet>::new();
        for (product, country) in asked.keys() {
            wanted.entry(*country).or_insert_with(|| self.live.no_products()).insert(*product);
        }
        let mut there = BTreeMap::new();
        for user in self.sides.live.users.values() {
            let country = self.live.country(user);
            let Some(wanted) = wanted.get(&country) else { continue };
            let mut pooled = self.pooled_products(&self.live, user);
            pooled.intersect(wanted);
            for product in pooled.difference(&self.live.no_products()) {
                *there.entry((self.products[product], country)).or_default() += 1;
            }
        }
        there
    }
}
