//! What each act does to an organization in memory, written a second time: the store must agree with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatwise::model::{
    AccessSetting, Email, FlatMap, FlatSet, Group, Licence, Organization, User, UserException, UserState,
};
use seatwise::plan::Act;

use super::now;
use crate::plain_act::PlainAct;

/// What an act comes to on the model, which knows no invariants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelOutcome {
    Done,
    AlreadySo,
    Changed,
}

fn edge_outcome(is: bool, wanted: bool) -> ModelOutcome {
    if is == wanted { ModelOutcome::AlreadySo } else { ModelOutcome::Done }
}

fn value_outcome<T: PartialEq>(live: &T, before: &T, after: &T) -> ModelOutcome {
    if live == after {
        ModelOutcome::AlreadySo
    } else if live == before {
        ModelOutcome::Done
    } else {
        ModelOutcome::Changed
    }
}

/// Carries out `act` on `organization`.
pub(super) fn carry_out_on_model(organization: &mut Organization, act: &PlainAct) -> ModelOutcome {
    match act {
        PlainAct::CreateGroup(_)
        | PlainAct::UpdateGroup { .. }
        | PlainAct::DeleteGroup(_)
        | PlainAct::SetList { .. } => carry_out_on_groups(organization, act),
        PlainAct::Invite(_) | PlainAct::UpdateUser { .. } | PlainAct::RemoveUser(_) => {
            carry_out_on_users(&mut organization.users, act)
        }
        PlainAct::Join { group, .. } if !organization.groups.contains_key(group) => ModelOutcome::Changed,
        act => match Act::from(act.clone()).facts().user.map(|user| organization.users.get_mut(user)) {
            Some(Some(user)) => carry_out_on_user(Arc::make_mut(user), act),
            Some(None) => ModelOutcome::Changed,
            None => carry_out_on_settings(organization, act),
        },
    }
}

/// Carries out an act on what one user has.
fn carry_out_on_user(user: &mut User, act: &PlainAct) -> ModelOutcome {
    match act {
        PlainAct::EndCheckout { checkout, .. } => {
            let checkouts = &mut user.checkouts;
            let other = checkouts
                .keys()
                .any(|known| known.product == checkout.product && known.machine == checkout.machine);
            match checkouts.take(checkout) {
                Some(()) => ModelOutcome::Done,
                None => {
                    if other {
                        ModelOutcome::Changed
                    } else {
                        ModelOutcome::AlreadySo
                    }
                }
            }
        }
        PlainAct::Approve(_) => set_state(user, UserState::Pending, UserState::Active),
        PlainAct::Unlock(_) => set_state(user, UserState::Locked, UserState::Active),
        PlainAct::Lock { before, .. } => set_state(user, *before, UserState::Locked),
        PlainAct::Join { group, .. } => edge_outcome(!user.groups.add(group.clone()), true),
        PlainAct::Leave { group, .. } => edge_outcome(user.groups.take(group).is_none(), true),
        PlainAct::SwapAllocation { from, to, .. } => match (user.groups.has(from), user.groups.has(to)) {
            (false, true) => ModelOutcome::AlreadySo,
            (false, false) | (true, true) => ModelOutcome::Changed,
            (true, false) => {
                user.groups.take(from);
                user.groups.add(to.clone());
                ModelOutcome::Done
            }
        },
        PlainAct::GrantRole { role, .. } => edge_outcome(!user.roles.add(role.clone()), true),
        PlainAct::RevokeRole { role, .. } => edge_outcome(user.roles.take(role).is_none(), true),
        PlainAct::SetException { product, before, after, .. } => {
            let exceptions = &mut user.exceptions;
            let made = value_outcome(&exceptions.get(product).copied(), before, after);
            if made == ModelOutcome::Done {
                set_exception(exceptions, product.clone(), *after);
            }
            made
        }
        PlainAct::AssignLicence { product, .. } => {
            let licences = &mut user.licences;
            if licences.has(product) {
                return ModelOutcome::AlreadySo;
            }
            licences.insert(product.clone(), Licence { assigned: Some(now()) });
            ModelOutcome::Done
        }
        PlainAct::ReleaseLicence { product, .. } => edge_outcome(user.licences.take(product).is_none(), true),
        other => unreachable!("{other:?}"),
    }
}

