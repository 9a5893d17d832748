//! `seatwise.yaml`.

mod usage;

use schemars::JsonSchema;

use self::usage::Usage;
use super::values::{Date, Email, Line, Money, Name, Share};

/// The settings of a seatwise policy: which organization, what the policy governs, and how much a plan may
/// do. Addresses and credentials do not belong here.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "seatwise settings")]
pub(super) struct Settings {
    /// The version of the policy language.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// The organization's name; connection settings are keyed by it.
    organization: Name,
    /// How the live organization is reached.
    connector: Connector,
    /// How much of each relation the policy governs.
    manage: Option<Manage>,
    /// Limits on plans. Every one has a default; `off` is allowed, and a finding of the audit.
    guard: Option<Guards>,
    /// Exempts exactly these items from a guard, until a day.
    approvals: Option<Vec<Approval>>,
    /// What the audit needs to know of the firm.
    audit: Option<Audit>,
    /// How use is counted and charged.
    usage: Option<Usage>,
}

/// What the audit needs to know of the firm.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Audit {
    /// Domains of the firm's own people: `acme.example`. Others need an end date.
    inside: Option<Vec<Line>>,
    /// Pairs of roles that one person shall not have together.
    separation: Option<Vec<[Name; 2]>>,
    /// Grants that end within so many days are told of. 30 where it is left out.
    #[schemars(range(min = 1))]
    ending_days: Option<u32>,
    /// A named licence that was not used for so many days is told of. 90 where it is left out.
    #[schemars(range(min = 1))]
    unused_days: Option<u32>,
    /// Findings that are accepted, for a limited time.
    ignore: Option<Vec<Accepted>>,
    /// Access reviews that were held: `seatwise review` says of each person when they were last looked at.
    reviews: Option<Vec<Review>>,
    /// Rules of the firm's own.
    rules: Option<Vec<OwnRule>>,
}

/// A rule of the firm's own. `seatwise audit` shows it as `custom/` and its id.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct OwnRule {
    /// Lower-case letters, digits and `-`.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,60}$"))]
    id: String,
    /// What it looks through.
    over: Over,
    /// What makes one of them a finding: an expression of the Common Expression Language over `user`,
    /// `group`, `product` or `finding`.
    #[schemars(length(min = 1, max = 1000))]
    when: String,
    /// How bad that is. `warning` where it is left out.
    severity: Option<Severity>,
    /// What it looks for, as a noun phrase.
    title: Line,
    /// Why that matters.
    why: Option<Line>,
    /// What to do about it.
    fix: Option<Line>,
    /// Cases that hold whenever the policy is read: at least one that is a finding, and one that is none.
    #[schemars(length(min = 2))]
    tests: Vec<RuleTest>,
}

/// What a rule looks through.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Over {
    Users,
    Groups,
    Products,
    Findings,
}

/// How bad a finding is.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Severity {
    Error,
    Warning,
    Note,
}

/// A case of a rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RuleTest {
    /// The object: the fields that matter. Texts and lists that are left out are empty, numbers 0, flags
    /// `false`.
    given: std::collections::BTreeMap<String, Given>,
    /// Whether it is a finding.
    finds: bool,
}

/// The value of a field.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Given {
    Text(String),
    Number(u32),
    Flag(bool),
    Texts(Vec<String>),
}

/// An access review that was held.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Review {
    /// Whose access was looked at, by address; `*` stands for any text.
    users: Line,
    /// The day (UTC).
    on: Date,
    /// Who looked.
    by: Line,
}

/// A finding that is accepted, in the reviewed file, for a limited time.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Accepted {
    /// The rule, as `seatwise audit` names it.
    rule: Line,
    /// The one finding, as JSON and SARIF name its item; all of the rule where it is left out.
    item: Option<Line>,
    /// Why it is accepted.
    reason: Line,
    /// The last day (UTC). After it the finding is back.
    until: Date,
}

/// How the live organization is reached.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Connector {
    #[schemars(title = "sandbox")]
    Sandbox(Sandbox),
    #[schemars(title = "http")]
    Http(Http),
    #[schemars(title = "scim")]
    Scim(Scim),
}

/// The embedded organization, in one file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Sandbox {
    /// The kind of connector.
    #[schemars(extend("const" = "sandbox"))]
    kind: String,
    /// The organization's file, below the policy's folder: `.seatwise/acme.db`.
    path: Line,
}

/// The organization API. Its address and what is shown there come from flags, `SEATWISE_*` variables or your
/// own connections file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Http {
    /// The kind of connector.
    #[schemars(extend("const" = "http"))]
    kind: String,
}

/// A SCIM 2.0 service. Its address and what is shown there come from flags, `SEATWISE_*` variables or your
/// own connections file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Scim {
    /// The kind of connector.
    #[schemars(extend("const" = "scim"))]
    kind: String,
}

