//! Compares two states of an organization: who gained and who lost the use of which products.

use std::collections::{BTreeMap, BTreeSet};

use super::OrganizationView;
use super::user_holdings::known_products;
use crate::model::access::{EffectiveAccess, is_present};
use crate::model::{Email, MergeSide, Organization, ProductId, User, merge_by_key};

/// The products that one person can start now and not before, and the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccessShift {
    /// Products gained, in order.
    pub gained: Vec<ProductId>,
    /// Products lost, in order.
    pub lost: Vec<ProductId>,
}

/// People by what they gained and lost: a change mostly affects many people in the same way.
pub type AccessShifts = BTreeMap<AccessShift, BTreeSet<Email>>;

/// Compares two states over the products that either knows; a person who joins gains, and one who leaves
/// loses.
pub fn access_shifts(before: OrganizationView<'_>, after: OrganizationView<'_>) -> AccessShifts {
    compare_access(
        before,
        after,
        merge_by_key(present_users(before.organization), present_users(after.organization)),
    )
}

/// Compares two states as [`access_shifts`] does, for `people` alone.
pub fn access_shifts_of(
    people: &BTreeSet<Email>,
    before: OrganizationView<'_>,
    after: OrganizationView<'_>,
) -> AccessShifts {
    compare_access(
        before,
        after,
        merge_by_key(
            present_users_among(people, before.organization),
            present_users_among(people, after.organization),
        ),
    )
}

fn compare_access<'a>(
    before: OrganizationView<'_>,
    after: OrganizationView<'_>,
    sides: impl Iterator<Item = (&'a Email, MergeSide<&'a User, &'a User>)>,
) -> AccessShifts {
    let products: Vec<&ProductId> = known_products(before)
        .into_iter()
        .chain(known_products(after))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let (had, has) = (
        EffectiveAccess::new(before.organization, before.facts, &products),
        EffectiveAccess::new(after.organization, after.facts, &products),
    );
    let mut shifts = AccessShifts::new();
    for (email, side) in sides {
        let (had, has) = match side {
            MergeSide::Left(user) => (had.products_of(user), has.no_products()),
            MergeSide::Right(user) => (had.no_products(), has.products_of(user)),
            MergeSide::Both(one, other) => (had.products_of(one), has.products_of(other)),
        };
        if had != has {
            let named = |indices: Vec<usize>| indices.into_iter().map(|at| products[at].clone()).collect();
            let shift = AccessShift {
                gained: named(has.difference(&had).collect()),
                lost: named(had.difference(&has).collect()),
            };
            shifts.entry(shift).or_default().insert(email.clone());
        }
    }
    shifts
}

fn present_users(organization: &Organization) -> impl Iterator<Item = (&Email, &User)> {
    organization.users.iter().map(|(email, user)| (email, &**user)).filter(|(_, user)| is_present(user))
}

fn present_users_among<'a>(
    people: &BTreeSet<Email>,
    organization: &'a Organization,
) -> impl Iterator<Item = (&'a Email, &'a User)> {
    let of = people.iter().filter_map(|email| organization.users.get_key_value(email));
    of.map(|(email, user)| (email, &**user)).filter(|(_, user)| is_present(user))
}
