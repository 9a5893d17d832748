//! Turns changes into ordered steps: the one table of phases, and what each step needs from earlier steps.
//!
//! Grants come before revokes, and steps that open access come before steps that close access, so that nobody
//! who has a product before and after the plan is shut out in between. The organization's own invariants, and
//! the administrator floor, hold after every prefix of the steps.

mod drafts;
mod effect;
mod needs;
mod rename_order;

pub use effect::AccessEffect;

use super::{Act, Step, StepNo, StepReason};
use crate::change::Change;
use crate::model::{Email, GroupName, Organization, OrganizationFacts, word_enum};
use crate::object::ChangeFacts;
use rename_order::RenameOrder;

word_enum! {
    /// A group of steps with a place in the order: the steps of a phase are done, or have failed, before the
    /// next phase begins.
    pub enum Phase {
        /// End checkouts of users who leave.
        EndCheckouts = "end_checkouts",
        /// Create groups, with empty lists.
        CreateGroups = "create_groups",
        /// Approve, invite, unlock users.
        AdmitUsers = "admit_users",
        /// Rename users and groups, and change profiles and facts; invite users and create groups under names
        /// that were left. A group that becomes an entitlement group has no product list yet.
        UpdateProfiles = "update_profiles",
        /// Release named licences that a later assignment of the same product needs.
        FreeLicences = "free_licences",
        /// Grant `download`, which other roles build on.
        GrantDownload = "grant_download",
        /// Grant the other roles.
        GrantRoles = "grant_roles",
        /// Carry out steps that open access, or change nobody's access.
        Loosen = "loosen",
        /// Carry out steps that close access.
        Tighten = "tighten",
        /// Change the kind of groups that stop being entitlement groups (their list is empty by now) or
        /// become allocation groups (their members have left other allocation groups by now).
        Reclassify = "reclassify",
        /// Lock users.
        LockUsers = "lock_users",
        /// Revoke all roles but `download`, those that build on `download` among them.
        RevokeRoles = "revoke_roles",
        /// Revoke `download`.
        RevokeDownload = "revoke_download",
        /// Set alert thresholds.
        SetAlerts = "set_alerts",
        /// Add, replace and remove fulfilment contacts.
        SetContacts = "set_contacts",
        /// Remove users, who have nothing left by now.
        RemoveUsers = "remove_users",
        /// Delete groups, which are empty by now.
        DeleteGroups = "delete_groups",
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
    /// The act's facts under the names that match its objects on both sides.
    about: ChangeFacts<'a>,
}

/// Turns `changes` into ordered, numbered steps. `why` gives the reason for a change.
pub fn order_changes(
    changes: &[Change],
    sides: PlanSides<'_>,
    why: &dyn Fn(&Change) -> StepReason,
) -> Vec<Step> {
    let renames = RenameOrder::new(changes);
    let mut drafts = drafts::draft_steps(changes, sides, &renames, why);
    drafts.sort_by_key(|draft| {
        let names = if draft.phase == Phase::UpdateProfiles { renames.place_of(&draft.act) } else { 0 };
        (draft.phase, drafts::rank_of(draft.phase, &draft.act), names)
    });
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

/// The turn of a step: its phase, and its rank within the phase.
///
/// Steps of one turn may change places as far as their needs allow; all steps of a turn come before those of
/// the next. Needs alone are not enough: a user who joins a group before its list changes keeps the products
/// that the list opens, and no need expresses that.
pub fn turn_of(step: &Step) -> (Phase, u8) {
    (step.phase, drafts::rank_of(step.phase, &step.act))
}

/// The objects that must still have the identity that was read, under the names they have when the step's
/// turn comes.
fn identities(draft: &StepDraft<'_>, sides: PlanSides<'_>) -> Vec<super::Identity> {
    use super::Identity;
    let (about, named) = (draft.about, draft.act.facts());
    let user = about.user.zip(named.user).and_then(|(key, name)| {
        let id = sides.live.users.get(key)?.id.clone()?;
        Some(Identity::User(name.clone(), id))
    });
    let groups = [about.group.zip(named.group), about.left_group.zip(named.left_group)];
    let groups = groups.into_iter().flatten().filter_map(|(key, name)| {
        let id = sides.live.groups.get(key)?.id.clone()?;
        Some(Identity::Group(name.clone(), id))
    });
    user.into_iter().chain(groups).collect()
}

impl PlanSides<'_> {
    /// The change under the names that its objects have when the turn of `phase` comes.
    fn change_at(&self, change: &Change, phase: Phase) -> Change {
        let mut renamed = change.clone();
        let (user, group) = renamed.names_mut();
        if let Some(user) = user {
            *user = self.user_name_at(user, phase);
        }
        if let Some(group) = group {
            *group = self.group_name_at(group, phase);
        }
        renamed
    }

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
