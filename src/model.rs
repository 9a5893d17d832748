//! The organization as a value: ordered maps by name, and the pure functions that decide what they mean.
//!
//! [`Live`] and [`Desired`] wrap the same [`Organization`], so swapping them does not compile.
//! [`OrganizationFacts`] are what both sides share: what the contracts pay for and what products exist.
//! Nothing here reads, writes or knows the time.

mod countries;

pub mod access;
pub mod flat;
pub mod hidden_characters;
pub mod licences;
pub mod look_alikes;
pub mod names;
pub mod passing_names;
pub mod past_terms;
pub mod products;
pub mod text_forms;
mod unread_sections;
pub mod users;
mod word_enum;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use countries::COUNTRIES;
pub use flat::{FlatMap, FlatSet, MergeSide, merge_by_key};
pub use jiff::{Timestamp, civil::Date};
pub use licences::{Contract, OwnedLicences};
pub use names::{
    BundleName, CountryCode, Email, GroupName, Interner, LiveId, NameError, ProductId, RoleId, Text,
};
pub use passing_names::PassingName;
pub use past_terms::PastTerms;
pub use products::{LicenceKind, Money, Product, group_digits};
pub use text_forms::{compose_text, is_same_text};
pub use unread_sections::clear_section;
pub use users::{Checkout, Group, GroupFacts, GroupKind, Licence, Profile, User, UserException, UserState};
pub(crate) use word_enum::word_enum;

/// The people, groups and access settings of one account: everything a policy can state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Organization {
    /// Users by the address they are matched by. A user whom no change affects is one value, shared by both
    /// sides of a plan.
    pub users: BTreeMap<Email, Arc<User>>,
    /// Groups by the name they are matched by.
    pub groups: BTreeMap<GroupName, Group>,
    /// The default access of a country. A country without an entry is [`AccessSetting::Everyone`], and an
    /// entry that says so is the same as none.
    pub defaults: BTreeMap<CountryCode, AccessSetting>,
    /// The access setting of a product; the entry for a country wins over the one for everywhere.
    pub restrictions: BTreeMap<(ProductId, Area), AccessSetting>,
    /// Alert thresholds, which count users and never cap or block anything.
    pub alerts: BTreeMap<(ProductId, CountryCode), Alert>,
    /// Fulfilment contacts, 1 to 10.
    pub contacts: BTreeSet<Contact>,
}

impl Organization {
    /// Returns the user with that address for a change; the copies that other organizations share stay as
    /// they are.
    pub fn user_mut(&mut self, email: &Email) -> Option<&mut User> {
        self.users.get_mut(email).map(Arc::make_mut)
    }

    /// Returns all users for a change.
    pub fn users_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut User> {
        self.users.values_mut().map(Arc::make_mut)
    }
}

/// What the organization reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live(pub Organization);

/// What the organization will be once the plan is carried out; whatever is not managed is in it as it is
/// live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desired(pub Organization);

/// Facts that are given and never planned: they come from the contracts and the product catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganizationFacts {
    /// The catalogue, over the union of both sides; see [`OrganizationFacts::with_catalogue`].
    pub products: BTreeMap<ProductId, Product>,
    /// The contracts, in the order the organization reported them.
    pub contracts: Vec<Contract>,
    /// Whether names and addresses belong to an identity provider.
    pub federated: bool,
    /// The user that seatwise acts as, where the organization reports one.
    pub acting: Option<Email>,
    /// Owned licences and list prices of earlier times.
    pub past: PastTerms,
}

impl OrganizationFacts {
    /// Adds the products that only the policy names; what the organization reports of a product wins.
    pub fn with_catalogue(mut self, policy: &BTreeMap<ProductId, Product>) -> Self {
        for (id, product) in policy {
            self.products
                .entry(id.clone())
                .and_modify(|live| live.fill_unknown_from(product))
                .or_insert_with(|| product.clone());
        }
        self
    }

    /// Whether the product is licensed by name; an unknown product is pooled.
    pub fn is_named(&self, product: &ProductId) -> bool {
        self.products.get(product).is_some_and(|known| known.licence == LicenceKind::Named)
    }
}

/// One read of the organization: what was read, and what stayed unread.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The name that the organization says it has; `None` where it says none.
    pub organization: Option<Text>,
    /// What was read. A section in `unread` is empty here and must not be believed.
    pub live: Live,
    pub facts: OrganizationFacts,
    /// Sections that were not read, with the reason. Unread is not empty.
    pub unread: BTreeMap<Section, UnreadReason>,
    /// The fields of users and groups that the organization has no place for as it is reached; they are
    /// neither read nor written.
    pub no_place: BTreeSet<DirectoryField>,
    /// The number of requests made.
    pub requests: u32,
}

/// Why a section was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnreadReason {
    /// The connector can never read it.
    Unsupported,
    /// The read failed or looked wrong; a lower-case fragment says how.
    Failed(Text),
}

impl UnreadReason {
    /// Whether the organization has live values there that another read may show.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Unsupported => false,
            Self::Failed(_) => true,
        }
    }
}

word_enum! {
    /// A part of the organization that is read, and may fail to be read, by itself.
    pub enum Section {
        /// People and their profile.
        Users = "users",
        /// Groups with their product lists.
        Groups = "groups",
        /// Who is in which group.
        Memberships = "memberships",
        /// Who has which role.
        Roles = "roles",
        /// User exceptions and named licences.
        Assignments = "assignments",
        /// Country defaults and product settings.
        Restrictions = "restrictions",
        /// Alert thresholds.
        Alerts = "alerts",
        /// Fulfilment contacts.
        Contacts = "contacts",
        /// Contracts with owned quantities, and the catalogue.
        Contracts = "contracts",
        /// Checked-out licences.
        Checkouts = "checkouts",
    }
}

/// A part of a user or a group that a service may have no place for, while it has one for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DirectoryField {
    /// First and last name.
    Names,
    /// The country of the profile.
    Country,
    /// An explicit entitlement country.
    EntitlementCountry,
    /// Whether a user is locked.
    Lock,
    /// The approval of a request to join.
    Approval,
    /// What a group is for.
    GroupKind,
    /// The country of a group.
    GroupCountry,
    /// The description of a group.
    Description,
    /// The product list of a group.
    List,
}

word_enum! {
    /// Who may start a product where no stronger rule decides.
    ///
    /// The words `selected` and `nobody` of the policy are both this closed setting: people named by an
    /// assignment or a group list may start the product.
    pub enum AccessSetting {
        /// Open to everyone.
        Everyone = "everyone",
        /// Closed.
        Nobody = "nobody",
    }
}

/// Where a restriction or contact applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// In every country without an entry of its own; `global` for contacts.
    Everywhere,
    /// In one country.
    Country(CountryCode),
}

/// An alert that is sent when more than `above` users of a country have a product open. It never blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alert {
    /// The threshold, in users, not machines.
    pub above: u32,
    /// Whether a user must sign in to be counted.
    pub sign_in_required: bool,
}

impl Alert {
    /// Whether this many users at once trigger the alert.
    pub fn is_exceeded_by(&self, users: u32) -> bool {
        users > self.above
    }
}

/// A fulfilment contact, who gets renewals and invoices.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contact {
    pub email: Email,
    /// The countries that the contact is for.
    pub area: Area,
}

/// The most fulfilment contacts an account may have; it must have at least one.
pub const MOST_CONTACTS: usize = 10;
