//! Replays steps on an organization in memory, to judge prefixes of a plan, or a saved plan against what is
//! live today.

mod acts;
mod outcome;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use outcome::ReplayOutcome;

use super::{Act, Identity, Step};
use crate::change::{Change, Edit};
use crate::model::{Email, GroupName, Live, LiveId, Organization, User};

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
    let Organization { users, groups, .. } = organization;
    match act {
        Act::Change(change) => replay_change(change, organization),
        Act::SwapAllocation { user, from, to } => acts::swap_allocation(users, user, from, to),
        Act::SetList { group, before, after } => acts::set_list(groups, group, before, after),
    }
}

fn replay_change(change: &Change, organization: &mut Organization) -> ReplayOutcome {
    let Organization { users, groups, defaults, restrictions, alerts, contacts } = organization;
    match change {
        Change::User { user, edit } => match edit {
            Edit::Create(profile) => acts::invite_user(users, profile),
            Edit::Update { before, after } => acts::update_user(users, before, after),
            Edit::Delete(_) => acts::remove_user(users, user),
        },
        Change::State { user, before, after } => acts::change_state(users, user, *before, *after),
        Change::Group { group, edit } => match edit {
            Edit::Create(facts) => acts::create_group(groups, facts),
            Edit::Update { before, after } => acts::update_group(groups, users, before, after),
            Edit::Delete(_) => acts::delete_group(groups, users, group),
        },
        Change::Membership { user, group, edit } => {
            if edit.after().is_some() && !groups.contains_key(group) {
                return ReplayOutcome::Other;
            }
            acts::change_user(users, user, |user| acts::edit_entry(&mut user.groups, group, edit))
        }
        Change::Role { user, role, edit } => {
            acts::change_user(users, user, |user| acts::edit_entry(&mut user.roles, role, edit))
        }
        Change::Exception { user, product, edit } => {
            acts::change_user(users, user, |user| acts::edit_entry(&mut user.exceptions, product, edit))
        }
        Change::Licence { user, product, edit } => acts::edit_licence(users, user, product, edit),
        Change::Checkout { user, checkout } => acts::change_user(users, user, |user| {
            acts::edit_entry(&mut user.checkouts, checkout, &Edit::Delete(()))
        }),
        Change::Listing { group, product, edit } => groups
            .get_mut(group)
            .map_or(ReplayOutcome::Other, |group| acts::edit_entry(&mut group.products, product, edit)),
        Change::Default { country, edit } => acts::set_default(defaults, *country, edit),
        Change::Restriction { product, area, edit } => {
            acts::edit_map_value(restrictions, (product.clone(), *area), edit)
        }
        Change::Alert { product, country, edit } => {
            acts::edit_map_value(alerts, (product.clone(), *country), edit)
        }
        Change::Contact { edit } => acts::edit_contact(contacts, edit),
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
        if let Some(Change::User { edit: Edit::Update { before, after }, .. }) = step.act.change()
            && before.email != after.email
            && !organization.users.contains_key(&after.email)
            && let Some(user) = organization.users.remove(&before.email)
        {
            organization.users.insert(after.email.clone(), user);
        }
        if let Some(Change::Group { edit: Edit::Update { before, after }, .. }) = step.act.change()
            && before.name != after.name
            && !organization.groups.contains_key(&after.name)
            && let Some(group) = organization.groups.remove(&before.name)
        {
            organization.groups.insert(after.name.clone(), group);
            acts::rename_in_memberships(&mut organization.users, &before.name, &after.name);
        }
    }
    Live(organization)
}
