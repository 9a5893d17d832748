//! The rows of the lists, and the way to the model. Rows about a user name the user by identity, which a
//! rename does not change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ApiList;
use crate::format::mirror::{InvalidValue, Mirror};
use crate::format::model_objects::{GroupKindRecord, LicenceKindRecord, SettingRecord, UserStateRecord};
use crate::format::scalar_text::ScalarText;
use crate::model::{
    self, Area, Contact, Contract, CountryCode, Date, Email, FlatMap, FlatSet, Group, GroupName, Interner,
    Licence, LiveId, Money, OwnedLicences, Product, ProductId, Profile, RoleId, Text, Timestamp, User,
    UserException,
};

/// A row of a list. A client knows the fields it needs, and leaves alone those it does not know.
pub(crate) trait ListRow<'a>: Deserialize<'a> {
    /// What a row is for the model.
    type Core: Send;
    /// The list it is a row of.
    const LIST: ApiList;
    /// The way to the model.
    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue>;
}

macro_rules! rows {
    ($($(#[$meta:meta])* struct $row:ident<'a> { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* })*) => {
        $(
        #[derive(Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(bound(deserialize = "'de: 'a"))]
        pub(crate) struct $row<'a> {
            $($(#[$field_meta])* pub(crate) $field: $kind,)*
        }
    )*};
}

rows! {
    /// A person.
    struct UserRow<'a> {
        /// The organization's identity of the user, which never changes.
        id: ScalarText<'a, LiveId>,
        /// Raised by every write to the user; the `ETag` of the user is this number in quotes.
        version: u32,
        /// The address, unique without case.
        email: ScalarText<'a, Email>,
        /// Given name.
        first_name: ScalarText<'a, Text>,
        /// Family name.
        last_name: ScalarText<'a, Text>,
        /// Country of the profile, ISO 3166-1 alpha-2.
        country: ScalarText<'a, CountryCode>,
        /// Explicit entitlement country.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entitlement_country: Option<ScalarText<'a, CountryCode>>,
        /// Where the user stands.
        state: UserStateRecord,
    }

    /// A group.
    struct GroupRow<'a> {
        /// The organization's identity of the group, which never changes.
        id: ScalarText<'a, LiveId>,
        /// Raised by every write to the group; the `ETag` of the group is this number in quotes.
        version: u32,
        /// Its name, unique.
        name: ScalarText<'a, GroupName>,
        /// What it is for.
        kind: GroupKindRecord,
        /// The list counts only for members whose entitlement country is this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<ScalarText<'a, CountryCode>>,
        /// What people read; empty where there is none.
        description: ScalarText<'a, Text>,
        /// The allow-list of an entitlement group.
        products: Vec<ScalarText<'a, ProductId>>,
    }

    /// The groups of one user.
    struct MembershipRow<'a> {
        /// The user's identity.
        user: ScalarText<'a, LiveId>,
        /// The groups, by name.
        groups: Vec<ScalarText<'a, GroupName>>,
    }

    /// The roles of one user.
    struct RoleRow<'a> {
        /// The user's identity.
        user: ScalarText<'a, LiveId>,
        /// The roles, by id.
        roles: Vec<ScalarText<'a, RoleId>>,
    }

    /// What one user is allowed and denied by name, and the user's named licences.
    struct AssignmentRow<'a> {
        /// The user's identity.
        user: ScalarText<'a, LiveId>,
        /// Products toggled on.
        allowed: Vec<ScalarText<'a, ProductId>>,
        /// Products denied.
        denied: Vec<ScalarText<'a, ProductId>>,
        /// Named licences.
        licences: Vec<NamedLicence<'a>>,
    }

    /// A named licence in a user's hands.
    struct NamedLicence<'a> {
        /// The product.
        product: ScalarText<'a, ProductId>,
        /// When it was assigned, RFC 3339; it is locked from 24 h after that on, for 30 days.
        assigned: ScalarText<'a, Timestamp>,
    }

    /// The checkouts of one user.
    struct CheckoutRow<'a> {
        /// The user's identity.
        user: ScalarText<'a, LiveId>,
        /// The licences taken offline.
        checkouts: Vec<CheckedOutLicence<'a>>,
    }

    /// A licence taken offline on one machine.
    #[schemars(rename = "CheckedOut")]
    struct CheckedOutLicence<'a> {
        /// The product.
        product: ScalarText<'a, ProductId>,
        /// The machine's name.
        machine: ScalarText<'a, Text>,
        /// Until when, RFC 3339.
        expires: ScalarText<'a, Timestamp>,
    }

    /// A country's default, or a product's setting.
    struct RestrictionRow<'a> {
        /// The product; none for the default of a country.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<ScalarText<'a, ProductId>>,
        /// The country; none for a product's setting in every country without one of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<ScalarText<'a, CountryCode>>,
        /// Who may start it.
        setting: SettingRecord,
    }

    /// An alert threshold: it counts users and never blocks.
    struct AlertRow<'a> {
        /// The product.
        product: ScalarText<'a, ProductId>,
        /// The country.
        country: ScalarText<'a, CountryCode>,
        /// Told of when more users than this have it open.
        above: u32,
        /// Whether a user must sign in to be counted.
        sign_in_required: bool,
    }

    /// A fulfilment contact.
    struct ContactRow<'a> {
        /// Where the mail goes.
        email: ScalarText<'a, Email>,
        /// For which country; none for all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<ScalarText<'a, CountryCode>>,
    }

    /// A contract.
    struct ContractRow<'a> {
        /// Its name.
        name: ScalarText<'a, Text>,
        /// Its type.
        kind: ScalarText<'a, Text>,
        /// Its country.
        country: ScalarText<'a, CountryCode>,
        /// Exact decimal.
        revenue: String,
        /// The last day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<ScalarText<'a, Date>>,
        /// What it pays for.
        owned: Vec<OwnedProduct<'a>>,
        /// What it has paid for, where that was not always so: each from a day on, the last one as it is now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        past: Vec<DatedQuantity<'a>>,
    }

    /// What a contract has paid for of a product from a day on.
    #[schemars(rename = "OwnedSince")]
    struct DatedQuantity<'a> {
        /// The product.
        product: ScalarText<'a, ProductId>,
        /// From this day on (UTC).
        since: ScalarText<'a, Date>,
        /// How many licences; none where use was unlimited and nothing owned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<u32>,
    }

    /// A list price from a day on.
    #[schemars(rename = "PriceSince")]
    struct DatedListPrice<'a> {
        /// From this day on (UTC).
        since: ScalarText<'a, Date>,
        /// Amount and currency.
        list_price: ScalarText<'a, Money>,
    }

    /// What a contract says of a product.
    struct OwnedProduct<'a> {
        /// The product.
        product: ScalarText<'a, ProductId>,
        /// How many licences; none where use is unlimited and nothing is owned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<u32>,
    }

    /// A product of the catalogue.
    struct ProductRow<'a> {
        /// What the policy calls it.
        id: ScalarText<'a, ProductId>,
        /// The portal's number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        /// The feature string.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feature: Option<ScalarText<'a, Text>>,
        /// What people read.
        name: ScalarText<'a, Text>,
        /// Pooled or named.
        licence: LicenceKindRecord,
        /// Amount and currency: `6000 EUR`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list_price: Option<ScalarText<'a, Money>>,
        /// List prices, where they were not always the same: each from a day on, the last one as it is now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        past: Vec<DatedListPrice<'a>>,
    }
}

