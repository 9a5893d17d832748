//! The policy: parses a folder's documents into one [`Policy`] and reports every problem found.
//!
//! Pure: the loader at the edge passes in file names and texts. A [`Policy`] holds only what is declared, and
//! on which line; [`scope`] decides what happens to everything else and makes the
//! [`Desired`](crate::model::Desired) side.

pub mod amend;
pub mod condition;
mod conflict;
pub mod decode;
pub mod document;
mod grant_sources;
pub mod own_place;
pub mod problem;
mod product_names;
mod provenance;
pub mod resolve;
pub mod schema;
pub mod scope;
pub mod settings;
mod suggest;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::change::Citation;
use crate::change::JoinedProduct;
use crate::model::{
    AccessSetting, Alert, Area, Contact, CountryCode, Date, Email, FlatMap, GroupKind, GroupName,
    LicenceKind, LiveId, Product, ProductId, Profile, RoleId, Text, Timestamp, is_same_text,
};
use crate::object::profile::ProfileField;
pub use conflict::{DatedConflicts, DatedProblem};
pub use grant_sources::{DaySpan, GrantSource};
pub use settings::{ManageMode, Relation, Settings};
pub(crate) use suggest::nearest_name;

/// The two times that planning needs. The clock is read once, at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The UTC day on which dated grants are judged (`--as-of`).
    pub as_of: Date,
    /// The current time, for deciding whether a named licence is still locked.
    pub now: Timestamp,
}

/// A stretch of text in one file of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyPlace {
    /// Index into [`PolicyFiles`].
    pub file: u16,
    /// Offset of the first byte.
    pub start: u32,
    /// Length in bytes, at most 65,535.
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
    /// Returns the file and line of `place`.
    pub fn cite(&self, place: PolicyPlace) -> Citation {
        let source = &self.files[usize::from(place.file)];
        let line = source.lines.partition_point(|start| *start <= place.start);
        Citation { file: Text::clone(&source.path), line: u32::try_from(line.max(1)).unwrap_or(u32::MAX) }
    }
}

/// Everything that the documents declare, with dates applied, bundles expanded and includes flattened.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The contents of `seatwise.yaml`.
    pub settings: Settings,
    /// File names and line offsets, for citing places.
    pub sources: PolicyFiles,
    /// Hex digest over all files, names and bytes, in path order.
    pub digest: Text,
    /// Declared users, including those to be removed. Boxed because a user is large, and sorting 100,000
    /// users would move all of them.
    pub users: FlatMap<Email, Box<DeclaredUser>>,
    /// Declared groups, including those to be removed.
    pub groups: BTreeMap<GroupName, DeclaredGroup>,
    pub catalogue: BTreeMap<ProductId, Product>,
    pub catalogue_entries: BTreeMap<ProductId, CatalogueEntry>,
    /// Products that the policy's files call otherwise than the organization. Once [`scope`] has joined both
    /// catalogues, everything here has the organization's names.
    pub joined_products: Vec<JoinedProduct>,
    /// Display names of custom roles.
    pub roles: BTreeMap<RoleId, Text>,
    /// Access settings that apply in a country to products without a restriction.
    pub defaults: BTreeMap<CountryCode, DeclaredValue<AccessSetting>>,
    /// Who may use a product, everywhere or in one country.
    pub restrictions: BTreeMap<(ProductId, Area), DeclaredValue<Restriction>>,
    pub alerts: BTreeMap<(ProductId, CountryCode), DeclaredValue<Alert>>,
    /// Fulfilment contacts, and where each is declared.
    pub contacts: BTreeMap<Contact, PolicyPlace>,
    /// Relations whose key is present in the policy, even without entries: `users: {}` is intended, a missing
    /// `users` may be a typo. Memberships, roles and assignments have no key of their own; for them, the keys
    /// are `groups`, `members`, `includes`, `roles`, `products` and `deny`.
    pub spelled_out: BTreeSet<Relation>,
    /// Products that the policy names but its catalogue lacks, each with its first place. They are a problem
    /// unless the organization has them.
    pub unknown_products: Vec<(ProductId, PolicyPlace)>,
    /// What the dates of grants make impossible, today or later.
    pub conflicts: DatedConflicts,
    /// Paths of files that look as if they were meant and are not read, in order.
    pub passed_over: Vec<Text>,
}

