//! The seed file as it is written: its own types, so that the model stays free of formats.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};

use super::Seed;
use crate::model::{
    Area, Checkout, Contact, Contract, CountryCode, Date, Email, Group, GroupFacts, GroupKind, GroupName,
    Licence, LicenceKind, Money, Organization, OrganizationFacts, OwnedLicences, PastTerms, Product,
    ProductId, Profile, RoleId, Text, Timestamp, User, UserException, UserState,
};

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
    Decimal, Decimal::from_str_exact;
    Money, str::parse::<Money>;
}

/// The whole file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WireSeed {
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
    revenue: Said<Decimal>,
    expires: Option<Said<Date>>,
    #[serde(default)]
    owned: BTreeMap<Said<ProductId>, WireOwned>,
}

#[derive(Clone, Copy)]
struct WireOwned(OwnedLicences);

impl<'de> Deserialize<'de> for WireOwned {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Quantity;

        impl de::Visitor<'_> for Quantity {
            type Value = WireOwned;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of licences or \"unlimited\"")
            }

            fn visit_u64<E: de::Error>(self, quantity: u64) -> Result<WireOwned, E> {
                let quantity = u32::try_from(quantity)
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(quantity), &self))?;
                Ok(WireOwned(OwnedLicences::Quantity(quantity)))
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<WireOwned, E> {
                if word == "unlimited" {
                    Ok(WireOwned(OwnedLicences::Unlimited))
                } else {
                    Err(E::invalid_value(de::Unexpected::Str(word), &self))
                }
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
    list_price: Option<Said<Money>>,
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
    /// What the file says, as the model has it.
    pub(super) fn seed(self) -> Result<Seed, Text> {
        let mut organization = Organization::default();
        for user in self.users.into_iter().map(WireUser::user) {
            let email = user.profile.email.clone();
            if organization.users.insert(email.clone(), user.into()).is_some() {
                return Err(format!("{email} is there twice").into());
            }
        }
        organization.groups =
            self.groups.into_iter().map(|(Said(name), group)| (name.clone(), group.group(name))).collect();
        organization.contacts = self.contacts.into_iter().map(WireContact::contact).collect();
        let products = self.products.into_iter().map(|(Said(id), product)| (id, product.product())).collect();
        let contracts = self.contracts.into_iter().map(WireContract::contract).collect();
        let acting = self.acting.map(|Said(email)| email);
        let facts = OrganizationFacts {
            products,
            contracts,
            federated: self.federated,
            acting,
            past: PastTerms::default(),
        };
        Ok(Seed { administrator: self.administrator.map(WirePerson::profile), organization, facts })
    }
}

impl WirePerson {
    fn profile(self) -> Profile {
        let Self { email: Said(email), first_name, last_name, country: Said(country) } = self;
        Profile {
            email,
            first_name: first_name.into(),
            last_name: last_name.into(),
            country,
            entitlement_country: None,
        }
    }
}

impl WireContract {
    fn contract(self) -> Contract {
        let Self { name, kind, country: Said(country), revenue: Said(revenue), expires, owned } = self;
        let owned = owned.into_iter().map(|(Said(product), WireOwned(owned))| (product, owned)).collect();
        Contract {
            name: name.into(),
            kind: kind.into(),
            country,
            revenue,
            expires: expires.map(|Said(day)| day),
            owned,
        }
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
        let facts = GroupFacts {
            name,
            kind,
            country: self.country.map(|Said(country)| country),
            description: self.description.into(),
        };
        Group { id: None, facts, products: self.products.into_iter().map(|Said(product)| product).collect() }
    }
}

impl WireUser {
    fn user(self) -> User {
        let Self {
            email: Said(email),
            first_name,
            last_name,
            country: Said(country),
            entitlement_country,
            state,
            ..
        } = self;
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
            exceptions: self
                .exceptions
                .into_iter()
                .map(|(Said(product), exception)| (product, exception.exception()))
                .collect(),
            licences: self
                .licences
                .into_iter()
                .map(|(Said(product), Said(at))| (product, Licence { assigned: Some(at) }))
                .collect(),
            checkouts: self.checkouts.into_iter().map(WireCheckout::checkout).collect(),
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

impl WireException {
    fn exception(self) -> UserException {
        match self {
            Self::Allow => UserException::Allow,
            Self::Deny => UserException::Deny,
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
