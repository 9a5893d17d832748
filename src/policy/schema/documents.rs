//! Schema types of policy documents.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::grants::{BundleGrant, GroupGrant, ProductGrant, RoleGrant, UserGrant};
use super::values::{CountryCodeSchema, DateSchema, EmailSchema, MoneySchema, NameSchema, TextLineSchema};

/// A document of a seatwise policy: people, groups, products and access, in any file below the folder with
/// `seatwise.yaml`.\
/// All documents are read as one policy; each thing stands once.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "seatwise policy document")]
#[schemars(rename = "Document")]
pub(super) struct PolicyDocumentSchema {
    /// For the users of this document only: lists are added to the user's own, single values are used where
    /// the user has none.
    defaults: Option<DefaultsSchema>,
    /// People, by e-mail address.
    #[schemars(extend("propertyNames" = { "pattern": "^[^@\\s/]+@[^@\\s/]+$" }))]
    users: Option<BTreeMap<String, UserSchema>>,
    /// Groups, by name.
    groups: Option<BTreeMap<String, GroupSchema>>,
    /// The catalogue: short names for what the organization calls by number. Metadata: a plan never creates
    /// or deletes a product.
    products: Option<BTreeMap<String, ProductSchema>>,
    /// Custom enterprise roles, by id. The portal's own roles need no entry.
    roles: Option<BTreeMap<String, RoleSchema>>,
    /// Jobs in one word: roles, products and groups that are granted together.
    bundles: Option<BTreeMap<String, BundleSchema>>,
    /// Who may use a product in a country, and what a country's default is.
    restrictions: Option<Vec<RestrictionSchema>>,
    /// Alerts: tell when more than so many users have a product open. They never block anybody.
    alerts: Option<Vec<AlertSchema>>,
    /// Fulfilment contacts, 1 to 10: they get renewals and invoices.
    contacts: Option<Vec<ContactSchema>>,
}

/// What is common to the users of one document.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Defaults")]
struct DefaultsSchema {
    /// Profile country of users without one.
    country: Option<CountryCodeSchema>,
    /// Entitlement country of users without one.
    entitlement_country: Option<CountryCodeSchema>,
    /// Roles of every user of this document.
    roles: Option<Vec<RoleGrant>>,
    /// Groups of every user of this document.
    groups: Option<Vec<GroupGrant>>,
    /// Products of every user of this document.
    products: Option<Vec<ProductGrant>>,
    /// Products denied to every user of this document.
    deny: Option<Vec<ProductGrant>>,
    /// Bundles of every user of this document.
    bundles: Option<Vec<BundleGrant>>,
    /// Last day of users without one.
    until: Option<DateSchema>,
}

/// One person. What is left out is left alone, or, where the relation is `exact`, means none.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "User")]
struct UserSchema {
    /// The identity the organization gave the user. With it, a changed address is a rename and not a removal
    /// and an invitation.
    id: Option<NameSchema>,
    /// The address before a rename, where there is no `id`.
    formerly: Option<EmailSchema>,
    /// Given name.
    first_name: Option<TextLineSchema>,
    /// Family name.
    last_name: Option<TextLineSchema>,
    /// Country of the profile.
    country: Option<CountryCodeSchema>,
    /// The country whose contract and settings apply, where it is not the profile's.
    entitlement_country: Option<CountryCodeSchema>,
    /// `active` unlocks, `locked` locks (which ends neither access nor use), `removed` removes the user from
    /// the organization.
    state: Option<UserStateSchema>,
    /// Roles.
    roles: Option<Vec<RoleGrant>>,
    /// Groups. A group's `members` say the same from the other side.
    groups: Option<Vec<GroupGrant>>,
    /// Products allowed to this user by name; a named licence where the product is licensed by name.
    products: Option<Vec<ProductGrant>>,
    /// Products denied to this user by name.
    deny: Option<Vec<ProductGrant>>,
    /// Bundles: each stands for what it grants.
    bundles: Option<Vec<BundleGrant>>,
    /// The last day in the organization (UTC): after it every grant ends and the user is removed.
    until: Option<DateSchema>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "UserState")]
enum UserStateSchema {
    /// Not locked.
    Active,
    /// Locked: cannot sign in to the portal. Ends neither access nor use.
    Locked,
    /// Not in the organization.
    Removed,
}

