//! Replays single acts on the maps of an organization.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::outcome::ReplayOutcome;
use crate::change::Edit;
use crate::model::{
    AccessSetting, Contact, CountryCode, Email, FlatMap, FlatSet, Group, GroupFacts, GroupName, Licence,
    ProductId, Profile, User, UserState,
};

type UsersByEmail = BTreeMap<Email, Arc<User>>;
type GroupsByName = BTreeMap<GroupName, Group>;

/// Creates a group with an empty list.
pub(super) fn create_group(groups: &mut GroupsByName, facts: &GroupFacts) -> ReplayOutcome {
    match groups.get(&facts.name) {
        Some(group) => ReplayOutcome::from_agreement(group.facts == *facts),
        None => {
            groups.insert(
                facts.name.clone(),
                Group { id: None, facts: facts.clone(), products: FlatSet::new() },
            );
            ReplayOutcome::Before
        }
    }
}

/// Changes a group's facts; a new name also changes in the memberships of `users`.
pub(super) fn update_group(
    groups: &mut GroupsByName,
    users: &mut UsersByEmail,
    before: &GroupFacts,
    after: &GroupFacts,
) -> ReplayOutcome {
    match refile_object(groups, (&before.name, &after.name), |group| group.facts == *before) {
        Some(group) => {
            group.facts = after.clone();
            if before.name != after.name {
                rename_in_memberships(users, &before.name, &after.name);
            }
            ReplayOutcome::Before
        }
        None => {
            ReplayOutcome::from_agreement(groups.get(&after.name).is_some_and(|group| group.facts == *after))
        }
    }
}

/// Replaces a group's product list.
pub(super) fn set_list(
    groups: &mut GroupsByName,
    group: &GroupName,
    before: &FlatSet<ProductId>,
    after: &FlatSet<ProductId>,
) -> ReplayOutcome {
    match groups.get_mut(group) {
        Some(group) if group.products == *after => ReplayOutcome::After,
        Some(group) if group.products == *before => {
            group.products = after.clone();
            ReplayOutcome::Before
        }
        Some(_) | None => ReplayOutcome::Other,
    }
}

/// Deletes a group that has neither members nor a product list.
pub(super) fn delete_group(
    groups: &mut GroupsByName,
    users: &UsersByEmail,
    name: &GroupName,
) -> ReplayOutcome {
    let is_empty =
        |group: &Group| group.products.is_empty() && !users.values().any(|user| user.groups.has(name));
    match groups.get(name) {
        None => ReplayOutcome::After,
        Some(group) if is_empty(group) => ReplayOutcome::from_change(groups.remove(name).is_some()),
        Some(_) => ReplayOutcome::Other,
    }
}

/// Adds an invited user.
pub(super) fn invite_user(users: &mut UsersByEmail, profile: &Profile) -> ReplayOutcome {
    match users.get(&profile.email) {
        Some(user) => ReplayOutcome::from_agreement(user.profile == *profile),
        None => {
            users.insert(profile.email.clone(), User::new(profile.clone(), UserState::Invited).into());
            ReplayOutcome::Before
        }
    }
}

/// Changes a user's profile, the address included.
pub(super) fn update_user(users: &mut UsersByEmail, before: &Profile, after: &Profile) -> ReplayOutcome {
    match refile_object(users, (&before.email, &after.email), |user| user.profile == *before) {
        Some(user) => {
            Arc::make_mut(user).profile = after.clone();
            ReplayOutcome::Before
        }
        None => {
            ReplayOutcome::from_agreement(users.get(&after.email).is_some_and(|user| user.profile == *after))
        }
    }
}

/// Removes a user who has no roles, groups, assignments or checkouts left.
pub(super) fn remove_user(users: &mut UsersByEmail, email: &Email) -> ReplayOutcome {
    match users.get(email) {
        None => ReplayOutcome::After,
        Some(user) if user.is_bare() => ReplayOutcome::from_change(users.remove(email).is_some()),
        Some(_) => ReplayOutcome::Other,
    }
}

/// Changes a user's state from `before` to `after`.
pub(super) fn change_state(
    users: &mut UsersByEmail,
    email: &Email,
    before: UserState,
    after: UserState,
) -> ReplayOutcome {
    change_user(users, email, |user| {
        if user.state == before {
            user.state = after;
            ReplayOutcome::Before
        } else {
            ReplayOutcome::from_agreement(user.state == after)
        }
    })
}

/// Moves a user from one allocation group to another.
pub(super) fn swap_allocation(
    users: &mut UsersByEmail,
    email: &Email,
    from: &GroupName,
    to: &GroupName,
) -> ReplayOutcome {
    change_user(users, email, |user| match (user.groups.has(from), user.groups.has(to)) {
        (true, false) => {
            user.groups.take(from);
            ReplayOutcome::from_change(user.groups.add(to.clone()))
        }
        (false, true) => ReplayOutcome::After,
        (true, true) | (false, false) => ReplayOutcome::Other,
    })
}