impl Policy {
    /// Returns the days on which a dated part of the policy changes: the first day of a grant, and the day
    /// after the last day of a grant or a user.
    pub fn turning_days(&self) -> BTreeSet<Date> {
        let mut days = BTreeSet::new();
        let mut ends = |until: Option<Date>| days.extend(until.and_then(|until| until.tomorrow().ok()));
        self.users.iter().for_each(|(_, user)| ends(user.until));
        let mut dated = |grant: &Grant| {
            for GrantSource { days, .. } in grant.is_dated().then(|| grant.sources()).into_iter().flatten() {
                ends(Some(days.last));
                // A beginning counts as the end of an absence that lasted until the day before.
                ends(days.first.yesterday().ok());
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

/// What the policy's text says of a product beside the product itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Place of the id, which is the product's key.
    pub place: PolicyPlace,
    /// How the product is licensed; `None` where the policy does not say.
    pub licence: Option<LicenceKind>,
}

/// A value and the place that declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredValue<T> {
    pub value: T,
    pub place: PolicyPlace,
}

/// Who may use a product, as a restriction declares. The organization itself knows only open and closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// Open.
    Everyone,
    /// Closed except for users with an assignment or a group list.
    Selected,
    /// Closed, and no assignment or group list names the product.
    Nobody,
}

impl Restriction {
    /// Returns the setting that the organization stores for this restriction.
    pub fn setting(self) -> AccessSetting {
        match self {
            Self::Everyone => AccessSetting::Everyone,
            Self::Selected | Self::Nobody => AccessSetting::Nobody,
        }
    }
}

/// What the policy declares about one person. `None` or an absent entry means that the policy does not say.
#[derive(Debug, Clone)]
pub struct DeclaredUser {
    /// Place of the address, which is the user's key.
    pub place: PolicyPlace,
    /// Whether the person is to be in the organization.
    pub presence: Presence,
    /// The live identity that the user is pinned to.
    pub id: Option<LiveId>,
    /// The address before a rename.
    pub formerly: Option<Email>,
    pub first_name: Option<Text>,
    pub last_name: Option<Text>,
    /// Country of the profile.
    pub country: Option<CountryCode>,
    /// The country whose contract and settings apply.
    pub entitlement_country: Option<Option<CountryCode>>,
    /// The state that the policy demands, if any.
    pub state: Option<DeclaredState>,
    /// Last day in the organization. Once the day is past, `presence` is [`Presence::Ended`].
    pub until: Option<Date>,
    /// Roles from the user's own list, bundles and `defaults`; `None` where none of them has a `roles` key.
    pub roles: Option<FlatMap<RoleId, Grant>>,
    /// Groups from the user's own list, bundles, `defaults` and the groups' `members`, with includes
    /// flattened.
    pub groups: FlatMap<GroupName, Grant>,
    /// Whether the user, one of the user's bundles or `defaults` has a `groups` key.
    pub groups_spelled_out: bool,
    /// Products allowed by name, or named licences where the product is licensed by name; `None` where there
    /// is no `products` key.
    pub products: Option<FlatMap<ProductId, Grant>>,
    /// Products denied by name; `None` where there is no `deny` key.
    pub deny: Option<FlatMap<ProductId, Grant>>,
}

impl DeclaredUser {
    /// Copies what the policy declares of a field into a profile; `None` where the policy does not say. The
    /// address is the user's key, which is not part of the declaration.
    pub fn copy_field(&self, field: ProfileField, into: &mut Profile) -> Option<()> {
        match field {
            ProfileField::Email => {}
            ProfileField::FirstName => take_text(self.first_name.as_ref()?, &mut into.first_name),
            ProfileField::LastName => take_text(self.last_name.as_ref()?, &mut into.last_name),
            ProfileField::Country => into.country = self.country?,
            ProfileField::EntitlementCountry => into.entitlement_country = self.entitlement_country?,
        }
        Some(())
    }
}

/// Whether a policy can say the text: it has no control characters but line breaks and tabs.
pub fn is_declarable_text(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// Whether a policy can say the text where it is one line: it is not blank, and has at most 400 bytes.
pub fn is_declarable_line(text: &str) -> bool {
    is_declarable_text(text) && !text.trim().is_empty() && text.len() <= 400 && !text.contains('\n')
}

/// Takes a declared text, unless the one that is there is the same but for a difference that nobody sees.
pub(crate) fn take_text(declared: &Text, into: &mut Text) {
    if !is_same_text(declared, into) {
        into.clone_from(declared);
    }
}

/// Says of a file that looks as if it were meant that it is not read.
pub fn passed_over_words(path: &str) -> String {
    format!("the file `{path}` is not read, as its name does not end in .yaml or .yml")
}

/// Whether an object is to be in the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Present,
    /// `state: removed` is declared at this place.
    Removed(PolicyPlace),
    /// The day of `until`, declared at this place, is past.
    Ended(Date, PolicyPlace),
}

/// A state that a policy can demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredState {
    /// `active`: a locked user is unlocked; an invited user counts as active.
    Active,
    Locked,
}

