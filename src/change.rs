//! What differs between the two sides, as values.
//!
//! A [`Change`] carries names and before/after values and nothing made for a reader: words are the renderers'
//! business.

use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, CountryCode, Date, Email, GroupFacts, GroupName,
    ProductId, Profile, RoleId, Section, Text, Timestamp, UnreadReason, UserException, UserState,
};

/// What happens to one value. `Update` is only built when the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit<T> {
    /// It is not there and shall be.
    Create(T),
    /// It is there and shall be another.
    Update {
        /// The live value.
        before: T,
        /// The desired value.
        after: T,
    },
    /// It is there and shall not be.
    Delete(T),
}

impl<T: PartialEq + Clone> Edit<T> {
    /// The edit that leads from `before` to `after`; `None` where they agree.
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
    /// A person comes, goes, or has another profile.
    User {
        /// Whose.
        user: Email,
        /// The profile.
        edit: Edit<Profile>,
    },
    /// A person who is there stands elsewhere.
    State {
        /// Whose.
        user: Email,
        /// The state before.
        before: UserState,
        /// The state after.
        after: UserState,
    },
    /// A group comes, goes, or has other facts.
    Group {
        /// Which.
        group: GroupName,
        /// The facts.
        edit: Edit<GroupFacts>,
    },
    /// A person joins or leaves a group.
    Membership {
        /// Which group.
        group: GroupName,
        /// Who.
        user: Email,
        /// Comes or goes.
        edit: Edit<()>,
    },
    /// A role is granted or revoked.
    Role {
        /// Whose.
        user: Email,
        /// Which role.
        role: RoleId,
        /// Comes or goes.
        edit: Edit<()>,
    },
    /// A product is allowed or denied to a person by name.
    Exception {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
        /// Allowed or denied.
        edit: Edit<UserException>,
    },
    /// A named licence is assigned or released.
    Licence {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
        /// Comes or goes.
        edit: Edit<()>,
    },
    /// A checkout of somebody who leaves ends.
    Checkout {
        /// Whose.
        user: Email,
        /// What was checked out.
        checkout: Checkout,
    },
    /// A product comes onto a group's list or off it.
    Listing {
        /// Which group.
        group: GroupName,
        /// Which product.
        product: ProductId,
        /// Comes or goes.
        edit: Edit<()>,
    },
    /// The default access of a country.
    Default {
        /// Which country.
        country: CountryCode,
        /// The default; `Create` and `Delete` are from and to the unstated `everyone`.
        edit: Edit<AccessSetting>,
    },
    /// The setting of a product.
    Restriction {
        /// Which product.
        product: ProductId,
        /// Where.
        area: Area,
        /// The setting.
        edit: Edit<AccessSetting>,
    },
    /// An alert threshold.
    Alert {
        /// Which product.
        product: ProductId,
        /// Where.
        country: CountryCode,
        /// The alert.
        edit: Edit<Alert>,
    },
    /// A fulfilment contact.
    Contact {
        /// Who, for where; an update does not exist.
        edit: Edit<Contact>,
    },
}

/// A difference deliberately not planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// What stays as it is.
    pub what: WithheldSubject,
    /// Why.
    pub reason: WithheldReason,
}

/// What a [`Withheld`] is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithheldSubject {
    /// One difference.
    Change(Change),
    /// All differences of a section.
    Section(Section),
}

/// Why a difference is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithheldReason {
    /// `manage` only observes the relation.
    Observed,
    /// The section was not read, so nothing is known of it.
    Unread(UnreadReason),
    /// What it depends on was not read: removing the object would be a guess.
    DependsOnUnread(Section),
    /// The object it belongs to is withheld.
    ObjectWithheld,
    /// Account Administrators follow the contract.
    AccountAdministrator,
    /// seatwise acts as this user and would lose its own access.
    ActingIdentity,
    /// `guard.protect` names the user.
    Protected,
    /// Names and addresses belong to the identity provider.
    Federated,
    /// A user who asked to join and is not declared.
    PendingUndeclared,
    /// A named licence is locked until then.
    LicenceLocked {
        /// When it unlocks.
        until: Timestamp,
    },
    /// The last fulfilment contact stays.
    LastContact,
}

/// What was left out of the comparison without a difference being looked for.
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
    /// nothing.
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

/// Why a step is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepReason {
    /// A line of the policy declares it.
    Declared {
        /// Which line.
        at: Citation,
        /// The last day it holds, if it ends.
        until: Option<Date>,
        /// The policy's own words.
        reason: Option<Text>,
    },
    /// A dated grant, or a user's stay, is over.
    Ended {
        /// Which line.
        at: Citation,
        /// The last day it held.
        on: Date,
    },
    /// A dated grant has not begun.
    NotYet {
        /// Which line.
        at: Citation,
        /// The first day it will hold.
        from: Date,
    },
    /// `state: removed`.
    Removed {
        /// Which line.
        at: Citation,
    },
    /// The policy is the whole truth here and does not name it.
    NotDeclared {
        /// The object's place, or that of the mode in `manage`.
        at: Citation,
    },
    /// The object it belongs to goes.
    Follows {
        /// The place that says so.
        at: Citation,
    },
    /// An undo restores what was before the run.
    Undo,
}

impl StepReason {
    /// The line of the policy; an undo has none.
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
