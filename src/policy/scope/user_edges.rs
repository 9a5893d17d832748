//! Decides what happens to a person's roles, memberships, exceptions and named licences.

use super::{GroupFate, Scope};
use crate::change::{Change, Edit, WithheldReason};
use crate::diff;
use crate::model::{
    Email, FlatMap, FlatSet, GroupName, Licence, MergeSide, ProductId, RoleId, User, UserException,
};
use crate::policy::{DeclaredUser, Grant, ManageMode, Relation};

impl Scope<'_> {
    /// Returns `wanted` with the edges that the policy wants, and withholds changes of observed relations, of
    /// the acting identity's roles and of locked licences.
    pub(super) fn settle_edges(
        &mut self,
        email: &Email,
        declared: &DeclaredUser,
        live: &User,
        wanted: User,
    ) -> User {
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
        self.withhold_conflicting_edges(email, declared, live, &mut wanted);
        self.keep_own_roles(email, live, &mut wanted);
        self.keep_locked_licences(email, live, &mut wanted);
        wanted
    }

    /// Keeps all roles of the acting identity, and withholds their removal.
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

    /// Keeps named licences that are still locked, and withholds their removal.
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

    /// Returns `user` with the edges that the policy wants. Observed relations are treated as `exact` here
    /// and withheld afterwards.
    pub(super) fn wanted_edges(&self, declared: &DeclaredUser, mut user: User) -> User {
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

    /// Returns the wanted roles; `None` leaves roles as they are.
    pub(super) fn wanted_roles<'d>(
        &self,
        declared: &'d DeclaredUser,
    ) -> Option<impl Iterator<Item = &'d RoleId>> {
        let roles = authoritative_grants(self.mode(Relation::Roles)?, declared.roles.as_ref())?;
        Some(roles.filter(|(_, grant)| grant.holds()).map(|(role, _)| role))
    }

    /// Returns the wanted groups; `None` leaves memberships as they are.
    pub(super) fn wanted_groups<'d>(
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

    /// Returns the wanted exceptions and named licences; `None` leaves both as they are.
    pub(super) fn wanted_assignments(
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

/// Returns the entries of a user's key where they are the whole truth; `None` where the key is absent and its
/// absence means nothing.
fn authoritative_grants<K: Ord>(
    mode: ManageMode,
    declared: Option<&FlatMap<K, Grant>>,
) -> Option<impl Iterator<Item = (&K, &Grant)>> {
    let speaks = declared.is_some() || mode != ManageMode::Declared;
    speaks.then(|| declared.into_iter().flat_map(FlatMap::iter))
}
