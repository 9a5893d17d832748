//! Policy documents.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::grants::{BundleGrant, GroupGrant, ProductGrant, RoleGrant, UserGrant};
use super::values::{CountryCode, Date, Email, Line, Money, Name};

/// A document of a seatwise policy: people, groups, products and access, in any file below the folder with
/// `seatwise.yaml`. All documents are read as one policy; each thing stands once.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "seatwise policy document")]
pub(super) struct Document {
    /// For the users of this document only: lists are added to the user's own, single values are used where
    /// the user has none.
    defaults: Option<Defaults>,
    /// People, by e-mail address.
    #[schemars(extend("propertyNames" = { "pattern": "^[^@\\s/]+@[^@\\s/]+$" }))]
    users: Option<BTreeMap<String, User>>,
    /// Groups, by name.
    groups: Option<BTreeMap<String, Group>>,
    /// The catalogue: short names for what the organization calls by number. Metadata: a plan never creates
    /// or deletes a product.
    products: Option<BTreeMap<String, Product>>,
    /// Custom enterprise roles, by id. The portal's own roles need no entry.
    roles: Option<BTreeMap<String, Role>>,
    /// Jobs in one word: roles, products and groups that are granted together.
    bundles: Option<BTreeMap<String, Bundle>>,
    /// Who may use a product in a country, and what a country's default is.
    restrictions: Option<Vec<Restriction>>,
    /// Alerts: tell when more than so many users have a product open. They never block anybody.
    alerts: Option<Vec<Alert>>,
    /// Fulfilment contacts, 1 to 10: they get renewals and invoices.
    contacts: Option<Vec<Contact>>,
}

/// What is common to the users of one document.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Defaults {
    /// Profile country of users without one.
    country: Option<CountryCode>,
    /// Entitlement country of users without one.
    entitlement_country: Option<CountryCode>,
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
    until: Option<Date>,
}

/// One person. What is left out is left alone, or, where the relation is `exact`, means none.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct User {
    /// The identity the organization gave the user. With it, a changed address is a rename and not a removal
    /// and an invitation.
    id: Option<Name>,
    /// The address before a rename, where there is no `id`.
    formerly: Option<Email>,
    /// Given name.
    first_name: Option<Line>,
    /// Family name.
    last_name: Option<Line>,
    /// Country of the profile.
    country: Option<CountryCode>,
    /// The country whose contract and settings apply, where it is not the profile's.
    entitlement_country: Option<CountryCode>,
    /// `active` unlocks, `locked` locks (which ends neither access nor use), `removed` removes the user from
    /// the organization.
    state: Option<UserState>,
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
    until: Option<Date>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum UserState {
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
struct Group {
    /// The identity the organization gave the group. With it, a changed name is a rename.
    id: Option<Name>,
    /// The name before a rename, where there is no `id`.
    formerly: Option<Name>,
    /// What the group is for. Only an entitlement group may have `products`.
    kind: Option<GroupKind>,
    /// The list counts only for members whose entitlement country is this one.
    country: Option<CountryCode>,
    /// What people read.
    description: Option<String>,
    /// `removed` deletes the group.
    state: Option<GroupState>,
    /// Groups whose members are members of this one.
    includes: Option<Vec<Name>>,
    /// Members. A user's `groups` say the same from the other side; both together are one set.
    members: Option<Vec<UserGrant>>,
    /// The allow-list: members may use these products and no others. An empty list does not count.
    products: Option<Vec<ProductGrant>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum GroupKind {
    /// Holds an allow-list of products.
    Entitlement,
    /// Usage is reported by it. A user is in at most one.
    Allocation,
    /// Neither.
    Other,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum GroupState {
    /// Not in the organization.
    Removed,
}

/// One product of the catalogue.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Product {
    /// The organization's number of the product.
    #[schemars(range(min = 1))]
    number: u32,
    /// The feature string, where one number stands for several products.
    feature: Option<Line>,
    /// What people read; the id where it is left out.
    name: Option<Line>,
    /// `pooled` licences serve any user of a country, a `named` one belongs to one user. `pooled` where it is
    /// left out.
    licence: Option<Licence>,
    /// Perpetual list price of one licence. The organization's own price wins.
    list_price: Option<Money>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Licence {
    /// Pooled per country: any user may run it, the invoice follows the peak.
    Pooled,
    /// Belongs to one user (Practitioner, Virtuoso).
    Named,
}

/// A custom enterprise role.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Role {
    /// What people read; the id where it is left out.
    name: Option<Line>,
}

/// A job in one word.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Bundle {
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
enum Restriction {
    #[schemars(title = "Product")]
    Product(ProductRestriction),
    #[schemars(title = "Country default")]
    Default(CountryDefault),
}

/// Who may use a product. The entry for a country wins over the one without.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ProductRestriction {
    /// The product, by its id in `products`.
    product: Name,
    /// The country; left out, every contract country.
    country: Option<CountryCode>,
    /// Who may use the product.
    allow: Allow,
}

/// What holds in a country for products without a restriction.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CountryDefault {
    /// The country.
    country: CountryCode,
    /// Who may use a product without a restriction. `nobody` takes access from everyone whom nothing else
    /// allows it.
    default: Setting,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Allow {
    /// Open.
    Everyone,
    /// Closed but for those with an assignment or a group list.
    Selected,
    /// Closed, and no assignment or list names the product.
    Nobody,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Setting {
    /// Open.
    Everyone,
    /// Closed.
    Nobody,
}

/// Tells when more than `above` users of a country have a product open. It counts users, not machines, and
/// caps nothing.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Alert {
    /// The product, by its id in `products`.
    product: Name,
    /// The country.
    country: CountryCode,
    /// Users.
    above: u32,
    /// Whether a user must sign in to be counted; `false` where it is left out.
    sign_in_required: Option<bool>,
}

/// A fulfilment contact: gets renewals and invoices.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Contact {
    /// Where the mail goes.
    email: Email,
    /// `global`, or the country whose mail it gets.
    country: ContactArea,
}

/// `global`, or a country.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^(global|[A-Z]{2})$", "examples" = ["global", "DE"]))]
struct ContactArea(String);
