//! What each act should do, said once more and on the model: the store must agree with it.

use std::sync::Arc;

use seatwise::model::{
    AccessSetting, FlatMap, FlatSet, Group, Licence, Organization, User, UserException, UserState,
};
use seatwise::plan::Act;

use super::now;

/// What the model makes of an act; it knows nothing of invariants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Done,
    AlreadySo,
    Changed,
}

fn edge(is: bool, wanted: bool) -> Made {
    if is == wanted { Made::AlreadySo } else { Made::Done }
}

fn value<T: PartialEq>(live: &T, before: &T, after: &T) -> Made {
    if live == after {
        Made::AlreadySo
    } else if live == before {
        Made::Done
    } else {
        Made::Changed
    }
}

/// Does `act` to `organization`.
pub(super) fn do_to(organization: &mut Organization, act: &Act) -> Made {
    let Organization { users, groups, defaults, restrictions, alerts, contacts } = organization;
    macro_rules! user {
        ($email:expr) => {
            match users.get_mut($email) {
                Some(user) => Arc::make_mut(user),
                None => return Made::Changed,
            }
        };
    }
    match act {
        Act::EndCheckout { user, checkout } => {
            let checkouts = &mut user!(user).checkouts;
            let other = checkouts
                .keys()
                .any(|known| known.product == checkout.product && known.machine == checkout.machine);
            match checkouts.take(checkout) {
                Some(()) => Made::Done,
                None => {
                    if other {
                        Made::Changed
                    } else {
                        Made::AlreadySo
                    }
                }
            }
        }
        Act::CreateGroup(facts) => match groups.get(&facts.name) {
            Some(group) if group.facts == *facts => Made::AlreadySo,
            Some(_) => Made::Changed,
            None => {
                groups.insert(
                    facts.name.clone(),
                    Group { id: None, facts: facts.clone(), products: FlatSet::new() },
                );
                Made::Done
            }
        },
        Act::Invite(profile) => match users.get(&profile.email) {
            Some(user) if user.profile == *profile => Made::AlreadySo,
            Some(_) => Made::Changed,
            None => {
                let user = User {
                    id: None,
                    profile: profile.clone(),
                    state: UserState::Invited,
                    roles: FlatSet::new(),
                    groups: FlatSet::new(),
                    exceptions: FlatMap::new(),
                    licences: FlatMap::new(),
                    checkouts: FlatSet::new(),
                };
                users.insert(profile.email.clone(), user.into());
                Made::Done
            }
        },
        Act::Approve(user) => state(user!(user), UserState::Pending, UserState::Active),
        Act::Unlock(user) => state(user!(user), UserState::Locked, UserState::Active),
        Act::Lock { user, before } => state(user!(user), *before, UserState::Locked),
        Act::UpdateUser { before, after } => {
            let made = value(&user!(&before.email).profile, before, after);
            if made == Made::Done {
                let mut user = users.remove(&before.email).unwrap();
                Arc::make_mut(&mut user).profile = after.clone();
                users.insert(after.email.clone(), user);
            }
            made
        }
        Act::UpdateGroup { before, after } => {
            let Some(live) = groups.get(&before.name) else { return Made::Changed };
            let made = value(&live.facts, before, after);
            if made == Made::Done {
                let mut group = groups.remove(&before.name).unwrap();
                group.facts = after.clone();
                groups.insert(after.name.clone(), group);
                for user in users.values_mut().filter(|user| user.groups.has(&before.name)).map(Arc::make_mut)
                {
                    user.groups.take(&before.name);
                    user.groups.add(after.name.clone());
                }
            }
            made
        }
        Act::Join { user, group } if groups.contains_key(group) => {
            edge(!user!(user).groups.add(group.clone()), true)
        }
        Act::Leave { user, group } => edge(user!(user).groups.take(group).is_none(), true),
        Act::Join { .. } => Made::Changed,
        Act::SwapAllocation { user, from, to } => {
            let user = user!(user);
            match (user.groups.has(from), user.groups.has(to)) {
                (false, true) => Made::AlreadySo,
                (false, false) | (true, true) => Made::Changed,
                (true, false) => {
                    user.groups.take(from);
                    user.groups.add(to.clone());
                    Made::Done
                }
            }
        }
        Act::GrantRole { user, role } => edge(!user!(user).roles.add(role.clone()), true),
        Act::RevokeRole { user, role } => edge(user!(user).roles.take(role).is_none(), true),
        Act::SetException { user, product, before, after } => {
            let exceptions = &mut user!(user).exceptions;
            let made = value(&exceptions.get(product).copied(), before, after);
            if made == Made::Done {
                put(exceptions, product.clone(), *after);
            }
            made
        }
        Act::AssignLicence { user, product } => {
            let licences = &mut user!(user).licences;
            if licences.has(product) {
                return Made::AlreadySo;
            }
            licences.insert(product.clone(), Licence { assigned: Some(now()) });
            Made::Done
        }
        Act::ReleaseLicence { user, product } => edge(user!(user).licences.take(product).is_none(), true),
        Act::SetList { group, before, after } => {
            let Some(group) = groups.get_mut(group) else { return Made::Changed };
            let made = value(&group.products, before, after);
            if made == Made::Done {
                group.products = after.clone();
            }
            made
        }
        Act::SetDefault { country, before, after } => {
            // `everyone` is what is not stated.
            let stated =
                |setting: &Option<AccessSetting>| setting.filter(|setting| *setting == AccessSetting::Nobody);
            entry(defaults, *country, &stated(before), &stated(after))
        }
        Act::SetRestriction { product, area, before, after } => {
            entry(restrictions, (product.clone(), *area), before, after)
        }
        Act::SetAlert { product, country, before, after } => {
            entry(alerts, (product.clone(), *country), before, after)
        }
        Act::AddContact(contact) => edge(!contacts.insert(contact.clone()), true),
        Act::RemoveContact(contact) => edge(!contacts.remove(contact), true),
        Act::ReplaceContact { from, to } => match (contacts.contains(from), contacts.contains(to)) {
            (false, true) => Made::AlreadySo,
            (false, false) | (true, true) => Made::Changed,
            (true, false) => {
                contacts.insert(to.clone());
                contacts.remove(from);
                Made::Done
            }
        },
        Act::RemoveUser(profile) => match users.get(&profile.email) {
            None => Made::AlreadySo,
            Some(user) if user.profile != *profile => Made::Changed,
            Some(_) => {
                users.remove(&profile.email);
                Made::Done
            }
        },
        Act::DeleteGroup(facts) => match groups.get(&facts.name) {
            None => Made::AlreadySo,
            Some(group) if group.facts != *facts => Made::Changed,
            Some(_) => {
                groups.remove(&facts.name);
                Made::Done
            }
        },
    }
}

fn state(user: &mut User, before: UserState, after: UserState) -> Made {
    let made = value(&user.state, &before, &after);
    if made == Made::Done {
        user.state = after;
    }
    made
}

fn put(
    exceptions: &mut FlatMap<seatwise::model::ProductId, UserException>,
    product: seatwise::model::ProductId,
    after: Option<UserException>,
) {
    match after {
        Some(exception) => drop(exceptions.insert(product, exception)),
        None => drop(exceptions.take(&product)),
    }
}

fn entry<K: Ord, V: Copy + PartialEq>(
    map: &mut std::collections::BTreeMap<K, V>,
    key: K,
    before: &Option<V>,
    after: &Option<V>,
) -> Made {
    let made = value(&map.get(&key).copied(), before, after);
    if made == Made::Done {
        match after {
            Some(value) => drop(map.insert(key, *value)),
            None => drop(map.remove(&key)),
        }
    }
    made
}
