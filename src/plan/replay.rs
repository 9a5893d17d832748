//! What a step makes of an organization, as a value: for judging prefixes of a plan, and a saved plan against
//! what is live today.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Act, Identity, Step};
use crate::model::{
    AccessSetting, Email, FlatSet, Group, GroupName, Licence, Live, LiveId, Organization, User, UserState,
};

/// What a step met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The values before; the organization now has the values after.
    Before,
    /// The values after already; nothing changed.
    After,
    /// Other values, or another object; nothing changed.
    Other,
}

/// Does `step` to `organization`, whose users and groups are filed under their current names, as the
/// organization itself would.
pub fn replay_step(step: &Step, organization: &mut Organization) -> ReplayOutcome {
    if step.identities.iter().all(|identity| is_same_object(identity, organization)) {
        replay_act(&step.act, organization)
    } else {
        ReplayOutcome::Other
    }
}

fn is_same_object(identity: &Identity, organization: &Organization) -> bool {
    let same = |known: Option<&LiveId>, wanted: &LiveId| known.is_none_or(|id| id == wanted);
    match identity {
        Identity::User(email, id) => {
            same(organization.users.get(email).and_then(|user| user.id.as_ref()), id)
        }
        Identity::Group(name, id) => {
            same(organization.groups.get(name).and_then(|group| group.id.as_ref()), id)
        }
    }
}

fn replay_act(act: &Act, organization: &mut Organization) -> ReplayOutcome {
    let Organization { users, groups, defaults, restrictions, alerts, contacts } = organization;
    match act {
        Act::EndCheckout { user, checkout } => {
            change_user(users, user, |user| drop_key(&mut user.checkouts, checkout))
        }
        Act::CreateGroup(facts) => match groups.get(&facts.name) {
            Some(group) => after_if_same(group.facts == *facts),
            None => {
                groups.insert(
                    facts.name.clone(),
                    Group { id: None, facts: facts.clone(), products: FlatSet::new() },
                );
                ReplayOutcome::Before
            }
        },
        Act::Invite(profile) => match users.get(&profile.email) {
            Some(user) => after_if_same(user.profile == *profile),
            None => {
                users.insert(profile.email.clone(), User::new(profile.clone(), UserState::Invited).into());
                ReplayOutcome::Before
            }
        },
        Act::Approve(user) => change_state(users, user, UserState::Pending, UserState::Active),
        Act::Unlock(user) => change_state(users, user, UserState::Locked, UserState::Active),
        Act::Lock { user, before } => change_state(users, user, *before, UserState::Locked),
        Act::UpdateUser { before, after } => {
            match refile_object(users, (&before.email, &after.email), |user| user.profile == *before) {
                Some(user) => {
                    Arc::make_mut(user).profile = after.clone();
                    ReplayOutcome::Before
                }
                None => after_if_same(users.get(&after.email).is_some_and(|user| user.profile == *after)),
            }
        }
        Act::UpdateGroup { before, after } => {
            match refile_object(groups, (&before.name, &after.name), |group| group.facts == *before) {
                Some(group) => {
                    group.facts = after.clone();
                    if before.name != after.name {
                        rename_in_memberships(users, &before.name, &after.name);
                    }
                    ReplayOutcome::Before
                }
                None => after_if_same(groups.get(&after.name).is_some_and(|group| group.facts == *after)),
            }
        }
        Act::Join { user, group } => {
            if groups.contains_key(group) {
                change_user(users, user, |user| add_key(&mut user.groups, group))
            } else {
                ReplayOutcome::Other
            }
        }
        Act::Leave { user, group } => change_user(users, user, |user| drop_key(&mut user.groups, group)),
        Act::SwapAllocation { user, from, to } => {
            change_user(users, user, |user| match (user.groups.has(from), user.groups.has(to)) {
                (true, false) => {
                    user.groups.take(from);
                    add_key(&mut user.groups, to)
                }
                (false, true) => ReplayOutcome::After,
                (true, true) | (false, false) => ReplayOutcome::Other,
            })
        }
        Act::GrantRole { user, role } => change_user(users, user, |user| add_key(&mut user.roles, role)),
        Act::RevokeRole { user, role } => change_user(users, user, |user| drop_key(&mut user.roles, role)),
        Act::SetException { user, product, before, after } => change_user(users, user, |user| {
            replace_value(user.exceptions.get(product).copied(), *before, *after, |after| match after {
                Some(after) => drop(user.exceptions.insert(product.clone(), after)),
                None => drop(user.exceptions.take(product)),
            })
        }),
        Act::AssignLicence { user, product } => change_user(users, user, |user| {
            if user.licences.has(product) {
                return ReplayOutcome::After;
            }
            user.licences.insert(product.clone(), Licence { assigned: None });
            ReplayOutcome::Before
        }),
        Act::ReleaseLicence { user, product } => {
            change_user(users, user, |user| before_if_changed(user.licences.take(product).is_some()))
        }
        Act::SetList { group, before, after } => match groups.get_mut(group) {
            Some(group) if group.products == *after => ReplayOutcome::After,
            Some(group) if group.products == *before => {
                group.products = after.clone();
                ReplayOutcome::Before
            }
            Some(_) | None => ReplayOutcome::Other,
        },
        Act::SetDefault { country, before, after } => {
            let stated =
                |setting: Option<AccessSetting>| setting.filter(|setting| *setting == AccessSetting::Nobody);
            replace_value(stated(defaults.get(country).copied()), stated(*before), stated(*after), |after| {
                set_entry(defaults, *country, after)
            })
        }
        Act::SetRestriction { product, area, before, after } => {
            let key = (product.clone(), *area);
            replace_value(restrictions.get(&key).copied(), *before, *after, |after| {
                set_entry(restrictions, key.clone(), after)
            })
        }
        Act::SetAlert { product, country, before, after } => {
            let key = (product.clone(), *country);
            replace_value(alerts.get(&key).copied(), *before, *after, |after| {
                set_entry(alerts, key.clone(), after)
            })
        }
        Act::AddContact(contact) => before_if_changed(contacts.insert(contact.clone())),
        Act::RemoveContact(contact) => before_if_changed(contacts.remove(contact)),
        Act::ReplaceContact { from, to } => match (contacts.contains(from), contacts.contains(to)) {
            (true, false) => {
                contacts.remove(from);
                before_if_changed(contacts.insert(to.clone()))
            }
            (false, true) => ReplayOutcome::After,
            (true, true) | (false, false) => ReplayOutcome::Other,
        },
        Act::RemoveUser(profile) => match users.get(&profile.email) {
            None => ReplayOutcome::After,
            Some(user) if user.is_bare() => before_if_changed(users.remove(&profile.email).is_some()),
            Some(_) => ReplayOutcome::Other,
        },
        Act::DeleteGroup(facts) => {
            let empty = |group: &Group| {
                group.products.is_empty() && !users.values().any(|user| user.groups.has(&facts.name))
            };
            match groups.get(&facts.name) {
                None => ReplayOutcome::After,
                Some(group) if empty(group) => before_if_changed(groups.remove(&facts.name).is_some()),
                Some(_) => ReplayOutcome::Other,
            }
        }
    }
}

