//! Which page of the portal a step is done on.

use crate::plan::Act;

/// A page of the portal.
///
/// Titles are those of Bentley's public help, in which User Management has users, roles, groups and
/// fulfilment contacts, and Entitlement Management has applications with their access, practitioners,
/// checkouts and alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManagementPage {
    /// People come, go, change, are locked.
    Users,
    /// Who has which role.
    Roles,
    /// Groups and who is in them.
    Groups,
    /// Who may start what: restrictions, defaults, exceptions, lists of groups.
    Access,
    /// Licences by name.
    Licences,
    /// Licences taken offline.
    Checkouts,
    /// Alert thresholds.
    Alerts,
    /// Who gets renewals and invoices.
    Contacts,
}

impl ManagementPage {
    /// Where `act` is done.
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

    /// The page's title.
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