/// Sets or removes the entry of `key` in a map or a set of a user or group.
pub(super) fn edit_entry<K: Ord + Clone, V: Copy + PartialEq>(
    map: &mut FlatMap<K, V>,
    key: &K,
    edit: &Edit<V>,
) -> ReplayOutcome {
    replace_value(map.get(key).copied(), edit.before().copied(), edit.after().copied(), |after| match after {
        Some(after) => drop(map.insert(key.clone(), after)),
        None => drop(map.take(key)),
    })
}

/// Assigns or releases a named licence. The time of an assignment stays unknown.
pub(super) fn edit_licence(
    users: &mut UsersByEmail,
    email: &Email,
    product: &ProductId,
    edit: &Edit<()>,
) -> ReplayOutcome {
    change_user(users, email, |user| {
        let has = user.licences.has(product);
        match edit.after() {
            Some(()) if !has => drop(user.licences.insert(product.clone(), Licence { assigned: None })),
            Some(()) => {}
            None => drop(user.licences.take(product)),
        }
        ReplayOutcome::from_change(has != edit.after().is_some())
    })
}

/// Sets a country's default access. `Everyone` counts as unstated, and is removed.
pub(super) fn set_default(
    defaults: &mut BTreeMap<CountryCode, AccessSetting>,
    country: CountryCode,
    edit: &Edit<AccessSetting>,
) -> ReplayOutcome {
    let stated = |setting: Option<&AccessSetting>| {
        setting.copied().filter(|setting| *setting == AccessSetting::Nobody)
    };
    let (now, before, after) = (stated(defaults.get(&country)), stated(edit.before()), stated(edit.after()));
    replace_value(now, before, after, |after| set_entry(defaults, country, after))
}

/// Sets or removes the entry of `key` in a map of settings.
pub(super) fn edit_map_value<K: Ord, V: Copy + PartialEq>(
    map: &mut BTreeMap<K, V>,
    key: K,
    edit: &Edit<V>,
) -> ReplayOutcome {
    let (before, after) = (edit.before().copied(), edit.after().copied());
    replace_value(map.get(&key).copied(), before, after, |after| set_entry(map, key, after))
}

/// Adds, replaces or removes a fulfilment contact.
pub(super) fn edit_contact(contacts: &mut BTreeSet<Contact>, edit: &Edit<Contact>) -> ReplayOutcome {
    match edit {
        Edit::Create(contact) => ReplayOutcome::from_change(contacts.insert(contact.clone())),
        Edit::Delete(contact) => ReplayOutcome::from_change(contacts.remove(contact)),
        Edit::Update { before, after } => match (contacts.contains(before), contacts.contains(after)) {
            (true, false) => {
                contacts.remove(before);
                ReplayOutcome::from_change(contacts.insert(after.clone()))
            }
            (false, true) => ReplayOutcome::After,
            (true, true) | (false, false) => ReplayOutcome::Other,
        },
    }
}

/// Applies `change` to a user; `Other` where the user does not exist.
pub(super) fn change_user(
    users: &mut UsersByEmail,
    email: &Email,
    change: impl FnOnce(&mut User) -> ReplayOutcome,
) -> ReplayOutcome {
    users.get_mut(email).map(Arc::make_mut).map_or(ReplayOutcome::Other, change)
}

/// Renames groups in the memberships of all users, all at once; `names` has the new names by the old ones.
pub(super) fn rename_groups_of_users(users: &mut UsersByEmail, names: &BTreeMap<&GroupName, &GroupName>) {
    if names.is_empty() {
        return;
    }
    let is_concerned = |user: &&mut Arc<User>| user.groups.keys().any(|name| names.contains_key(name));
    for user in users.values_mut().filter(is_concerned).map(Arc::make_mut) {
        let renamed = user.groups.keys().map(|name| (*names.get(name).unwrap_or(&name)).clone());
        user.groups = renamed.collect::<FlatSet<_>>();
    }
}

/// Renames a group in the memberships of all users.
pub(super) fn rename_in_memberships(users: &mut UsersByEmail, old: &GroupName, new: &GroupName) {
    for user in users.values_mut().filter(|user| user.groups.has(old)).map(Arc::make_mut) {
        user.groups.take(old);
        user.groups.add(new.clone());
    }
}

fn replace_value<V: PartialEq>(
    now: Option<V>,
    before: Option<V>,
    after: Option<V>,
    write: impl FnOnce(Option<V>),
) -> ReplayOutcome {
    if now == before {
        write(after);
        ReplayOutcome::Before
    } else {
        ReplayOutcome::from_agreement(now == after)
    }
}

fn set_entry<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

/// Files the object called `old` under `new`. Does nothing if the object is not the one that `matches`
/// accepts, or if another object already has the new name.
fn refile_object<'a, K: Ord + Clone, V>(
    map: &'a mut BTreeMap<K, V>,
    (old, new): (&K, &K),
    matches: impl Fn(&V) -> bool,
) -> Option<&'a mut V> {
    if !map.get(old).is_some_and(matches) {
        return None;
    }
    if old != new {
        if map.contains_key(new) {
            return None;
        }
        let object = map.remove(old)?;
        map.insert(new.clone(), object);
    }
    map.get_mut(new)
}
