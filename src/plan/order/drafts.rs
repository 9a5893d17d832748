//! Drafts the steps of each change: one step, two steps, or a part of a step. Here stand the phase of each
//! change, and the one table of the order within a phase: steps that grant access come before steps that take
//! access away.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{AccessEffect, AccessEffectJudge, exception_effect, setting_effect};
use super::rename_order::RenameOrder;
use super::{Phase, PlanSides, StepDraft};
use crate::change::{Change, Edit};
use crate::model::{
    Contact, Email, FlatSet, GroupFacts, GroupKind, GroupName, MOST_CONTACTS, Organization, ProductId,
    Profile, RoleId, UserState,
};
use crate::object::{ChangeFacts, list_facts, move_facts};
use crate::plan::{Act, StepReason};

/// Collects the drafts of all changes. Memberships, lists and contacts are drafted last, when all their
/// changes are known.
struct StepDrafter<'a> {
    sides: PlanSides<'a>,
    renames: &'a RenameOrder<'a>,
    effects: AccessEffectJudge<'a>,
    drafts: Vec<StepDraft<'a>>,
    /// Products of which somebody gets a named licence.
    assigned: BTreeSet<&'a ProductId>,
    lists: BTreeMap<&'a GroupName, Vec<StepReason>>,
    moves: BTreeMap<&'a Email, GroupMoves<'a>>,
    contacts: Vec<(&'a Change, &'a Edit<Contact>, StepReason)>,
}

/// The groups that one user joins and leaves.
#[derive(Default)]
struct GroupMoves<'a> {
    joined: Vec<GroupMove<'a>>,
    left: Vec<GroupMove<'a>>,
}

struct GroupMove<'a> {
    group: &'a GroupName,
    change: &'a Change,
    why: StepReason,
}

/// Drafts the steps of `changes`, not yet in order. `why` gives the reason for a change.
pub(super) fn draft_steps<'a>(
    changes: &'a [Change],
    sides: PlanSides<'a>,
    renames: &'a RenameOrder<'a>,
    why: &dyn Fn(&Change) -> StepReason,
) -> Vec<StepDraft<'a>> {
    let assigned = changes.iter().filter_map(Change::new_licence).map(|(_, product)| product);
    let mut drafter = StepDrafter {
        sides,
        renames,
        effects: AccessEffectJudge::new(sides),
        drafts: Vec::with_capacity(changes.len()),
        assigned: assigned.collect(),
        lists: BTreeMap::new(),
        moves: BTreeMap::new(),
        contacts: Vec::new(),
    };
    for change in changes {
        drafter.draft_change(change, why(change));
    }
    drafter.draft_memberships();
    drafter.draft_lists();
    drafter.draft_contacts();
    drafter.drafts
}

impl<'a> StepDrafter<'a> {
    /// Drafts a step that makes `change` alone.
    fn push_change(&mut self, phase: Phase, change: &'a Change, why: StepReason) {
        self.push_part(phase, change, self.sides.change_at(change, phase), why);
    }

    /// Drafts a step that makes `part` of `change`.
    fn push_part(&mut self, phase: Phase, change: &'a Change, part: Change, why: StepReason) {
        let about = ChangeFacts::from_change(change);
        self.drafts.push(StepDraft { phase, act: Act::Change(part), why: vec![why], about });
    }

