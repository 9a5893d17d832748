//! What each act should do, said once more and on the model: the store must agree with it.

use std::sync::Arc;

use seatwise::model::{
    AccessSetting, FlatMap, FlatSet, Group, Licence, Organization, User, UserException, UserState,
};
use seatwise::plan::Act;

use super::now;

/// What the model makes of an act; it knows nothing of invariants.
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

/// Does `act` to `organization`.
pub(super) fn carry_out_on_model(organization: &mut Organization, act: &Act) -> ModelOutcome {
    let Organization { users, groups, defaults, restrictions, alerts, contacts } = organization;
    macro_rules! user {
        ($email:expr) => {
            match users.get_mut($email) {
                Some(user) => Arc::make_mut(user),
                None => return ModelOutcome::Changed,
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
        Act::CreateGroup(facts) => match groups.get(&facts.name) {
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
        Act::Invite(profile) => match users.get(&profile.email) {
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
        Act::Approve(user) => set_state(user!(user), UserState::Pending, UserState::Active),
        Act::Unlock(user) => set_state(user!(user), UserState::Locked, UserState::Active),
        Act::Lock { user, before } => set_state(user!(user), *before, UserState::Locked),
        Act::UpdateUser { before, after } => {
            let made = value_outcome(&user!(&before.email).profile, before, after);
            if made == ModelOutcome::Done {
                let mut user = users.remove(&before.email).unwrap();
                Arc::make_mut(&mut user).profile = after.clone();
                users.insert(after.email.clone(), user);
            }
            made
        }
        Act::UpdateGroup { before, after } => {
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
        Act::Join { user, group } if groups.contains_key(group) => {
            edge_outcome(!user!(user).groups.add(group.clone()), true)
        }
        Act::Leave { user, group } => edge_outcome(user!(user).groups.take(group).is_none(), true),
        Act::Join { .. } => ModelOutcome::Changed,
        Act::SwapAllocation { user, from, to } => {
            let user = user!(user);
            match (user.groups.has(from), user.groups.has(to)) {
                (false, true) => ModelOutcome::AlreadySo,
                (false, false) | (true, true) => ModelOutcome::Changed,
                (true, false) => {
                    user.groups.take(from);
                    user.groups.add(to.clone());
                    ModelOutcome::Done
                }
            }
        }
        Act::GrantRole { user, role } => edge_outcome(!user!(user).roles.add(role.clone()), true),
        Act::RevokeRole { user, role } => edge_outcome(user!(user).roles.take(role).is_none(), true),
        Act::SetException { user, product, before, after } => {
            let exceptions = &mut user!(user).exceptions;
            let made = value_outcome(&exceptions.get(product).copied(), before, after);
            if made == ModelOutcome::Done {
                set_exception(exceptions, product.clone(), *after);
            }
            made
        }
        Act::AssignLicence { user, product } => {
            let licences = &mut user!(user).licences;
            if licences.has(product) {
                return ModelOutcome::AlreadySo;
            }
            licences.insert(product.clone(), Licence { assigned: Some(now()) });
            ModelOutcome::Done
        }
        Act::ReleaseLicence { user, product } => {
            edge_outcome(user!(user).licences.take(product).is_none(), true)
        }
        Act::SetList { group, before, after } => {
            let Some(group) = groups.get_mut(group) else { return ModelOutcome::Changed };
            let made = value_outcome(&group.products, before, after);
            if made == ModelOutcome::Done {
                group.products = after.clone();
            }
            made
        }
        Act::SetDefault { country, before, after } => {
            // `everyone` is what is not stated.
            let stated =
                |setting: &Option<AccessSetting>| setting.filter(|setting| *setting == AccessSetting::Nobody);
            set_entry(defaults, *country, &stated(before), &stated(after))
        }
        Act::SetRestriction { product, area, before, after } => {
            set_entry(restrictions, (product.clone(), *area), before, after)
        }
        Act::SetAlert { product, country, before, after } => {
            set_entry(alerts, (product.clone(), *country), before, after)
        }
        Act::AddContact(contact) => edge_outcome(!contacts.insert(contact.clone()), true),
        Act::RemoveContact(contact) => edge_outcome(!contacts.remove(contact), true),
        Act::ReplaceContact { from, to } => match (contacts.contains(from), contacts.contains(to)) {
            (false, true) => ModelOutcome::AlreadySo,
            (false, false) | (true, true) => ModelOutcome::Changed,
            (true, false) => {
                contacts.insert(to.clone());
                contacts.remove(from);
                ModelOutcome::Done
            }
        },
        Act::RemoveUser(profile) => match users.get(&profile.email) {
            None => ModelOutcome::AlreadySo,
            Some(user) if user.profile != *profile => ModelOutcome::Changed,
            Some(_) => {
                users.remove(&profile.email);
                ModelOutcome::Done
            }
        },
        Act::DeleteGroup(facts) => match groups.get(&facts.name) {
            None => ModelOutcome::AlreadySo,
            Some(group) if group.facts != *facts => ModelOutcome::Changed,
            Some(_) => {
                groups.remove(&facts.name);
                ModelOutcome::Done
            }
        },
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
    map: &mut std::collections::BTreeMap<K, V>,
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
