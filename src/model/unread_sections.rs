//! Sections of an organization that were not read.

use std::sync::Arc;

use super::{Organization, Section};

/// Empties an unread section, so that no value that is not believed stays in the organization.
pub fn clear_section(section: Section, organization: &mut Organization) {
    let users = organization.users.values_mut().map(Arc::make_mut);
    match section {
        Section::Users => organization.users.clear(),
        Section::Groups => organization.groups.clear(),
        Section::Memberships => users.for_each(|user| user.groups = Default::default()),
        Section::Roles => users.for_each(|user| user.roles = Default::default()),
        Section::Assignments => users.for_each(|user| (user.exceptions, user.licences) = Default::default()),
        Section::Restrictions => {
            organization.defaults.clear();
            organization.restrictions.clear();
        }
        Section::Alerts => organization.alerts.clear(),
        Section::Contacts => organization.contacts.clear(),
        Section::Checkouts => users.for_each(|user| user.checkouts = Default::default()),
        // Contracts are facts of the snapshot and not part of the organization, so there is nothing to empty.
        Section::Contracts => {}
    }
}
