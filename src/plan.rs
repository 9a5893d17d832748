//! A plan: ordered steps, what stays withheld, what it means for people, and the guards' verdict.
//!
//! A plan is a value, complete enough that carrying it out needs no further decision. It is made from a policy and one read of the
//! organization, without side effects: the same inputs give the same bytes.

pub mod file;
pub mod guard;
pub mod impact;
pub mod order;
pub mod replay;

use std::collections::BTreeMap;

pub use guard::{Approved, Refusal, Verdict, Warning};
pub use impact::Impact;
pub use order::Phase;

use crate::change::{LeftAlone, Withheld};
use crate::model::Area;
use crate::model::{
    Alert, Checkout, Contact, CountryCode, Date, Email, Exception, FlatSet, GroupFacts, GroupName, LiveId, Product, ProductId, Profile, RoleId,
    Setting, Text, Timestamp,
};
use crate::policy::Citation;
use crate::policy::settings::{Approval, Guards};

/// What shall be done, in order, and all that a person needs to judge it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The organization's name.
    pub organization: Text,
    /// Hex digest of the policy's files; for an undo, of the snapshot gone back to.
    pub policy: Text,
    /// The day the plan was made for.
    pub as_of: Date,
    /// When it was made.
    pub created: Timestamp,
    /// What was read.
    pub read: Read,
    /// The steps; a step's number is its index here plus one.
    pub steps: Vec<Step>,
    /// Differences deliberately not planned.
    pub withheld: Vec<Withheld>,
    /// What was left out of the comparison.
    pub left_alone: LeftAlone,
    /// What it means for people and licences.
    pub impact: Impact,
    /// The guards' verdict, approvals considered.
    pub verdict: Verdict,
    /// The limits that were judged by, and will be judged by again.
    pub guards: Guards,
    /// The approvals in force.
    pub approvals: Vec<Approval>,
    /// What the policy calls the products that steps name; a sandbox learns them from here.
    pub catalogue: BTreeMap<ProductId, Product>,
}

/// What one read of the organization brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// Users.
    pub users: usize,
    /// Products in the catalogue.
    pub products: usize,
    /// Requests.
    pub requests: u32,
}

/// A step's number in its plan, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepNo(pub u32);

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number.
    pub no: StepNo,
    /// When its turn comes.
    pub phase: Phase,
    /// What it does, with the values before and after.
    pub act: Act,
    /// Objects that must still be the ones that were read, by the name they have when the step's turn comes.
    pub identities: Vec<Identity>,
    /// Steps that must be done first. (Steps of an earlier phase are tried first in any case.)
    pub needs: Vec<StepNo>,
    /// Why, at least one.
    pub why: Vec<Why>,
}

/// A name and the identity it must resolve to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// A user.
    User(Email, LiveId),
    /// A group.
    Group(GroupName, LiveId),
}

/// What a step does. Before-values are preconditions: where live no longer agrees with one, the step is blocked.
///
/// Users and groups are named as they are called when the step's turn comes: by the old name up to a rename, by the new one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// End a checkout of somebody who leaves.
    EndCheckout {
        /// Whose.
        user: Email,
        /// Which.
        checkout: Checkout,
    },
    /// Create a group with an empty list.
    CreateGroup(GroupFacts),
    /// Invite a person; the state becomes `invited`.
    Invite(Profile),
    /// Let in somebody who asked to join: `pending` becomes `active`.
    Approve(Email),
    /// `locked` becomes `active`.
    Unlock(Email),
    /// `before` becomes `locked`.
    Lock {
        /// Whose.
        user: Email,
        /// `active` or `invited`.
        before: crate::model::UserState,
    },
    /// Rename, names, countries.
    UpdateUser {
        /// Its address is the one the user has before the step.
        before: Profile,
        /// As it shall be.
        after: Profile,
    },
    /// Rename, kind, country, description.
    UpdateGroup {
        /// Its name is the one the group has before the step.
        before: GroupFacts,
        /// As it shall be.
        after: GroupFacts,
    },
    /// Add a member.
    Join {
        /// Who.
        user: Email,
        /// Which group.
        group: GroupName,
    },
    /// Take a member out.
    Leave {
        /// Who.
        user: Email,
        /// Which group.
        group: GroupName,
    },
    /// Move from one allocation group to another, at once.
    SwapAllocation {
        /// Who.
        user: Email,
        /// Out of.
        from: GroupName,
        /// Into.
        to: GroupName,
    },
    /// Grant a role.
    GrantRole {
        /// Whose.
        user: Email,
        /// Which.
        role: RoleId,
    },
    /// Revoke a role.
    RevokeRole {
        /// Whose.
        user: Email,
        /// Which.
        role: RoleId,
    },
    /// Allow or deny a product by name, or neither.
    SetException {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
        /// The live value.
        before: Option<Exception>,
        /// The desired value.
        after: Option<Exception>,
    },
    /// Assign a named licence: from 24 h on it is locked for 30 days.
    AssignLicence {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
    },
    /// Release a named licence: its user's use goes into the pool.
    ReleaseLicence {
        /// Whose.
        user: Email,
        /// Which product.
        product: ProductId,
    },
    /// Replace a group's product list, at once: product by product would shut people out in between.
    SetList {
        /// Which group.
        group: GroupName,
        /// The live list.
        before: FlatSet<ProductId>,
        /// The desired list.
        after: FlatSet<ProductId>,
    },
    /// A country's default; `None` is the unstated `everyone`.
    SetDefault {
        /// Which country.
        country: CountryCode,
        /// The live value.
        before: Option<Setting>,
        /// The desired value.
        after: Option<Setting>,
    },
    /// A product's setting; `None` is unstated.
    SetRestriction {
        /// Which product.
        product: ProductId,
        /// Where.
        area: Area,
        /// The live value.
        before: Option<Setting>,
        /// The desired value.
        after: Option<Setting>,
    },
    /// An alert threshold; `None` is no alert.
    SetAlert {
        /// Which product.
        product: ProductId,
        /// Where.
        country: CountryCode,
        /// The live value.
        before: Option<Alert>,
        /// The desired value.
        after: Option<Alert>,
    },
    /// Add a fulfilment contact.
    AddContact(Contact),
    /// Take a fulfilment contact away.
    RemoveContact(Contact),
    /// Replace a contact at once, where the limit of 1 or 10 leaves no room.
    ReplaceContact {
        /// The one that goes.
        from: Contact,
        /// The one that comes.
        to: Contact,
    },
    /// End a person's association with the account; everything they had has gone before.
    RemoveUser(Profile),
    /// Delete an empty group without a list.
    DeleteGroup(GroupFacts),
}

/// Why a step is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
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
