//! Decides on which page of the portal a step is done.

use crate::model::word_enum;
use crate::object::ObjectKind;
use crate::plan::Act;

word_enum! {
    /// A page of the portal.
    ///
    /// Titles are from Bentley's public help: User Management has users, roles, groups and fulfilment
    /// contacts, and Entitlement Management has applications with their access, practitioners, checkouts and
    /// alerts.
    pub enum ManagementPage {
        /// Users are added, removed, changed and locked.
        Users = "User Management: users",
        /// Roles of users.
        Roles = "User Management: roles",
        /// Groups and their members.
        Groups = "User Management: groups and members",
        /// Who may start which product: restrictions, defaults, exceptions, lists of groups.
        Access = "Entitlement Management: access",
        /// Named licences.
        Licences = "Entitlement Management: practitioners (licences by name)",
        /// Licences that are checked out for use offline.
        Checkouts = "Entitlement Management: licence checkouts",
        Alerts = "Entitlement Management: licence alerting",
        /// The contacts who receive renewals and invoices.
        Contacts = "User Management: fulfilment contacts",
    }
}

impl ManagementPage {
    /// Returns the page on which `act` is done.
    pub fn for_act(act: &Act) -> Self {
        match act.facts().kind {
            ObjectKind::User => Self::Users,
            ObjectKind::Role => Self::Roles,
            ObjectKind::Group | ObjectKind::Membership => Self::Groups,
            ObjectKind::ProductList | ObjectKind::Exception | ObjectKind::AccessSetting => Self::Access,
            ObjectKind::Licence => Self::Licences,
            ObjectKind::Checkout => Self::Checkouts,
            ObjectKind::Alert => Self::Alerts,
            ObjectKind::Contact => Self::Contacts,
        }
    }
}
