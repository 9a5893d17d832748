//! What becomes of each person, with all that is theirs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Clash, ClashKind};
use super::{GroupFate, Scope, is_account_administrator};
use crate::change::{Change, Edit, WithheldReason};
use crate::diff;
use crate::model::{
    Email, FlatMap, FlatSet, GroupName, Licence, MergeSide, ProductId, Profile, RoleId, Section, Text,
    Timestamp, UnreadReason, User, UserException, UserState, licences, merge_by_key,
};
use crate::policy::settings::{Guard, RemovalRelation};
use crate::policy::{DeclaredState, DeclaredUser, Grant, ManageMode, Presence, Relation};

impl Scope<'_> {
    /// The desired users.
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

    /// The live user; memberships of groups that go, go with them.
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

    fn remaining_groups(&self, groups: &FlatSet<GroupName>) -> FlatSet<GroupName> {
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
        // Nearly always; then there is nothing to hold back either.
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
        if self.is_acting(live) && wanted.state == UserState::Locked {
            self.withhold_state(email, live, &mut wanted, &WithheldReason::ActingIdentity);
        }
        Arc::new(self.settle_edges(email, declared, live, wanted))
    }

    /// Whether the policy wants the person exactly as they are.
    fn is_user_as_declared(&self, email: &Email, declared: &DeclaredUser, live: &User) -> bool {
        let roles = self.wanted_roles(declared);
        has_declared_values(email, declared, live)
            && roles.is_none_or(|roles| roles.eq(live.roles.keys()))
            && self.wanted_groups(declared, &live.groups).is_none_or(|groups| groups.eq(live.groups.keys()))
            && self.wanted_assignments(declared, live).is_none_or(|(exceptions, licences)| {
                exceptions == live.exceptions && licences == live.licences
            })
    }

    fn is_acting(&self, live: &User) -> bool {
        self.facts.acting.as_ref() == Some(&live.profile.email)
    }

    fn withhold_profile(&mut self, email: &Email, live: &User, wanted: &mut User, reason: &WithheldReason) {
        if let Some(edit) = Edit::from_difference(Some(&live.profile), Some(&wanted.profile)) {
            self.withhold(Change::User { user: email.clone(), edit }, reason.clone());
            wanted.profile = live.profile.clone();
        }
    }

    fn withhold_state(&mut self, email: &Email, live: &User, wanted: &mut User, reason: &WithheldReason) {
        let mut changes = Vec::new();
        diff::diff_state(email, Some(live), Some(wanted), &mut changes);
        self.withhold_all(changes, reason);
        wanted.state = live.state;
    }

    /// Names and addresses belong to the identity provider; countries are still ours.
    fn withhold_names(&mut self, email: &Email, live: &User, wanted: &mut User) {
        let ours = Profile {
            country: wanted.profile.country,
            entitlement_country: wanted.profile.entitlement_country,
            ..live.profile.clone()
        };
        if ours != wanted.profile {
            let theirs = Profile {
                country: live.profile.country,
                entitlement_country: live.profile.entitlement_country,
                ..std::mem::replace(&mut wanted.profile, ours)
            };
            self.withhold(
                Change::User {
                    user: email.clone(),
                    edit: Edit::Update { before: live.profile.clone(), after: theirs },
                },
                WithheldReason::Federated,
            );
        }
    }

    /// Removes the person, or says why not and leaves everything of theirs as it is.
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
        let failed = unread
            .into_iter()
            .find(|section| matches!(self.unread.get(section), Some(UnreadReason::Failed(_))));
        // Who might be an administrator is only removed by name.
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

    fn locked_until(&self, licence: &Licence) -> Option<Timestamp> {
        licences::unlock_time(licence.assigned?, self.moment.now)
    }

    /// An approval of the removal lets a person go in spite of a locked licence.
    fn is_removal_approved(&self, email: &Email) -> bool {
        let mut approvals = self.policy.settings.approvals.iter();
        approvals.any(|approval| {
            approval.guard == Guard::Removals(RemovalRelation::Users)
                && approval.until >= self.moment.as_of
                && approval.items.contains(email.as_str())
        })
    }

    fn settle_edges(&mut self, email: &Email, declared: &DeclaredUser, live: &User, wanted: User) -> User {
        let mut wanted = self.wanted_edges(declared, wanted);
        let mut changes = Vec::new();
        if self.mode(Relation::Roles) == Some(ManageMode::Observe) {
            diff::diff_roles(email, Some(live), Some(&wanted), &mut changes);
            wanted.roles = live.roles.clone();
        }
        if self.mode(Relation::Memberships) == Some(ManageMode::Observe) {
            let live = User { groups: self.remaining_groups(&live.groups), ..live.clone() };
            diff::diff_memberships(email, Some(&live), Some(&wanted), &mut changes);
            wanted.groups = live.groups;
        }
        if self.mode(Relation::Assignments) == Some(ManageMode::Observe) {
            diff::diff_assignments(email, Some(live), Some(&wanted), &mut changes);
            (wanted.exceptions, wanted.licences) = (live.exceptions.clone(), live.licences.clone());
        }
        self.withhold_all(changes, &WithheldReason::Observed);
        self.keep_own_roles(email, live, &mut wanted);
        self.keep_locked_licences(email, live, &mut wanted);
        wanted
    }

    fn keep_own_roles(&mut self, email: &Email, live: &User, wanted: &mut User) {
        if !self.is_acting(live) {
            return;
        }
        for role in live.roles.keys() {
            if wanted.roles.add(role.clone()) {
                self.withhold(
                    Change::Role { user: email.clone(), role: role.clone(), edit: Edit::Delete(()) },
                    WithheldReason::ActingIdentity,
                );
            }
        }
    }

    fn keep_locked_licences(&mut self, email: &Email, live: &User, wanted: &mut User) {
        for (product, licence) in
            live.licences.iter().filter(|(product, _)| !wanted.licences.has(*product)).collect::<Vec<_>>()
        {
            if let Some(until) = self.locked_until(licence) {
                self.withhold(
                    Change::Licence { user: email.clone(), product: product.clone(), edit: Edit::Delete(()) },
                    WithheldReason::LicenceLocked { until },
                );
                wanted.licences.insert(product.clone(), *licence);
            }
        }
    }

    /// The edges that the policy wants `user` to have; observed relations are taken as `exact` here and held
    /// back afterwards.
    fn wanted_edges(&self, declared: &DeclaredUser, mut user: User) -> User {
        if let Some(roles) = self.wanted_roles(declared) {
            user.roles = roles.cloned().collect();
        }
        if let Some((exceptions, licences)) = self.wanted_assignments(declared, &user) {
            (user.exceptions, user.licences) = (exceptions, licences);
        }
        if let Some(groups) =
            self.wanted_groups(declared, &user.groups).map(|groups| groups.cloned().collect())
        {
            user.groups = groups;
        }
        user
    }

    /// The roles; `None` leaves them as they are.
    fn wanted_roles<'d>(&self, declared: &'d DeclaredUser) -> Option<impl Iterator<Item = &'d RoleId>> {
        let roles = authoritative_grants(self.mode(Relation::Roles)?, declared.roles.as_ref())?;
        Some(roles.filter(|(_, grant)| grant.holds()).map(|(role, _)| role))
    }

    /// The groups; `None` leaves them as they are.
    fn wanted_groups<'d>(
        &self,
        declared: &'d DeclaredUser,
        live: &'d FlatSet<GroupName>,
    ) -> Option<impl Iterator<Item = &'d GroupName>> {
        let exact = self.mode(Relation::Memberships)? != ManageMode::Declared || declared.groups_spelled_out;
        let governed = move |group: &GroupName| {
            exact || self.policy.groups.get(group).is_some_and(|group| group.members_spelled_out)
        };
        let keep = move |(group, side): &(&GroupName, MergeSide<&(), &Grant>)| match (
            self.fates.get(*group),
            side,
        ) {
            (Some(GroupFate::Goes), _) => false,
            (Some(GroupFate::Stays), MergeSide::Left(())) => !governed(group),
            (Some(GroupFate::Stays), MergeSide::Right(grant)) => grant.holds(),
            (Some(GroupFate::Stays), MergeSide::Both((), grant)) => grant.holds() || !governed(group),
            // An edge is managed only where both of its ends are.
            (None, MergeSide::Left(()) | MergeSide::Both(..)) => true,
            (None, MergeSide::Right(_)) => false,
        };
        Some(live.merge(&declared.groups).filter(keep).map(|(group, _)| group))
    }

    /// Exceptions and named licences; `None` leaves them as they are.
    fn wanted_assignments(
        &self,
        declared: &DeclaredUser,
        live: &User,
    ) -> Option<(FlatMap<ProductId, UserException>, FlatMap<ProductId, Licence>)> {
        let mode = self.mode(Relation::Assignments)?;
        let (mut exceptions, mut licences) = (live.exceptions.clone(), live.licences.clone());
        if let Some(products) = authoritative_grants(mode, declared.products.as_ref()) {
            exceptions.retain(|_, exception| *exception == UserException::Deny);
            licences = FlatMap::new();
            for (product, _) in products.filter(|(_, grant)| grant.holds()) {
                if self.facts.is_named(product) {
                    let licence = live.licences.get(product).copied().unwrap_or(Licence { assigned: None });
                    licences.insert(product.clone(), licence);
                } else {
                    exceptions.insert(product.clone(), UserException::Allow);
                }
            }
        }
        if let Some(denied) = authoritative_grants(mode, declared.deny.as_ref()) {
            let denied: FlatSet<ProductId> =
                denied.filter(|(_, grant)| grant.holds()).map(|(product, _)| product.clone()).collect();
            exceptions.retain(|product, exception| *exception == UserException::Allow || denied.has(product));
            for product in denied.keys() {
                exceptions.insert(product.clone(), UserException::Deny);
            }
        }
        Some((exceptions, licences))
    }
}