    fn draft_change(&mut self, change: &'a Change, why: StepReason) {
        let phase = match change {
            Change::User { edit, .. } => match edit {
                // An address that somebody leaves is free only then.
                Edit::Create(profile) if self.renames.users.is_left(&profile.email) => Phase::UpdateProfiles,
                Edit::Create(_) => Phase::AdmitUsers,
                Edit::Update { before, after } => return self.draft_profile(change, before, after, why),
                Edit::Delete(_) => Phase::RemoveUsers,
            },
            Change::State { user, before, after } => {
                return self.draft_state(change, (user, *before, *after), why);
            }
            Change::Group { edit, .. } => match edit {
                Edit::Create(facts) if self.renames.groups.is_left(&facts.name) => Phase::UpdateProfiles,
                Edit::Create(_) => Phase::CreateGroups,
                Edit::Update { before, after } => return self.draft_facts(change, before, after, why),
                Edit::Delete(_) => Phase::DeleteGroups,
            },
            Change::Membership { user, group, edit } => {
                let moves = self.moves.entry(user).or_default();
                let list = if edit.after().is_some() { &mut moves.joined } else { &mut moves.left };
                return list.push(GroupMove { group, change, why });
            }
            Change::Role { role, edit, .. } => match (edit.after().is_some(), role.is(RoleId::DOWNLOAD)) {
                (true, true) => Phase::GrantDownload,
                (true, false) => Phase::GrantRoles,
                (false, false) => Phase::RevokeRoles,
                (false, true) => Phase::RevokeDownload,
            },
            Change::Exception { edit, .. } => phase_of(exception_effect(edit)),
            Change::Licence { product, edit, .. } => match edit {
                Edit::Create(()) | Edit::Update { .. } => Phase::Loosen,
                Edit::Delete(()) if self.assigned.contains(product) => Phase::FreeLicences,
                Edit::Delete(()) => Phase::Tighten,
            },
            Change::Checkout { .. } => Phase::EndCheckouts,
            Change::Listing { group, .. } => return self.lists.entry(group).or_default().push(why),
            Change::Default { edit, .. } | Change::Restriction { edit, .. } => phase_of(setting_effect(edit)),
            Change::Alert { .. } => Phase::SetAlerts,
            Change::Contact { edit } => return self.contacts.push((change, edit, why)),
        };
        self.push_change(phase, change, why);
    }

    fn draft_state(
        &mut self,
        change: &'a Change,
        (user, before, after): (&Email, UserState, UserState),
        why: StepReason,
    ) {
        let mut push = |phase, before, after| {
            let part = Change::State { user: self.sides.user_name_at(user, phase), before, after };
            self.push_part(phase, change, part, why.clone());
        };
        let approved = before == UserState::Pending;
        if approved {
            push(Phase::AdmitUsers, UserState::Pending, UserState::Active);
        }
        match after {
            UserState::Locked => {
                push(Phase::LockUsers, if approved { UserState::Active } else { before }, UserState::Locked);
            }
            UserState::Active | UserState::Invited if before == UserState::Locked => {
                push(Phase::AdmitUsers, UserState::Locked, UserState::Active);
            }
            // An approval cannot be taken back, and nobody can be made to accept an invitation.
            UserState::Active | UserState::Invited | UserState::Pending => {}
        }
    }

    fn draft_profile(&mut self, change: &'a Change, before: &Profile, after: &Profile, why: StepReason) {
        let aside = self.renames.users.aside(&before.email);
        let aside = aside.map(|name| Profile { email: name.clone(), ..before.clone() });
        let middle = aside.as_ref().unwrap_or(before);
        for (before, after) in [(before, middle), (middle, after)] {
            if before != after {
                let edit = Edit::Update { before: before.clone(), after: after.clone() };
                let part = Change::User { user: before.email.clone(), edit };
                self.push_part(Phase::UpdateProfiles, change, part, why.clone());
            }
        }
    }

    fn draft_facts(&mut self, change: &'a Change, before: &GroupFacts, after: &GroupFacts, why: StepReason) {
        let aside = self.renames.groups.aside(&before.name);
        let aside = aside.map(|name| GroupFacts { name: name.clone(), ..before.clone() });
        let first = aside.as_ref().unwrap_or(before);
        let middle = GroupFacts { kind: kind_between(before.kind, after.kind), ..after.clone() };
        let steps = [
            (Phase::UpdateProfiles, before, first),
            (Phase::UpdateProfiles, first, &middle),
            (Phase::Reclassify, &middle, after),
        ];
        for (phase, before, after) in steps.into_iter().filter(|(_, before, after)| before != after) {
            let part = Change::Group {
                group: before.name.clone(),
                edit: Edit::Update { before: before.clone(), after: after.clone() },
            };
            self.push_part(phase, change, part, why.clone());
        }
    }

