//! `sandbox-seed.json`, beside a policy: what the organization is before the first apply.
//!
//! Contracts, owned quantities, prices, an identity provider, people who were there before: facts of a live organization, not policy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};

use super::invariant;
use crate::model::{
    Area, Checkout, Contact, Contract, CountryCode, Date, Email, Exception, Facts, FlatSet, Group, GroupFacts, GroupKind, GroupName, Licence,
    LicenceKind, LiveId, Organization, Owned, Product, ProductId, Profile, RoleId, Text, User, UserState,
};

/// The name of the file in a policy's folder.
pub const SEED_FILE: &str = "sandbox-seed.json";

/// What the organization is before the first apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seed {
    /// The Account Administrator; by default one named after the organization.
    pub administrator: Option<Profile>,
    /// People, groups and contacts that are there before.
    pub organization: Organization,
    /// Contracts, catalogue, identity provider, acting identity (by default the Account Administrator).
    pub facts: Facts,
}

/// A seed file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file system refused.
    #[error("{} could not be read", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// Not JSON, an unknown field, a value that is none.
    #[error("{}:{}:{}: {what}", .path.display(), .line, .column)]
    Parse {
        /// Which file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// What is wrong; a lower-case fragment.
        what: String,
    },
    /// What it states breaks an invariant of the organization.
    #[error("{}: {what}", .path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// Which invariant; a lower-case fragment.
        what: Text,
    },
}

/// Reads a seed file. One that is not there is an empty seed.
pub fn read_seed(path: &Path) -> Result<Seed, SeedError> {
    match std::fs::read(path) {
        Ok(bytes) => parse_seed(path, &bytes),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Seed::default()),
        Err(source) => Err(SeedError::Read { path: path.to_path_buf(), source }),
    }
}

fn parse_seed(path: &Path, bytes: &[u8]) -> Result<Seed, SeedError> {
    let wire: WireSeed = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = error.to_string();
        let what = what.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&what).to_owned();
        SeedError::Parse { path: path.to_path_buf(), line, column, what }
    })?;
    let broken = |what| SeedError::Broken { path: path.to_path_buf(), what };
    let seed = wire.seed().map_err(broken)?;
    // How long a checkout lasts is judged when the organization is founded; no time is known here.
    match invariant::first_broken(&seed.organization, &seed.facts, Timestamp::MAX) {
        Some(what) => Err(broken(what)),
        None => Ok(seed),
    }
}

impl Seed {
    /// The organization `name` as it is founded: this seed, an Account Administrator, and `people` besides.
    ///
    /// Everybody gets an identity by place in the order of addresses, so that a preview and the founding give the same ones.
    pub fn found(&self, name: &str, people: &Organization) -> (Organization, Facts) {
        let mut organization = people.clone();
        let Organization { users, groups, defaults, restrictions, alerts, contacts } = self.organization.clone();
        add_missing(&mut organization.users, users);
        add_missing(&mut organization.groups, groups);
        add_missing(&mut organization.defaults, defaults);
        add_missing(&mut organization.restrictions, restrictions);
        add_missing(&mut organization.alerts, alerts);
        organization.contacts.extend(contacts);
        let administrator = self.administrator_of(name, &mut organization);
        number(&mut organization);
        let mut facts = self.facts.clone();
        facts.acting = facts.acting.or(administrator);
        (organization, facts)
    }

    /// As [`Seed::found`] without people besides, before the founding: the Account Administrator is not there yet.
    pub fn preview(&self, name: &str) -> (Organization, Facts) {
        let (mut organization, mut facts) = self.found(name, &Organization::default());
        organization.users.retain(|email, _| self.organization.users.contains_key(email));
        facts.acting = facts.acting.filter(|acting| Some(acting) == self.facts.acting.as_ref());
        (organization, facts)
    }

    /// Makes sure of an Account Administrator.
    fn administrator_of(&self, name: &str, organization: &mut Organization) -> Option<Email> {
        let holds = |user: &&User| user.roles.has(RoleId::ACCOUNT_ADMINISTRATOR);
        if let Some(user) = organization.users.values().find(holds) {
            return Some(user.profile.email.clone());
        }
        let profile = self.administrator.clone().unwrap_or_else(|| self.default_administrator(name));
        let email = profile.email.clone();
        let role = RoleId::new(RoleId::ACCOUNT_ADMINISTRATOR).expect("the portal's role is a name");
        let user = organization.users.entry(email.clone()).or_insert_with(|| blank_user(profile, UserState::Active));
        user.roles.add(role);
        Some(email)
    }