/// Carries out an act that makes, changes or removes a user.
fn carry_out_on_users(users: &mut BTreeMap<Email, Arc<User>>, act: &PlainAct) -> ModelOutcome {
    match act {
        PlainAct::Invite(profile) => match users.get(&profile.email) {
            Some(user) if user.profile == *profile => ModelOutcome::AlreadySo,
            Some(_) => ModelOutcome::Changed,
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
                ModelOutcome::Done
            }
        },
        PlainAct::UpdateUser { before, after } => {
            let Some(live) = users.get(&before.email) else { return ModelOutcome::Changed };
            let made = value_outcome(&live.profile, before, after);
            if made == ModelOutcome::Done {
                let mut user = users.remove(&before.email).unwrap();
                Arc::make_mut(&mut user).profile = after.clone();
                users.insert(after.email.clone(), user);
            }
            made
        }
        PlainAct::RemoveUser(profile) => match users.get(&profile.email) {
            None => ModelOutcome::AlreadySo,
            Some(user) if user.profile != *profile => ModelOutcome::Changed,
            Some(_) => {
                users.remove(&profile.email);
                ModelOutcome::Done
            }
        },
        other => unreachable!("{other:?}"),
    }
}

/// Carries out an act on groups and their lists.
fn carry_out_on_groups(organization: &mut Organization, act: &PlainAct) -> ModelOutcome {
    let Organization { users, groups, .. } = organization;
    match act {
        PlainAct::CreateGroup(facts) => match groups.get(&facts.name) {
            Some(group) if group.facts == *facts => ModelOutcome::AlreadySo,
            Some(_) => ModelOutcome::Changed,
            None => {
                groups.insert(
                    facts.name.clone(),
                    Group { id: None, facts: facts.clone(), products: FlatSet::new() },
                );
                ModelOutcome::Done
            }
        },
        PlainAct::UpdateGroup { before, after } => {
            let Some(live) = groups.get(&before.name) else { return ModelOutcome::Changed };
            let made = value_outcome(&live.facts, before, after);
            if made == ModelOutcome::Done {
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
        PlainAct::DeleteGroup(facts) => match groups.get(&facts.name) {
            None => ModelOutcome::AlreadySo,
            Some(group) if group.facts != *facts => ModelOutcome::Changed,
            Some(_) => {
                groups.remove(&facts.name);
                ModelOutcome::Done
            }
        },
        PlainAct::SetList { group, before, after } => {
            let Some(group) = groups.get_mut(group) else { return ModelOutcome::Changed };
            let made = value_outcome(&group.products, before, after);
            if made == ModelOutcome::Done {
                group.products = after.clone();
            }
            made
        }
        other => unreachable!("{other:?}"),
    }
}

/// Carries out an act on settings, alerts and contacts.
fn carry_out_on_settings(organization: &mut Organization, act: &PlainAct) -> ModelOutcome {
    let Organization { defaults, restrictions, alerts, contacts, .. } = organization;
    match act {
        PlainAct::SetDefault { country, before, after } => {
            // `everyone` is the value of a country without a default.
            let stated =
                |setting: &Option<AccessSetting>| setting.filter(|setting| *setting == AccessSetting::Nobody);
            set_entry(defaults, *country, &stated(before), &stated(after))
        }
        PlainAct::SetRestriction { product, area, before, after } => {
            set_entry(restrictions, (product.clone(), *area), before, after)
        }
        PlainAct::SetAlert { product, country, before, after } => {
            set_entry(alerts, (product.clone(), *country), before, after)
        }
        PlainAct::AddContact(contact) => edge_outcome(!contacts.insert(contact.clone()), true),
        PlainAct::RemoveContact(contact) => edge_outcome(!contacts.remove(contact), true),
        PlainAct::ReplaceContact { from, to } => match (contacts.contains(from), contacts.contains(to)) {
            (false, true) => ModelOutcome::AlreadySo,
            (false, false) | (true, true) => ModelOutcome::Changed,
            (true, false) => {
                contacts.insert(to.clone());
                contacts.remove(from);
                ModelOutcome::Done
            }
        },
        other => unreachable!("{other:?}"),
    }
}

fn set_state(user: &mut User, before: UserState, after: UserState) -> ModelOutcome {
    let made = value_outcome(&user.state, &before, &after);
    if made == ModelOutcome::Done {
        user.state = after;
    }
    made
}

fn set_exception(
    exceptions: &mut FlatMap<seatwise::model::ProductId, UserException>,
    product: seatwise::model::ProductId,
    after: Option<UserException>,
) {
    match after {
        Some(exception) => drop(exceptions.insert(product, exception)),
        None => drop(exceptions.take(&product)),
    }
}

fn set_entry<K: Ord, V: Copy + PartialEq>(
    map: &mut BTreeMap<K, V>,
    key: K,
    before: &Option<V>,
    after: &Option<V>,
) -> ModelOutcome {
    let made = value_outcome(&map.get(&key).copied(), before, after);
    if made == ModelOutcome::Done {
        match after {
            Some(value) => drop(map.insert(key, *value)),
            None => drop(map.remove(&key)),
        }
    }
    made
}
