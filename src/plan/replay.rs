//! Replays steps on an organization in memory, to judge prefixes of a plan, or a saved plan against what is
//! live today.

mod acts;
mod outcome;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use outcome::ReplayOutcome;

use super::{Act, Identity, ObjectEdit, Step};
use crate::change::Edit;
use crate::model::{Email, GroupName, Live, LiveId, Organization, User, UserState};

/// Carries out `step` on `organization`, as the live organization would. Users and groups must be filed under
/// their current names.
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
            acts::change_user(users, user, |user| acts::drop_key(&mut user.checkouts, checkout))
        }
        Act::CreateGroup(facts) => acts::create_group(groups, facts),
        Act::Invite(profile) => acts::invite_user(users, profile),
        Act::Approve(user) => acts::change_state(users, user, UserState::Pending, UserState::Active),
        Act::Unlock(user) => acts::change_state(users, user, UserState::Locked, UserState::Active),
        Act::Lock { user, before } => acts::change_state(users, user, *before, UserState::Locked),
        Act::UpdateUser { before, after } => acts::update_user(users, before, after),
        Act::UpdateGroup { before, after } => acts::update_group(groups, users, before, after),
        Act::Join { user, group } => acts::join_group(users, groups, user, group),
        Act::Leave { user, group } => {
            acts::change_user(users, user, |user| acts::drop_key(&mut user.groups, group))
        }
        Act::SwapAllocation { user, from, to } => acts::swap_allocation(users, user, from, to),
        Act::GrantRole { user, role } => {
            acts::change_user(users, user, |user| acts::add_key(&mut user.roles, role))
        }
        Act::RevokeRole { user, role } => {
            acts::change_user(users, user, |user| acts::drop_key(&mut user.roles, role))
        }
        Act::SetException { user, product, before, after } => {
            acts::set_exception(users, user, product, *before, *after)
        }
        Act::AssignLicence { user, product } => acts::assign_licence(users, user, product),
        Act::ReleaseLicence { user, product } => acts::change_user(users, user, |user| {
            ReplayOutcome::from_change(user.licences.take(product).is_some())
        }),
        Act::SetList { group, before, after } => acts::set_list(groups, group, before, after),
        Act::SetDefault { country, before, after } => acts::set_default(defaults, *country, *before, *after),
        Act::SetRestriction { product, area, before, after } => {
            acts::set_map_value(restrictions, (product.clone(), *area), *before, *after)
        }
        Act::SetAlert { product, country, before, after } => {
            acts::set_map_value(alerts, (product.clone(), *country), *before, *after)
        }
        Act::AddContact(contact) => ReplayOutcome::from_change(contacts.insert(contact.clone())),
        Act::RemoveContact(contact) => ReplayOutcome::from_change(contacts.remove(contact)),
        Act::ReplaceContact { from, to } => acts::replace_contact(contacts, from, to),
        Act::RemoveUser(profile) => acts::remove_user(users, &profile.email),
        Act::DeleteGroup(facts) => acts::delete_group(groups, users, &facts.name),
    }
}

/// Files users and groups under their current names, which reverts what
/// [`policy::scope`](crate::policy::scope) does to the live side of a rename.
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
        acts::rename_in_memberships(&mut users, key, name);
    }
    let groups = organization.groups.into_values().map(|group| (group.facts.name.clone(), group)).collect();
    Organization { users, groups, ..organization }
}

/// Files users and groups that `steps` rename under their new names, as
/// [`policy::scope`](crate::policy::scope) does to the live side.
pub fn file_under_new_names(Live(mut organization): Live, steps: &[Step]) -> Live {
    for step in steps {
        match step.act.object_edit() {
            Some(ObjectEdit::User(Edit::Update { before, after }))
                if before.email != after.email && !organization.users.contains_key(&after.email) =>
            {
                if let Some(user) = organization.users.remove(&before.email) {
                    organization.users.insert(after.email.clone(), user);
                }
            }
            Some(ObjectEdit::Group(Edit::Update { before, after }))
                if before.name != after.name && !organization.groups.contains_key(&after.name) =>
            {
                if let Some(group) = organization.groups.remove(&before.name) {
                    organization.groups.insert(after.name.clone(), group);
                    acts::rename_in_memberships(&mut organization.users, &before.name, &after.name);
                }
            }
            Some(ObjectEdit::User(_) | ObjectEdit::Group(_)) | None => {}
        }
    }
    Live(organization)
}
