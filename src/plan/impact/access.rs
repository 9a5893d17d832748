//! Determines which users gain and lose which products.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cause::PersonOnSide;
use super::{AccessCause, Impact, ProductList, touched_users};
use crate::change::Change;
use crate::model::access::{EffectiveAccess, ProductSet, is_present};
use crate::model::{Email, ProductId, User};
use crate::plan::order::PlanSides;

/// Compares the effective access of all users whom `changes` may affect, and adds the result to `impact`.
pub(super) fn compare_access(changes: &[Change], sides: PlanSides<'_>, impact: &mut Impact) {
    if changes.is_empty() {
        return;
    }
    let products: Vec<&ProductId> = sides.facts.products.keys().collect();
    let mut comparison = AccessComparison {
        sides,
        live: EffectiveAccess::new(sides.live, sides.facts, &products),
        desired: EffectiveAccess::new(sides.desired, sides.facts, &products),
        lists: BTreeMap::new(),
        counts: vec![AccessCounts::default(); products.len()],
        products,
        impact,
    };
    match touched_users(changes, sides) {
        Some(users) => users.iter().for_each(|email| comparison.compare_person(email)),
        None => {
            let gone = sides.live.users.keys().filter(|email| !sides.desired.users.contains_key(*email));
            gone.chain(sides.desired.users.keys()).for_each(|email| comparison.compare_person(email));
        }
    }
    comparison.finish();
}

struct AccessComparison<'a> {
    sides: PlanSides<'a>,
    live: EffectiveAccess<'a>,
    desired: EffectiveAccess<'a>,
    products: Vec<&'a ProductId>,
    counts: Vec<AccessCounts>,
    lists: BTreeMap<Vec<usize>, ProductList>,
    impact: &'a mut Impact,
}

#[derive(Debug, Clone, Default)]
struct AccessCounts {
    lost: usize,
    lost_by_leaving: usize,
    gained: usize,
    gained_by_newcomers: usize,
    causes: BTreeMap<AccessCause, (usize, usize)>,
}

impl AccessComparison<'_> {
    fn compare_person(&mut self, email: &Email) {
        let present = |user: &&Arc<User>| is_present(user);
        let before = self.sides.live.users.get(email).filter(present);
        let after = self.sides.desired.users.get(email).filter(present);
        match (before, after) {
            (None, None) => {}
            (None, Some(user)) => {
                let reach = self.desired.products_of(user);
                self.impact.arriving += usize::from(reach != self.desired.no_products());
                for product in reach.difference(&self.desired.no_products()) {
                    self.counts[product].gained += 1;
                    self.counts[product].gained_by_newcomers += 1;
                }
            }
            (Some(user), None) => self.count_leaver(email, &self.live.products_of(user)),
            (Some(before), Some(after)) => self.compare_stayer(email, before, after),
        }
    }

    fn count_leaver(&mut self, email: &Email, reach: &ProductSet) {
        let mut had = 0;
        for product in reach.difference(&self.live.no_products()) {
            self.counts[product].lost += 1;
            self.counts[product].lost_by_leaving += 1;
            had += 1;
        }
        if had > 0 {
            self.impact.leaving.insert(email.clone(), had);
        }
    }

    fn compare_stayer(&mut self, email: &Email, before: &User, after: &User) {
        let (had, has) = (self.live.products_of(before), self.desired.products_of(after));
        if had == has {
            return;
        }
        let old = PersonOnSide::new(self.sides.live, before, self.live.country(before));
        let new = PersonOnSide::new(self.sides.desired, after, self.desired.country(after));
        let lost = indices_by_cause(had.difference(&has), &self.products, |product| {
            old.cause(&new, self.sides.desired, email, product)
        });
        let gained = indices_by_cause(has.difference(&had), &self.products, |product| {
            new.cause(&old, self.sides.desired, email, product)
        });
        for (cause, products) in &lost {
            products.iter().for_each(|product| self.counts[*product].count_lost(cause));
        }
        for (cause, products) in &gained {
            products.iter().for_each(|product| self.counts[*product].count_gained(cause));
        }
        if !lost.is_empty() {
            let lost = self.share_lists(lost);
            self.impact.losing.insert(email.clone(), lost);
        }
        if !gained.is_empty() {
            let gained = self.share_lists(gained);
            self.impact.gaining.insert(email.clone(), gained);
        }
    }

    fn share_lists(
        &mut self,
        by_cause: BTreeMap<AccessCause, Vec<usize>>,
    ) -> BTreeMap<AccessCause, ProductList> {
        let mut share = |indices: Vec<usize>| match self.lists.get(&indices) {
            Some(list) => Arc::clone(list),
            None => {
                let list: ProductList = indices.iter().map(|index| self.products[*index].clone()).collect();
                self.lists.insert(indices, Arc::clone(&list));
                list
            }
        };
        by_cause.into_iter().map(|(cause, products)| (cause, share(products))).collect()
    }

    fn finish(self) {
        let touched =
            self.products.into_iter().zip(self.counts).filter(|(_, counts)| counts.lost + counts.gained > 0);
        self.impact.products = touched
            .map(|(product, counts)| {
                let AccessCounts { lost, lost_by_leaving, gained, gained_by_newcomers, causes } = counts;
                (
                    product.clone(),
                    super::ProductImpact { lost, lost_by_leaving, gained, gained_by_newcomers, causes },
                )
            })
            .collect();
    }
}

impl AccessCounts {
    fn count_lost(&mut self, cause: &AccessCause) {
        self.lost += 1;
        self.cause_counts(cause).0 += 1;
    }

    fn count_gained(&mut self, cause: &AccessCause) {
        self.gained += 1;
        self.cause_counts(cause).1 += 1;
    }

    fn cause_counts(&mut self, cause: &AccessCause) -> &mut (usize, usize) {
        if !self.causes.contains_key(cause) {
            self.causes.insert(cause.clone(), (0, 0));
        }
        self.causes.get_mut(cause).expect("the cause was inserted if it was not there")
    }
}

fn indices_by_cause(
    indices: impl Iterator<Item = usize>,
    products: &[&ProductId],
    cause: impl Fn(&ProductId) -> AccessCause,
) -> BTreeMap<AccessCause, Vec<usize>> {
    let mut causes: BTreeMap<AccessCause, Vec<usize>> = BTreeMap::new();
    for index in indices {
        causes.entry(cause(products[index])).or_default().push(index);
    }
    causes
}
