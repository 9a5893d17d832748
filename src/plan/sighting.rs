//! Determines which steps of a plan have been carried out in a live organization, no matter by whom.

use std::collections::BTreeSet;

use super::replay::{ReplayOutcome, replay_step};
use super::{Act, Identity, ObjectEdit, Step};
use crate::model::{DirectoryField, LiveId, Organization, Section, Snapshot, UnreadReason};

/// Whether the live organization shows that a step was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepSighting {
    /// The live values are those after the step, or after a later step of the plan.
    Done,
    /// The live values are those before the step, or will be once the earlier steps are done.
    Open,
    /// The live values are neither those before nor those after the step, or another object has the name.
    Other,
    /// A section that would show the step was not read.
    Unread(Section, UnreadReason),
}

/// The sighting of each of `steps`, which are all the steps of a plan, in their order.
pub fn step_sightings(steps: &[Step], snapshot: &Snapshot) -> Vec<StepSighting> {
    let known = LiveIdentities::from_snapshot(snapshot);
    let mut organization = organization_as_planned(steps, snapshot);
    let see = |step: &Step| match unread_sighting(&step.act, snapshot) {
        Some(unread) => unread,
        None => known.see_step(step, &mut organization),
    };
    let mut seen: Vec<StepSighting> = steps.iter().map(see).collect();
    // Once a later step has changed a value again, the live value is no longer the one of the earlier step.
    for step in steps.iter().rev() {
        let done = step_position(step).and_then(|at| seen.get(at)) == Some(&StepSighting::Done);
        let earlier = step.needs.iter().filter_map(|need| steps.get((need.0 as usize).checked_sub(1)?));
        for earlier in earlier.filter(|earlier| done && takes_over(&step.act, &earlier.act)) {
            if let Some(seen) = step_position(earlier)
                .and_then(|at| seen.get_mut(at))
                .filter(|seen| **seen == StepSighting::Other)
            {
                *seen = StepSighting::Done;
            }
        }
    }
    seen
}

fn step_position(step: &Step) -> Option<usize> {
    (step.no.0 as usize).checked_sub(1)
}

/// Whether the live organization no longer shows `earlier` once `later`, which needs `earlier`, is done.
fn takes_over(later: &Act, earlier: &Act) -> bool {
    match later {
        Act::RemoveUser(_) | Act::DeleteGroup(_) => true,
        Act::SetList { .. } => matches!(earlier, Act::SetList { .. }),
        Act::UpdateGroup { .. } => matches!(earlier, Act::UpdateGroup { .. }),
        Act::Lock { .. } => matches!(earlier, Act::Approve(_)),
        Act::EndCheckout { .. }
        | Act::CreateGroup(_)
        | Act::Invite(_)
        | Act::Approve(_)
        | Act::Unlock(_)
        | Act::UpdateUser { .. }
        | Act::Join { .. }
        | Act::Leave { .. }
        | Act::SwapAllocation { .. }
        | Act::GrantRole { .. }
        | Act::RevokeRole { .. }
        | Act::SetException { .. }
        | Act::AssignLicence { .. }
        | Act::ReleaseLicence { .. }
        | Act::SetDefault { .. }
        | Act::SetRestriction { .. }
        | Act::SetAlert { .. }
        | Act::AddContact(_)
        | Act::RemoveContact(_)
        | Act::ReplaceContact { .. } => false,
    }
}

/// The live organization under the names that the plan begins with: a user who has been renamed since is
/// filed under the old address, which the first steps use.
fn organization_as_planned(steps: &[Step], snapshot: &Snapshot) -> Organization {
    let mut organization = snapshot.live.0.clone();
    for step in steps {
        if let Act::UpdateUser { before, after } = &step.act
            && !organization.users.contains_key(&before.email)
            && let Some(user) = organization.users.remove(&after.email)
        {
            organization.users.insert(before.email.clone(), user);
        }
        if snapshot.no_place.contains(&DirectoryField::GroupKind) {
            believe_kind(&step.act, &mut organization);
        }
    }
    organization
}