    fn draft_memberships(&mut self) {
        for (user, mut moves) in std::mem::take(&mut self.moves) {
            self.swap_allocation(user, &mut moves);
            let mut joins = AccessEffect::Loosens;
            for GroupMove { group, change, why } in moves.joined {
                let effect = self.effects.join_effect(user, group);
                joins = joins.max(effect);
                self.push_change(phase_of(effect), change, why);
            }
            for GroupMove { group, change, why } in moves.left {
                // A user who moves joins the new group before leaving the old one.
                let phase = phase_of(joins.max(self.effects.leave_effect(user, group)));
                self.push_change(phase, change, why);
            }
        }
    }

    /// Drafts the move between two allocation groups as one step, because a user is in at most one allocation
    /// group.
    fn swap_allocation(&mut self, user: &'a Email, moves: &mut GroupMoves<'a>) {
        if !self.sides.desired.users.contains_key(user) {
            return;
        }
        let is_allocation =
            |moved: &GroupMove<'_>| self.kind_in_between(moved.group) == Some(GroupKind::Allocation);
        let (Some(to), Some(from)) =
            (moves.joined.iter().position(is_allocation), moves.left.iter().position(is_allocation))
        else {
            return;
        };
        let (to, from) = (moves.joined.remove(to), moves.left.remove(from));
        let phase = Phase::Loosen;
        let act = Act::SwapAllocation {
            user: self.sides.user_name_at(user, phase),
            from: self.sides.group_name_at(from.group, phase),
            to: self.sides.group_name_at(to.group, phase),
        };
        let about = move_facts(user, from.group, to.group);
        self.drafts.push(StepDraft { phase, act, why: vec![to.why, from.why], about });
    }

    /// The kind that a group has while memberships and lists change.
    fn kind_in_between(&self, group: &GroupName) -> Option<GroupKind> {
        let kind = |side: &Organization| side.groups.get(group).map(|group| group.facts.kind);
        match (kind(self.sides.live), kind(self.sides.desired)) {
            (Some(live), Some(desired)) => Some(kind_between(live, desired)),
            (kind, None) | (None, kind) => kind,
        }
    }

    fn draft_lists(&mut self) {
        for (group, why) in std::mem::take(&mut self.lists) {
            let list = |side: &Organization| {
                side.groups.get(group).map(|group| group.products.clone()).unwrap_or_default()
            };
            let (before, after) = (list(self.sides.live), list(self.sides.desired));
            let mut set = |phase, before: FlatSet<ProductId>, after: FlatSet<ProductId>| {
                let act = Act::SetList { group: self.sides.group_name_at(group, phase), before, after };
                self.drafts.push(StepDraft { phase, act, why: why.clone(), about: list_facts(group) });
            };
            if before.is_empty() {
                set(Phase::Tighten, before, after);
            } else if after.is_empty() {
                set(phase_of(self.effects.emptying_effect(group)), before, after);
            } else {
                // New products are added before others are removed, so that the list is never shorter than it
                // has to be.
                let both: FlatSet<ProductId> = before.keys().chain(after.keys()).cloned().collect();
                if both != before {
                    set(Phase::Loosen, before, both.clone());
                }
                if both != after {
                    set(Phase::Tighten, both, after);
                }
            }
        }
    }