/// The entries of a user's key that are the whole truth; `None` where the absent key says nothing.
fn authoritative_grants<K: Ord>(
    mode: ManageMode,
    declared: Option<&FlatMap<K, Grant>>,
) -> Option<impl Iterator<Item = (&K, &Grant)>> {
    let speaks = declared.is_some() || mode != ManageMode::Declared;
    speaks.then(|| declared.into_iter().flat_map(FlatMap::iter))
}

fn newcomer(email: &Email, declared: &DeclaredUser) -> Result<User, Vec<&'static str>> {
    let DeclaredUser { first_name, last_name, country, entitlement_country, .. } = declared;
    match (first_name, last_name, country) {
        (Some(first_name), Some(last_name), Some(country)) => {
            let profile = Profile {
                email: email.clone(),
                first_name: first_name.clone(),
                last_name: last_name.clone(),
                country: *country,
                entitlement_country: *entitlement_country,
            };
            Ok(User::new(profile, desired_state(declared.state, UserState::Invited)))
        }
        _ => {
            let fields = [
                ("first_name", first_name.is_none()),
                ("last_name", last_name.is_none()),
                ("country", country.is_none()),
            ];
            Err(fields.into_iter().filter(|(_, missing)| *missing).map(|(field, _)| field).collect())
        }
    }
}

