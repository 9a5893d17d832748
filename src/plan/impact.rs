//! What a plan means: who can start what, before and after, and why; licences; what cannot be undone.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::{Area, CountryCode, Email, GroupName, LicenceKind, ProductId};

/// What a plan means for people and licences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Impact {
    /// By product: how many people lose and gain it, newcomers and leavers included. Products that nothing happens to are left out.
    pub products: BTreeMap<ProductId, ProductImpact>,
    /// People who stay and lose access to a product: the products by cause.
    pub losing: BTreeMap<Email, BTreeMap<Cause, Vec<ProductId>>>,
    /// People who were already there and gain access to a product: the products by cause.
    pub gaining: BTreeMap<Email, BTreeMap<Cause, Vec<ProductId>>>,
    /// People who leave, with how many products they could start.
    pub leaving: BTreeMap<Email, usize>,
    /// Licences of products whose assignments change or that a step names.
    pub licences: Vec<LicenceLine>,
    /// Steps that switch something for everybody at once.
    pub flips: Vec<Flip>,
    /// What cannot be undone.
    pub not_undoable: NotUndoable,
    /// Requests that carrying it out takes.
    pub requests: u32,
    /// About how long it takes, at the connector's pace; `None` where the pace is unknown.
    pub seconds: Option<f64>,
}

/// How many people lose and gain one product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductImpact {
    /// People who could start it and no longer can.
    pub lost: usize,
    /// Of those, people who leave.
    pub lost_by_leaving: usize,
    /// People who can start it now.
    pub gained: usize,
    /// Of those, newcomers.
    pub gained_by_newcomers: usize,
    /// People who lose and gain it, by cause, leavers and newcomers left out.
    pub causes: BTreeMap<Cause, (usize, usize)>,
}

/// What made somebody's access change, named as approvals name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The person: comes, goes, or has another country.
    User(Email),
    /// The person joined or left the group.
    Membership(GroupName, Email),
    /// An exception or a named licence.
    Assignment(Email, ProductId),
    /// The group: its list, kind or country.
    Group(GroupName),
    /// The product's setting for everywhere.
    Product(ProductId),
    /// The product's setting in a country.
    Restriction(ProductId, CountryCode),
    /// The country's default.
    Default(CountryCode),
}

impl Cause {
    /// The cause of a changed setting.
    pub fn setting(product: &ProductId, area: Area) -> Self {
        match area {
            Area::Everywhere => Self::Product(product.clone()),
            Area::Country(country) => Self::Restriction(product.clone(), country),
        }
    }
}

impl fmt::Display for Cause {
    /// As approvals name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user}"),
            Self::Membership(group, user) => write!(f, "{group}/{user}"),
            Self::Assignment(user, product) => write!(f, "{user}/{product}"),
            Self::Group(group) => write!(f, "group {group}"),
            Self::Product(product) => write!(f, "product {product}"),
            Self::Restriction(product, country) => write!(f, "restriction {product} {country}"),
            Self::Default(country) => write!(f, "default {country}"),
        }
    }
}

/// Licences of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceLine {
    /// Which product.
    pub product: ProductId,
    /// Pooled or named.
    pub licence: LicenceKind,
    /// Owned over all contracts; `None` where no contract says.
    pub owned: Option<u32>,
    /// People with an assignment (an allow exception or a named licence) before.
    pub assigned_before: u32,
    /// The same after.
    pub assigned_after: u32,
    /// Most machines at once in the last 90 days; `None` where usage was not read. Never 0 for unknown.
    pub peak: Option<u32>,
}

/// A step that switches something for everybody at once: dangerous, so that its people are listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flip {
    /// The first product on a list denies everything else to the members.
    FirstProduct(GroupName),
    /// An emptied list no longer counts: the members fall back to the country's settings.
    EmptiedList(GroupName),
    /// A country's default becomes `nobody`.
    DefaultNobody(CountryCode),
}

/// What an undo will not bring back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NotUndoable {
    /// Invitations sent.
    pub invitations: usize,
    /// Checkouts ended.
    pub checkouts: usize,
    /// Named licences whose 24 h and lock begin.
    pub locks: usize,
    /// People removed: the same address comes back as another identity.
    pub identities: usize,
    /// People let in who had asked to join.
    pub approvals: usize,
}
