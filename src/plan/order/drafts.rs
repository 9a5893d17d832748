//! Drafts the steps of each change: one step, two steps, or a part of a step.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{AccessEffect, AccessEffectJudge, setting_effect};
use super::{DraftSubjects, Phase, PlanSides, StepDraft};
use crate::change::{Change, Edit};
use crate::model::{
    Contact, Email, FlatSet, GroupFacts, GroupKind, GroupName, MOST_CONTACTS, Organization, ProductId,
    Profile, RoleId, UserException, UserState,
};
use crate::plan::{Act, StepReason};

/// Collects the drafts of all changes. Memberships, lists and contacts are drafted last, when all their
/// changes are known.
struct StepDrafter<'a> {
    sides: PlanSides<'a>,
    effects: AccessEffectJudge<'a>,
    drafts: Vec<StepDraft<'a>>,
    /// Products of which somebody gets a named licence.
    assigned: BTreeSet<&'a ProductId>,
    lists: BTreeMap<&'a GroupName, Vec<StepReason>>,
    moves: BTreeMap<&'a Email, GroupMoves<'a>>,
    contacts: Vec<(&'a Edit<Contact>, StepReason)>,
}

/// The groups that one user joins and leaves, with the reasons.
#[derive(Default)]
struct GroupMoves<'a> {
    joined: Vec<(&'a GroupName, StepReason)>,
    left: Vec<(&'a GroupName, StepReason)>,
}

/// Drafts the steps of `changes`, not yet in order. `why` gives the reason for a change.
pub(super) fn draft_steps<'a>(
    changes: &'a [Change],
    sides: PlanSides<'a>,
    why: &dyn Fn(&Change) -> StepReason,
) -> Vec<StepDraft<'a>> {
    let assigned = changes.iter().filter_map(Change::new_licence).map(|(_, product)| product);
    let mut drafter = StepDrafter {
        sides,
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
    fn push(&mut self, phase: Phase, act: Act, why: StepReason, about: DraftSubjects<'a>) {
        self.drafts.push(StepDraft { phase, act, why: vec![why], about });
    }

    fn draft_change(&mut self, change: &'a Change, why: StepReason) {
        match change {
            Change::User { user, edit } => self.draft_user(user, edit, why),
            Change::State { user, before, after } => self.draft_state(user, *before, *after, why),
            Change::Group { group, edit } => self.draft_group(group, edit, why),
            Change::Membership { group, user, edit } => {
                let moves = self.moves.entry(user).or_default();
                let list = if edit.after().is_some() { &mut moves.joined } else { &mut moves.left };
                list.push((group, why));
            }
            Change::Role { user, role, edit } => self.draft_role(user, role, edit, why),
            Change::Exception { user, product, edit } => self.draft_exception(user, product, edit, why),
            Change::Licence { user, product, edit } => self.draft_licence(user, product, edit, why),
            Change::Checkout { user, checkout } => {
                let act = Act::EndCheckout {
                    user: self.sides.user_name_at(user, Phase::EndCheckouts),
                    checkout: checkout.clone(),
                };
                self.push(
                    Phase::EndCheckouts,
                    act,
                    why,
                    DraftSubjects {
                        user: Some(user),
                        product: Some(&checkout.product),
                        ..DraftSubjects::default()
                    },
                );
            }
            Change::Listing { group, .. } => self.lists.entry(group).or_default().push(why),
            Change::Default { country, edit } => {
                let (before, after) = (edit.before().copied(), edit.after().copied());
                let act = Act::SetDefault { country: *country, before, after };
                self.push(phase_of(setting_effect(before, after)), act, why, DraftSubjects::default());
            }
            Change::Restriction { product, area, edit } => {
                let (before, after) = (edit.before().copied(), edit.after().copied());
                let act = Act::SetRestriction { product: product.clone(), area: *area, before, after };
                self.push(
                    phase_of(setting_effect(before, after)),
                    act,
                    why,
                    DraftSubjects { product: Some(product), ..DraftSubjects::default() },
                );
            }
            Change::Alert { product, country, edit } => {
                let act = Act::SetAlert {
                    product: product.clone(),
                    country: *country,
                    before: edit.before().copied(),
                    after: edit.after().copied(),
                };
                self.push(Phase::SetAlerts, act, why, DraftSubjects::default());
            }
            Change::Contact { edit } => self.contacts.push((edit, why)),
        }
    }

    fn draft_user(&mut self, user: &'a Email, edit: &'a Edit<Profile>, why: StepReason) {
        let (phase, act) = match edit {
            Edit::Create(profile) => (Phase::AdmitUsers, Act::Invite(profile.clone())),
            Edit::Update { before, after } => {
                (Phase::UpdateProfiles, Act::UpdateUser { before: before.clone(), after: after.clone() })
            }
            Edit::Delete(profile) => (Phase::RemoveUsers, Act::RemoveUser(profile.clone())),
        };
        self.push(phase, act, why, DraftSubjects { user: Some(user), ..DraftSubjects::default() });
    }

    fn draft_state(&mut self, user: &'a Email, before: UserState, after: UserState, why: StepReason) {
        let about = DraftSubjects { user: Some(user), ..DraftSubjects::default() };
        if before == UserState::Pending {
            let name = self.sides.user_name_at(user, Phase::AdmitUsers);
            self.push(Phase::AdmitUsers, Act::Approve(name), why.clone(), about);
        }
        match after {
            UserState::Locked => {
                let before = if before == UserState::Pending { UserState::Active } else { before };
                let act = Act::Lock { user: self.sides.user_name_at(user, Phase::LockUsers), before };
                self.push(Phase::LockUsers, act, why, about);
            }
            UserState::Active | UserState::Invited if before == UserState::Locked => {
                let name = self.sides.user_name_at(user, Phase::AdmitUsers);
                self.push(Phase::AdmitUsers, Act::Unlock(name), why, about);
            }
            // An approval cannot be taken back, and nobody can be made to accept an invitation.
            UserState::Active | UserState::Invited | UserState::Pending => {}
        }
    }

    fn draft_group(&mut self, group: &'a GroupName, edit: &'a Edit<GroupFacts>, why: StepReason) {
        let about = DraftSubjects { group: Some(group), ..DraftSubjects::default() };
        match edit {
            Edit::Create(facts) => {
                self.push(Phase::CreateGroups, Act::CreateGroup(facts.clone()), why, about)
            }
            Edit::Delete(facts) => {
                self.push(Phase::DeleteGroups, Act::DeleteGroup(facts.clone()), why, about)
            }
            Edit::Update { before, after } => {
                let middle = GroupFacts { kind: kind_between(before.kind, after.kind), ..after.clone() };
                if middle != *before {
                    self.push(
                        Phase::UpdateProfiles,
                        Act::UpdateGroup { before: before.clone(), after: middle.clone() },
                        why.clone(),
                        about,
                    );
                }
                if middle != *after {
                    self.push(
                        Phase::Reclassify,
                        Act::UpdateGroup { before: middle, after: after.clone() },
                        why,
                        about,
                    );
                }
            }
        }
    }

    fn draft_role(&mut self, user: &'a Email, role: &RoleId, edit: &Edit<()>, why: StepReason) {
        let granted = edit.after().is_some();
        let phase = match (granted, role.is(RoleId::DOWNLOAD)) {
            (true, true) => Phase::GrantDownload,
            (true, false) => Phase::GrantRoles,
            (false, false) => Phase::RevokeRoles,
            (false, true) => Phase::RevokeDownload,
        };
        let (name, role) = (self.sides.user_name_at(user, phase), role.clone());
        let act =
            if granted { Act::GrantRole { user: name, role } } else { Act::RevokeRole { user: name, role } };
        self.push(phase, act, why, DraftSubjects { user: Some(user), ..DraftSubjects::default() });
    }

    fn draft_exception(
        &mut self,
        user: &'a Email,
        product: &'a ProductId,
        edit: &Edit<UserException>,
        why: StepReason,
    ) {
        let (before, after) = (edit.before().copied(), edit.after().copied());
        let opens =
            after == Some(UserException::Allow) || (before == Some(UserException::Deny) && after.is_none());
        let phase = if opens { Phase::Loosen } else { Phase::Tighten };
        let act = Act::SetException {
            user: self.sides.user_name_at(user, phase),
            product: product.clone(),
            before,
            after,
        };
        self.push(
            phase,
            act,
            why,
            DraftSubjects { user: Some(user), product: Some(product), ..DraftSubjects::default() },
        );
    }

    fn draft_licence(&mut self, user: &'a Email, product: &'a ProductId, edit: &Edit<()>, why: StepReason) {
        let about = DraftSubjects { user: Some(user), product: Some(product), ..DraftSubjects::default() };
        let phase = match edit {
            Edit::Create(()) | Edit::Update { .. } => Phase::Loosen,
            Edit::Delete(()) if self.assigned.contains(product) => Phase::FreeLicences,
            Edit::Delete(()) => Phase::Tighten,
        };
        let (user, product) = (self.sides.user_name_at(user, phase), product.clone());
        match edit {
            Edit::Create(()) | Edit::Update { .. } => {
                self.push(phase, Act::AssignLicence { user, product }, why, about)
            }
            Edit::Delete(()) => self.push(phase, Act::ReleaseLicence { user, product }, why, about),
        }
    }

    fn draft_memberships(&mut self) {
        for (user, mut moves) in std::mem::take(&mut self.moves) {
            self.swap_allocation(user, &mut moves);
            let mut joins = AccessEffect::Loosens;
            for (group, why) in moves.joined {
                let effect = self.effects.join_effect(user, group);
                joins = joins.max(effect);
                let phase = phase_of(effect);
                let act = Act::Join {
                    user: self.sides.user_name_at(user, phase),
                    group: self.sides.group_name_at(group, phase),
                };
                self.push(
                    phase,
                    act,
                    why,
                    DraftSubjects { user: Some(user), group: Some(group), ..DraftSubjects::default() },
                );
            }
            for (group, why) in moves.left {
                // A user who moves joins the new group before leaving the old one.
                let phase = phase_of(joins.max(self.effects.leave_effect(user, group)));
                let act = Act::Leave {
                    user: self.sides.user_name_at(user, phase),
                    group: self.sides.group_name_at(group, phase),
                };
                self.push(
                    phase,
                    act,
                    why,
                    DraftSubjects { user: Some(user), group: Some(group), ..DraftSubjects::default() },
                );
            }
        }
    }

    /// Drafts the move between two allocation groups as one step, because a user is in at most one allocation
    /// group.
    fn swap_allocation(&mut self, user: &'a Email, moves: &mut GroupMoves<'a>) {
        if !self.sides.desired.users.contains_key(user) {
            return;
        }
        let is_allocation = |(group, _): &(&GroupName, StepReason)| {
            self.kind_in_between(group) == Some(GroupKind::Allocation)
        };
        let (Some(to), Some(from)) =
            (moves.joined.iter().position(is_allocation), moves.left.iter().position(is_allocation))
        else {
            return;
        };
        let ((to, why), (from, other)) = (moves.joined.remove(to), moves.left.remove(from));
        let phase = Phase::Loosen;
        let act = Act::SwapAllocation {
            user: self.sides.user_name_at(user, phase),
            from: self.sides.group_name_at(from, phase),
            to: self.sides.group_name_at(to, phase),
        };
        let about = DraftSubjects { user: Some(user), group: Some(to), left: Some(from), product: None };
        self.drafts.push(StepDraft { phase, act, why: vec![why, other], about });
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
                self.drafts.push(StepDraft {
                    phase,
                    act,
                    why: why.clone(),
                    about: DraftSubjects { group: Some(group), ..DraftSubjects::default() },
                });
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
        for (edit, why) in std::mem::take(&mut self.contacts) {
            match edit {
                Edit::Create(contact) => new.push((contact, why)),
                Edit::Delete(contact) => gone.push((contact, why)),
                Edit::Update { before, after } => {
                    gone.push((before, why.clone()));
                    new.push((after, why));
                }
            }
        }
        let room = MOST_CONTACTS.saturating_sub(self.sides.live.contacts.len());
        let crowded = new.len().saturating_sub(room).min(gone.len());
        let mut gone = gone.into_iter();
        for (at, (contact, why)) in new.into_iter().enumerate() {
            let replaced = if at < crowded { gone.next() } else { None };
            let (act, why) = match replaced {
                Some((from, other)) => {
                    (Act::ReplaceContact { from: from.clone(), to: contact.clone() }, vec![why, other])
                }
                None => (Act::AddContact(contact.clone()), vec![why]),
            };
            self.drafts.push(StepDraft {
                phase: Phase::SetContacts,
                act,
                why,
                about: DraftSubjects::default(),
            });
        }
        for (contact, why) in gone {
            self.push(Phase::SetContacts, Act::RemoveContact(contact.clone()), why, DraftSubjects::default());
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
