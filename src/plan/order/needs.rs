//! Determines which earlier steps a step needs: those that create or rename its objects, those that a rule of
//! the organization requires first, and the grants that preserve users' access when other access closes.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::AccessEffectJudge;
use super::{Phase, PlanSides, StepDraft};
use crate::change::{Change, Edit};
use crate::model::{
    AccessSetting, CountryCode, Email, GroupKind, GroupName, ProductId, RoleId, UserException, UserState,
};
use crate::plan::{Act, StepNo};

/// Positions of drafts by a key, in order.
type DraftPositions<K> = BTreeMap<K, Vec<usize>>;

/// Finds the needs of drafts by indexes over all drafts.
struct NeedFinder<'a> {
    drafts: &'a [StepDraft<'a>],
    sides: PlanSides<'a>,
    by_user: DraftPositions<&'a Email>,
    by_group: DraftPositions<&'a GroupName>,
    /// Steps that open access, by the product that they open.
    opening: DraftPositions<&'a ProductId>,
    /// Steps that open access, by the entitlement country of the user who gets access.
    opening_in: DraftPositions<CountryCode>,
    /// Allow exceptions and named licences of users, by those of the users' groups that get their first
    /// product.
    allowing: DraftPositions<&'a GroupName>,
    /// Renames, by the address that the user leaves.
    leaving_users: BTreeMap<&'a Email, usize>,
    /// Renames, by the name that the group leaves.
    leaving_groups: BTreeMap<&'a GroupName, usize>,
}

