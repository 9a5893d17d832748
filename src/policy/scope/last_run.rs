//! Compares what the last run left behind with what is there now, where the policy has changed since: in what
//! it governs alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::managed_sections::{failed_sections, managed_sections};
use crate::change::Change;
use crate::diff::diff;
use crate::model::{
    Desired, DirectoryField, GroupKind, GroupName, Live, Organization, RoleId, Section, Snapshot,
    UnreadReason, clear_section,
};
use crate::policy::settings::IgnoreTarget;
use crate::policy::{ManageMode, Policy, Relation, Settings};

/// What the policy governs: only there a difference between two reads is drift.
pub struct LastRunScope<'a> {
    pub settings: &'a Settings,
    /// The policy as it is now; `None` where it has problems.
    pub policy: Option<&'a Policy>,
}

impl LastRunScope<'_> {
    /// Returns the changes between two reads, in what both of them know.
    pub fn changes_since(&self, left: Snapshot, live: Snapshot) -> Vec<Change> {
        let (mut before, mut after) = (left.live.0, live.live.0);
        if live.no_place.contains(&DirectoryField::GroupKind) {
            // The run took the kinds of groups from the policy; the service does not report them.
            before
                .groups
                .values_mut()
                .chain(after.groups.values_mut())
                .for_each(|group| group.facts.kind = GroupKind::Other);
        }
        for side in [&mut before, &mut after] {
            left.unread.keys().chain(live.unread.keys()).for_each(|section| clear_section(*section, side));
            self.keep_managed_objects(side);
            self.keep_managed_settings(side);
        }
        self.equate_observed_objects(&mut before, &mut after);
        diff(&Live(before), &Desired(after))
    }

    /// Makes people and groups alike where the policy only observes them, so that their edges can still be
    /// compared.
    fn equate_observed_objects(&self, before: &mut Organization, after: &mut Organization) {
        let is_observed = |relation| self.settings.mode(relation) == ManageMode::Observe;
        if is_observed(Relation::Users) {
            before.users.retain(|email, _| after.users.contains_key(email));
            after.users.retain(|email, _| before.users.contains_key(email));
            for (email, user) in &mut after.users {
                let was = &before.users[email];
                if (&user.profile, user.state) != (&was.profile, was.state) {
                    let user = Arc::make_mut(user);
                    (user.profile, user.state) = (was.profile.clone(), was.state);
                }
            }
        }
        if is_observed(Relation::Groups) {
            before.groups.retain(|name, _| after.groups.contains_key(name));
            after.groups.clone_from(&before.groups);
        }
    }

    /// Removes settings, alerts and contacts that the policy neither declares nor is the whole truth for.
    fn keep_managed_settings(&self, organization: &mut Organization) {
        let Organization { users: _, groups: _, defaults, restrictions, alerts, contacts } = organization;
        let is_kept = |relation, declares: &dyn Fn(&Policy) -> bool| match self.settings.mode(relation) {
            ManageMode::Exact => true,
            ManageMode::Observe => false,
            ManageMode::Declared => self.policy.is_none_or(declares),
        };
        defaults.retain(|country, _| {
            is_kept(Relation::Restrictions, &|policy| policy.defaults.contains_key(country))
        });
        restrictions.retain(|key, _| {
            is_kept(Relation::Restrictions, &|policy| policy.restrictions.contains_key(key))
        });
        alerts.retain(|key, _| is_kept(Relation::Alerts, &|policy| policy.alerts.contains_key(key)));
        contacts
            .retain(|contact| is_kept(Relation::Contacts, &|policy| policy.contacts.contains_key(contact)));
    }

    /// Removes what the policy does not govern: what it ignores, edges that it only observes, objects that it
    /// neither declares nor is the whole truth for, and the Account Administrators, who follow the contract.
    fn keep_managed_objects(&self, organization: &mut Organization) {
        let settings = self.settings;
        for (relation, section) in [
            (Relation::Memberships, Section::Memberships),
            (Relation::Roles, Section::Roles),
            (Relation::Assignments, Section::Assignments),
        ] {
            if settings.mode(relation) == ManageMode::Observe {
                clear_section(section, organization);
            }
        }
        let is_exact = |relation| settings.mode(relation) == ManageMode::Exact;
        organization.users.retain(|email, user| {
            let declared = || self.policy.is_none_or(|policy| policy.users.has(email));
            !user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR)
                && !settings.ignores(IgnoreTarget::Users, email.as_str())
                && (is_exact(Relation::Users) || declared())
        });
        let is_managed_group = |name: &GroupName| {
            let declared = || self.policy.is_none_or(|policy| policy.groups.contains_key(name));
            !settings.ignores(IgnoreTarget::Groups, name.as_str())
                && (is_exact(Relation::Groups) || declared())
        };
        organization.groups.retain(|name, _| is_managed_group(name));
        for user in organization.users.values_mut() {
            if !user.groups.keys().all(is_managed_group) {
                Arc::make_mut(user).groups.retain(|name, ()| is_managed_group(name));
            }
        }
    }

    /// Returns the managed sections that could not be read now or at the last run, with their reasons.
    pub fn sections_not_compared(&self, left: &Snapshot, live: &Snapshot) -> BTreeMap<Section, UnreadReason> {
        let managed = managed_sections(self.settings, self.policy);
        let mut failed = failed_sections(&left.unread, &managed);
        failed.extend(failed_sections(&live.unread, &managed));
        failed
    }
}
