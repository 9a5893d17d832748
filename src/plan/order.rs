//! Turns changes into ordered steps: the one table of phases, and what each step needs from earlier steps.
//!
//! Grants come before revokes, and steps that open access come before steps that close access, so that nobody
//! who has a product before and after the plan is shut out in between. The organization's own invariants, and
//! the administrator floor, hold after every prefix of the steps.

mod drafts;
mod effect;
mod needs;
mod rank;

pub use effect::AccessEffect;
pub use rank::turn_of;

use super::{Act, Step, StepNo, StepReason};
use crate::change::Change;
use crate::model::{Email, GroupName, Organization, OrganizationFacts, ProductId};

/// A group of steps with a place in the order: the steps of a phase are done, or have failed, before the next
/// phase begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// End checkouts of users who leave.
    EndCheckouts,
    /// Create groups, with empty lists.
    CreateGroups,
    /// Approve, invite, unlock users.
    AdmitUsers,
    /// Rename users and groups, and change profiles and facts. A group that becomes an entitlement group has
    /// no product list yet.
    UpdateProfiles,
    /// Release named licences that a later assignment of the same product needs.
    FreeLicences,
    /// Grant `download`, which other roles build on.
    GrantDownload,
    /// Grant the other roles.
    GrantRoles,
    /// Carry out steps that open access, or change nobody's access.
    Loosen,
    /// Carry out steps that close access.
    Tighten,
    /// Change the kind of groups that stop being entitlement groups (their list is empty by now) or become
    /// allocation groups (their members have left other allocation groups by now).
    Reclassify,
    /// Lock users.
    LockUsers,
    /// Revoke all roles but `download`, those that build on `download` among them.
    RevokeRoles,
    /// Revoke `download`.
    RevokeDownload,
    /// Set alert thresholds.
    SetAlerts,
    /// Add, replace and remove fulfilment contacts.
    SetContacts,
    /// Remove users, who have nothing left by now.
    RemoveUsers,
    /// Delete groups, which are empty by now.
    DeleteGroups,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Self; 17] = [
        Self::EndCheckouts,
        Self::CreateGroups,
        Self::AdmitUsers,
        Self::UpdateProfiles,
        Self::FreeLicences,
        Self::GrantDownload,
        Self::GrantRoles,
        Self::Loosen,
        Self::Tighten,
        Self::Reclassify,
        Self::LockUsers,
        Self::RevokeRoles,
        Self::RevokeDownload,
        Self::SetAlerts,
        Self::SetContacts,
        Self::RemoveUsers,
        Self::DeleteGroups,
    ];

    /// The phase's word in saved plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndCheckouts => "end_checkouts",
            Self::CreateGroups => "create_groups",
            Self::AdmitUsers => "admit_users",
            Self::UpdateProfiles => "update_profiles",
            Self::FreeLicences => "free_licences",
            Self::GrantDownload => "grant_download",
            Self::GrantRoles => "grant_roles",
            Self::Loosen => "loosen",
            Self::Tighten => "tighten",
            Self::Reclassify => "reclassify",
            Self::LockUsers => "lock_users",
            Self::RevokeRoles => "revoke_roles",
            Self::RevokeDownload => "revoke_download",
            Self::SetAlerts => "set_alerts",
            Self::SetContacts => "set_contacts",
            Self::RemoveUsers => "remove_users",
            Self::DeleteGroups => "delete_groups",
        }
    }
}

/// Both sides of a plan, and the facts of the organization.
#[derive(Debug, Clone, Copy)]
pub struct PlanSides<'a> {
    /// The live side, with renamed objects under their new names.
    pub live: &'a Organization,
    pub desired: &'a Organization,
    /// Contracts and catalogue, among others.
    pub facts: &'a OrganizationFacts,
}

/// A step that has no number yet.
struct StepDraft<'a> {
    phase: Phase,
    act: Act,
    why: Vec<StepReason>,
    about: DraftSubjects<'a>,
}

/// The objects that a draft changes, under the names that match them on both sides.
#[derive(Debug, Clone, Copy, Default)]
struct DraftSubjects<'a> {
    user: Option<&'a Email>,
    group: Option<&'a GroupName>,
    /// The allocation group that the user of a swap leaves.
    left: Option<&'a GroupName>,
    product: Option<&'a ProductId>,
}

/// Turns `changes` into ordered, numbered steps. `why` gives the reason for a change.
pub fn order_changes(
    changes: &[Change],
    sides: PlanSides<'_>,
    why: &dyn Fn(&Change) -> StepReason,
) -> Vec<Step> {
    let mut drafts = drafts::draft_steps(changes, sides, why);
    drafts.sort_by_key(|draft| (draft.phase, rank::rank_of(draft.phase, &draft.act)));
    let needs = needs::draft_needs(&drafts, sides);
    let numbered = drafts.into_iter().zip(needs).zip(1..);
    numbered
        .map(|((draft, needs), no)| {
            let identities = identities(&draft, sides);
            let StepDraft { phase, act, mut why, .. } = draft;
            why.sort();
            why.dedup();
            Step { no: StepNo(no), phase, act, identities, needs, why }
        })
        .collect()
}

/// The objects that must still have the identity that was read, under the names they have when the step's
/// turn comes.
fn identities(draft: &StepDraft<'_>, sides: PlanSides<'_>) -> Vec<super::Identity> {
    use super::Identity;
    let DraftSubjects { user, group, left, .. } = draft.about;
    let user = user.and_then(|key| {
        let id = sides.live.users.get(key)?.id.clone()?;
        Some(Identity::User(sides.user_name_at(key, draft.phase), id))
    });
    let groups = group.into_iter().chain(left).filter_map(|key| {
        let id = sides.live.groups.get(key)?.id.clone()?;
        Some(Identity::Group(sides.group_name_at(key, draft.phase), id))
    });
    user.into_iter().chain(groups).collect()
}

impl PlanSides<'_> {
    /// The user's address when the turn of `phase` comes.
    fn user_name_at(&self, key: &Email, phase: Phase) -> Email {
        let live = self.live.users.get(key).map(|user| &user.profile.email);
        let desired = self.desired.users.get(key).map(|user| &user.profile.email);
        let (first, second) = if phase <= Phase::UpdateProfiles { (live, desired) } else { (desired, live) };
        first.or(second).unwrap_or(key).clone()
    }

    /// The group's name when the turn of `phase` comes.
    fn group_name_at(&self, key: &GroupName, phase: Phase) -> GroupName {
        let live = self.live.groups.get(key).map(|group| &group.facts.name);
        let desired = self.desired.groups.get(key).map(|group| &group.facts.name);
        let (first, second) = if phase <= Phase::UpdateProfiles { (live, desired) } else { (desired, live) };
        first.or(second).unwrap_or(key).clone()
    }
}