/// One mode for each relation; `declared` where it is left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Manage {
    /// People, their profile and state.
    users: Option<Mode>,
    /// Groups, their facts and lists.
    groups: Option<Mode>,
    /// Who is in which group.
    memberships: Option<Mode>,
    /// Who has which role.
    roles: Option<Mode>,
    /// Products assigned or denied to users by name, and named licences.
    assignments: Option<Mode>,
    /// Country defaults and who may use a product.
    restrictions: Option<Mode>,
    /// Alert thresholds.
    alerts: Option<Mode>,
    /// Fulfilment contacts.
    contacts: Option<Mode>,
    /// Neither added, changed nor removed. An entry that matches nothing is a finding.
    ignore: Option<Vec<Ignore>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Mode {
    /// The policy is the whole truth.
    Exact,
    /// What is not declared is left alone.
    Declared,
    /// Differences are shown, never written.
    Observe,
}

/// A pattern: `*` stands for any text.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Ignore {
    /// Over addresses: `*@partner.example`.
    users: Option<Line>,
    /// Over group names: `legacy-*`.
    groups: Option<Line>,
}

/// Limits on plans.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Guards {
    /// How much of each relation a plan may remove.
    removals: Option<RemovalsOrOff>,
    /// Members that one group may lose. `{share: 50%, floor: 4}` where it is left out.
    one_group: Option<LimitOrOff>,
    /// People who may lose access to any product. `{count: 50, share: 5%}` where it is left out.
    loses_access: Option<LimitOrOff>,
    /// People already there who may gain access. `{count: 100, share: 10%}` where it is left out.
    gains_access: Option<LimitOrOff>,
    /// Active Co-Administrators that are always kept. `{at_least: 2}` where it is left out.
    administrators: Option<AdministratorsOrOff>,
    /// Users who survive the deletion of their own block.
    protect: Option<Vec<Email>>,
    /// Named licences beyond what is owned. `refuse` where it is left out.
    licences: Option<Licences>,
    /// Projected overage after the plan. `{at_most: 5000 EUR}` where it is left out.
    exposure: Option<ExposureOrOff>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Off {
    /// No limit.
    Off,
}

/// Limits, or `off`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum RemovalsOrOff {
    #[schemars(title = "Limits")]
    Limits(Box<Removals>),
    #[schemars(title = "Off")]
    Off(Off),
}

/// How much of each relation a plan may remove.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Removals {
    /// People. `{count: 10, share: 2%}` where it is left out.
    users: Option<LimitOrOff>,
    /// Groups. `{count: 10, share: 10%}` where it is left out.
    groups: Option<LimitOrOff>,
    /// Memberships, includes flattened. `{share: 10%}` where it is left out.
    memberships: Option<LimitOrOff>,
    /// Roles held. `{count: 5}` where it is left out.
    roles: Option<LimitOrOff>,
    /// Products assigned or denied by name, and named licences. `{share: 10%}` where it is left out.
    assignments: Option<LimitOrOff>,
    /// Products on group lists. `{share: 10%}` where it is left out.
    allow_lists: Option<LimitOrOff>,
}

/// A limit, or `off`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum LimitOrOff {
    #[schemars(title = "Limit")]
    Limit(Limit),
    #[schemars(title = "Off")]
    Off(Off),
}

/// At most the smaller of `count` and `share`, and never less than `floor`. Written, it replaces the default
/// as a whole.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Limit {
    /// So many.
    count: Option<u32>,
    /// Of the number before, rounded down.
    share: Option<Share>,
    /// Always allowed; 3 where it is left out (`one_group`: 4).
    floor: Option<u32>,
}

/// A floor, or `off`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum AdministratorsOrOff {
    #[schemars(title = "Floor")]
    Floor(Administrators),
    #[schemars(title = "Off")]
    Off(Off),
}

/// The administrators that are always kept.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Administrators {
    /// Active Co-Administrators, or as many as there were.
    at_least: u32,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Licences {
    /// Refuse the plan.
    Refuse,
    /// Say so.
    Warn,
    /// Nothing.
    Off,
}

/// An amount, or `off`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum ExposureOrOff {
    #[schemars(title = "Amount")]
    Amount(Exposure),
    #[schemars(title = "Off")]
    Off(Off),
}

/// Projected overage of the period, after the plan.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Exposure {
    /// The amount.
    at_most: Money,
}

/// Exempts exactly these items from a guard, in the reviewed file, for a limited time.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Approval {
    /// The guard.
    guard: ApprovableGuard,
    /// By cause, as the refusal names them: a user, a group, `group/user`, `user/role`, `user/product`,
    /// `group NAME`, `product NAME`, `restriction PRODUCT COUNTRY`, `default COUNTRY`.
    #[schemars(length(min = 1))]
    items: Vec<Line>,
    /// Why; shown in plans.
    reason: Line,
    /// The last day (UTC). After it the approval counts for nothing.
    until: Date,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum ApprovableGuard {
    /// Removals of people.
    Users,
    /// Removals of groups.
    Groups,
    /// Removals of memberships.
    Memberships,
    /// Removals of roles.
    Roles,
    /// Removals of assignments.
    Assignments,
    /// Removals from group lists.
    AllowLists,
    /// Members that one group loses.
    OneGroup,
    /// People who lose access.
    LosesAccess,
    /// People who gain access.
    GainsAccess,
    /// Named licences beyond what is owned.
    Licences,
    /// Projected overage.
    Exposure,
}
