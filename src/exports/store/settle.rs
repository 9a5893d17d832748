//! When two facts are the same use, and which of them stays.
//!
//! - Facts that are equal are one. Nothing is lost by it: a machine is counted once in an interval, however
//!   many rows say so.
//! - A machine has a product checked out once at a time, so what begins at the same moment is one checkout. A
//!   check-in ends it before its expiry does, and of two expiries the later one holds, as a checkout can be
//!   extended.
//! - Exports have different columns. A fact that says less than another one, and the same as far as it goes,
//!   is the same use: without its country or feature string it would be counted once more, in a pool of its
//!   own.
//!
//! What stays is the same in whatever order, and however often, exports come.

use rustc_hash::{FxHashMap, FxHashSet};

use super::usage_fact::{FactKind, UsageFact};
use crate::exports::ProductCatalogue;
use crate::exports::present_columns::{OptionalColumn, PresentColumns};
use crate::model::ProductId;
use crate::usage::{NameRegister, SourceId, StartMethod, UsageSource, UsageType};

/// Leaves of `facts`, which are of one month, one for each use; in order of their numbers.
pub(super) fn settle_facts(
    facts: &mut Vec<UsageFact>,
    register: &mut NameRegister,
    catalogue: &ProductCatalogue,
) {
    let mut poorer = FactReducer { register, catalogue, sources: FxHashMap::default() };
    end_checkouts(facts, &mut poorer);
    facts.sort_unstable();
    facts.dedup();
    drop_poorer_facts(facts, &mut poorer);
}

/// Gives all that is said of one checkout the end that holds.
fn end_checkouts(facts: &mut [UsageFact], poorer: &mut FactReducer<'_>) {
    let is_checkout = |fact: &UsageFact| match fact.kind {
        FactKind::Details | FactKind::Session => false,
        FactKind::Checkout | FactKind::Returned => true,
    };
    // By product alone: an export without feature strings speaks of the same checkout.
    let mut bare = |fact: &UsageFact| {
        (poorer.reduce_source(fact.source, PresentColumns::default()), fact.machine, fact.start)
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

/// Drops each fact beside which another one says the same and more.
fn drop_poorer_facts(facts: &mut Vec<UsageFact>, poorer: &mut FactReducer<'_>) {
    let mut layouts: Vec<PresentColumns> = facts.iter().map(|fact| fact.said).collect();
    layouts.sort_unstable();
    layouts.dedup();
    for poor in &layouts {
        let richer = facts.iter().filter(|fact| fact.said.says_more_than(*poor));
        let known: FxHashSet<UsageFact> = richer.map(|fact| poorer.reduce_fact(fact, *poor)).collect();
        if !known.is_empty() {
            facts.retain(|fact| !known.contains(fact));
        }
    }
}

/// What facts would be if their exports had fewer columns.
struct FactReducer<'a> {
    register: &'a mut NameRegister,
    catalogue: &'a ProductCatalogue,
    sources: FxHashMap<(SourceId, PresentColumns), SourceId>,
}

impl FactReducer<'_> {
    /// `fact`, where only what is `said` is known of it.
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

/// `source`, where only what is `said` is known of it.
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
