//! What is to be known of the kinds of objects without knowing plans or readers. Of a change: the names it
//! uses, the sections that show it, what it is a part of, and whether it can be undone. Of the fields of a
//! person: names, nouns, texts and owners; whoever treats the fields alike loops over them rather than name
//! them. Each file is about one kind of object. Nothing here decides, orders or words anything.

mod alert;
mod assignment;
mod checkout;
mod contact;
mod group;
mod membership;
pub mod profile;
mod role;
mod setting;
mod user;

use crate::change::Change;
use crate::model::{CountryCode, Email, GroupName, ProductId, Section};

pub use group::{LISTED_PRODUCT, list_facts};
pub use membership::move_facts;

/// A kind of object that a change alters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A user's profile or state, or the user as a whole.
    User,
    Role,
    /// A group's facts, or the group as a whole.
    Group,
    Membership,
    /// The product list of a group.
    ProductList,
    /// A product that is allowed or denied to a user by name.
    Exception,
    /// A named licence.
    Licence,
    Checkout,
    /// The default access of a country, or the access setting of a product.
    AccessSetting,
    Alert,
    Contact,
}

/// What is to be known of one change, whatever plan it is in.
#[derive(Debug, Clone, Copy)]
pub struct ChangeFacts<'a> {
    pub kind: ObjectKind,
    /// The sections that show the change, all of which must have been read.
    pub sections: &'static [Section],
    /// The user whom the change is about, by the name before it.
    pub user: Option<&'a Email>,
    /// The group that changes, or that the user joins or leaves, by the name before the change.
    pub group: Option<&'a GroupName>,
    /// The group that the user leaves for the other one in the same write.
    pub left_group: Option<&'a GroupName>,
    /// The product that the change names, which must be in the catalogue.
    pub product: Option<&'a ProductId>,
    pub country: Option<CountryCode>,
    /// What comes or goes together with the user.
    pub part_of_user: Option<ObjectPart<'a>>,
    /// What comes or goes together with the group.
    pub part_of_group: Option<ObjectPart<'a>>,
    /// The effect that an undo cannot reverse; `None` where an undo restores everything.
    pub irreversible: Option<IrreversibleEffect>,
}

/// A thing that comes or goes with the user or group that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct ObjectPart<'a> {
    pub noun: PartNoun,
    pub name: &'a str,
}

/// The words for a part, in the order in which parts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartNoun {
    rank: u8,
    pub one: &'static str,
    pub many: &'static str,
}

/// An effect that an undo cannot reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IrreversibleEffect {
    SentInvitation,
    /// A user who had asked to join was accepted.
    GivenApproval,
    EndedCheckout,
    /// A named licence was assigned, which is locked after 24 hours.
    LockedLicence,
    /// A user was removed: inviting the same address again creates another identity.
    LostIdentity,
}

impl<'a> ChangeFacts<'a> {
    /// The facts of a change that names nothing and is a part of nothing.
    pub const fn new(
        kind: ObjectKind,
        sections: &'static [Section],
        irreversible: Option<IrreversibleEffect>,
    ) -> Self {
        Self {
            kind,
            sections,
            user: None,
            group: None,
            left_group: None,
            product: None,
            country: None,
            part_of_user: None,
            part_of_group: None,
            irreversible,
        }
    }

    /// The facts of `change`.
    pub fn from_change(change: &'a Change) -> Self {
        match change {
            Change::User { user, edit } => user::user_facts(user, edit),
            Change::State { user, before, after } => user::state_facts(user, *before, *after),
            Change::Group { group, edit: _ } => group::group_facts(group),
            Change::Membership { group, user, edit: _ } => membership::membership_facts(user, group),
            Change::Role { user, role, edit: _ } => role::role_facts(user, role),
            Change::Exception { user, product, edit } => assignment::exception_facts(user, product, edit),
            Change::Licence { user, product, edit } => assignment::licence_facts(user, product, edit),
            Change::Checkout { user, checkout } => checkout::checkout_facts(user, checkout),
            Change::Listing { group, product, edit: _ } => group::listing_facts(group, product),
            Change::Default { country, edit: _ } => setting::default_facts(*country),
            Change::Restriction { product, area, edit: _ } => setting::restriction_facts(product, *area),
            Change::Alert { product, country, edit: _ } => alert::alert_facts(product, *country),
            Change::Contact { edit: _ } => contact::contact_facts(),
        }
    }
}