    fn default_administrator(&self, name: &str) -> Profile {
        let label: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
        let label = label.trim_matches('-');
        let label = if label.is_empty() { "organization" } else { label };
        let email = Email::new(&format!("account.administrator@{label}.example")).expect("letters, digits and hyphens are a domain");
        let anywhere = CountryCode::new("US").expect("US is on the list");
        let country = self.facts.contracts.first().map_or(anywhere, |contract| contract.country);
        Profile { email, first_name: "Account".into(), last_name: "Administrator".into(), country, entitlement_country: None }
    }
}

fn add_missing<K: Ord, V>(known: &mut BTreeMap<K, V>, more: BTreeMap<K, V>) {
    for (key, value) in more {
        known.entry(key).or_insert(value);
    }
}

pub(super) fn number(organization: &mut Organization) {
    for (user, key) in organization.users.values_mut().zip(1..) {
        user.id.get_or_insert_with(|| identity('u', key));
    }
    for (group, key) in organization.groups.values_mut().zip(1..) {
        group.id.get_or_insert_with(|| identity('g', key));
    }
}

fn identity(letter: char, key: usize) -> LiveId {
    LiveId::new(&format!("{letter}-{key}")).expect("a letter and a number are a name")
}

fn blank_user(profile: Profile, state: UserState) -> User {
    User {
        id: None,
        profile,
        state,
        roles: FlatSet::new(),
        groups: FlatSet::new(),
        exceptions: crate::model::FlatMap::new(),
        licences: crate::model::FlatMap::new(),
        checkouts: FlatSet::new(),
    }
}

/// A value that the model parses from a text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said<T>(T);

macro_rules! said {
    ($($kind:ty, $parse:expr;)*) => {$(
        impl<'de> Deserialize<'de> for Said<$kind> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                let parsed = $parse(&text).map_err(|error| de::Error::custom(format!("`{text}`: {error}")))?;
                Ok(Self(parsed))
            }
        }
    )*};
}

