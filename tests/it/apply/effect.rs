//! What a step makes of an organization, preconditions included.

use seatwise::connector::{Receipt, WriteError};
use seatwise::model::{Group, GroupName, Licence, LiveId, Organization, Text, User, UserState};
use seatwise::plan::{Act, Identity};

type Effect = Result<(), WriteError>;

fn changed<T>(what: impl Into<Text>) -> Result<T, WriteError> {
    Err(WriteError::Changed(what.into()))
}

/// Checks that everybody a step names is who was read.
pub(super) fn identified(identities: &[Identity], organization: &Organization) -> Effect {
    let same = |identity: &Identity| match identity {
        Identity::User(name, id) => organization.users.get(name).and_then(|user| user.id.as_ref()) == Some(id),
        Identity::Group(name, id) => organization.groups.get(name).and_then(|group| group.id.as_ref()) == Some(id),
    };
    if identities.iter().all(same) { Ok(()) } else { changed("somebody else") }
}

/// Carries out `act`; an identity for what it creates is made of `serial`.
pub(super) fn carry_out(act: &Act, organization: &mut Organization, serial: usize) -> Result<Receipt, WriteError> {
    let id = LiveId::new(&format!("id-{serial}")).unwrap();
    let before = organization.clone();
    effect(act, organization, &id)?;
    let creates = matches!(act, Act::Invite(_) | Act::CreateGroup(_));
    if *organization == before { Ok(Receipt::AlreadySo) } else { Ok(Receipt::Done { created: creates.then_some(id) }) }
}

fn effect(act: &Act, org: &mut Organization, id: &LiveId) -> Effect {
    match act {
        Act::EndCheckout { user, checkout } => with(org, user, |user| _ = user.checkouts.take(checkout)),
        Act::CreateGroup(facts) => {
            let made = Group { id: Some(id.clone()), facts: facts.clone(), products: Default::default() };
            if org.groups.insert(facts.name.clone(), made).is_some() { changed("the group is there") } else { Ok(()) }
        }
        Act::Invite(profile) => {
            let made = User { id: Some(id.clone()), ..bare(profile.clone()) };
            if org.users.insert(profile.email.clone(), made).is_some() { changed("the user is there") } else { Ok(()) }
        }
        Act::Approve(user) => move_state(org, user, UserState::Pending, UserState::Active),
        Act::Unlock(user) => move_state(org, user, UserState::Locked, UserState::Active),
        Act::Lock { user, before } => move_state(org, user, *before, UserState::Locked),
        Act::UpdateUser { before, after } => {
            let mut user = org.users.remove(&before.email).filter(|user| user.profile == *before).map_or_else(|| changed("the profile"), Ok)?;
            user.profile = after.clone();
            if org.users.insert(after.email.clone(), user).is_some() { changed("the address is taken") } else { Ok(()) }
        }
        Act::UpdateGroup { before, after } => {
            let mut group = org.groups.remove(&before.name).filter(|group| group.facts == *before).map_or_else(|| changed("the facts"), Ok)?;
            group.facts = after.clone();
            for user in org.users.values_mut() {
                if user.groups.take(&before.name).is_some() {
                    user.groups.add(after.name.clone());
                }
            }
            if org.groups.insert(after.name.clone(), group).is_some() { changed("the name is taken") } else { Ok(()) }
        }
        Act::Join { user, group } => {
            let _ = named(org, group)?;
            with(org, user, |user| _ = user.groups.add(group.clone()))
        }
        Act::Leave { user, group } => with(org, user, |user| _ = user.groups.take(group)),
        Act::SwapAllocation { user, from, to } => {
            let _ = named(org, to)?;
            with(org, user, |user| {
                user.groups.take(from);
                user.groups.add(to.clone());
            })
        }
        Act::GrantRole { user, role } => with(org, user, |user| _ = user.roles.add(role.clone())),
        Act::RevokeRole { user, role } => with(org, user, |user| _ = user.roles.take(role)),
        Act::SetException { user, product, before, after } => {
            let known = org.users.get_mut(user).map_or_else(|| changed("no such user"), Ok)?;
            if known.exceptions.get(product) != before.as_ref() {
                return changed("the exception");
            }
            match after {
                Some(after) => drop(known.exceptions.put(product.clone(), *after)),
                None => drop(known.exceptions.take(product)),
            }
            Ok(())
        }
        Act::AssignLicence { user, product } => with(org, user, |user| _ = user.licences.put(product.clone(), Licence { assigned: None })),
        Act::ReleaseLicence { user, product } => with(org, user, |user| _ = user.licences.take(product)),
        Act::SetList { group, before, after } => {
            let known = org.groups.get_mut(group).map_or_else(|| changed("no such group"), Ok)?;
            if known.products != *before {
                return changed("the list");
            }
            known.products = after.clone();
            Ok(())
        }
        Act::SetDefault { country, before, after } => set(&mut org.defaults, *country, before.as_ref(), after.as_ref()),
        Act::SetRestriction { product, area, before, after } => set(&mut org.restrictions, (product.clone(), *area), before.as_ref(), after.as_ref()),
        Act::SetAlert { product, country, before, after } => set(&mut org.alerts, (product.clone(), *country), before.as_ref(), after.as_ref()),
        Act::AddContact(contact) => {
            org.contacts.insert(contact.clone());
            Ok(())
        }
        Act::RemoveContact(contact) => {
            org.contacts.remove(contact);
            Ok(())
        }
        Act::ReplaceContact { from, to } => {
            org.contacts.remove(from);
            org.contacts.insert(to.clone());
            Ok(())
        }
        Act::RemoveUser(profile) => {
            org.users.remove(&profile.email);
            Ok(())
        }
        Act::DeleteGroup(facts) => {
            org.groups.remove(&facts.name);
            Ok(())
        }
    }
}

pub(super) fn bare(profile: seatwise::model::Profile) -> User {
    User {
        id: None,
        profile,
        state: UserState::Invited,
        roles: Default::default(),
        groups: Default::default(),
        exceptions: Default::default(),
        licences: Default::default(),
        checkouts: Default::default(),
    }
}

fn with(org: &mut Organization, user: &seatwise::model::Email, act: impl FnOnce(&mut User)) -> Effect {
    org.users.get_mut(user).map(act).map_or_else(|| changed("no such user"), Ok)
}

fn named<'a>(org: &'a Organization, group: &GroupName) -> Result<&'a Group, WriteError> {
    org.groups.get(group).map_or_else(|| changed("no such group"), Ok)
}

fn move_state(org: &mut Organization, user: &seatwise::model::Email, before: UserState, after: UserState) -> Effect {
    let known = org.users.get_mut(user).map_or_else(|| changed("no such user"), Ok)?;
    if known.state != before {
        return changed("the state");
    }
    known.state = after;
    Ok(())
}

fn set<K: Ord, V: Clone + PartialEq>(map: &mut std::collections::BTreeMap<K, V>, key: K, before: Option<&V>, after: Option<&V>) -> Effect {
    if map.get(&key) != before {
        return changed("the value");
    }
    match after {
        Some(after) => drop(map.insert(key, after.clone())),
        None => drop(map.remove(&key)),
    }
    Ok(())
}
