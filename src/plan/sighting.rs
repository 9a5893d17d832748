//! Determines which steps of a plan have been carried out in a live organization, no matter by whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::replay::{ReplayOutcome, replay_step};
use super::{Act, Identity, Step};
use crate::change::{Change, Edit};
use crate::model::{DirectoryField, Email, LiveId, Organization, Section, Snapshot, UnreadReason, User};

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
    let mut planned = OrganizationAsPlanned::new(steps, snapshot);
    let see = |step: &Step| match unread_sighting(&step.act, snapshot) {
        Some(unread) => unread,
        None => known.see_step(step, &mut planned),
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
struct OrganizationAsPlanned<'s> {
    organization: Organization,
    /// Users who have taken an address whose owner in the plan has not left it yet, by that address.
    takers: BTreeMap<Email, Arc<User>>,
    /// The addresses that follow an address in between, by that address and the identity of its user.
    onward: BTreeMap<(&'s Email, &'s LiveId), &'s Email>,
}

impl<'s> OrganizationAsPlanned<'s> {
    fn new(steps: &'s [Step], snapshot: &Snapshot) -> Self {
        let mut planned =
            Self { organization: snapshot.live.0.clone(), takers: BTreeMap::new(), onward: BTreeMap::new() };
        let renames = steps.iter().filter_map(|step| {
            let Some(Change::User { edit: Edit::Update { before, after }, .. }) = step.act.change() else {
                return None;
            };
            (before.email != after.email).then_some((&before.email, &after.email, renamed_id(step)))
        });
        let mut first = BTreeMap::new();
        for (before, after, id) in renames.clone() {
            let Some(id) = id else { continue };
            if first.contains_key(id) {
                planned.onward.insert((before, id), after);
            } else {
                first.insert(id, before);
            }
        }
        planned.file_by_identity(&first);
        for (before, after, _) in renames {
            let users = &planned.organization.users;
            // A service that tells no identities leaves only the names.
            if !users.contains_key(before) && users.get(after).is_some_and(|user| user.id.is_none()) {
                planned.file_user(after, before);
            }
        }
        for step in steps.iter().filter(|_| snapshot.no_place.contains(&DirectoryField::GroupKind)) {
            believe_kind(&step.act, &mut planned.organization);
        }
        planned
    }

    /// Files the users who are renamed under the addresses that the plan begins with, all at once.
    fn file_by_identity(&mut self, first: &BTreeMap<&LiveId, &Email>) {
        if first.is_empty() {
            return;
        }
        let users = &mut self.organization.users;
        let renamed = users.iter().filter_map(|(name, user)| {
            let start = *first.get(user.id.as_ref()?)?;
            (start != name).then(|| (name.clone(), start.clone()))
        });
        let renamed: Vec<(Email, Email)> = renamed.collect();
        let moved: Vec<(Email, Arc<User>)> =
            renamed.into_iter().filter_map(|(now, start)| Some((start, users.remove(&now)?))).collect();
        for (start, user) in moved {
            if let Some(taker) = users.insert(start.clone(), user) {
                self.takers.insert(start, taker);
            }
        }
    }

    fn file_user(&mut self, from: &Email, to: &Email) {
        if let Some(user) = self.organization.users.remove(from) {
            self.organization.users.insert(to.clone(), user);
        }
    }

    /// Follows a step that renames a user who has that address, or a later one, already: from this step on,
    /// steps use the new address. Returns whether the user has gone on to a later one.
    fn follow_rename(&mut self, step: &Step) -> bool {
        let Some(Change::User { edit: Edit::Update { before, after }, .. }) = step.act.change() else {
            return false;
        };
        let Some(user) = self.organization.users.get(&before.email) else { return false };
        let now = user.profile.email.clone();
        let onward = user.id.as_ref().and_then(|id| self.onward.get(&(&after.email, id)));
        let has_gone_on = onward.is_some_and(|address| **address == now);
        if before.email != after.email && (now == after.email || has_gone_on) {
            self.file_user(&before.email, &after.email);
            if let Some(taker) = self.takers.remove(&before.email) {
                self.organization.users.insert(before.email.clone(), taker);
            }
        }
        has_gone_on
    }
}

/// The identity of the user whom the step renames.
fn renamed_id(step: &Step) -> Option<&LiveId> {
    step.identities.iter().find_map(|identity| match identity {
        Identity::User(_, id) => Some(id),
        Identity::Group(..) => None,
    })
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

    /// Compares `step` with the organization, and leaves the organization as later steps shall find it.
    fn see_step(&self, step: &Step, planned: &mut OrganizationAsPlanned<'_>) -> StepSighting {
        if planned.follow_rename(step) {
            return StepSighting::Done;
        }
        match replay_step(step, &mut planned.organization) {
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