    /// Drafts additions of contacts before removals; where the limit of ten leaves no room, one contact
    /// replaces another in one step.
    fn draft_contacts(&mut self) {
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        for (change, edit, why) in std::mem::take(&mut self.contacts) {
            new.extend(edit.after().map(|contact| (change, contact, why.clone())));
            gone.extend(edit.before().map(|contact| (change, contact, why)));
        }
        let room = MOST_CONTACTS.saturating_sub(self.sides.live.contacts.len());
        let crowded = new.len().saturating_sub(room).min(gone.len());
        let mut gone = gone.into_iter();
        for (at, (change, contact, why)) in new.into_iter().enumerate() {
            let replaced = if at < crowded { gone.next() } else { None };
            let after = contact.clone();
            let (edit, other) = match replaced {
                Some((_, before, other)) => (Edit::Update { before: before.clone(), after }, Some(other)),
                None => (Edit::Create(after), None),
            };
            self.push_part(Phase::SetContacts, change, Change::Contact { edit }, why);
            self.drafts.last_mut().into_iter().for_each(|draft| draft.why.extend(other.clone()));
        }
        for (change, contact, why) in gone {
            let edit = Edit::Delete(contact.clone());
            self.push_part(Phase::SetContacts, change, Change::Contact { edit }, why);
        }
    }
}

fn phase_of(effect: AccessEffect) -> Phase {
    match effect {
        AccessEffect::Loosens => Phase::Loosen,
        AccessEffect::Tightens => Phase::Tighten,
    }
}

/// The kind that a group has between the phases `UpdateProfiles` and `Reclassify`.
///
/// A group stops being an entitlement group only when its list is empty, and becomes an allocation group only
/// when its members have left their other allocation groups; any other change of kind comes first.
fn kind_between(before: GroupKind, after: GroupKind) -> GroupKind {
    let late = before != after && (before == GroupKind::Entitlement || after == GroupKind::Allocation);
    if late { before } else { after }
}

// In the phase that closes access, users join groups before lists and settings close, and leave groups after.
const GRANT: u8 = 0;
const MEMBERSHIP: u8 = 1;
// Lists get their first products before other lists shrink, so that a user who changes from one list to
// another is always covered by one of the two.
const FIRST_LIST: u8 = 2;
const LIST: u8 = 3;
const SETTING: u8 = 4;
const REVOKE: u8 = 5;
const LEAVE: u8 = 6;

/// The rank of an act among the acts of its phase; acts of equal rank keep the order of their changes.
pub(super) fn rank_of(phase: Phase, act: &Act) -> u8 {
    match act {
        Act::Change(change) => rank_of_change(phase, change),
        Act::SwapAllocation { .. } => MEMBERSHIP,
        Act::SetList { before, .. } => {
            if before.is_empty() {
                FIRST_LIST
            } else {
                LIST
            }
        }
    }
}

fn rank_of_change(phase: Phase, change: &Change) -> u8 {
    match change {
        Change::Membership { edit, .. } => by_direction(edit, MEMBERSHIP, LEAVE),
        Change::Listing { .. } => LIST,
        Change::Default { .. } | Change::Restriction { .. } => SETTING,
        Change::Exception { .. } => {
            if phase == Phase::Loosen {
                GRANT
            } else {
                REVOKE
            }
        }
        Change::Licence { edit, .. } => by_direction(edit, GRANT, REVOKE),
        // Approving and unlocking come after invitations, and a group's facts after users' profiles.
        Change::State { after, .. } => u8::from(*after != UserState::Locked),
        Change::Group { .. } => u8::from(phase == Phase::UpdateProfiles),
        // This order keeps the number of contacts between one and ten.
        Change::Contact { edit } => match edit {
            Edit::Update { .. } => 0,
            Edit::Create(_) => 1,
            Edit::Delete(_) => 2,
        },
        Change::User { .. } | Change::Role { .. } | Change::Checkout { .. } | Change::Alert { .. } => 0,
    }
}

fn by_direction(edit: &Edit<()>, grant: u8, revoke: u8) -> u8 {
    if edit.after().is_some() { grant } else { revoke }
}