/// One group.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Group")]
struct GroupSchema {
    /// The identity the organization gave the group. With it, a changed name is a rename.
    id: Option<NameSchema>,
    /// The name before a rename, where there is no `id`.
    formerly: Option<NameSchema>,
    /// What the group is for. Only an entitlement group may have `products`.
    kind: Option<GroupKindSchema>,
    /// The list counts only for members whose entitlement country is this one.
    country: Option<CountryCodeSchema>,
    /// What people read.
    description: Option<String>,
    /// `removed` deletes the group.
    state: Option<GroupStateSchema>,
    /// Groups whose members are members of this one.
    includes: Option<Vec<NameSchema>>,
    /// Members. A user's `groups` say the same from the other side; both together are one set.
    members: Option<Vec<UserGrant>>,
    /// The allow-list: members may use these products and no others. An empty list does not count.
    products: Option<Vec<ProductGrant>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "GroupKind")]
enum GroupKindSchema {
    /// Holds an allow-list of products.
    Entitlement,
    /// Usage is reported by it. A user is in at most one.
    Allocation,
    /// Neither.
    Other,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "GroupState")]
enum GroupStateSchema {
    /// Not in the organization.
    Removed,
}

/// One product of the catalogue.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Product")]
struct ProductSchema {
    /// The organization's number of the product.
    #[schemars(range(min = 1))]
    number: u32,
    /// The feature string, where one number stands for several products.
    feature: Option<TextLineSchema>,
    /// What people read; the id where it is left out.
    name: Option<TextLineSchema>,
    /// `pooled` licences serve any user of a country, a `named` one belongs to one user. `pooled` where it is
    /// left out.
    licence: Option<LicenceKindSchema>,
    /// Perpetual list price of one licence. The organization's own price wins.
    list_price: Option<MoneySchema>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Licence")]
enum LicenceKindSchema {
    /// Pooled per country: any user may run it, the invoice follows the peak.
    Pooled,
    /// Belongs to one user (Practitioner, Virtuoso).
    Named,
}

/// A custom enterprise role.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Role")]
struct RoleSchema {
    /// What people read; the id where it is left out.
    name: Option<TextLineSchema>,
}

/// A job in one word.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Bundle")]
struct BundleSchema {
    /// Roles it grants.
    roles: Option<Vec<RoleGrant>>,
    /// Products it grants.
    products: Option<Vec<ProductGrant>>,
    /// Groups it grants.
    groups: Option<Vec<GroupGrant>>,
}

/// Who may use a product, or what a country's default is.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(rename = "Restriction")]
enum RestrictionSchema {
    #[schemars(title = "Product")]
    Product(ProductRestrictionSchema),
    #[schemars(title = "Country default")]
    Default(CountryDefaultSchema),
}

/// Who may use a product. The entry for a country wins over the one without.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "ProductRestriction")]
struct ProductRestrictionSchema {
    /// The product, by its id in `products`.
    product: NameSchema,
    /// The country; left out, every contract country.
    country: Option<CountryCodeSchema>,
    /// Who may use the product.
    allow: AllowSchema,
}

/// What holds in a country for products without a restriction.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "CountryDefault")]
struct CountryDefaultSchema {
    /// The country.
    country: CountryCodeSchema,
    /// Who may use a product without a restriction. `nobody` takes access from everyone whom nothing else
    /// allows it.
    default: SettingSchema,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Allow")]
enum AllowSchema {
    /// Open.
    Everyone,
    /// Closed but for those with an assignment or a group list.
    Selected,
    /// Closed, and no assignment or list names the product.
    Nobody,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Setting")]
enum SettingSchema {
    /// Open.
    Everyone,
    /// Closed.
    Nobody,
}

/// Tells when more than `above` users of a country have a product open. It counts users, not machines, and
/// caps nothing.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Alert")]
struct AlertSchema {
    /// The product, by its id in `products`.
    product: NameSchema,
    /// The country.
    country: CountryCodeSchema,
    /// Users.
    above: u32,
    /// Whether a user must sign in to be counted; `false` where it is left out.
    sign_in_required: Option<bool>,
}

/// A fulfilment contact: gets renewals and invoices.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Contact")]
struct ContactSchema {
    /// Where the mail goes.
    email: EmailSchema,
    /// `global`, or the country whose mail it gets.
    country: ContactAreaSchema,
}

/// `global`, or a country.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^(global|[A-Z]{2})$", "examples" = ["global", "DE"]))]
#[schemars(rename = "ContactArea")]
struct ContactAreaSchema(String);