/// A contract, and what it has paid for.
pub(crate) type ContractWithPast = (Contract, BTreeMap<ProductId, BTreeMap<Date, OwnedLicences>>);

/// What a row of the restrictions is about.
pub(crate) enum RestrictionKey {
    /// A country's default.
    Default(CountryCode),
    /// A product's setting.
    Product(ProductId, Area),
}

/// What a user has, by the user's identity.
pub(crate) type PerUserRow<T> = (LiveId, T);

fn read_set<'a, W: Mirror<'a>>(words: Vec<W>, names: &Interner) -> Result<FlatSet<W::Core>, InvalidValue>
where
    W::Core: Ord,
{
    words.into_iter().map(|word| word.read(names)).collect()
}

fn read_area(country: Option<ScalarText<'_, CountryCode>>, names: &Interner) -> Result<Area, InvalidValue> {
    Ok(country.read(names)?.map_or(Area::Everywhere, Area::Country))
}

impl<'a> ListRow<'a> for UserRow<'a> {
    type Core = User;
    const LIST: ApiList = ApiList::Users;

    fn read(self, names: &Interner) -> Result<User, InvalidValue> {
        let profile = Profile {
            email: self.email.read(names)?,
            first_name: self.first_name.read(names)?,
            last_name: self.last_name.read(names)?,
            country: self.country.read(names)?,
            entitlement_country: self.entitlement_country.read(names)?,
        };
        Ok(User { id: Some(self.id.read(names)?), ..User::new(profile, self.state.read(names)?) })
    }
}

impl<'a> ListRow<'a> for GroupRow<'a> {
    type Core = Group;
    const LIST: ApiList = ApiList::Groups;

    fn read(self, names: &Interner) -> Result<Group, InvalidValue> {
        let facts = model::GroupFacts {
            name: self.name.read(names)?,
            kind: self.kind.read(names)?,
            country: self.country.read(names)?,
            description: self.description.read(names)?,
        };
        Ok(Group { id: Some(self.id.read(names)?), facts, products: read_set(self.products, names)? })
    }
}

impl<'a> ListRow<'a> for MembershipRow<'a> {
    type Core = PerUserRow<FlatSet<GroupName>>;
    const LIST: ApiList = ApiList::Memberships;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        Ok((self.user.read(names)?, read_set(self.groups, names)?))
    }
}

impl<'a> ListRow<'a> for RoleRow<'a> {
    type Core = PerUserRow<FlatSet<RoleId>>;
    const LIST: ApiList = ApiList::Roles;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        Ok((self.user.read(names)?, read_set(self.roles, names)?))
    }
}

