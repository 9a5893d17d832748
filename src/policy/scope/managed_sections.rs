//! Which sections a policy manages, and so has to see before anything can be called equal.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scope, needed_sections};
use crate::model::{Section, UnreadReason};
use crate::policy::{ManageMode, Policy, Relation, Settings};

impl Scope<'_> {
    /// Returns the sections that the policy manages and that were not read although the service has them, in
    /// order: nothing is known of their differences.
    pub(super) fn sections_not_compared(&self) -> Vec<Section> {
        let managed = self.managed_sections();
        failed_sections(&self.unread, &managed).into_keys().collect()
    }

    /// Returns the sections that the policy manages and that the service has no place for, in order.
    pub(super) fn sections_without_place(&self) -> Vec<Section> {
        let managed = self.managed_sections();
        let unread = self.unread.iter().filter(|(_, why)| **why == UnreadReason::Unsupported);
        unread.map(|(section, _)| *section).filter(|section| managed.contains(section)).collect()
    }

    /// Returns the sections by which a managed relation is compared, or for want of which a difference is
    /// withheld.
    fn managed_sections(&self) -> BTreeSet<Section> {
        let withheld = self.withheld.iter().filter_map(|withheld| withheld.reason.needed_section());
        managed_sections(&self.policy.settings, Some(self.policy)).into_iter().chain(withheld).collect()
    }
}

/// Returns the sections by which what is managed is compared. Without a `policy`, all that the settings do
/// not only observe counts as managed.
pub fn managed_sections(settings: &Settings, policy: Option<&Policy>) -> BTreeSet<Section> {
    let is_managed = |relation: &Relation| match policy {
        Some(policy) => policy.manages(*relation),
        None => settings.mode(*relation) != ManageMode::Observe,
    };
    let managed = Relation::ALL.into_iter().filter(is_managed);
    managed.flat_map(|relation| needed_sections(relation).iter().copied()).collect()
}

/// Returns the managed sections that were not read although the service has them, with their reasons.
pub fn failed_sections(
    unread: &BTreeMap<Section, UnreadReason>,
    managed: &BTreeSet<Section>,
) -> BTreeMap<Section, UnreadReason> {
    let failed = unread.iter().filter(|(section, why)| why.is_failure() && managed.contains(section));
    failed.map(|(section, why)| (*section, why.clone())).collect()
}

impl Policy {
    /// Whether the policy changes anything of the relation. Where only what is declared counts, a relation
    /// without a declaration needs no look at the organization.
    fn manages(&self, relation: Relation) -> bool {
        match self.settings.mode(relation) {
            ManageMode::Exact => true,
            ManageMode::Observe => false,
            ManageMode::Declared => self.declares(relation),
        }
    }

    fn declares(&self, relation: Relation) -> bool {
        let mut users = self.users.iter().map(|(_, user)| user);
        match relation {
            Relation::Users => !self.users.is_empty(),
            Relation::Groups => !self.groups.is_empty(),
            // Members are declared with the person or with the group, and so is that there are none.
            Relation::Memberships => !self.users.is_empty() && !self.groups.is_empty(),
            Relation::Roles => users.any(|user| user.roles.is_some()),
            Relation::Assignments => users.any(|user| user.products.is_some() || user.deny.is_some()),
            Relation::Restrictions => !self.restrictions.is_empty() || !self.defaults.is_empty(),
            Relation::Alerts => !self.alerts.is_empty(),
            Relation::Contacts => !self.contacts.is_empty(),
        }
    }
}
