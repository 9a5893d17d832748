//! From text to what it declares: a folder's documents become one [`Policy`], with every problem found.
//!
//! Pure: the loader at the edge hands in names and texts. A [`Policy`] says only what is declared, on which
//! line; what becomes of everything else is decided in [`scope`], which makes the
//! [`Desired`](crate::model::Desired) side.

pub mod amend;
pub mod condition;
pub mod decode;
pub mod document;
pub mod problem;
mod provenance;
pub mod resolve;
pub mod schema;
pub mod scope;
pub mod settings;
mod suggest;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::change::Citation;
use crate::model::{
    AccessSetting, Alert, Area, Contact, CountryCode, Date, Email, FlatMap, GroupKind, GroupName, LiveId,
    Product, ProductId, RoleId, Text, Timestamp,
};
pub use settings::{ManageMode, Relation, Settings};
pub(crate) use suggest::nearest_name;

/// The two times that planning needs; the clock is read once, at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The UTC day for which dated grants are judged (`--as-of`).
    pub as_of: Date,
    /// The time of day, for the locks of named licences.
    pub now: Timestamp,
}

/// A stretch of text in one file of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyPlace {
    /// Index into [`PolicyFiles`].
    pub file: u16,
    /// First byte.
    pub start: u32,
    /// Bytes covered, at most 65,535.
    pub len: u16,
}

/// Names of the policy's files and where their lines begin; the texts themselves are not kept.
#[derive(Debug, Clone, Default)]
pub struct PolicyFiles {
    /// Files in path order; [`PolicyPlace::file`] is an index into them.
    pub files: Vec<PolicyFile>,
}

/// One file of the policy.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    /// Path below the policy's folder, with `/`.
    pub path: Text,
    /// Byte offset of each line's start.
    pub lines: Vec<u32>,
}

impl PolicyFiles {
    /// The file and line of `place`.
    pub fn cite(&self, place: PolicyPlace) -> Citation {
        let source = &self.files[usize::from(place.file)];
        let line = source.lines.partition_point(|start| *start <= place.start);
        Citation { file: Text::clone(&source.path), line: u32::try_from(line.max(1)).unwrap_or(u32::MAX) }
    }
}

/// All that the documents declare, dates applied, bundles expanded, includes flattened.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `seatwise.yaml`.
    pub settings: Settings,
    /// For citing places.
    pub sources: PolicyFiles,
    /// Hex digest over all files, names and bytes, in path order.
    pub digest: Text,
    /// Declared users, those to be removed included. Boxed: they are large, and putting 100,000 of them in
    /// order would move them all.
    pub users: FlatMap<Email, Box<DeclaredUser>>,
    /// Declared groups, those to be removed included.
    pub groups: BTreeMap<GroupName, DeclaredGroup>,
    /// The catalogue.
    pub catalogue: BTreeMap<ProductId, Product>,
    /// Custom roles by id, with the name people read.
    pub roles: BTreeMap<RoleId, Text>,
    /// Country defaults.
    pub defaults: BTreeMap<CountryCode, DeclaredValue<AccessSetting>>,
    /// Product settings.
    pub restrictions: BTreeMap<(ProductId, Area), DeclaredValue<Restriction>>,
    /// Alert thresholds.
    pub alerts: BTreeMap<(ProductId, CountryCode), DeclaredValue<Alert>>,
    /// Fulfilment contacts.
    pub contacts: BTreeMap<Contact, PolicyPlace>,
    /// Relations for which a key stands somewhere, even empty: `users: {}` is meant, no `users` at all may be
    /// a typo. For memberships, roles and assignments, which have no key of their own, that is a `groups`,
    /// `members`, `includes`, `roles`, `products` or `deny`.
    pub spelled_out: BTreeSet<Relation>,
    /// Products that are named and not in the policy's catalogue, each at the first place: a problem unless
    /// the organization has them.
    pub unknown_products: Vec<(ProductId, PolicyPlace)>,
}

impl Policy {
    /// The days on which something that the policy dates begins, or has ended on the day before.
    pub fn turning_days(&self) -> BTreeSet<Date> {
        let mut days = BTreeSet::new();
        let mut ends = |until: Option<Date>| days.extend(until.and_then(|until| until.tomorrow().ok()));
        self.users.iter().for_each(|(_, user)| ends(user.until));
        let mut dated = |grant: &Grant| {
            if let Some(terms) = &grant.terms {
                ends(terms.until);
                // What begins has ended, so to speak, not to be there.
                ends(terms.from.and_then(|from| from.yesterday().ok()));
            }
        };
        for (_, user) in self.users.iter() {
            user.groups.iter().for_each(|(_, grant)| dated(grant));
            user.roles.iter().flat_map(|roles| roles.iter()).for_each(|(_, grant)| dated(grant));
            user.products
                .iter()
                .chain(&user.deny)
                .flat_map(|products| products.iter())
                .for_each(|(_, grant)| dated(grant));
        }
        self.groups
            .values()
            .filter_map(|group| group.products.as_ref())
            .flat_map(|products| products.iter())
            .for_each(|(_, grant)| dated(grant));
        days
    }
}