fn before_if_changed(changed: bool) -> ReplayOutcome {
    if changed { ReplayOutcome::Before } else { ReplayOutcome::After }
}

fn after_if_same(agrees: bool) -> ReplayOutcome {
    if agrees { ReplayOutcome::After } else { ReplayOutcome::Other }
}

fn change_user(
    users: &mut BTreeMap<Email, Arc<User>>,
    email: &Email,
    change: impl FnOnce(&mut User) -> ReplayOutcome,
) -> ReplayOutcome {
    users.get_mut(email).map(Arc::make_mut).map_or(ReplayOutcome::Other, change)
}

fn change_state(
    users: &mut BTreeMap<Email, Arc<User>>,
    email: &Email,
    before: UserState,
    after: UserState,
) -> ReplayOutcome {
    change_user(users, email, |user| {
        if user.state == before {
            user.state = after;
            ReplayOutcome::Before
        } else {
            after_if_same(user.state == after)
        }
    })
}

fn add_key<K: Ord + Clone>(set: &mut FlatSet<K>, key: &K) -> ReplayOutcome {
    before_if_changed(set.add(key.clone()))
}

fn drop_key<K: Ord>(set: &mut FlatSet<K>, key: &K) -> ReplayOutcome {
    before_if_changed(set.take(key).is_some())
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
        after_if_same(now == after)
    }
}

fn set_entry<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

/// Files the object called `old` under `new`, if it is the one that `is_it` knows and nothing else has the
/// new name.
fn refile_object<'a, K: Ord + Clone, V>(
    map: &'a mut BTreeMap<K, V>,
    (old, new): (&K, &K),
    is_it: impl Fn(&V) -> bool,
) -> Option<&'a mut V> {
    if !map.get(old).is_some_and(is_it) {
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

fn rename_in_memberships(users: &mut BTreeMap<Email, Arc<User>>, old: &GroupName, new: &GroupName) {
    for user in users.values_mut().filter(|user| user.groups.has(old)).map(Arc::make_mut) {
        user.groups.take(old);
        user.groups.add(new.clone());
    }
}

/// Files users and groups under the names they have now: undoes what scope did to the live side of a rename.
pub fn file_under_current_names(organization: Organization) -> Organization {
    let renamed: Vec<(GroupName, GroupName)> = organization
        .groups
        .iter()
        .filter(|(key, group)| **key != group.facts.name)
        .map(|(key, group)| (key.clone(), group.facts.name.clone()))
        .collect();
    let mut users: BTreeMap<Email, Arc<User>> =
        organization.users.into_values().map(|user| (user.profile.email.clone(), user)).collect();
    for (key, name) in &renamed {
        rename_in_memberships(&mut users, key, name);
    }
    let groups = organization.groups.into_values().map(|group| (group.facts.name.clone(), group)).collect();
    Organization { users, groups, ..organization }
}

/// Files users and groups that `steps` rename under their new names: does to the live side what scope does.
pub fn file_under_new_names(Live(mut organization): Live, steps: &[Step]) -> Live {
    for step in steps {
        match &step.act {
            Act::UpdateUser { before, after }
                if before.email != after.email && !organization.users.contains_key(&after.email) =>
            {
                if let Some(user) = organization.users.remove(&before.email) {
                    organization.users.insert(after.email.clone(), user);
                }
            }
            Act::UpdateGroup { before, after }
                if before.name != after.name && !organization.groups.contains_key(&after.name) =>
            {
                if let Some(group) = organization.groups.remove(&before.name) {
                    organization.groups.insert(after.name.clone(), group);
                    rename_in_memberships(&mut organization.users, &before.name, &after.name);
                }
            }
            _ => {}
        }
    }
    Live(organization)
}
