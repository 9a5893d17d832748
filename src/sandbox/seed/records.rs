//! The seed file's own types, so that the model stays free of file formats.

use std::collections::BTreeMap;
use std::convert::Infallible;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};

use super::Seed;
use crate::model::{
    Area, Checkout, Contact, Contract, CountryCode, Date, Email, Group, GroupFacts, GroupKind, GroupName,
    Licence, LicenceKind, Money, Organization, OrganizationFacts, OwnedLicences, PastTerms, Product,
    ProductId, Profile, RoleId, Text, Timestamp, User, UserException, UserState,
};
use crate::object::profile::map_profile;

/// A value of the model that is parsed from a text.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
struct ParsedText<T>(T);

macro_rules! parsed_texts {
    ($($kind:ty, $parse:expr;)*) => {$(
        impl<'de> Deserialize<'de> for ParsedText<$kind> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                let parsed = $parse(&text).map_err(|error| de::Error::custom(format!("`{text}`: {error}")))?;
                Ok(Self(parsed))
            }
        }
    )*};
}

/// What a value of the file stands for in the model.
trait SeedValue {
    type Model;

    fn model(self) -> Self::Model;
}

impl<T> SeedValue for ParsedText<T> {
    type Model = T;

    fn model(self) -> T {
        self.0
    }
}

impl<V: SeedValue> SeedValue for Option<V> {
    type Model = Option<V::Model>;

    fn model(self) -> Self::Model {
        self.map(V::model)
    }
}

fn models<V: SeedValue, C: FromIterator<V::Model>>(values: Vec<V>) -> C {
    values.into_iter().map(V::model).collect()
}

parsed_texts! {
    Text, |text: &str| Ok::<_, Infallible>(text.into());
    Email, Email::new;
    CountryCode, CountryCode::new;
    ProductId, ProductId::new;
    GroupName, GroupName::new;
    RoleId, RoleId::new;
    Timestamp, str::parse::<Timestamp>;
    Date, str::parse::<Date>;
    Decimal, Decimal::from_str_exact;
    Money, str::parse::<Money>;
}

/// Words of the file for values of the model.
macro_rules! seed_words {
    ($($(#[$meta:meta])* $record:ident of $model:literal { $($word:ident),* })*) => {$(
        $(#[$meta])*
        #[derive(Deserialize)]
        #[serde(remote = $model, rename_all = "lowercase")]
        enum $record {
            $($word,)*
        }
    )*};
}

seed_words! {
    /// The kind of a product's licence in the file.
    SeedLicenceKindRecord of "LicenceKind" { Pooled, Named }
    /// The kind of a group in the file.
    SeedGroupKindRecord of "GroupKind" { Entitlement, Allocation, Other }
    /// The state of a user in the file.
    SeedUserStateRecord of "UserState" { Pending, Invited, Active, Locked }
    /// An exception of a user in the file.
    SeedExceptionRecord of "UserException" { Allow, Deny }
}

/// The whole file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SeedRecord {
    administrator: Option<SeedProfileRecord>,
    acting: Option<ParsedText<Email>>,
    federated: bool,
    contracts: Vec<SeedContractRecord>,
    products: BTreeMap<ParsedText<ProductId>, SeedProductRecord>,
    groups: BTreeMap<ParsedText<GroupName>, SeedGroupRecord>,
    users: Vec<SeedUserRecord>,
    contacts: Vec<SeedContactRecord>,
}

/// The profile of the Account Administrator in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedProfileRecord {
    email: ParsedText<Email>,
    first_name: ParsedText<Text>,
    last_name: ParsedText<Text>,
    country: ParsedText<CountryCode>,
}

/// A contract in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedContractRecord {
    name: ParsedText<Text>,
    kind: ParsedText<Text>,
    country: ParsedText<CountryCode>,
    revenue: ParsedText<Decimal>,
    expires: Option<ParsedText<Date>>,
    #[serde(default)]
    owned: BTreeMap<ParsedText<ProductId>, SeedOwnedRecord>,
}

/// An owned quantity in the file: a number or `"unlimited"`.
#[derive(Clone, Copy)]
struct SeedOwnedRecord(OwnedLicences);

impl<'de> Deserialize<'de> for SeedOwnedRecord {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        /// Reads a number or `"unlimited"`.
        struct OwnedQuantityVisitor;

        impl de::Visitor<'_> for OwnedQuantityVisitor {
            type Value = SeedOwnedRecord;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of licences or \"unlimited\"")
            }

            fn visit_u64<E: de::Error>(self, quantity: u64) -> Result<SeedOwnedRecord, E> {
                let quantity = u32::try_from(quantity)
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(quantity), &self))?;
                Ok(SeedOwnedRecord(OwnedLicences::Quantity(quantity)))
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<SeedOwnedRecord, E> {
                if word == "unlimited" {
                    Ok(SeedOwnedRecord(OwnedLicences::Unlimited))
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(word), &self))
                }
            }
        }

        from.deserialize_any(OwnedQuantityVisitor)
    }
}

/// A product of the catalogue in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedProductRecord {
    number: Option<u32>,
    feature: Option<ParsedText<Text>>,
    name: Option<ParsedText<Text>>,
    #[serde(default = "pooled", with = "SeedLicenceKindRecord")]
    licence: LicenceKind,
    list_price: Option<ParsedText<Money>>,
}

