//! The seed file's own types, so that the model stays free of file formats.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};

use super::Seed;
use crate::model::{
    Area, Checkout, Contact, Contract, CountryCode, Date, Email, Group, GroupFacts, GroupKind, GroupName,
    Licence, LicenceKind, Money, Organization, OrganizationFacts, OwnedLicences, PastTerms, Product,
    ProductId, Profile, RoleId, Text, Timestamp, User, UserException, UserState,
};

/// A value of the model that is parsed from a text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
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

parsed_texts! {
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
    first_name: String,
    last_name: String,
    country: ParsedText<CountryCode>,
}

/// A contract in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedContractRecord {
    name: String,
    kind: String,
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
    feature: Option<String>,
    name: Option<String>,
    #[serde(default)]
    licence: SeedLicenceKindRecord,
    list_price: Option<ParsedText<Money>>,
}

/// The kind of a product's licence in the file.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum SeedLicenceKindRecord {
    #[default]
    Pooled,
    Named,
}

/// A group in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedGroupRecord {
    kind: SeedGroupKindRecord,
    country: Option<ParsedText<CountryCode>>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    products: Vec<ParsedText<ProductId>>,
}

/// The kind of a group in the file.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum SeedGroupKindRecord {
    Entitlement,
    Allocation,
    Other,
}

/// A user in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedUserRecord {
    email: ParsedText<Email>,
    first_name: String,
    last_name: String,
    country: ParsedText<CountryCode>,
    entitlement_country: Option<ParsedText<CountryCode>>,
    #[serde(default)]
    state: SeedUserStateRecord,
    #[serde(default)]
    roles: Vec<ParsedText<RoleId>>,
    #[serde(default)]
    groups: Vec<ParsedText<GroupName>>,
    #[serde(default)]
    exceptions: BTreeMap<ParsedText<ProductId>, SeedExceptionRecord>,
    #[serde(default)]
    licences: BTreeMap<ParsedText<ProductId>, ParsedText<Timestamp>>,
    #[serde(default)]
    checkouts: Vec<SeedCheckoutRecord>,
}

/// The state of a user in the file.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum SeedUserStateRecord {
    Pending,
    Invited,
    #[default]
    Active,
    Locked,
}

/// An exception of a user in the file.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum SeedExceptionRecord {
    Allow,
    Deny,
}

/// A checkout of a user in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedCheckoutRecord {
    product: ParsedText<ProductId>,
    machine: String,
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
        organization.contacts = self.contacts.into_iter().map(SeedContactRecord::contact).collect();
        let products =
            self.products.into_iter().map(|(ParsedText(id), product)| (id, product.product())).collect();
        let contracts = self.contracts.into_iter().map(SeedContractRecord::contract).collect();
        let acting = self.acting.map(|ParsedText(email)| email);
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
        let Self { email: ParsedText(email), first_name, last_name, country: ParsedText(country) } = self;
        Profile {
            email,
            first_name: first_name.into(),
            last_name: last_name.into(),
            country,
            entitlement_country: None,
        }
    }
}

impl SeedContractRecord {
    fn contract(self) -> Contract {
        let Self { name, kind, country: ParsedText(country), revenue: ParsedText(revenue), expires, owned } =
            self;
        let owned =
            owned.into_iter().map(|(ParsedText(product), SeedOwnedRecord(owned))| (product, owned)).collect();
        Contract {
            name: name.into(),
            kind: kind.into(),
            country,
            revenue,
            expires: expires.map(|ParsedText(day)| day),
            owned,
        }
    }
}

impl SeedProductRecord {
    fn product(self) -> Product {
        let Self { number, feature, name, licence, list_price } = self;
        let licence = match licence {
            SeedLicenceKindRecord::Pooled => LicenceKind::Pooled,
            SeedLicenceKindRecord::Named => LicenceKind::Named,
        };
        let (feature, name) = (feature.map(Text::from), name.unwrap_or_default().into());
        Product { number, feature, name, licence, list_price: list_price.map(|ParsedText(price)| price) }
    }
}

impl SeedGroupRecord {
    fn group(self, name: GroupName) -> Group {
        let kind = match self.kind {
            SeedGroupKindRecord::Entitlement => GroupKind::Entitlement,
            SeedGroupKindRecord::Allocation => GroupKind::Allocation,
            SeedGroupKindRecord::Other => GroupKind::Other,
        };
        let facts = GroupFacts {
            name,
            kind,
            country: self.country.map(|ParsedText(country)| country),
            description: self.description.into(),
        };
        Group {
            id: None,
            facts,
            products: self.products.into_iter().map(|ParsedText(product)| product).collect(),
        }
    }
}

impl SeedUserRecord {
    fn user(self) -> User {
        let Self {
            email: ParsedText(email),
            first_name,
            last_name,
            country: ParsedText(country),
            entitlement_country,
            state,
            ..
        } = self;
        let entitlement_country = entitlement_country.map(|ParsedText(country)| country);
        let state = match state {
            SeedUserStateRecord::Pending => UserState::Pending,
            SeedUserStateRecord::Invited => UserState::Invited,
            SeedUserStateRecord::Active => UserState::Active,
            SeedUserStateRecord::Locked => UserState::Locked,
        };
        User {
            roles: self.roles.into_iter().map(|ParsedText(role)| role).collect(),
            groups: self.groups.into_iter().map(|ParsedText(group)| group).collect(),
            exceptions: self
                .exceptions
                .into_iter()
                .map(|(ParsedText(product), exception)| (product, exception.exception()))
                .collect(),
            licences: self
                .licences
                .into_iter()
                .map(|(ParsedText(product), ParsedText(at))| (product, Licence { assigned: Some(at) }))
                .collect(),
            checkouts: self.checkouts.into_iter().map(SeedCheckoutRecord::checkout).collect(),
            ..User::new(
                Profile {
                    email,
                    first_name: first_name.into(),
                    last_name: last_name.into(),
                    country,
                    entitlement_country,
                },
                state,
            )
        }
    }
}

impl SeedExceptionRecord {
    fn exception(self) -> UserException {
        match self {
            Self::Allow => UserException::Allow,
            Self::Deny => UserException::Deny,
        }
    }
}

impl SeedCheckoutRecord {
    fn checkout(self) -> Checkout {
        let Self { product: ParsedText(product), machine, expires: ParsedText(expires) } = self;
        Checkout { product, machine: machine.into(), expires }
    }
}

impl SeedContactRecord {
    fn contact(self) -> Contact {
        let Self { email: ParsedText(email), country } = self;
        Contact {
            email,
            area: country.map_or(Area::Everywhere, |ParsedText(country)| Area::Country(country)),
        }
    }
}
