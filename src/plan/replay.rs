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
        // Where the rename is done, somebody else may have taken the name that was left.
        ReplayOutcome::from_agreement(is_renamed(step, organization))
    }
}

/// Whether the object that the step renames is as the step makes it.
fn is_renamed(step: &Step, organization: &Organization) -> bool {
    let Some(change) = step.act.change() else { return false };
    step.identities.iter().any(|identity| match identity {
        Identity::User(_, id) => {
            let Change::User { edit: Edit::Update { after, .. }, .. } = change else { return false };
            let user = organization.users.get(&after.email);
            user.is_some_and(|user| user.id.as_ref() == Some(id) && user.profile == *after)
        }
        Identity::Group(_, id) => {
            let Change::Group { edit: Edit::Update { after, .. }, .. } = change else { return false };
            let group = organization.groups.get(&after.name);
            group.is_some_and(|group| group.id.as_ref() == Some(id) && group.facts == *after)
        }
    })
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
    let renamed = organization.groups.iter().filter(|(key, group)| **key != group.facts.name);
    let renamed: BTreeMap<&GroupName, &GroupName> =
        renamed.map(|(key, group)| (key, &group.facts.name)).collect();
    let mut users: BTreeMap<Email, Arc<User>> =
        organization.users.into_values().map(|user| (user.profile.email.clone(), user)).collect();
    acts::rename_groups_of_users(&mut users, &renamed);
    let groups = organization.groups.into_values().map(|group| (group.facts.name.clone(), group)).collect();
    Organization { users, groups, ..organization }
}

/// Files users and groups that `steps` rename under their new names, as
/// [`policy::scope`](crate::policy::scope) does to the live side. Objects have the names before the steps.
pub fn file_under_new_names<'a>(Live(live): Live, steps: impl IntoIterator<Item = &'a Step>) -> Live {
    let (mut new_users, mut new_groups) = (BTreeMap::new(), BTreeMap::new());
    for step in steps {
        if let Some(Change::User { edit: Edit::Update { before, after }, .. }) = step.act.change() {
            follow_name(&mut new_users, &before.email, &after.email);
        }
        if let Some(Change::Group { edit: Edit::Update { before, after }, .. }) = step.act.change() {
            follow_name(&mut new_groups, &before.name, &after.name);
        }
    }
    // By name after all steps: where a name in between was taken, the name before the first step.
    let new_users: BTreeMap<&Email, &Email> = new_users.into_iter().map(|(new, old)| (old, new)).collect();
    let new_groups: BTreeMap<&GroupName, &GroupName> =
        new_groups.into_iter().map(|(new, old)| (old, new)).collect();
    let mut users: BTreeMap<Email, Arc<User>> =
        live.users.into_iter().map(|(name, user)| (new_name(&new_users, name), user)).collect();
    acts::rename_groups_of_users(&mut users, &new_groups);
    let groups = live.groups.into_iter().map(|(name, group)| (new_name(&new_groups, name), group)).collect();
    Live(Organization { users, groups, ..live })
}

/// Notes that the object called `before` is called `after` now, in a map of old names by new ones.
fn follow_name<'a, K: Ord>(old_names: &mut BTreeMap<&'a K, &'a K>, before: &'a K, after: &'a K) {
    if before != after {
        let first = old_names.remove(before).unwrap_or(before);
        old_names.insert(after, first);
    }
}

fn new_name<K: Ord + Clone>(new_names: &BTreeMap<&K, &K>, name: K) -> K {
    new_names.get(&name).map_or(name, |new| (*new).clone())
}
