//! Who gains and loses which product.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cause::Person;
use super::{Cause, Impact, ProductList, touched};
use crate::change::Change;
use crate::model::access::{EffectiveAccess, ProductSet, is_present};
use crate::model::{Email, ProductId, User};
use crate::plan::order::Sides;

/// Compares the effective access of everybody whom `changes` may touch.
pub(super) fn compare(changes: &[Change], sides: Sides<'_>, impact: &mut Impact) {
    if changes.is_empty() {
        return;
    }
    let products: Vec<&ProductId> = sides.facts.products.keys().collect();
    let mut comparison = Comparison {
        sides,
        live: EffectiveAccess::new(sides.live, sides.facts, &products),
        desired: EffectiveAccess::new(sides.desired, sides.facts, &products),
        lists: BTreeMap::new(),
        counts: vec![Counts::default(); products.len()],
        products,
        impact,
    };
    match touched(changes, sides) {
        Some(users) => users.iter().for_each(|email| comparison.person(email)),
        None => {
            let gone = sides.live.users.keys().filter(|email| !sides.desired.users.contains_key(*email));
            gone.chain(sides.desired.users.keys()).for_each(|email| comparison.person(email));
        }
    }
    comparison.finish();
}

struct Comparison<'a> {
    sides: Sides<'a>,
    live: EffectiveAccess<'a>,
    desired: EffectiveAccess<'a>,
    products: Vec<&'a ProductId>,
    counts: Vec<Counts>,
    lists: BTreeMap<Vec<usize>, ProductList>,
    impact: &'a mut Impact,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    lost: usize,
    lost_by_leaving: usize,
    gained: usize,
    gained_by_newcomers: usize,
    causes: BTreeMap<Cause, (usize, usize)>,
}

impl Comparison<'_> {
    fn person(&mut self, email: &Email) {
        let present = |user: &&Arc<User>| is_present(user);
        let before = self.sides.live.users.get(email).filter(present);
        let after = self.sides.desired.users.get(email).filter(present);
        match (before, after) {
            (None, None) => {}
            (None, Some(user)) => {
                let reach = self.desired.products_of(user);
                for product in reach.difference(&self.desired.no_products()) {
                    self.counts[product].gained += 1;
                    self.counts[product].gained_by_newcomers += 1;
                }
            }
            (Some(user), None) => self.leaver(email, &self.live.products_of(user)),
            (Some(before), Some(after)) => self.stayer(email, before, after),
        }
    }

    fn leaver(&mut self, email: &Email, reach: &ProductSet) {
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

    fn stayer(&mut self, email: &Email, before: &User, after: &User) {
        let (had, has) = (self.live.products_of(before), self.desired.products_of(after));
        if had == has {
            return;
        }
        let old = Person::new(self.sides.live, before, self.live.country(before));
        let new = Person::new(self.sides.desired, after, self.desired.country(after));
        let lost = by_cause(had.difference(&has), &self.products, |product| {
            old.cause(&new, self.sides.desired, email, product)
        });
        let gained = by_cause(has.difference(&had), &self.products, |product| {
            new.cause(&old, self.sides.desired, email, product)
        });
        for (cause, products) in &lost {
            products.iter().for_each(|product| self.counts[*product].lose(cause));
        }
        for (cause, products) in &gained {
            products.iter().for_each(|product| self.counts[*product].gain(cause));
        }
        if !lost.is_empty() {
            let lost = self.shared(lost);
            self.impact.losing.insert(email.clone(), lost);
        }
        if !gained.is_empty() {
            let gained = self.shared(gained);
            self.impact.gaining.insert(email.clone(), gained);
        }
    }

    fn shared(&mut self, by_cause: BTreeMap<Cause, Vec<usize>>) -> BTreeMap<Cause, ProductList> {
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
                let Counts { lost, lost_by_leaving, gained, gained_by_newcomers, causes } = counts;
                (
                    product.clone(),
                    super::ProductImpact { lost, lost_by_leaving, gained, gained_by_newcomers, causes },
                )
            })
            .collect();
    }
}

impl Counts {
    fn lose(&mut self, cause: &Cause) {
        self.lost += 1;
        self.of(cause).0 += 1;
    }

    fn gain(&mut self, cause: &Cause) {
        self.gained += 1;
        self.of(cause).1 += 1;
    }

    fn of(&mut self, cause: &Cause) -> &mut (usize, usize) {
        if !self.causes.contains_key(cause) {
            self.causes.insert(cause.clone(), (0, 0));
        }
        self.causes.get_mut(cause).expect("the cause was inserted if it was not there")
    }
}

fn by_cause(
    indices: impl Iterator<Item = usize>,
    products: &[&ProductId],
    cause: impl Fn(&ProductId) -> Cause,
) -> BTreeMap<Cause, Vec<usize>> {
    let mut causes: BTreeMap<Cause, Vec<usize>> = BTreeMap::new();
    for index in indices {
        causes.entry(cause(products[index])).or_default().push(index);
    }
    causes
}