fn pooled() -> LicenceKind {
    LicenceKind::Pooled
}

/// A group in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedGroupRecord {
    #[serde(with = "SeedGroupKindRecord")]
    kind: GroupKind,
    country: Option<ParsedText<CountryCode>>,
    #[serde(default)]
    description: ParsedText<Text>,
    #[serde(default)]
    products: Vec<ParsedText<ProductId>>,
}

/// A user in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUserRecord {
    email: ParsedText<Email>,
    first_name: ParsedText<Text>,
    last_name: ParsedText<Text>,
    country: ParsedText<CountryCode>,
    entitlement_country: Option<ParsedText<CountryCode>>,
    #[serde(default = "active", with = "SeedUserStateRecord")]
    state: UserState,
    #[serde(default)]
    roles: Vec<ParsedText<RoleId>>,
    #[serde(default)]
    groups: Vec<ParsedText<GroupName>>,
    #[serde(default)]
    exceptions: BTreeMap<ParsedText<ProductId>, SeedException>,
    #[serde(default)]
    licences: BTreeMap<ParsedText<ProductId>, ParsedText<Timestamp>>,
    #[serde(default)]
    checkouts: Vec<SeedCheckoutRecord>,
}

fn active() -> UserState {
    UserState::Active
}

/// An exception of a user, as a value of a map.
#[derive(Deserialize)]
struct SeedException(#[serde(with = "SeedExceptionRecord")] UserException);

/// A checkout of a user in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedCheckoutRecord {
    product: ParsedText<ProductId>,
    machine: ParsedText<Text>,
    expires: ParsedText<Timestamp>,
}

/// A fulfilment contact in the file; without a country it is for everywhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedContactRecord {
    email: ParsedText<Email>,
    country: Option<ParsedText<CountryCode>>,
}

impl SeedRecord {
    /// Converts the file into a [`Seed`] of model types.
    pub(super) fn seed(self) -> Result<Seed, Text> {
        let mut organization = Organization::default();
        for user in self.users.into_iter().map(SeedUserRecord::user) {
            let email = user.profile.email.clone();
            if organization.users.insert(email.clone(), user.into()).is_some() {
                return Err(format!("{email} is there twice").into());
            }
        }
        organization.groups = self
            .groups
            .into_iter()
            .map(|(ParsedText(name), group)| (name.clone(), group.group(name)))
            .collect();
        organization.contacts = models(self.contacts);
        let products =
            self.products.into_iter().map(|(ParsedText(id), product)| (id, product.product())).collect();
        let (contracts, acting) = (models(self.contracts), self.acting.model());
        let facts = OrganizationFacts {
            products,
            contracts,
            federated: self.federated,
            acting,
            past: PastTerms::default(),
        };
        Ok(Seed { administrator: self.administrator.map(SeedProfileRecord::profile), organization, facts })
    }
}

impl SeedProfileRecord {
    fn profile(self) -> Profile {
        let Self { email, first_name, last_name, country } = self;
        Profile {
            first_name: first_name.model(),
            last_name: last_name.model(),
            country: country.model(),
            ..Profile::new(email.model())
        }
    }
}

impl SeedValue for SeedContractRecord {
    type Model = Contract;

    fn model(self) -> Contract {
        let Self { name, kind, country, revenue, expires, owned } = self;
        let owned =
            owned.into_iter().map(|(ParsedText(product), SeedOwnedRecord(owned))| (product, owned)).collect();
        Contract {
            name: name.model(),
            kind: kind.model(),
            country: country.model(),
            revenue: revenue.model(),
            expires: expires.model(),
            owned,
        }
    }
}

impl SeedProductRecord {
    fn product(self) -> Product {
        let Self { number, feature, name, licence, list_price } = self;
        let name = name.model().unwrap_or_default();
        Product { number, feature: feature.model(), name, licence, list_price: list_price.model() }
    }
}

impl SeedGroupRecord {
    fn group(self, name: GroupName) -> Group {
        let facts = GroupFacts {
            name,
            kind: self.kind,
            country: self.country.model(),
            description: self.description.model(),
        };
        Group { id: None, facts, products: models(self.products) }
    }
}

impl SeedUserRecord {
    fn user(self) -> User {
        let profile = map_profile!(Self self, |field| field.model() => Profile {});
        User {
            roles: models(self.roles),
            groups: models(self.groups),
            exceptions: self
                .exceptions
                .into_iter()
                .map(|(ParsedText(product), SeedException(exception))| (product, exception))
                .collect(),
            licences: self
                .licences
                .into_iter()
                .map(|(ParsedText(product), ParsedText(at))| (product, Licence { assigned: Some(at) }))
                .collect(),
            checkouts: models(self.checkouts),
            ..User::new(profile, self.state)
        }
    }
}

impl SeedValue for SeedCheckoutRecord {
    type Model = Checkout;

    fn model(self) -> Checkout {
        let Self { product, machine, expires } = self;
        Checkout { product: product.model(), machine: machine.model(), expires: expires.model() }
    }
}

impl SeedValue for SeedContactRecord {
    type Model = Contact;

    fn model(self) -> Contact {
        let Self { email, country } = self;
        Contact { email: email.model(), area: country.model().map_or(Area::Everywhere, Area::Country) }
    }
}