/// Gives a group the kind that the plan assumes, for a service that does not report the kind of groups.
fn believe_kind(act: &Act, organization: &mut Organization) {
    if let Some(ObjectEdit::Group(edit)) = act.object_edit()
        && let Some(facts) = edit.after().or(edit.before())
    {
        let names = act.group().into_iter().chain([&facts.name]);
        for name in names {
            if let Some(group) = organization.groups.get_mut(name) {
                group.facts.kind = facts.kind;
            }
        }
    }
}

/// The first section that would show the act and was not read, as a sighting.
fn unread_sighting(act: &Act, snapshot: &Snapshot) -> Option<StepSighting> {
    let section = needed_sections(act).iter().find(|section| snapshot.unread.contains_key(section))?;
    Some(StepSighting::Unread(*section, snapshot.unread[section].clone()))
}

fn needed_sections(act: &Act) -> &'static [Section] {
    match act {
        Act::EndCheckout { .. } => &[Section::Users, Section::Checkouts],
        Act::CreateGroup(_) | Act::UpdateGroup { .. } | Act::SetList { .. } | Act::DeleteGroup(_) => {
            &[Section::Groups]
        }
        Act::Invite(_)
        | Act::Approve(_)
        | Act::Unlock(_)
        | Act::Lock { .. }
        | Act::UpdateUser { .. }
        | Act::RemoveUser(_) => &[Section::Users],
        Act::Join { .. } | Act::Leave { .. } | Act::SwapAllocation { .. } => {
            &[Section::Users, Section::Groups, Section::Memberships]
        }
        Act::GrantRole { .. } | Act::RevokeRole { .. } => &[Section::Users, Section::Roles],
        Act::SetException { .. } | Act::AssignLicence { .. } | Act::ReleaseLicence { .. } => {
            &[Section::Users, Section::Assignments]
        }
        Act::SetDefault { .. } | Act::SetRestriction { .. } => &[Section::Restrictions],
        Act::SetAlert { .. } => &[Section::Alerts],
        Act::AddContact(_) | Act::RemoveContact(_) | Act::ReplaceContact { .. } => &[Section::Contacts],
    }
}

/// The identities of all live users and groups, whatever their names.
struct LiveIdentities<'s> {
    users: BTreeSet<&'s LiveId>,
    groups: BTreeSet<&'s LiveId>,
}

impl<'s> LiveIdentities<'s> {
    fn from_snapshot(snapshot: &'s Snapshot) -> Self {
        let Organization { users, groups, .. } = &snapshot.live.0;
        let users = users.values().filter_map(|user| user.id.as_ref()).collect();
        Self { users, groups: groups.values().filter_map(|group| group.id.as_ref()).collect() }
    }

    /// Compares `step` with `organization`, and leaves `organization` as later steps shall find it.
    fn see_step(&self, step: &Step, organization: &mut Organization) -> StepSighting {
        if let Act::UpdateUser { before, after } = &step.act {
            // From this step on, steps use the new address of a user who has already been renamed.
            let is_renamed =
                organization.users.get(&before.email).is_some_and(|user| user.profile.email == after.email);
            if let Some(user) = is_renamed.then(|| organization.users.remove(&before.email)).flatten() {
                organization.users.insert(after.email.clone(), user);
            }
        }
        match replay_step(step, organization) {
            ReplayOutcome::After if self.has_another_name(step) => StepSighting::Other,
            ReplayOutcome::After => StepSighting::Done,
            ReplayOutcome::Before => StepSighting::Open,
            ReplayOutcome::Other => StepSighting::Other,
        }
    }

    /// Whether the object that the step removes still exists under another name.
    fn has_another_name(&self, step: &Step) -> bool {
        let is_there = |identity: &Identity| match identity {
            Identity::User(_, id) => matches!(step.act, Act::RemoveUser(_)) && self.users.contains(id),
            Identity::Group(_, id) => matches!(step.act, Act::DeleteGroup(_)) && self.groups.contains(id),
        };
        step.identities.iter().any(is_there)
    }
}
