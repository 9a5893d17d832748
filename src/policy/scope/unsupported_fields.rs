//! Leaves values that a service cannot store as they are, and withholds the differences.

use super::Scope;
use crate::change::{Change, Edit, WithheldReason};
use crate::diff;
use crate::model::{
    DirectoryField, Email, FlatSet, Group, GroupFacts, GroupKind, GroupName, MergeSide, Profile,
    UnreadReason, User, UserState,
};
use crate::object::profile::ProfileField;
use crate::policy::Presence;

/// Why a difference that the service cannot store is withheld.
const NO_PLACE: WithheldReason = WithheldReason::Unread(UnreadReason::Unsupported);

impl Scope<'_> {
    fn has_place(&self, field: DirectoryField) -> bool {
        !self.no_place.contains(&field)
    }

    /// Keeps in `wanted` what the service can store, and withholds the rest: those values stay as they are
    /// live, or unset for a new user.
    pub(super) fn withhold_unsupported_user_fields(
        &mut self,
        email: &Email,
        live: Option<&User>,
        wanted: &mut User,
    ) {
        if self.no_place.is_empty() {
            return;
        }
        let kept = self.kept_profile(live.map(|live| &live.profile), &wanted.profile);
        if let Some(edit) = Edit::from_difference(Some(&kept), Some(&wanted.profile)) {
            self.withhold(Change::User { user: email.clone(), edit }, NO_PLACE);
            wanted.profile = kept;
        }
        let kept = self.kept_state(live.map(|live| live.state), wanted.state);
        if kept != wanted.state {
            self.withhold(Change::State { user: email.clone(), before: kept, after: wanted.state }, NO_PLACE);
            wanted.state = kept;
        }
    }

    fn kept_profile(&self, live: Option<&Profile>, wanted: &Profile) -> Profile {
        let mut kept = wanted.clone();
        let live = live.cloned().unwrap_or_else(|| Profile::new(wanted.email.clone()));
        let lacks = |field: &ProfileField| field.place().is_some_and(|place| !self.has_place(place));
        ProfileField::ALL.into_iter().filter(lacks).for_each(|field| field.copy(&live, &mut kept));
        kept
    }

    fn kept_state(&self, live: Option<UserState>, wanted: UserState) -> UserState {
        let live = live.unwrap_or(UserState::Invited);
        let locks = (live == UserState::Locked) != (wanted == UserState::Locked);
        let approves = live == UserState::Pending;
        let can = (!locks || self.has_place(DirectoryField::Lock))
            && (!approves || self.has_place(DirectoryField::Approval));
        if can { wanted } else { live }
    }

    /// Takes the kinds of live groups from the policy where the service cannot report them, so that a move
    /// between allocation groups is one step.
    pub(super) fn take_declared_group_kinds(&mut self) {
        if self.has_place(DirectoryField::GroupKind) {
            return;
        }
        let policy = self.policy;
        for (name, group) in &mut self.live.groups {
            let declared = policy.groups.get(name).filter(|declared| declared.presence == Presence::Present);
            group.facts.kind = declared.and_then(|declared| declared.kind).unwrap_or(group.facts.kind);
        }
    }

    /// Returns `wanted` with only what the service can store, and withholds the rest: those values stay as
    /// they are live, or unset for a new group. Only the kind of a new group is returned as wanted although
    /// it is withheld.
    pub(super) fn withhold_unsupported_group_fields(
        &mut self,
        name: &GroupName,
        live: Option<&Group>,
        wanted: Group,
    ) -> Group {
        if self.no_place.is_empty() {
            return wanted;
        }
        let facts = live.map(|live| &live.facts);
        let mut kept = wanted.clone();
        if let Some(facts) = facts.filter(|_| !self.has_place(DirectoryField::GroupKind)) {
            kept.facts.kind = facts.kind;
        }
        if !self.has_place(DirectoryField::GroupCountry) {
            kept.facts.country = facts.and_then(|facts| facts.country);
        }
        if !self.has_place(DirectoryField::Description) {
            kept.facts.description =
                facts.map_or_else(Default::default, |facts: &GroupFacts| facts.description.clone());
        }
        if !self.has_place(DirectoryField::List) {
            kept.products = live.map_or_else(FlatSet::new, |live| live.products.clone());
        }
        let (mut changes, mut stored) = (Vec::new(), kept.clone());
        if live.is_none() && !self.has_place(DirectoryField::GroupKind) {
            stored.facts.kind = GroupKind::Other;
        }
        diff::diff_group(name, MergeSide::Both(&stored, &wanted), &mut changes);
        self.withhold_all(changes, &NO_PLACE);
        kept
    }
}
