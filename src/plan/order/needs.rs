//! What a step needs from earlier ones: the object it is about, what a rule of the organization puts first,
//! and the grants that keep people in when access closes behind them.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::AccessEffectJudge;
use super::{Phase, PlanSides, StepDraft};
use crate::model::{
    AccessSetting, CountryCode, Email, GroupKind, GroupName, ProductId, RoleId, UserException,
};
use crate::plan::{Act, StepNo};

/// Positions of drafts by a key, in order.
type DraftPositions<K> = BTreeMap<K, Vec<usize>>;

struct NeedFinder<'a> {
    drafts: &'a [StepDraft<'a>],
    sides: PlanSides<'a>,
    by_user: DraftPositions<&'a Email>,
    by_group: DraftPositions<&'a GroupName>,
    /// Opening steps by the product they open.
    opening: DraftPositions<&'a ProductId>,
    /// Opening steps by the entitlement country of the person they open it for.
    opening_in: DraftPositions<CountryCode>,
    /// Allowances of people, by the groups they are in that get their first product.
    allowing: DraftPositions<&'a GroupName>,
}

/// The needs of each draft, in the drafts' order; each list in order and without repetition.
pub(super) fn draft_needs(drafts: &[StepDraft<'_>], sides: PlanSides<'_>) -> Vec<Vec<StepNo>> {
    let mut needs = NeedFinder {
        drafts,
        sides,
        by_user: DraftPositions::new(),
        by_group: DraftPositions::new(),
        opening: DraftPositions::new(),
        opening_in: DraftPositions::new(),
        allowing: DraftPositions::new(),
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
        // Only a closing default asks for countries; the access of both sides is prepared only then.
        let closes = |draft: &StepDraft<'_>| {
            matches!(draft.act, Act::SetDefault { after: Some(AccessSetting::Nobody), .. })
        };
        let effects = drafts.iter().any(closes).then(|| AccessEffectJudge::new(self.sides));
        for (at, draft) in drafts.iter().enumerate() {
            let about = draft.about;
            about.user.into_iter().for_each(|user| self.by_user.entry(user).or_default().push(at));
            about
                .group
                .into_iter()
                .chain(about.left)
                .for_each(|group| self.by_group.entry(group).or_default().push(at));
            if draft.phase == Phase::Loosen {
                self.index_opening(at, draft, &flipped, effects.as_ref());
            }
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
        if matches!(
            draft.act,
            Act::AssignLicence { .. } | Act::SetException { after: Some(UserException::Allow), .. }
        ) {
            let groups = user.groups.keys().filter(|group| flipped.contains(group));
            groups.for_each(|group| self.allowing.entry(group).or_default().push(at));
        }
    }

    fn needed_positions(&self, at: usize) -> Vec<usize> {
        let draft = &self.drafts[at];
        let mut needs = self.foundations(draft);
        match &draft.act {
            Act::RemoveUser(_) => needs.extend(self.positions_about_user(draft)),
            Act::DeleteGroup(_) => needs.extend(self.positions_about_group(draft)),
            Act::UpdateGroup { after, .. } => {
                if draft.phase == Phase::Reclassify {
                    needs.extend(self.reclassifying_needs(draft, after.kind));
                }
            }
            Act::GrantRole { role, .. } => {
                if role.needs_download() {
                    needs.extend(
                        self.positions_about_user(draft)
                            .filter(|at| self.drafts[*at].phase == Phase::GrantDownload),
                    );
                }
            }
            Act::RevokeRole { role, .. } => {
                if role.is(RoleId::DOWNLOAD) {
                    needs.extend(self.positions_about_user(draft).filter(|at| self.is_dependent_revoke(*at)));
                }
            }
            // Whoever moves stays in the old group until they are in the new one.
            Act::Leave { .. } => needs.extend(
                self.positions_about_user(draft)
                    .filter(|at| matches!(self.drafts[*at].act, Act::Join { .. })),
            ),
            Act::SetList { .. } => {
                // A list shrinks after it has grown; a first product comes after the allowances that keep
                // members' other products.
                needs.extend(
                    self.positions_about_group(draft)
                        .filter(|at| matches!(self.drafts[*at].act, Act::SetList { .. })),
                );
                if is_flip(&draft.act) {
                    needs.extend(
                        draft.about.group.and_then(|group| self.allowing.get(group)).into_iter().flatten(),
                    );
                }
            }
            Act::SetRestriction { product, .. } => {
                if draft.phase == Phase::Tighten {
                    needs.extend(self.opening.get(product).into_iter().flatten());
                }
            }
            Act::SetDefault { country, .. } => {
                if draft.phase == Phase::Tighten {
                    needs.extend(self.opening_in.get(country).into_iter().flatten());
                }
            }
            Act::EndCheckout { .. }
            | Act::CreateGroup(_)
            | Act::Invite(_)
            | Act::Approve(_)
            | Act::Unlock(_)
            | Act::Lock { .. }
            | Act::UpdateUser { .. }
            | Act::Join { .. }
            | Act::SwapAllocation { .. }
            | Act::SetException { .. }
            | Act::AssignLicence { .. }
            | Act::ReleaseLicence { .. }
            | Act::SetAlert { .. }
            | Act::AddContact(_)
            | Act::RemoveContact(_)
            | Act::ReplaceContact { .. } => {}
        }
        needs
    }

    fn positions_about_user(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        draft.about.user.and_then(|user| self.by_user.get(user)).into_iter().flatten().copied()
    }

    fn positions_about_group(&self, draft: &StepDraft<'a>) -> impl Iterator<Item = usize> + '_ {
        draft.about.group.and_then(|group| self.by_group.get(group)).into_iter().flatten().copied()
    }

    /// The steps that make the objects be there under the names that the draft uses.
    fn foundations(&self, draft: &StepDraft<'a>) -> Vec<usize> {
        let founds = |at: &usize| match &self.drafts[*at].act {
            Act::CreateGroup(_) | Act::Invite(_) | Act::Approve(_) => true,
            Act::UpdateUser { before, after } => before.email != after.email,
            Act::UpdateGroup { .. } => self.drafts[*at].phase == Phase::UpdateProfiles,
            _ => false,
        };
        let user =
            self.positions_about_user(draft).take_while(|at| self.drafts[*at].phase <= Phase::UpdateProfiles);
        let groups = draft
            .about
            .group
            .into_iter()
            .chain(draft.about.left)
            .filter_map(|group| self.by_group.get(group));
        let groups = groups.flat_map(|steps| {
            steps.iter().copied().take_while(|at| self.drafts[*at].phase <= Phase::UpdateProfiles)
        });
        user.chain(groups).filter(founds).collect()
    }

    fn is_dependent_revoke(&self, at: usize) -> bool {
        matches!(&self.drafts[at].act, Act::RevokeRole { role, .. } if role.needs_download())
    }

    /// The list must be empty, and members must have left their other allocation group.
    fn reclassifying_needs(&self, draft: &StepDraft<'a>, after: GroupKind) -> Vec<usize> {
        let mut needs: Vec<usize> = self
            .positions_about_group(draft)
            .filter(|at| matches!(self.drafts[*at].act, Act::SetList { .. }))
            .collect();
        if let (GroupKind::Allocation, Some(group)) = (after, draft.about.group) {
            let members = self.sides.desired.users.iter().filter(|(_, user)| user.groups.has(group));
            let steps = members.filter_map(|(email, _)| self.by_user.get(email)).flatten().copied();
            needs.extend(steps.filter(|at| matches!(self.drafts[*at].act, Act::Leave { .. })));
        }
        needs
    }
}

fn is_flip(act: &Act) -> bool {
    matches!(act, Act::SetList { before, .. } if before.is_empty())
}
