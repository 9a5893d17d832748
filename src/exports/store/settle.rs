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

use super::fact::{Fact, Kind};
use crate::exports::Catalogue;
use crate::exports::said::{Optional, Said};
use crate::model::ProductId;
use crate::usage::{Register, Source, SourceId, Through, UsageType};

/// Leaves of `facts`, which are of one month, one for each use; in order of their numbers.
pub(super) fn settle(facts: &mut Vec<Fact>, register: &mut Register, catalogue: &Catalogue) {
    let mut poorer = Poorer { register, catalogue, sources: FxHashMap::default() };
    end_checkouts(facts, &mut poorer);
    facts.sort_unstable();
    facts.dedup();
    leave_the_richer(facts, &mut poorer);
}

/// Gives all that is said of one checkout the end that holds.
fn end_checkouts(facts: &mut [Fact], poorer: &mut Poorer<'_>) {
    let is_checkout = |fact: &Fact| match fact.kind {
        Kind::Details | Kind::Session => false,
        Kind::Checkout | Kind::Returned => true,
    };
    // By product alone: an export without feature strings speaks of the same checkout.
    let mut bare = |fact: &Fact| (poorer.source(fact.source, Said::default()), fact.machine, fact.start);
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
fn leave_the_richer(facts: &mut Vec<Fact>, poorer: &mut Poorer<'_>) {
    let mut layouts: Vec<Said> = facts.iter().map(|fact| fact.said).collect();
    layouts.sort_unstable();
    layouts.dedup();
    for poor in &layouts {
        let richer = facts.iter().filter(|fact| fact.said.says_more_than(*poor));
        let known: FxHashSet<Fact> = richer.map(|fact| poorer.fact(fact, *poor)).collect();
        if !known.is_empty() {
            facts.retain(|fact| !known.contains(fact));
        }
    }
}

/// What facts would be if their exports had fewer columns.
struct Poorer<'a> {
    register: &'a mut Register,
    catalogue: &'a Catalogue,
    sources: FxHashMap<(SourceId, Said), SourceId>,
}

impl Poorer<'_> {
    /// `fact`, where only what is `said` is known of it.
    fn fact(&mut self, fact: &Fact, said: Said) -> Fact {
        Fact {
            said,
            source: self.source(fact.source, said),
            user: fact.user.filter(|_| said.has(Optional::User)),
            ..*fact
        }
    }

    fn source(&mut self, source: SourceId, said: Said) -> SourceId {
        let Self { register, catalogue, sources } = self;
        *sources.entry((source, said)).or_insert_with(|| {
            let poorer = without(register.source_of(source), said, catalogue);
            register.source(&poorer)
        })
    }
}

/// `source`, where only what is `said` is known of it.
fn without(source: &Source, said: Said, catalogue: &Catalogue) -> Source {
    let Source { product, feature, country, site, usage_type, through } = source;
    let product: ProductId =
        if said.has(Optional::Feature) { product.clone() } else { catalogue.without_feature(product) };
    Source {
        product,
        feature: feature.clone().filter(|_| said.has(Optional::Feature)),
        country: country.filter(|_| said.has(Optional::Country)),
        site: site.clone().filter(|_| said.has(Optional::Site)),
        usage_type: if said.has(Optional::UsageType) { usage_type.clone() } else { UsageType::production() },
        through: if said.has(Optional::Through) { *through } else { Through::Unknown },
    }
}
