//! Decides what happens to each person: whether they are invited, kept, removed or left alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Clash, ClashKind, GroupFate, Scope, is_account_administrator};
use crate::change::{Change, Edit, WithheldReason};
use crate::diff;
use crate::model::{
    Email, FlatSet, GroupName, Licence, MergeSide, Profile, Section, Timestamp, UnreadReason, User,
    UserState, licences, merge_by_key,
};
use crate::object::profile::{FieldOwner, ProfileField};
use crate::policy::settings::{Guard, RemovalRelation};
use crate::policy::{DeclaredState, DeclaredUser, ManageMode, Presence, Relation};

impl Scope<'_> {
    /// Returns the desired users.
    pub(super) fn users(&mut self) -> BTreeMap<Email, Arc<User>> {
        let policy = self.policy;
        let live = std::mem::take(&mut self.live.users);
        let desired = match self.mode(Relation::Users) {
            None => live.clone(),
            Some(mode) => {
                merge_by_key(live.iter(), policy.users.iter().map(|(email, user)| (email, &**user)))
                    .filter_map(|(email, side)| Some((email.clone(), self.user(mode, email, side)?)))
                    .collect()
            }
        };
        self.live.users = live;
        desired
    }

    fn user(
        &mut self,
        mode: ManageMode,
        email: &Email,
        side: MergeSide<&Arc<User>, &DeclaredUser>,
    ) -> Option<Arc<User>> {
        match side {
            MergeSide::Left(live) => self.settle_undeclared_user(mode, email, live),
            MergeSide::Right(declared) => {
                let present = declared.presence == Presence::Present && !self.ignores_user(email);
                if present { self.invite_user(mode, email, declared).map(Arc::new) } else { None }
            }
            MergeSide::Both(live, _) if self.is_ignored(email, live) => Some(self.leave_ignored_user(live)),
            MergeSide::Both(live, declared) => match declared.presence {
                Presence::Present => Some(self.keep_user(mode, email, declared, live)),
                Presence::Removed(_) | Presence::Ended(..) => self.remove_user(mode, email, live, true),
            },
        }
    }

    fn is_ignored(&self, email: &Email, live: &User) -> bool {
        self.ignores_user(email) || self.ignores_user(&live.profile.email)
    }

    fn leave_ignored_user(&mut self, live: &Arc<User>) -> Arc<User> {
        self.left_alone.ignored_users += 1;
        self.unchanged_user(live)
    }

    fn settle_undeclared_user(
        &mut self,
        mode: ManageMode,
        email: &Email,
        live: &Arc<User>,
    ) -> Option<Arc<User>> {
        if self.is_ignored(email, live) {
            return Some(self.leave_ignored_user(live));
        }
        match mode {
            ManageMode::Exact | ManageMode::Observe => self.remove_user(mode, email, live, false),
            ManageMode::Declared => {
                self.left_alone.users += 1;
                Some(self.unchanged_user(live))
            }
        }
    }

    /// Returns the live user, without the memberships of groups that are to be deleted.
    fn unchanged_user(&self, live: &Arc<User>) -> Arc<User> {
        if live.groups.keys().any(|group| self.is_group_going(group)) {
            Arc::new(User { groups: self.remaining_groups(&live.groups), ..User::clone(live) })
        } else {
            Arc::clone(live)
        }
    }

    fn is_group_going(&self, group: &GroupName) -> bool {
        self.fates.get(group) == Some(&GroupFate::Goes)
    }

    /// Returns `groups` without those that are to be deleted.
    pub(super) fn remaining_groups(&self, groups: &FlatSet<GroupName>) -> FlatSet<GroupName> {
        groups.keys().filter(|group| !self.is_group_going(group)).cloned().collect()
    }

    fn invite_user(&mut self, mode: ManageMode, email: &Email, declared: &DeclaredUser) -> Option<User> {
        let mut user = match newcomer(email, declared) {
            Ok(user) => user,
            Err(missing) => {
                self.clashes.push(Clash {
                    place: declared.place,
                    kind: ClashKind::Incomplete(email.as_str().into(), missing),
                });
                return None;
            }
        };
        if mode == ManageMode::Observe {
            self.withhold(
                Change::User { user: email.clone(), edit: Edit::Create(user.profile) },
                WithheldReason::Observed,
            );
            return None;
        }
        self.withhold_unsupported_user_fields(email, None, &mut user);
        Some(self.settle_edges(email, declared, &user, user.clone()))
    }

    fn keep_user(
        &mut self,
        mode: ManageMode,
        email: &Email,
        declared: &DeclaredUser,
        live: &Arc<User>,
    ) -> Arc<User> {
        // The usual case. There is nothing to withhold then either.
        if self.is_user_as_declared(email, declared, live) {
            return Arc::clone(live);
        }
        let mut wanted = User::clone(live);
        wanted.profile = desired_profile(email, declared, live);
        wanted.state = desired_state(declared.state, live.state);
        self.withhold_unsupported_user_fields(email, Some(live), &mut wanted);
        if is_account_administrator(live) {
            let wanted = self.wanted_edges(declared, wanted);
            let mut changes = Vec::new();
            diff::diff_user(email, MergeSide::Both(&**live, &wanted), &mut changes);
            self.withhold_all(changes, &WithheldReason::AccountAdministrator);
            return self.unchanged_user(live);
        }
        if mode == ManageMode::Observe {
            self.withhold_profile(email, live, &mut wanted, &WithheldReason::Observed);
            self.withhold_state(email, live, &mut wanted, &WithheldReason::Observed);
        }
        if self.facts.federated {
            self.withhold_names(email, live, &mut wanted);
        }
        if self.is_acting(live) && wanted.profile.email != live.profile.email {
            self.withhold_address(email, live, &mut wanted, WithheldReason::ActingIdentity);
        }
        if self.is_acting(live) && wanted.state == UserState::Locked {
            self.withhold_state(email, live, &mut wanted, &WithheldReason::ActingIdentity);
        }
        Arc::new(self.settle_edges(email, declared, live, wanted))
    }

    /// Whether the person already is exactly as the policy wants.
    fn is_user_as_declared(&self, email: &Email, declared: &DeclaredUser, live: &User) -> bool {
        let roles = self.wanted_roles(declared);
        has_declared_values(email, declared, live)
            && roles.is_none_or(|roles| roles.eq(live.roles.keys()))
            && self.wanted_groups(declared, &live.groups).is_none_or(|groups| groups.eq(live.groups.keys()))
            && self.wanted_assignments(declared, live).is_none_or(|(exceptions, licences)| {
                exceptions == live.exceptions && licences == live.licences
            })
    }

    /// Whether this is the user that seatwise acts as.
    pub(super) fn is_acting(&self, live: &User) -> bool {
        self.facts.acting.as_ref() == Some(&live.profile.email)
    }

    fn withhold_profile(&mut self, email: &Email, live: &User, wanted: &mut User, reason: &WithheldReason) {
        if let Some(edit) = Edit::from_difference(Some(&live.profile), Some(&wanted.profile)) {
            self.withhold(Change::User { user: email.clone(), edit }, reason.clone());
            wanted.profile = live.profile.clone();
        }
    }

    /// Withholds a new address; the other fields may still change.
    fn withhold_address(&mut self, email: &Email, live: &User, wanted: &mut User, reason: WithheldReason) {
        let after = std::mem::replace(&mut wanted.profile.email, live.profile.email.clone());
        let (before, after) = (live.profile.clone(), Profile { email: after, ..live.profile.clone() });
        self.withhold(Change::User { user: email.clone(), edit: Edit::Update { before, after } }, reason);
    }

    fn withhold_state(&mut self, email: &Email, live: &User, wanted: &mut User, reason: &WithheldReason) {
        let mut changes = Vec::new();
        diff::diff_state(email, Some(live), Some(wanted), &mut changes);
        self.withhold_all(changes, reason);
        wanted.state = live.state;
    }

    /// Withholds changes of name and address, which belong to the identity provider. The other fields may
    /// still change.
    fn withhold_names(&mut self, email: &Email, live: &User, wanted: &mut User) {
        let mut ours = live.profile.clone();
        ProfileField::owned_by(FieldOwner::Organization)
            .for_each(|field| field.copy(&wanted.profile, &mut ours));
        if ours != wanted.profile {
            let mut theirs = std::mem::replace(&mut wanted.profile, ours);
            ProfileField::owned_by(FieldOwner::Organization)
                .for_each(|field| field.copy(&live.profile, &mut theirs));
            self.withhold(
                Change::User {
                    user: email.clone(),
                    edit: Edit::Update { before: live.profile.clone(), after: theirs },
                },
                WithheldReason::Federated,
            );
        }
    }

    /// Removes the person, or withholds the removal with its reason and leaves the person unchanged.
    fn remove_user(
        &mut self,
        mode: ManageMode,
        email: &Email,
        live: &Arc<User>,
        declared: bool,
    ) -> Option<Arc<User>> {
        let reason = self.reason_to_stay(mode, email, live, declared)?;
        self.withhold(Change::User { user: email.clone(), edit: Edit::Delete(live.profile.clone()) }, reason);
        Some(self.unchanged_user(live))
    }

    fn reason_to_stay(
        &self,
        mode: ManageMode,
        email: &Email,
        live: &User,
        declared: bool,
    ) -> Option<WithheldReason> {
        let protect = &self.policy.settings.guards.protect;
        let unread = [Section::Roles, Section::Assignments, Section::Checkouts];
        let failed =
            unread.into_iter().find(|section| self.unread.get(section).is_some_and(UnreadReason::is_failure));
        // While roles are unread, anybody may be an administrator, so only people whom the policy names are
        // removed.
        let unread = failed
            .or_else(|| (!declared && self.unread.contains_key(&Section::Roles)).then_some(Section::Roles));
        if is_account_administrator(live) {
            Some(WithheldReason::AccountAdministrator)
        } else if self.is_acting(live) {
            Some(WithheldReason::ActingIdentity)
        } else if protect.contains(email) || protect.contains(&live.profile.email) {
            Some(WithheldReason::Protected)
        } else if live.state == UserState::Pending && !declared {
            Some(WithheldReason::PendingUndeclared)
        } else if mode == ManageMode::Observe {
            Some(WithheldReason::Observed)
        } else if let Some(section) = unread {
            Some(WithheldReason::DependsOnUnread(section))
        } else if self.is_removal_approved(email) {
            None
        } else {
            live.licences
                .iter()
                .filter_map(|(_, licence)| self.locked_until(licence))
                .max()
                .map(|until| WithheldReason::LicenceLocked { until })
        }
    }

    /// Returns the time until which the licence is locked, if it is locked now.
    pub(super) fn locked_until(&self, licence: &Licence) -> Option<Timestamp> {
        licences::unlock_time(licence.assigned?, self.moment.now)
    }

    /// Whether an approval covers the removal of this person. Then a locked licence does not prevent it.
    fn is_removal_approved(&self, email: &Email) -> bool {
        let mut approvals = self.policy.settings.approvals.iter();
        approvals.any(|approval| {
            approval.guard == Guard::Removals(RemovalRelation::Users)
                && approval.until >= self.moment.as_of
                && approval.names_user(email)
        })
    }
}

