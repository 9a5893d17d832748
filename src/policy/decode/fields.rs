//! The field names of every mapping of the policy language, in the order of its documentation. A test of the
//! schema checks that decoder and schema have the same names.

pub(crate) const DOCUMENT: &[&str] =
    &["defaults", "users", "groups", "products", "roles", "bundles", "restrictions", "alerts", "contacts"];
pub(crate) const DEFAULTS: &[&str] =
    &["country", "entitlement_country", "roles", "groups", "products", "deny", "bundles", "until"];
pub(crate) const USER: &[&str] = &[
    "id",
    "formerly",
    "first_name",
    "last_name",
    "country",
    "entitlement_country",
    "state",
    "roles",
    "groups",
    "products",
    "deny",
    "bundles",
    "until",
];
pub(crate) const GROUP: &[&str] =
    &["id", "formerly", "kind", "country", "description", "state", "includes", "members", "products"];
pub(crate) const PRODUCT: &[&str] = &["number", "feature", "name", "licence", "list_price"];
pub(crate) const ROLE: &[&str] = &["name"];
pub(crate) const BUNDLE: &[&str] = &["roles", "products", "groups"];
pub(crate) const RESTRICTION: &[&str] = &["product", "country", "allow", "default"];
pub(crate) const ALERT: &[&str] = &["product", "country", "above", "sign_in_required"];
pub(crate) const CONTACT: &[&str] = &["email", "country"];
/// The fields of a grant beside the key that says what is granted.
pub(crate) const TERMS: &[&str] = &["from", "until", "reason"];

pub(crate) const SETTINGS: &[&str] =
    &["version", "organization", "connector", "manage", "guard", "approvals", "audit", "usage"];
pub(crate) const CONNECTOR: &[&str] = &["kind", "path"];
pub(crate) const SERVICE_CONNECTOR: &[&str] = &["kind"];
pub(crate) const MANAGE: &[&str] = &[
    "users",
    "groups",
    "memberships",
    "roles",
    "assignments",
    "restrictions",
    "alerts",
    "contacts",
    "ignore",
];
pub(crate) const IGNORE: &[&str] = &["users", "groups"];
pub(crate) const GUARD: &[&str] = &[
    "removals",
    "one_group",
    "loses_access",
    "gains_access",
    "administrators",
    "protect",
    "licences",
    "exposure",
];
pub(crate) const REMOVALS: &[&str] =
    &["users", "groups", "memberships", "roles", "assignments", "allow_lists"];
pub(crate) const LIMIT: &[&str] = &["count", "share", "floor"];
pub(crate) const ADMINISTRATORS: [&str; 1] = ["at_least"];
pub(crate) const EXPOSURE: [&str; 1] = ["at_most"];
pub(crate) const APPROVAL: &[&str] = &["guard", "items", "reason", "until"];
pub(crate) const AUDIT: &[&str] =
    &["inside", "separation", "ending_days", "unused_days", "ignore", "reviews", "rules"];
pub(crate) const REVIEW: &[&str] = &["users", "on", "by"];
pub(crate) const OWN_RULE: &[&str] = &["id", "over", "when", "severity", "title", "why", "fix", "tests"];
pub(crate) const RULE_TEST: &[&str] = &["given", "finds"];
pub(crate) const ACCEPTED: &[&str] = &["rule", "item", "reason", "until"];
pub(crate) const USAGE: &[&str] = &[
    "interval",
    "pool",
    "first_interval",
    "boundary_start",
    "short_use",
    "usage_types",
    "period",
    "term_share",
    "discount",
    "forgive",
    "contract",
    "price_book",
    "store",
    "columns",
];
pub(crate) const COLUMNS: &[&str] = &[
    "product",
    "feature",
    "country",
    "site",
    "usage_type",
    "machine",
    "email",
    "user",
    "date",
    "first",
    "last",
    "start",
    "end",
    "duration",
    "checked_out",
    "checked_in",
    "expires",
    "activation_key",
    "server_type",
];
