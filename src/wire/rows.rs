//! The rows of the lists. Rows about a user name the user by identity, which a rename does not change.

mod to_model;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::ApiList;
use crate::format::mirror::{InvalidValue, Mirror};
use crate::format::model_objects::{GroupKindRecord, LicenceKindRecord, SettingRecord, UserStateRecord};
use crate::format::scalar_text::ScalarText;
use crate::model::{
    CountryCode, Date, Email, GroupName, Interner, LiveId, Money, Product, ProductId, RoleId, Text, Timestamp,
};

pub(crate) use to_model::{ContractWithPast, PerUserRow, RestrictionKey};

/// A row of a list. A client reads the fields it knows and ignores the others.
pub(crate) trait ListRow<'a>: Deserialize<'a> {
    /// The value of the model that a row stands for.
    type Core: Send;
    /// The list that the row belongs to.
    const LIST: ApiList;
    /// Converts the row into its value of the model.
    fn read(self, names: &Interner) -> Result<Self::Core, InvalidValue>;
}

/// Defines rows. A client reads the fields it knows and ignores the others.
macro_rules! rows {
    ($($(#[$meta:meta])* struct $row:ident<'a> { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* })*) => {
        $(
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        $(#[$meta])*
        #[serde(bound(deserialize = "'de: 'a"))]
        pub(crate) struct $row<'a> {
            $($(#[$field_meta])* pub(crate) $field: $kind,)*
        }
    )*};
}
pub(super) use rows;

/// Defines how rows are read: `Row of List as Core => |row, names| value`.
macro_rules! list_rows {
    ($($(#[$meta:meta])* $row:ident of $list:ident as $core:ty =>
        |$this:ident, $names:ident| $value:expr;)*) => {$(
        impl<'a> $crate::wire::rows::ListRow<'a> for $row<'a> {
            $(#[$meta])*
            type Core = $core;
            const LIST: ApiList = ApiList::$list;

            fn read(self, $names: &Interner) -> Result<Self::Core, InvalidValue> {
                let $this = self;
                Ok($value)
            }
        }
    )*};
}
pub(super) use list_rows;

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
        revenue: ScalarText<'a, Decimal>,
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

impl<'a> ProductRow<'a> {
    /// Builds the row of a product.
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