/// Makes the user to invite. Where required fields are not declared, returns their names instead.
fn newcomer(email: &Email, declared: &DeclaredUser) -> Result<User, Vec<&'static str>> {
    let mut profile = Profile::new(email.clone());
    let undeclared =
        ProfileField::ALL.into_iter().filter(|field| declared.copy_field(*field, &mut profile).is_none());
    let missing: Vec<_> = undeclared.filter(|field| !field.is_optional()).map(ProfileField::name).collect();
    if missing.is_empty() {
        Ok(User::new(profile, desired_state(declared.state, UserState::Invited)))
    } else {
        Err(missing)
    }
}

/// Whether the person's profile and state already have the values that the policy declares.
fn has_declared_values(email: &Email, declared: &DeclaredUser, live: &User) -> bool {
    desired_profile(email, declared, live) == live.profile
        && desired_state(declared.state, live.state) == live.state
}

/// Returns the live profile with the declared values. Values that are not declared stay, in every mode.
fn desired_profile(email: &Email, declared: &DeclaredUser, live: &User) -> Profile {
    let mut profile = Profile { email: email.clone(), ..live.profile.clone() };
    for field in ProfileField::ALL {
        _ = declared.copy_field(field, &mut profile);
    }
    profile
}

/// Returns the state that the policy wants. Declaring a user who asked to join approves the request; an
/// invited user counts as active.
fn desired_state(declared: Option<DeclaredState>, live: UserState) -> UserState {
    match (declared, live) {
        (Some(DeclaredState::Locked), _) => UserState::Locked,
        (None | Some(DeclaredState::Active), UserState::Pending)
        | (Some(DeclaredState::Active), UserState::Locked) => UserState::Active,
        (None, UserState::Invited | UserState::Active | UserState::Locked) => live,
        (Some(DeclaredState::Active), UserState::Invited | UserState::Active) => live,
    }
}