/// A value and the place that declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredValue<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: PolicyPlace,
}

/// What a restriction says of a product. The organization knows only open and closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// Open.
    Everyone,
    /// Closed but for those with an assignment or a group list.
    Selected,
    /// Closed, and no assignment or list names it.
    Nobody,
}

impl Restriction {
    /// The one live setting.
    pub fn setting(self) -> AccessSetting {
        match self {
            Self::Everyone => AccessSetting::Everyone,
            Self::Selected | Self::Nobody => AccessSetting::Nobody,
        }
    }
}

/// What the policy says of one person. `None` and absent entries say nothing.
#[derive(Debug, Clone)]
pub struct DeclaredUser {
    /// The address as a key.
    pub place: PolicyPlace,
    /// Whether the person shall be there.
    pub presence: Presence,
    /// Pins the live identity.
    pub id: Option<LiveId>,
    /// The address before a rename.
    pub formerly: Option<Email>,
    /// Given name.
    pub first_name: Option<Text>,
    /// Family name.
    pub last_name: Option<Text>,
    /// Profile country.
    pub country: Option<CountryCode>,
    /// Entitlement country.
    pub entitlement_country: Option<CountryCode>,
    /// State, if one is demanded.
    pub state: Option<DeclaredState>,
    /// Last day in the organization; ended already where `presence` says removed.
    pub until: Option<Date>,
    /// Roles, by bundle, default or own list; `None` where no such key stands.
    pub roles: Option<FlatMap<RoleId, Grant>>,
    /// Groups named by the user, a bundle, a default or a group's `members`, includes flattened.
    pub groups: FlatMap<GroupName, Grant>,
    /// Whether the user's own side (user, bundle, default) has a `groups` key.
    pub groups_spelled_out: bool,
    /// Products allowed by name, or named licences, by the kind of the product; `None` where no such key
    /// stands.
    pub products: Option<FlatMap<ProductId, Grant>>,
    /// Products denied; `None` where no such key stands.
    pub deny: Option<FlatMap<ProductId, Grant>>,
}

/// Whether an object shall be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It shall.
    Present,
    /// `state: removed`, at this place.
    Removed(PolicyPlace),
    /// Its `until`, at this place, is past.
    Ended(Date, PolicyPlace),
}

/// A state that a policy can demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredState {
    /// `active`: unlock; an invited user counts.
    Active,
    /// `locked`.
    Locked,
}

/// One grant: where it stands and whether it holds on the day of the plan.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Where it stands; of several places that grant the same, the first that holds.
    pub place: PolicyPlace,
    /// Whether it holds.
    pub standing: GrantStanding,
    /// Dates and reason, where it has any.
    pub terms: Option<Box<GrantTerms>>,
}

impl Grant {
    /// Whether the grant holds on the day of the plan.
    pub fn holds(&self) -> bool {
        self.standing == GrantStanding::Holds
    }
}

/// Where the day of the plan lies in a grant's dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantStanding {
    /// Within them.
    Holds,
    /// Before `from`.
    NotYet,
    /// After `until`, its own or its user's.
    Ended,
}

/// Dates (inclusive, UTC) and reason of a grant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantTerms {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Why it is granted.
    pub reason: Option<Text>,
}

impl GrantTerms {
    /// Where `as_of` lies in the dates.
    pub fn standing(&self, as_of: Date) -> GrantStanding {
        if self.until.is_some_and(|until| until < as_of) {
            GrantStanding::Ended
        } else if self.from.is_some_and(|from| as_of < from) {
            GrantStanding::NotYet
        } else {
            GrantStanding::Holds
        }
    }
}

/// What the policy says of one group. `None` says nothing.
#[derive(Debug, Clone)]
pub struct DeclaredGroup {
    /// The name as a key.
    pub place: PolicyPlace,
    /// Whether the group shall be there ([`Presence::Ended`] is not used).
    pub presence: Presence,
    /// Pins the live identity.
    pub id: Option<LiveId>,
    /// The name before a rename.
    pub formerly: Option<GroupName>,
    /// What the group is for.
    pub kind: Option<GroupKind>,
    /// For which members the list counts.
    pub country: Option<CountryCode>,
    /// What people read.
    pub description: Option<Text>,
    /// Whether the group has a `members` or `includes` key; its members are in [`DeclaredUser::groups`].
    pub members_spelled_out: bool,
    /// Groups whose members are members of this one, and where it says so.
    pub includes: Vec<(GroupName, PolicyPlace)>,
    /// The allow-list; `None` where no such key stands.
    pub products: Option<FlatMap<ProductId, Grant>>,
}
