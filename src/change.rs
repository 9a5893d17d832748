//! The differences between the live and the desired organization, as values.
//!
//! A [`Change`] carries names and the values before and after, and no text for readers: the renderers choose
//! the words.

use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, CountryCode, Date, Email, GroupFacts, GroupName,
    ProductId, Profile, RoleId, Section, Text, Timestamp, UnreadReason, UserException, UserState,
};

/// What happens to one value. `Update` is only built when the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit<T> {
    /// The value is missing and is created.
    Create(T),
    /// The value exists and changes.
    Update {
        /// The live value.
        before: T,
        /// The desired value.
        after: T,
    },
    /// The value exists and is deleted.
    Delete(T),
}

impl<T: PartialEq + Clone> Edit<T> {
    /// The edit that leads from `before` to `after`; `None` where the two are equal.
    pub fn from_difference(before: Option<&T>, after: Option<&T>) -> Option<Self> {
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) => Some(Self::Create(after.clone())),
            (Some(before), None) => Some(Self::Delete(before.clone())),
            (Some(before), Some(after)) => {
                (before != after).then(|| Self::Update { before: before.clone(), after: after.clone() })
            }
        }
    }
}

impl<T> Edit<T> {
    /// The live value, if there is one.
    pub fn before(&self) -> Option<&T> {
        match self {
            Self::Create(_) => None,
            Self::Update { before, .. } | Self::Delete(before) => Some(before),
        }
    }

    /// Whether the value exists on both sides.
    pub fn is_update(&self) -> bool {
        match self {
            Self::Update { .. } => true,
            Self::Create(_) | Self::Delete(_) => false,
        }
    }

    /// The live value or, where there is none, the desired one.
    pub fn earliest(&self) -> &T {
        match self {
            Self::Create(value) | Self::Update { before: value, .. } | Self::Delete(value) => value,
        }
    }

    /// The desired value or, where there is none, the live one.
    pub fn latest(&self) -> &T {
        match self {
            Self::Create(value) | Self::Update { after: value, .. } | Self::Delete(value) => value,
        }
    }

    /// The desired value, if there is one.
    pub fn after(&self) -> Option<&T> {
        match self {
            Self::Create(after) | Self::Update { after, .. } => Some(after),
            Self::Delete(_) => None,
        }
    }
}

/// One difference between the live and the desired organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A user is invited or removed, or the profile changes.
    User { user: Email, edit: Edit<Profile> },
    /// The state of an existing user changes.
    State { user: Email, before: UserState, after: UserState },
    /// A group is created or deleted, or its facts change.
    Group { group: GroupName, edit: Edit<GroupFacts> },
    /// A user joins or leaves a group.
    Membership { group: GroupName, user: Email, edit: Edit<()> },
    /// A role is granted or revoked.
    Role { user: Email, role: RoleId, edit: Edit<()> },
    /// A product is allowed or denied to a user by name, or no longer is.
    Exception { user: Email, product: ProductId, edit: Edit<UserException> },
    /// A named licence is assigned or released.
    Licence { user: Email, product: ProductId, edit: Edit<()> },
    /// A checkout of a user who leaves is ended.
    Checkout { user: Email, checkout: Checkout },
    /// A product is added to or removed from a group's list.
    Listing { group: GroupName, product: ProductId, edit: Edit<()> },
    /// The default access of a country changes.
    Default {
        country: CountryCode,
        /// `Create` starts from the unstated `everyone`, and `Delete` returns to it.
        edit: Edit<AccessSetting>,
    },
    /// The access setting of a product changes.
    Restriction { product: ProductId, area: Area, edit: Edit<AccessSetting> },
    /// An alert threshold changes.
    Alert { product: ProductId, country: CountryCode, edit: Edit<Alert> },
    /// A fulfilment contact is added, replaced or removed.
    Contact {
        /// An `Update` replaces one contact with another in one write, where the limits of at least 1 and at
        /// most 10 contacts leave no room for two writes; the diff never has one.
        edit: Edit<Contact>,
    },
}

impl Change {
    /// Whether a user is removed from the organization.
    pub fn removes_identity(&self) -> bool {
        matches!(self, Self::User { edit: Edit::Delete(_), .. })
    }

    /// Whether a user stops being an administrator.
    pub fn removes_administrator(&self) -> bool {
        matches!(self, Self::Role { role, edit: Edit::Delete(()), .. } if role.is(RoleId::CO_ADMINISTRATOR))
    }

    /// The names under which the change is filed: its user's, and its group's.
    pub fn names_mut(&mut self) -> (Option<&mut Email>, Option<&mut GroupName>) {
        match self {
            Self::User { user, .. }
            | Self::State { user, .. }
            | Self::Role { user, .. }
            | Self::Exception { user, .. }
            | Self::Licence { user, .. }
            | Self::Checkout { user, .. } => (Some(user), None),
            Self::Group { group, .. } | Self::Listing { group, .. } => (None, Some(group)),
            Self::Membership { user, group, .. } => (Some(user), Some(group)),
            Self::Default { .. } | Self::Restriction { .. } | Self::Alert { .. } | Self::Contact { .. } => {
                (None, None)
            }
        }
    }

    /// Whether the change ends a user or a group.
    pub fn deletes_object(&self) -> bool {
        let user = matches!(self, Self::User { edit: Edit::Delete(_), .. });
        user || matches!(self, Self::Group { edit: Edit::Delete(_), .. })
    }

