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
pub enum Met {
    /// The values before; the organization now has the values after.
    Before,
    /// The values after already; nothing changed.
    After,
    /// Other values, or another object; nothing changed.
    Other,
}

/// Does `step` to `organization`, whose users and groups are filed under their current names, as the
/// organization itself would.
pub fn replay(step: &Step, organization: &mut Organization) -> Met {
    if step.identities.iter().all(|identity| agrees(identity, organization)) {
        act(&step.act, organization)
    } else {
        Met::Other
    }
}

fn agrees(identity: &Identity, organization: &Organization) -> bool {
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

fn act(act: &Act, organization: &mut Organization) -> Met {
    let Organization { users, groups, defaults, restrictions, alerts, contacts } = organization;
    match act {
        Act::EndCheckout { user, checkout } => {
            of_user(users, user, |user| drop_from(&mut user.checkouts, checkout))
        }
        Act::CreateGroup(facts) => match groups.get(&facts.name) {
            Some(group) => after_if(group.facts == *facts),
            None => {
                groups.insert(
                    facts.name.clone(),
                    Group { id: None, facts: facts.clone(), products: FlatSet::new() },
                );
                Met::Before
            }
        },
        Act::Invite(profile) => match users.get(&profile.email) {
            Some(user) => after_if(user.profile == *profile),
            None => {
                users.insert(profile.email.clone(), User::new(profile.clone(), UserState::Invited).into());
                Met::Before
            }
        },
        Act::Approve(user) => state(users, user, UserState::Pending, UserState::Active),
        Act::Unlock(user) => state(users, user, UserState::Locked, UserState::Active),
        Act::Lock { user, before } => state(users, user, *before, UserState::Locked),
        Act::UpdateUser { before, after } => {
            match refile(users, (&before.email, &after.email), |user| user.profile == *before) {
                Some(user) => {
                    Arc::make_mut(user).profile = after.clone();
                    Met::Before
                }
                None => after_if(users.get(&after.email).is_some_and(|user| user.profile == *after)),
            }
        }
        Act::UpdateGroup { before, after } => {
            match refile(groups, (&before.name, &after.name), |group| group.facts == *before) {
                Some(group) => {
                    group.facts = after.clone();
                    if before.name != after.name {
                        rename_in_memberships(users, &before.name, &after.name);
                    }
                    Met::Before
                }
                None => after_if(groups.get(&after.name).is_some_and(|group| group.facts == *after)),
            }
        }
        Act::Join { user, group } => {
            if groups.contains_key(group) {
                of_user(users, user, |user| add_to(&mut user.groups, group))
            } else {
                Met::Other
            }
        }
        Act::Leave { user, group } => of_user(users, user, |user| drop_from(&mut user.groups, group)),
        Act::SwapAllocation { user, from, to } => {
            of_user(users, user, |user| match (user.groups.has(from), user.groups.has(to)) {
                (true, false) => {
                    user.groups.take(from);
                    add_to(&mut user.groups, to)
                }
                (false, true) => Met::After,
                (true, true) | (false, false) => Met::Other,
            })
        }
        Act::GrantRole { user, role } => of_user(users, user, |user| add_to(&mut user.roles, role)),
        Act::RevokeRole { user, role } => of_user(users, user, |user| drop_from(&mut user.roles, role)),
        Act::SetException { user, product, before, after } => of_user(users, user, |user| {
            set(user.exceptions.get(product).copied(), *before, *after, |after| match after {
                Some(after) => drop(user.exceptions.insert(product.clone(), after)),
                None => drop(user.exceptions.take(product)),
            })
        }),
        Act::AssignLicence { user, product } => of_user(users, user, |user| {
            if user.licences.has(product) {
                return Met::After;
            }
            user.licences.insert(product.clone(), Licence { assigned: None });
            Met::Before
        }),
        Act::ReleaseLicence { user, product } => {
            of_user(users, user, |user| before_if(user.licences.take(product).is_some()))
        }
        Act::SetList { group, before, after } => match groups.get_mut(group) {
            Some(group) if group.products == *after => Met::After,
            Some(group) if group.products == *before => {
                group.products = after.clone();
                Met::Before
            }
            Some(_) | None => Met::Other,
        },
        Act::SetDefault { country, before, after } => {
            let stated =
                |setting: Option<AccessSetting>| setting.filter(|setting| *setting == AccessSetting::Nobody);
            set(stated(defaults.get(country).copied()), stated(*before), stated(*after), |after| {
                put(defaults, *country, after)
            })
        }
        Act::SetRestriction { product, area, before, after } => {
            let key = (product.clone(), *area);
            set(restrictions.get(&key).copied(), *before, *after, |after| {
                put(restrictions, key.clone(), after)
            })
        }
        Act::SetAlert { product, country, before, after } => {
            let key = (product.clone(), *country);
            set(alerts.get(&key).copied(), *before, *after, |after| put(alerts, key.clone(), after))
        }
        Act::AddContact(contact) => before_if(contacts.insert(contact.clone())),
        Act::RemoveContact(contact) => before_if(contacts.remove(contact)),
        Act::ReplaceContact { from, to } => match (contacts.contains(from), contacts.contains(to)) {
            (true, false) => {
                contacts.remove(from);
                before_if(contacts.insert(to.clone()))
            }
            (false, true) => Met::After,
            (true, true) | (false, false) => Met::Other,
        },
        Act::RemoveUser(profile) => match users.get(&profile.email) {
            None => Met::After,
            Some(user) if user.is_bare() => before_if(users.remove(&profile.email).is_some()),
            Some(_) => Met::Other,
        },
        Act::DeleteGroup(facts) => {
            let empty = |group: &Group| {
                group.products.is_empty() && !users.values().any(|user| user.groups.has(&facts.name))
            };
            match groups.get(&facts.name) {
                None => Met::After,
                Some(group) if empty(group) => before_if(groups.remove(&facts.name).is_some()),
                Some(_) => Met::Other,
            }
        }
    }
}

fn before_if(changed: bool) -> Met {
    if changed { Met::Before } else { Met::After }
}

fn after_if(agrees: bool) -> Met {
    if agrees { Met::After } else { Met::Other }
}

fn of_user(
    users: &mut BTreeMap<Email, Arc<User>>,
    email: &Email,
    change: impl FnOnce(&mut User) -> Met,
) -> Met {
    users.get_mut(email).map(Arc::make_mut).map_or(Met::Other, change)
}

fn state(users: &mut BTreeMap<Email, Arc<User>>, email: &Email, before: UserState, after: UserState) -> Met {
    of_user(users, email, |user| {
        if user.state == before {
            user.state = after;
            Met::Before
        } else {
            after_if(user.state == after)
        }
    })
}

fn add_to<K: Ord + Clone>(set: &mut FlatSet<K>, key: &K) -> Met {
    before_if(set.add(key.clone()))
}

fn drop_from<K: Ord>(set: &mut FlatSet<K>, key: &K) -> Met {
    before_if(set.take(key).is_some())
}

fn set<V: PartialEq>(
    now: Option<V>,
    before: Option<V>,
    after: Option<V>,
    write: impl FnOnce(Option<V>),
) -> Met {
    if now == before {
        write(after);
        Met::Before
    } else {
        after_if(now == after)
    }
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

/// Files the object called `old` under `new`, if it is the one that `is_it` knows and nothing else has the
/// new name.
fn refile<'a, K: Ord + Clone, V>(
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
pub fn under_current_names(organization: Organization) -> Organization {
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
pub fn under_new_names(Live(mut organization): Live, steps: &[Step]) -> Live {
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
