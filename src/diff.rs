//! Computes the differences between two organizations: total, and without special cases.

use std::sync::Arc;

use crate::change::{Change, Edit};
use crate::model::{
    Desired, Email, FlatSet, Group, GroupName, Live, MergeSide, Organization, User, UserState, merge_by_key,
};

/// Returns what must change for `live` to become `desired`: users with their roles, groups, assignments and
/// checkouts, then groups, then settings, each in key order.
///
/// Total: any two organizations have a diff, so there is no error to return. Exceptions are made by
/// [`policy::scope`](crate::policy::scope) before this point, never here.
pub fn diff(live: &Live, desired: &Desired) -> Vec<Change> {
    let (Live(live), Desired(desired)) = (live, desired);
    // Destructured, so that a new field does not compile until it is diffed too.
    let Organization { users, groups, defaults, restrictions, alerts, contacts } = desired;
    let mut changes = Vec::new();
    for (email, side) in merge_by_key(live.users.iter(), users.iter()) {
        let is_shared = matches!(side, MergeSide::Both(live, desired) if Arc::ptr_eq(live, desired));
        if !is_shared {
            diff_user(email, side.map_any(|user| &**user, |user| &**user), &mut changes);
        }
    }
    for (name, side) in merge_by_key(live.groups.iter(), groups.iter()) {
        diff_group(name, side, &mut changes);
    }
    changes.extend(
        edits(live.defaults.iter(), defaults.iter())
            .map(|(country, edit)| Change::Default { country: *country, edit }),
    );
    changes.extend(
        edits(live.restrictions.iter(), restrictions.iter()).map(|((product, area), edit)| {
            Change::Restriction { product: product.clone(), area: *area, edit }
        }),
    );
    changes.extend(edits(live.alerts.iter(), alerts.iter()).map(|((product, country), edit)| {
        Change::Alert { product: product.clone(), country: *country, edit }
    }));
    let (old, new) = (
        live.contacts.iter().map(|contact| (contact, contact)),
        contacts.iter().map(|contact| (contact, contact)),
    );
    changes.extend(edits(old, new).map(|(_, edit)| Change::Contact { edit }));
    changes
}

/// Adds what must change for one user: the profile and state, and the user's roles, groups, assignments and
/// checkouts.
pub fn diff_user(email: &Email, side: MergeSide<&User, &User>, changes: &mut Vec<Change>) {
    let (live, desired) = side.left_and_right();
    if live == desired {
        return;
    }
    if let Some(edit) =
        Edit::from_difference(live.map(|user| &user.profile), desired.map(|user| &user.profile))
    {
        changes.push(Change::User { user: email.clone(), edit });
    }
    diff_state(email, live, desired, changes);
    diff_roles(email, live, desired, changes);
    diff_memberships(email, live, desired, changes);
    diff_assignments(email, live, desired, changes);
    // No policy declares checkouts: a checkout only ever ends, and only when its user is removed.
    let (old, new) = (user_keys(live, |user| &user.checkouts), user_keys(desired, |user| &user.checkouts));
    let ended = edits(old, new).filter(|(_, edit)| edit.after().is_none());
    changes.extend(
        ended.map(|(checkout, _)| Change::Checkout { user: email.clone(), checkout: checkout.clone() }),
    );
}

/// Adds the difference in state of a user who stays or is new. A new user is invited first, so the state
/// before is `invited`.
pub fn diff_state(email: &Email, live: Option<&User>, desired: Option<&User>, changes: &mut Vec<Change>) {
    let Some(after) = desired.map(|user| user.state) else { return };
    let before = live.map_or(UserState::Invited, |user| user.state);
    if before != after {
        changes.push(Change::State { user: email.clone(), before, after });
    }
}

/// Adds the differences in a user's roles.
pub fn diff_roles(email: &Email, live: Option<&User>, desired: Option<&User>, changes: &mut Vec<Change>) {
    let edits = edits(user_keys(live, |user| &user.roles), user_keys(desired, |user| &user.roles));
    changes.extend(edits.map(|(role, edit)| Change::Role { user: email.clone(), role: role.clone(), edit }));
}

/// Adds the differences in a user's group memberships.
pub fn diff_memberships(
    email: &Email,
    live: Option<&User>,
    desired: Option<&User>,
    changes: &mut Vec<Change>,
) {
    let edits = edits(user_keys(live, |user| &user.groups), user_keys(desired, |user| &user.groups));
    changes.extend(edits.map(|(group, edit)| Change::Membership {
        group: group.clone(),
        user: email.clone(),
        edit,
    }));
}

/// Adds the differences in a user's exceptions and named licences.
pub fn diff_assignments(
    email: &Email,
    live: Option<&User>,
    desired: Option<&User>,
    changes: &mut Vec<Change>,
) {
    let (old, new) = (
        live.into_iter().flat_map(|user| user.exceptions.iter()),
        desired.into_iter().flat_map(|user| user.exceptions.iter()),
    );
    changes.extend(edits(old, new).map(|(product, edit)| Change::Exception {
        user: email.clone(),
        product: product.clone(),
        edit,
    }));
    let (old, new) = (
        live.into_iter().flat_map(|user| user.licences.keys()),
        desired.into_iter().flat_map(|user| user.licences.keys()),
    );
    let licences = edits(old.map(|product| (product, &())), new.map(|product| (product, &())));
    changes.extend(licences.map(|(product, edit)| Change::Licence {
        user: email.clone(),
        product: product.clone(),
        edit,
    }));
}

/// Adds what must change for one group, its product list included. Memberships belong to the users, and are
/// compared in [`diff_memberships`].
pub fn diff_group(name: &GroupName, side: MergeSide<&Group, &Group>, changes: &mut Vec<Change>) {
    let (live, desired) = side.left_and_right();
    if live == desired {
        return;
    }
    if let Some(edit) =
        Edit::from_difference(live.map(|group| &group.facts), desired.map(|group| &group.facts))
    {
        changes.push(Change::Group { group: name.clone(), edit });
    }
    let (old, new) = (
        live.into_iter().flat_map(|group| group.products.iter()),
        desired.into_iter().flat_map(|group| group.products.iter()),
    );
    changes.extend(edits(old, new).map(|(product, edit)| Change::Listing {
        group: name.clone(),
        product: product.clone(),
        edit,
    }));
}

/// The edits that lead from one key-ordered sequence of values to another.
pub fn edits<'a, K: Ord + 'a, V: Clone + PartialEq + 'a>(
    live: impl Iterator<Item = (&'a K, &'a V)>,
    desired: impl Iterator<Item = (&'a K, &'a V)>,
) -> impl Iterator<Item = (&'a K, Edit<V>)> {
    merge_by_key(live, desired).filter_map(|(key, side)| {
        let (before, after) = side.left_and_right();
        Edit::from_difference(before, after).map(|edit| (key, edit))
    })
}

fn user_keys<'a, K: Ord + 'a>(
    user: Option<&'a User>,
    of: impl Fn(&'a User) -> &'a FlatSet<K>,
) -> impl Iterator<Item = (&'a K, &'a ())> {
    user.into_iter().flat_map(move |user| of(user).iter())
}