    /// The user and the product of a named licence that is assigned.
    pub fn new_licence(&self) -> Option<(&Email, &ProductId)> {
        let Self::Licence { user, product, edit: Edit::Create(()) } = self else { return None };
        Some((user, product))
    }
}

/// A difference deliberately not planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    pub what: WithheldSubject,
    pub reason: WithheldReason,
}

/// The subject of a [`Withheld`]: one difference, or a whole section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithheldSubject {
    Change(Change),
    /// All differences of a section.
    Section(Section),
}

/// Why a difference is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithheldReason {
    /// `manage` only observes the relation.
    Observed,
    /// The section was not read, so its live values are unknown.
    Unread(UnreadReason),
    /// A section that the difference depends on was not read: removing the object would be a guess.
    DependsOnUnread(Section),
    /// The object that the difference belongs to is withheld.
    ObjectWithheld,
    /// Account Administrators follow the contract.
    AccountAdministrator,
    /// seatwise acts as this user and would lose its own access.
    ActingIdentity,
    /// `guard.protect` names the user.
    Protected,
    /// Names and addresses belong to the identity provider.
    Federated,
    /// The user asked to join, and the policy does not declare the user.
    PendingUndeclared,
    /// The named licence is locked.
    LicenceLocked { until: Timestamp },
    /// An organization keeps its last fulfilment contact.
    LastContact,
    /// Another user keeps the address, because their new address is withheld.
    AddressHeld(Email),
    /// The dates of the policy contradict each other today; the text says why this cannot be done.
    Conflict(Text),
}

impl WithheldReason {
    /// Whether the policy contradicts itself on the day of the plan.
    pub fn is_contradiction(&self) -> bool {
        match self {
            Self::Conflict(_) => true,
            Self::Observed
            | Self::Unread(_)
            | Self::DependsOnUnread(_)
            | Self::ObjectWithheld
            | Self::AccountAdministrator
            | Self::ActingIdentity
            | Self::Protected
            | Self::Federated
            | Self::PendingUndeclared
            | Self::LicenceLocked { .. }
            | Self::LastContact
            | Self::AddressHeld(_) => false,
        }
    }

    /// Returns the unread section for want of which the difference would be a guess.
    pub fn needed_section(&self) -> Option<Section> {
        match self {
            Self::DependsOnUnread(section) => Some(*section),
            Self::Observed
            | Self::Unread(_)
            | Self::ObjectWithheld
            | Self::AccountAdministrator
            | Self::ActingIdentity
            | Self::Protected
            | Self::Federated
            | Self::PendingUndeclared
            | Self::LicenceLocked { .. }
            | Self::LastContact
            | Self::AddressHeld(_)
            | Self::Conflict(_) => None,
        }
    }
}

/// A product that the policy and the organization call by two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedProduct {
    /// The name in the policy's files.
    pub policy: ProductId,
    /// The organization's name, which everything else uses.
    pub organization: ProductId,
    /// The number that both have for it.
    pub number: u32,
    /// The feature string that both have for it.
    pub feature: Option<Text>,
}

/// Dates of the policy that contradict each other on some day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateConflict {
    pub at: Citation,
    /// The first day of the contradiction, from the day of the plan on.
    pub day: Date,
    /// What is wrong on that day: a lower-case fragment.
    pub says: Text,
}

/// What was left out of the comparison: no differences were computed for these objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftAlone {
    /// Live users that the policy does not declare.
    pub users: usize,
    /// Live groups that the policy does not declare.
    pub groups: usize,
    /// Live users that an `ignore` entry matches.
    pub ignored_users: usize,
    /// Live groups that an `ignore` entry matches.
    pub ignored_groups: usize,
    /// Texts of `ignore` entries that match nothing on either side, and of approvals that have ended or match
    /// nothing, and of files that are not read.
    pub idle: Vec<Text>,
}

/// A file and line, as people cite them: `users/lisbon.yaml:14`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// Path below the policy's folder.
    pub file: Text,
    /// 1-based.
    pub line: u32,
}

/// Why a plan contains a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepReason {
    /// A line of the policy declares it.
    Declared {
        at: Citation,
        /// The last day on which the declaration holds; `None` where it does not end.
        until: Option<Date>,
        /// The reason that the policy states.
        reason: Option<Text>,
    },
    /// A dated grant, or the end date of a user, has passed.
    Ended {
        at: Citation,
        /// The last day on which the grant held.
        on: Date,
    },
    /// A dated grant has not begun.
    NotYet {
        at: Citation,
        /// The first day on which the grant will hold.
        from: Date,
    },
    /// The policy states `state: removed`.
    Removed { at: Citation },
    /// The policy manages this relation exactly, and does not declare the object.
    NotDeclared {
        /// The line of the object that the difference belongs to, or of the mode in `manage`.
        at: Citation,
    },
    /// The object that the difference belongs to is removed.
    Follows {
        /// The line that removes the object.
        at: Citation,
    },
    /// An undo restores the value from before the run.
    Undo,
}

impl StepReason {
    /// The line of the policy behind the reason; `None` for an undo.
    pub fn citation(&self) -> Option<&Citation> {
        match self {
            Self::Declared { at, .. }
            | Self::Ended { at, .. }
            | Self::NotYet { at, .. }
            | Self::Removed { at }
            | Self::NotDeclared { at }
            | Self::Follows { at } => Some(at),
            Self::Undo => None,
        }
    }
}
