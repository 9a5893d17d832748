//! Decides when two facts are the same use, and which of them stays.
//!
//! - Equal facts are one. Nothing is lost: a machine is counted once in an interval, however many rows say
//!   so.
//! - A machine has a product checked out once at a time, so facts that begin at the same moment are one
//!   checkout. A check-in ends the checkout before its expiry does, and of two expiries the later one holds,
//!   as a checkout can be extended.
//! - Exports have different columns. A fact with fewer columns than another one, and the same values in them,
//!   is the same use: without its country or feature string it would be counted a second time, in a pool of
//!   its own.
//!
//! The facts that stay are the same in whatever order, and however often, exports come.

use rustc_hash::{FxHashMap, FxHashSet};

use super::usage_fact::{FactKind, UsageFact};
use crate::exports::ProductCatalogue;
use crate::exports::present_columns::{OptionalColumn, PresentColumns};
use crate::model::ProductId;
use crate::usage::{NameRegister, SourceId, StartMethod, UsageSource, UsageType};

/// Keeps one fact for each use in `facts`, which are of one month, and sorts them by their numbers.
pub(super) fn settle_facts(
    facts: &mut Vec<UsageFact>,
    register: &mut NameRegister,
    catalogue: &ProductCatalogue,
) {
    let mut reducer = FactReducer { register, catalogue, sources: FxHashMap::default() };
    end_checkouts(facts, &mut reducer);
    facts.sort_unstable();
    facts.dedup();
    drop_poorer_facts(facts, &mut reducer);
}

/// Sets the end that holds in all facts of one checkout.
fn end_checkouts(facts: &mut [UsageFact], reducer: &mut FactReducer<'_>) {
    let is_checkout = |fact: &UsageFact| match fact.kind {
        FactKind::Details | FactKind::Session => false,
        FactKind::Checkout | FactKind::Returned => true,
    };
    // Checkouts are matched by product alone: an export without feature strings reports the same checkout.
    let mut bare = |fact: &UsageFact| {
        (reducer.reduce_source(fact.source, PresentColumns::default()), fact.machine, fact.start)
    };
    let mut ends = FxHashMap::default();
    for fact in facts.iter().filter(|fact| is_checkout(fact)) {
        let end = ends.entry(bare(fact)).or_insert((fact.kind, fact.end));
        *end = (*end).max((fact.kind, fact.end));
    }
    for fact in facts.iter_mut().filter(|fact| is_checkout(fact)) {
        (fact.kind, fact.end) = ends[&bare(fact)];
    }
}

/// Drops each fact for which another fact says the same and more.
fn drop_poorer_facts(facts: &mut Vec<UsageFact>, reducer: &mut FactReducer<'_>) {
    let mut layouts: Vec<PresentColumns> = facts.iter().map(|fact| fact.said).collect();
    layouts.sort_unstable();
    layouts.dedup();
    for poor in &layouts {
        let richer = facts.iter().filter(|fact| fact.said.says_more_than(*poor));
        let known: FxHashSet<UsageFact> = richer.map(|fact| reducer.reduce_fact(fact, *poor)).collect();
        if !known.is_empty() {
            facts.retain(|fact| !known.contains(fact));
        }
    }
}

/// Computes what facts would be if their exports had fewer columns.
struct FactReducer<'a> {
    register: &'a mut NameRegister,
    catalogue: &'a ProductCatalogue,
    sources: FxHashMap<(SourceId, PresentColumns), SourceId>,
}

impl FactReducer<'_> {
    /// Returns `fact` with only the columns in `said`.
    fn reduce_fact(&mut self, fact: &UsageFact, said: PresentColumns) -> UsageFact {
        UsageFact {
            said,
            source: self.reduce_source(fact.source, said),
            user: fact.user.filter(|_| said.has(OptionalColumn::User)),
            ..*fact
        }
    }

    fn reduce_source(&mut self, source: SourceId, said: PresentColumns) -> SourceId {
        let Self { register, catalogue, sources } = self;
        *sources.entry((source, said)).or_insert_with(|| {
            let poorer = reduced_source(register.source_of(source), said, catalogue);
            register.source_id(&poorer)
        })
    }
}

/// Returns `source` with only the columns in `said`.
fn reduced_source(source: &UsageSource, said: PresentColumns, catalogue: &ProductCatalogue) -> UsageSource {
    let UsageSource { product, feature, country, site, usage_type, through } = source;
    let product: ProductId = if said.has(OptionalColumn::Feature) {
        product.clone()
    } else {
        catalogue.product_without_feature(product)
    };
    UsageSource {
        product,
        feature: feature.clone().filter(|_| said.has(OptionalColumn::Feature)),
        country: country.filter(|_| said.has(OptionalColumn::Country)),
        site: site.clone().filter(|_| said.has(OptionalColumn::Site)),
        usage_type: if said.has(OptionalColumn::UsageType) {
            usage_type.clone()
        } else {
            UsageType::production()
        },
        through: if said.has(OptionalColumn::Through) { *through } else { StartMethod::Unknown },
    }
}
