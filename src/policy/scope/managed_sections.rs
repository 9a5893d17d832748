//! Which sections a policy manages, and so has to see before anything can be called equal.

use super::{Scope, needed_sections};
use crate::model::{Section, UnreadReason};
use crate::policy::{ManageMode, Relation};

impl Scope<'_> {
    /// Returns the sections that the policy manages and that were not read although the service has them, in
    /// order: nothing is known of their differences.
    pub(super) fn sections_not_compared(&self) -> Vec<Section> {
        let failed = self.unread.iter().filter(|(_, why)| why.is_failure());
        failed.map(|(section, _)| *section).filter(|section| self.needs_section(*section)).collect()
    }

    /// Returns the sections that the policy manages and that the service has no place for, in order.
    pub(super) fn sections_without_place(&self) -> Vec<Section> {
        let unread = self.unread.iter().filter(|(_, why)| **why == UnreadReason::Unsupported);
        unread.map(|(section, _)| *section).filter(|section| self.needs_section(*section)).collect()
    }

    /// Whether a managed relation is compared by the section, or a difference is withheld for want of it.
    fn needs_section(&self, section: Section) -> bool {
        let is_compared = |relation: &Relation| needed_sections(*relation).contains(&section);
        Relation::ALL.iter().filter(|relation| is_compared(relation)).any(|relation| self.manages(*relation))
            || self.withheld.iter().any(|withheld| withheld.reason.needed_section() == Some(section))
    }

    /// Whether the policy changes anything of the relation. Where only what is declared counts, a relation
    /// without a declaration needs no look at the organization.
    fn manages(&self, relation: Relation) -> bool {
        match self.policy.settings.mode(relation) {
            ManageMode::Exact => true,
            ManageMode::Observe => false,
            ManageMode::Declared => self.declares(relation),
        }
    }

    fn declares(&self, relation: Relation) -> bool {
        let policy = self.policy;
        let mut users = policy.users.iter().map(|(_, user)| user);
        match relation {
            Relation::Users => !policy.users.is_empty(),
            Relation::Groups => !policy.groups.is_empty(),
            // Members are declared with the person or with the group, and so is that there are none.
            Relation::Memberships => !policy.users.is_empty() && !policy.groups.is_empty(),
            Relation::Roles => users.any(|user| user.roles.is_some()),
            Relation::Assignments => users.any(|user| user.products.is_some() || user.deny.is_some()),
            Relation::Restrictions => !policy.restrictions.is_empty() || !policy.defaults.is_empty(),
            Relation::Alerts => !policy.alerts.is_empty(),
            Relation::Contacts => !policy.contacts.is_empty(),
        }
    }
}