impl<'a> ListRow<'a> for AssignmentRow<'a> {
    type Core = PerUserRow<(FlatMap<ProductId, UserException>, FlatMap<ProductId, Licence>)>;
    const LIST: ApiList = ApiList::Assignments;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let allowed =
            self.allowed.into_iter().map(|product| Ok((product.read(names)?, UserException::Allow)));
        let denied = self.denied.into_iter().map(|product| Ok((product.read(names)?, UserException::Deny)));
        let licence = |one: NamedLicence<'_>| {
            Ok((one.product.read(names)?, Licence { assigned: Some(one.assigned.read(names)?) }))
        };
        let licences = self.licences.into_iter().map(licence);
        Ok((
            self.user.read(names)?,
            (allowed.chain(denied).collect::<Result<_, _>>()?, licences.collect::<Result<_, _>>()?),
        ))
    }
}

impl<'a> ListRow<'a> for CheckoutRow<'a> {
    type Core = PerUserRow<FlatSet<model::Checkout>>;
    const LIST: ApiList = ApiList::Checkouts;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let checkout = |one: CheckedOutLicence<'_>| {
            Ok(model::Checkout {
                product: one.product.read(names)?,
                machine: one.machine.read(names)?,
                expires: one.expires.read(names)?,
            })
        };
        Ok((self.user.read(names)?, self.checkouts.into_iter().map(checkout).collect::<Result<_, _>>()?))
    }
}

impl<'a> ListRow<'a> for RestrictionRow<'a> {
    type Core = (RestrictionKey, model::AccessSetting);
    const LIST: ApiList = ApiList::Restrictions;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let area = read_area(self.country, names)?;
        let rule = match (self.product, area) {
            (Some(product), area) => RestrictionKey::Product(product.read(names)?, area),
            (None, Area::Country(country)) => RestrictionKey::Default(country),
            (None, Area::Everywhere) => {
                return Err(InvalidValue {
                    kind: "a restriction with a product or a country",
                    text: "neither".to_owned(),
                });
            }
        };
        Ok((rule, self.setting.read(names)?))
    }
}

impl<'a> ListRow<'a> for AlertRow<'a> {
    type Core = ((ProductId, CountryCode), model::Alert);
    const LIST: ApiList = ApiList::Alerts;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let alert = model::Alert { above: self.above, sign_in_required: self.sign_in_required };
        Ok(((self.product.read(names)?, self.country.read(names)?), alert))
    }
}

impl<'a> ListRow<'a> for ContactRow<'a> {
    type Core = Contact;
    const LIST: ApiList = ApiList::Contacts;

    fn read(self, names: &Interner) -> Result<Contact, InvalidValue> {
        Ok(Contact { email: self.email.read(names)?, area: read_area(self.country, names)? })
    }
}

impl<'a> ListRow<'a> for ContractRow<'a> {
    type Core = ContractWithPast;
    const LIST: ApiList = ApiList::Contracts;

    fn read(self, names: &Interner) -> Result<ContractWithPast, InvalidValue> {
        let paid_for =
            |quantity: Option<u32>| quantity.map_or(OwnedLicences::Unlimited, OwnedLicences::Quantity);
        let owned = self.owned.into_iter().map(|one| Ok((one.product.read(names)?, paid_for(one.quantity))));
        let mut past = BTreeMap::<ProductId, BTreeMap<Date, OwnedLicences>>::new();
        for one in self.past {
            past.entry(one.product.read(names)?)
                .or_default()
                .insert(one.since.read(names)?, paid_for(one.quantity));
        }
        let contract = Contract {
            owned: owned.collect::<Result<_, _>>()?,
            revenue: self
                .revenue
                .parse()
                .map_err(|_| InvalidValue { kind: "an amount", text: self.revenue.clone() })?,
            name: self.name.read(names)?,
            kind: self.kind.read(names)?,
            country: self.country.read(names)?,
            expires: self.expires.read(names)?,
        };
        Ok((contract, past))
    }
}

impl<'a> ListRow<'a> for ProductRow<'a> {
    /// With its list prices of other times.
    type Core = (ProductId, (Product, BTreeMap<Date, Money>));
    const LIST: ApiList = ApiList::Products;

    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue> {
        let product = Product {
            number: self.number,
            feature: self.feature.read(names)?,
            name: self.name.read(names)?,
            licence: self.licence.read(names)?,
            list_price: self.list_price.read(names)?,
        };
        let past = self.past.into_iter().map(|one| Ok((one.since.read(names)?, one.list_price.read(names)?)));
        Ok((self.id.read(names)?, (product, past.collect::<Result<_, _>>()?)))
    }
}

impl<'a> ProductRow<'a> {
    /// The row of a product.
    pub(crate) fn from_product(id: &'a ProductId, product: &'a Product) -> Self {
        let Product { number, feature, name, licence, list_price } = product;
        Self {
            id: Mirror::write(id),
            number: *number,
            feature: Mirror::write(feature),
            name: Mirror::write(name),
            licence: Mirror::write(licence),
            list_price: Mirror::write(list_price),
            past: Vec::new(),
        }
    }
}