/// Whether the policy's single values are those that the person has.
fn has_declared_values(email: &Email, declared: &DeclaredUser, live: &User) -> bool {
    let Profile { email: address, first_name, last_name, country, entitlement_country } = &live.profile;
    let same = |said: Option<&Text>, is: &Text| said.is_none_or(|said| said == is);
    email == address
        && same(declared.first_name.as_ref(), first_name)
        && same(declared.last_name.as_ref(), last_name)
        && declared.country.is_none_or(|said| said == *country)
        && declared.entitlement_country.is_none_or(|said| Some(said) == *entitlement_country)
        && desired_state(declared.state, live.state) == live.state
}

/// Absent single values are left alone in every mode.
fn desired_profile(email: &Email, declared: &DeclaredUser, live: &User) -> Profile {
    let live = &live.profile;
    Profile {
        email: email.clone(),
        first_name: declared.first_name.clone().unwrap_or_else(|| live.first_name.clone()),
        last_name: declared.last_name.clone().unwrap_or_else(|| live.last_name.clone()),
        country: declared.country.unwrap_or(live.country),
        entitlement_country: declared.entitlement_country.or(live.entitlement_country),
    }
}

/// Declaring a user who asked to join approves them; an invited user counts as active.
fn desired_state(declared: Option<DeclaredState>, live: UserState) -> UserState {
    match (declared, live) {
        (Some(DeclaredState::Locked), _) => UserState::Locked,
        (None | Some(DeclaredState::Active), UserState::Pending)
        | (Some(DeclaredState::Active), UserState::Locked) => UserState::Active,
        (None, UserState::Invited | UserState::Active | UserState::Locked) => live,
        (Some(DeclaredState::Active), UserState::Invited | UserState::Active) => live,
    }
}