said! {
    Email, Email::new;
    CountryCode, CountryCode::new;
    ProductId, ProductId::new;
    GroupName, GroupName::new;
    RoleId, RoleId::new;
    Timestamp, str::parse::<Timestamp>;
    Date, str::parse::<Date>;
    rust_decimal::Decimal, rust_decimal::Decimal::from_str_exact;
    crate::model::Money, str::parse::<crate::model::Money>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct WireSeed {
    administrator: Option<WirePerson>,
    acting: Option<Said<Email>>,
    federated: bool,
    contracts: Vec<WireContract>,
    products: BTreeMap<Said<ProductId>, WireProduct>,
    groups: BTreeMap<Said<GroupName>, WireGroup>,
    users: Vec<WireUser>,
    contacts: Vec<WireContact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePerson {
    email: Said<Email>,
    first_name: String,
    last_name: String,
    country: Said<CountryCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireContract {
    name: String,
    kind: String,
    country: Said<CountryCode>,
    revenue: Said<rust_decimal::Decimal>,
    expires: Option<Said<Date>>,
    #[serde(default)]
    owned: BTreeMap<Said<ProductId>, WireOwned>,
}

#[derive(Clone, Copy)]
struct WireOwned(Owned);

impl<'de> Deserialize<'de> for WireOwned {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Quantity;

        impl de::Visitor<'_> for Quantity {
            type Value = WireOwned;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of licences or \"unlimited\"")
            }

            fn visit_u64<E: de::Error>(self, quantity: u64) -> Result<WireOwned, E> {
                let quantity = u32::try_from(quantity).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(quantity), &self))?;
                Ok(WireOwned(Owned::Quantity(quantity)))
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<WireOwned, E> {
                if word == "unlimited" { Ok(WireOwned(Owned::Unlimited)) } else { Err(E::invalid_value(de::Unexpected::Str(word), &self)) }
            }
        }

        from.deserialize_any(Quantity)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireProduct {
    number: Option<u32>,
    feature: Option<String>,
    name: Option<String>,
    #[serde(default)]
    licence: WireLicence,
    list_price: Option<Said<crate::model::Money>>,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum WireLicence {
    #[default]
    Pooled,
    Named,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireGroup {
    kind: WireKind,
    country: Option<Said<CountryCode>>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    products: Vec<Said<ProductId>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum WireKind {
    Entitlement,
    Allocation,
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireUser {
    email: Said<Email>,
    first_name: String,
    last_name: String,
    country: Said<CountryCode>,
    entitlement_country: Option<Said<CountryCode>>,
    #[serde(default)]
    state: WireState,
    #[serde(default)]
    roles: Vec<Said<RoleId>>,
    #[serde(default)]
    groups: Vec<Said<GroupName>>,
    #[serde(default)]
    exceptions: BTreeMap<Said<ProductId>, WireException>,
    #[serde(default)]
    licences: BTreeMap<Said<ProductId>, Said<Timestamp>>,
    #[serde(default)]
    checkouts: Vec<WireCheckout>,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum WireState {
    Pending,
    Invited,
    #[default]
    Active,
    Locked,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum WireException {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCheckout {
    product: Said<ProductId>,
    machine: String,
    expires: Said<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireContact {
    email: Said<Email>,
    country: Option<Said<CountryCode>>,
}

impl WireSeed {
    fn seed(self) -> Result<Seed, Text> {
        let mut organization = Organization::default();
        for user in self.users.into_iter().map(WireUser::user) {
            let email = user.profile.email.clone();
            if organization.users.insert(email.clone(), user).is_some() {
                return Err(format!("{email} is there twice").into());
            }
        }
        organization.groups = self.groups.into_iter().map(|(Said(name), group)| (name.clone(), group.group(name))).collect();
        organization.contacts = self.contacts.into_iter().map(WireContact::contact).collect();
        let products = self.products.into_iter().map(|(Said(id), product)| (id, product.product())).collect();
        let contracts = self.contracts.into_iter().map(WireContract::contract).collect();
        let acting = self.acting.map(|Said(email)| email);
        let facts = Facts { products, contracts, federated: self.federated, acting };
        Ok(Seed { administrator: self.administrator.map(WirePerson::profile), organization, facts })
    }
}

impl WirePerson {
    fn profile(self) -> Profile {
        let Self { email: Said(email), first_name, last_name, country: Said(country) } = self;
        Profile { email, first_name: first_name.into(), last_name: last_name.into(), country, entitlement_country: None }
    }
}

impl WireContract {
    fn contract(self) -> Contract {
        let Self { name, kind, country: Said(country), revenue: Said(revenue), expires, owned } = self;
        let owned = owned.into_iter().map(|(Said(product), WireOwned(owned))| (product, owned)).collect();
        Contract { name: name.into(), kind: kind.into(), country, revenue, expires: expires.map(|Said(day)| day), owned }
    }
}

impl WireProduct {
    fn product(self) -> Product {
        let Self { number, feature, name, licence, list_price } = self;
        let licence = match licence {
            WireLicence::Pooled => LicenceKind::Pooled,
            WireLicence::Named => LicenceKind::Named,
        };
        let (feature, name) = (feature.map(Text::from), name.unwrap_or_default().into());
        Product { number, feature, name, licence, list_price: list_price.map(|Said(price)| price) }
    }
}

impl WireGroup {
    fn group(self, name: GroupName) -> Group {
        let kind = match self.kind {
            WireKind::Entitlement => GroupKind::Entitlement,
            WireKind::Allocation => GroupKind::Allocation,
            WireKind::Other => GroupKind::Other,
        };
        let facts = GroupFacts { name, kind, country: self.country.map(|Said(country)| country), description: self.description.into() };
        Group { id: None, facts, products: self.products.into_iter().map(|Said(product)| product).collect() }
    }
}

impl WireUser {
    fn user(self) -> User {
        let Self { email: Said(email), first_name, last_name, country: Said(country), entitlement_country, state, .. } = self;
        let entitlement_country = entitlement_country.map(|Said(country)| country);
        let state = match state {
            WireState::Pending => UserState::Pending,
            WireState::Invited => UserState::Invited,
            WireState::Active => UserState::Active,
            WireState::Locked => UserState::Locked,
        };
        User {
            roles: self.roles.into_iter().map(|Said(role)| role).collect(),
            groups: self.groups.into_iter().map(|Said(group)| group).collect(),
            exceptions: self.exceptions.into_iter().map(|(Said(product), exception)| (product, exception.exception())).collect(),
            licences: self.licences.into_iter().map(|(Said(product), Said(at))| (product, Licence { assigned: Some(at) })).collect(),
            checkouts: self.checkouts.into_iter().map(WireCheckout::checkout).collect(),
            ..blank_user(Profile { email, first_name: first_name.into(), last_name: last_name.into(), country, entitlement_country }, state)
        }
    }
}

impl WireException {
    fn exception(self) -> Exception {
        match self {
            Self::Allow => Exception::Allow,
            Self::Deny => Exception::Deny,
        }
    }
}

impl WireCheckout {
    fn checkout(self) -> Checkout {
        let Self { product: Said(product), machine, expires: Said(expires) } = self;
        Checkout { product, machine: machine.into(), expires }
    }
}

impl WireContact {
    fn contact(self) -> Contact {
        let Self { email: Said(email), country } = self;
        Contact { email, area: country.map_or(Area::Everywhere, |Said(country)| Area::Country(country)) }
    }
}