/// The needs of each draft, in the order of the drafts; each list is sorted and without repetition.
pub(super) fn draft_needs(drafts: &[StepDraft<'_>], sides: PlanSides<'_>) -> Vec<Vec<StepNo>> {
    let mut needs = NeedFinder {
        drafts,
        sides,
        by_user: DraftPositions::new(),
        by_group: DraftPositions::new(),
        opening: DraftPositions::new(),
        opening_in: DraftPositions::new(),
        allowing: DraftPositions::new(),
        leaving_users: BTreeMap::new(),
        leaving_groups: BTreeMap::new(),
    };
    needs.index_drafts();
    let earlier = |at: usize| {
        let mut earlier = needs.needed_positions(at);
        earlier.retain(|other| *other < at);
        earlier.sort_unstable();
        earlier.dedup();
        earlier.into_iter().map(step_number).collect()
    };
    (0..drafts.len()).map(earlier).collect()
}

fn step_number(at: usize) -> StepNo {
    StepNo(u32::try_from(at + 1).expect("a plan has fewer than four billion steps"))
}

impl<'a> NeedFinder<'a> {
    fn index_drafts(&mut self) {
        let drafts = self.drafts;
        let flipped =
            drafts.iter().filter(|draft| is_flip(&draft.act)).filter_map(|draft| draft.about.group).collect();
        // Only a default that closes access needs the users' countries, so the access of both sides, which is
        // expensive, is prepared only then.
        let closes = |draft: &StepDraft<'_>| {
            let Some(Change::Default { edit, .. }) = draft.act.change() else { return false };
            edit.after() == Some(&AccessSetting::Nobody)
        };
        let effects = drafts.iter().any(closes).then(|| AccessEffectJudge::new(self.sides));
        for (at, draft) in drafts.iter().enumerate() {
            let about = draft.about;
            about.user.into_iter().for_each(|user| self.by_user.entry(user).or_default().push(at));
            about
                .group
                .into_iter()
                .chain(about.left_group)
                .for_each(|group| self.by_group.entry(group).or_default().push(at));
            self.index_rename(at, draft);
            if draft.phase == Phase::Loosen {
                self.index_opening(at, draft, &flipped, effects.as_ref());
            }
        }
    }

    fn index_rename(&mut self, at: usize, draft: &'a StepDraft<'a>) {
        if let Some(Change::User { edit: Edit::Update { before, after }, .. }) = draft.act.change()
            && before.email != after.email
        {
            self.leaving_users.insert(&before.email, at);
        }
        if let Some(Change::Group { edit: Edit::Update { before, after }, .. }) = draft.act.change()
            && before.name != after.name
        {
            self.leaving_groups.insert(&before.name, at);
        }
    }

    fn index_opening(
        &mut self,
        at: usize,
        draft: &StepDraft<'a>,
        flipped: &BTreeSet<&GroupName>,
        effects: Option<&AccessEffectJudge<'_>>,
    ) {
        let listed = draft.about.group.and_then(|group| self.sides.desired.groups.get(group));
        let products =
            draft.about.product.into_iter().chain(listed.into_iter().flat_map(|group| group.products.keys()));
        products.for_each(|product| self.opening.entry(product).or_default().push(at));
        let Some(user) = draft.about.user.and_then(|user| self.sides.desired.users.get(user)) else { return };
        effects
            .into_iter()
            .for_each(|effects| self.opening_in.entry(effects.country(user)).or_default().push(at));
        if allows_by_name(&draft.act) {
            let groups = user.groups.keys().filter(|group| flipped.contains(group));
            groups.for_each(|group| self.allowing.entry(group).or_default().push(at));
        }
    }

    /// The positions of the drafts that the draft at `at` needs, some perhaps repeated or later than `at`.
    fn needed_positions(&self, at: usize) -> Vec<usize> {
        let draft = &self.drafts[at];
        let mut needs = self.foundations(draft);
        if let Some(change) = draft.act.change() {
            needs.extend(self.needs_of_change(draft, change));
        } else if draft.act.lists().is_some() {
            needs.extend(self.list_needs(draft));
        }
        needs
    }

    fn needs_of_change(&self, draft: &StepDraft<'a>, change: &Change) -> Vec<usize> {
        match change {
            Change::User { edit, .. } => match edit {
                Edit::Delete(_) => self.positions_about_user(draft).collect(),
                // An address is free once whoever had it has another one.
                Edit::Create(after) | Edit::Update { before: _, after } => {
                    self.leaving_users.get(&after.email).copied().into_iter().collect()
                }
            },
            Change::Group { edit, .. } => match edit {
                Edit::Delete(_) => self.positions_about_group(draft).collect(),
                Edit::Update { after, .. } if draft.phase == Phase::Reclassify => {
                    self.reclassifying_needs(draft, after.kind)
                }
                Edit::Create(after) | Edit::Update { before: _, after } => {
                    self.leaving_groups.get(&after.name).copied().into_iter().collect()
                }
            },
            Change::Role { role, edit, .. } => match edit.after() {
                Some(()) if role.needs_download() => self.download_grants(draft).collect(),
                None if role.is(RoleId::DOWNLOAD) => self.dependent_revokes(draft).collect(),
                Some(()) | None => Vec::new(),
            },
            // A user who moves stays in the old group until the new group is joined.
            Change::Membership { edit: Edit::Delete(()), .. } => self.joins_of_user(draft).collect(),
            Change::Restriction { product, .. } if draft.phase == Phase::Tighten => {
                self.opening.get(product).cloned().unwrap_or_default()
            }
            Change::Default { country, .. } if draft.phase == Phase::Tighten => {
                self.opening_in.get(country).cloned().unwrap_or_default()
            }
            Change::State { .. }
            | Change::Membership { .. }
            | Change::Exception { .. }
            | Change::Licence { .. }
            | Change::Checkout { .. }
            | Change::Listing { .. }
            | Change::Default { .. }
            | Change::Restriction { .. }
            | Change::Alert { .. }
            | Change::Contact { .. } => Vec::new(),
        }
    }

    fn positions_about_user(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        draft.about.user.and_then(|user| self.by_user.get(user)).into_iter().flatten().copied()
    }

    fn positions_about_group(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        draft.about.group.and_then(|group| self.by_group.get(group)).into_iter().flatten().copied()
    }

    fn download_grants(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        self.positions_about_user(draft).filter(|at| self.drafts[*at].phase == Phase::GrantDownload)
    }

    /// The revokes of the user's roles that build on `download`.
    fn dependent_revokes(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        self.positions_about_user(draft).filter(|at| self.is_dependent_revoke(*at))
    }

    fn is_dependent_revoke(&self, at: usize) -> bool {
        let change = self.drafts[at].act.change();
        matches!(change, Some(Change::Role { role, edit: Edit::Delete(()), .. }) if role.needs_download())
    }

    fn joins_of_user(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        self.positions_about_user(draft).filter(|at| {
            let change = self.drafts[*at].act.change();
            matches!(change, Some(Change::Membership { edit: Edit::Create(()), .. }))
        })
    }

    fn list_steps(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        self.positions_about_group(draft).filter(|at| self.drafts[*at].act.lists().is_some())
    }

    /// A list shrinks after it has grown. A list gets its first product after the allow exceptions and named
    /// licences that preserve the members' other products.
    fn list_needs(&self, draft: &StepDraft<'a>) -> Vec<usize> {
        let mut needs: Vec<usize> = self.list_steps(draft).collect();
        if is_flip(&draft.act) {
            needs.extend(draft.about.group.and_then(|group| self.allowing.get(group)).into_iter().flatten());
        }
        needs
    }

    /// The steps that create the draft's objects, or give them the names that the draft uses.
    fn foundations(&self, draft: &StepDraft<'a>) -> Vec<usize> {
        let user =
            self.positions_about_user(draft).take_while(|at| self.drafts[*at].phase <= Phase::UpdateProfiles);
        let groups = draft
            .about
            .group
            .into_iter()
            .chain(draft.about.left_group)
            .filter_map(|group| self.by_group.get(group));
        let groups = groups.flat_map(|steps| {
            steps.iter().copied().take_while(|at| self.drafts[*at].phase <= Phase::UpdateProfiles)
        });
        user.chain(groups).filter(|at| self.is_foundation(*at)).collect()
    }

    /// Whether the step creates an object, gives it another name, or admits a user who asked to join.
    fn is_foundation(&self, at: usize) -> bool {
        let StepDraft { phase, act, .. } = &self.drafts[at];
        let Some(change) = act.change() else { return false };
        if let Change::User { edit, .. } = change {
            edit.after().is_some_and(|after| edit.before().is_none_or(|before| before.email != after.email))
        } else if let Change::State { before, .. } = change {
            *before == UserState::Pending
        } else {
            *phase <= Phase::UpdateProfiles && matches!(change, Change::Group { .. })
        }
    }

    /// Before a group is reclassified, its list must be empty, and the members must have left their other
    /// allocation groups.
    fn reclassifying_needs(&self, draft: &StepDraft<'a>, after: GroupKind) -> Vec<usize> {
        let mut needs: Vec<usize> = self.list_steps(draft).collect();
        if let (GroupKind::Allocation, Some(group)) = (after, draft.about.group) {
            let members = self.sides.desired.users.iter().filter(|(_, user)| user.groups.has(group));
            let steps = members.filter_map(|(email, _)| self.by_user.get(email)).flatten().copied();
            needs.extend(steps.filter(|at| {
                let change = self.drafts[*at].act.change();
                matches!(change, Some(Change::Membership { edit: Edit::Delete(()), .. }))
            }));
        }
        needs
    }
}

/// Whether the act puts the first product on a list, which denies the members everything else.
fn is_flip(act: &Act) -> bool {
    act.lists().is_some_and(|(before, _)| before.is_empty())
}

/// Whether the act lets a user start a product that no list and no setting opens.
fn allows_by_name(act: &Act) -> bool {
    if let Some(Change::Exception { edit, .. }) = act.change() {
        edit.after() == Some(&UserException::Allow)
    } else {
        matches!(act.change(), Some(Change::Licence { edit: Edit::Create(()), .. }))
    }
}
