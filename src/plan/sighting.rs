//! Determines which steps of a plan have been carried out in a live organization, no matter by whom.

use std::collections::BTreeSet;

use super::replay::{ReplayOutcome, replay_step};
use super::{Act, Identity, Step};
use crate::change::{Change, Edit};
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
        for earlier in earlier.filter(|earlier| done && step.act.takes_over(&earlier.act)) {
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

/// The live organization under the names that the plan begins with: a user who has been renamed since is
/// filed under the old address, which the first steps use.
fn organization_as_planned(steps: &[Step], snapshot: &Snapshot) -> Organization {
    let mut organization = snapshot.live.0.clone();
    for step in steps {
        if let Some(Change::User { edit: Edit::Update { before, after }, .. }) = step.act.change()
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
    if let Some(Change::Group { group, edit }) = act.change() {
        let facts = edit.latest();
        for name in [group, &facts.name] {
            if let Some(group) = organization.groups.get_mut(name) {
                group.facts.kind = facts.kind;
            }
        }
    }
}

/// The first section that would show the act and was not read, as a sighting.
fn unread_sighting(act: &Act, snapshot: &Snapshot) -> Option<StepSighting> {
    let sections = act.facts().sections;
    let section = sections.iter().find(|section| snapshot.unread.contains_key(section))?;
    Some(StepSighting::Unread(*section, snapshot.unread[section].clone()))
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
        if let Some(Change::User { edit: Edit::Update { before, after }, .. }) = step.act.change() {
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
            Identity::User(_, id) => self.users.contains(id),
            Identity::Group(_, id) => self.groups.contains(id),
        };
        step.act.change().is_some_and(Change::deletes_object) && step.identities.iter().any(is_there)
    }
}
