//! Decides on which page of the portal a step is done.

use crate::plan::Act;

/// A page of the portal.
///
/// Titles are from Bentley's public help: User Management has users, roles, groups and fulfilment contacts,
/// and Entitlement Management has applications with their access, practitioners, checkouts and alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManagementPage {
    /// Users are added, removed, changed and locked.
    Users,
    /// Roles of users.
    Roles,
    /// Groups and their members.
    Groups,
    /// Who may start which product: restrictions, defaults, exceptions, lists of groups.
    Access,
    /// Named licences.
    Licences,
    /// Licences that are checked out for use offline.
    Checkouts,
    Alerts,
    /// The contacts who receive renewals and invoices.
    Contacts,
}

impl ManagementPage {
    /// Returns the page on which `act` is done.
    pub fn for_act(act: &Act) -> Self {
        match act {
            Act::Invite(_)
            | Act::Approve(_)
            | Act::Unlock(_)
            | Act::Lock { .. }
            | Act::UpdateUser { .. }
            | Act::RemoveUser(_) => Self::Users,
            Act::GrantRole { .. } | Act::RevokeRole { .. } => Self::Roles,
            Act::CreateGroup(_)
            | Act::UpdateGroup { .. }
            | Act::DeleteGroup(_)
            | Act::Join { .. }
            | Act::Leave { .. }
            | Act::SwapAllocation { .. } => Self::Groups,
            Act::SetException { .. }
            | Act::SetList { .. }
            | Act::SetDefault { .. }
            | Act::SetRestriction { .. } => Self::Access,
            Act::AssignLicence { .. } | Act::ReleaseLicence { .. } => Self::Licences,
            Act::EndCheckout { .. } => Self::Checkouts,
            Act::SetAlert { .. } => Self::Alerts,
            Act::AddContact(_) | Act::RemoveContact(_) | Act::ReplaceContact { .. } => Self::Contacts,
        }
    }

    /// Returns the title of the page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Users => "User Management: users",
            Self::Roles => "User Management: roles",
            Self::Groups => "User Management: groups and members",
            Self::Access => "Entitlement Management: access",
            Self::Licences => "Entitlement Management: practitioners (licences by name)",
            Self::Checkouts => "Entitlement Management: licence checkouts",
            Self::Alerts => "Entitlement Management: licence alerting",
            Self::Contacts => "User Management: fulfilment contacts",
        }
    }
}