/// One grant: its place, and whether it holds on the day of the plan.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Where several places grant the same thing, the one that holds longest from the day of the plan on.
    /// Where none holds, the one that ended last, else the first to begin.
    pub place: PolicyPlace,
    pub standing: GrantStanding,
    /// Dates and reason; `None` where the grant has neither.
    pub terms: Option<Box<GrantTerms>>,
}

impl Grant {
    /// Whether the grant holds on the day of the plan.
    pub fn holds(&self) -> bool {
        self.standing == GrantStanding::Holds
    }
}

/// Where the day of the plan lies relative to a grant's dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantStanding {
    /// Within the dates.
    Holds,
    /// Before `from`.
    NotYet,
    /// After `until` of the grant or of its user.
    Ended,
}

/// Dates (inclusive, UTC) and reason of a grant. Where several places grant the same thing, the dates are
/// those of the unbroken stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantTerms {
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub reason: Option<Text>,
    /// All places that grant it, in their order, where they are several and have dates; else empty.
    pub sources: Vec<GrantSource>,
}

impl GrantTerms {
    /// Returns where `as_of` lies relative to the dates.
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

/// What the policy declares about one group. `None` means that the policy does not say.
#[derive(Debug, Clone)]
pub struct DeclaredGroup {
    /// Place of the name, which is the group's key.
    pub place: PolicyPlace,
    /// Whether the group is to be in the organization ([`Presence::Ended`] is not used).
    pub presence: Presence,
    /// The live identity that the group is pinned to.
    pub id: Option<LiveId>,
    /// The name before a rename.
    pub formerly: Option<GroupName>,
    /// What the group is for.
    pub kind: Option<GroupKind>,
    /// The only country in which the allow-list counts: that of a member's entitlement. `Some(None)` takes it
    /// away.
    pub country: Option<Option<CountryCode>>,
    pub description: Option<Text>,
    /// Whether the group has a `members` or `includes` key; its members are in [`DeclaredUser::groups`].
    pub members_spelled_out: bool,
    /// Groups whose members are also members of this one, and where each is named.
    pub includes: Vec<(GroupName, PolicyPlace)>,
    /// The allow-list; `None` where there is no `products` key.
    pub products: Option<FlatMap<ProductId, Grant>>,
}
