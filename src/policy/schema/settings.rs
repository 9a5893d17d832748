//! Schema types of `seatwise.yaml`.

mod usage;

use schemars::JsonSchema;

use self::usage::UsageSettingsSchema;
use super::values::{DateSchema, EmailSchema, MoneySchema, NameSchema, ShareSchema, TextLineSchema};

/// The settings of a seatwise policy: which organization, what the policy governs, and how much a plan may
/// do.\
/// Addresses and credentials do not belong here.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "seatwise settings")]
#[schemars(rename = "Settings")]
pub(super) struct SettingsSchema {
    /// The version of the policy language.
    #[schemars(extend("const" = 1))]
    version: u32,
    /// The organization's name; connection settings are keyed by it.
    organization: NameSchema,
    /// How the live organization is reached.
    connector: ConnectorSchema,
    /// How much of each relation the policy governs.
    manage: Option<ManageSchema>,
    /// Limits on plans. Every one has a default; `off` is allowed, and a finding of the audit.
    guard: Option<GuardsSchema>,
    /// Exempts exactly these items from a guard, until a day.
    approvals: Option<Vec<ApprovalSchema>>,
    /// What the audit needs to know of the firm.
    audit: Option<AuditSettingsSchema>,
    /// How use is counted and charged.
    usage: Option<UsageSettingsSchema>,
}

/// What the audit needs to know of the firm.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Audit")]
struct AuditSettingsSchema {
    /// Domains of the firm's own people: `acme.example`. Others need an end date.
    inside: Option<Vec<TextLineSchema>>,
    /// Pairs of roles that one person shall not have together.
    separation: Option<Vec<[NameSchema; 2]>>,
    /// Grants that end within so many days are told of. 30 where it is left out.
    #[schemars(range(min = 1))]
    ending_days: Option<u32>,
    /// A named licence that was not used for so many days is told of. 90 where it is left out.
    #[schemars(range(min = 1))]
    unused_days: Option<u32>,
    /// Findings that are accepted, for a limited time.
    ignore: Option<Vec<AcceptedFindingSchema>>,
    /// Access reviews that were held: `seatwise review` says of each person when they were last looked at.
    reviews: Option<Vec<HeldReviewSchema>>,
    /// Rules of the firm's own.
    rules: Option<Vec<OwnRuleSchema>>,
}

/// A rule of the firm's own. `seatwise audit` shows it as `custom/` and its id.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "OwnRule")]
struct OwnRuleSchema {
    /// Lower-case letters, digits and `-`.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,60}$"))]
    id: String,
    /// What it looks through.
    over: ConditionSubjectSchema,
    /// What makes one of them a finding: an expression of the Common Expression Language over `user`,
    /// `group`, `product` or `finding`.
    #[schemars(length(min = 1, max = 1000))]
    when: String,
    /// How bad that is. `warning` where it is left out.
    severity: Option<SeveritySchema>,
    /// What it looks for, as a noun phrase.
    title: TextLineSchema,
    /// Why that matters.
    why: Option<TextLineSchema>,
    /// What to do about it.
    fix: Option<TextLineSchema>,
    /// Cases that hold whenever the policy is read: at least one that is a finding, and one that is none.
    #[schemars(length(min = 2))]
    tests: Vec<RuleTestSchema>,
}

/// What a rule looks through.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[schemars(rename = "Over")]
enum ConditionSubjectSchema {
    Users,
    Groups,
    Products,
    Findings,
}

/// How bad a finding is.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[schemars(rename = "Severity")]
enum SeveritySchema {
    Error,
    Warning,
    Note,
}

/// A case of a rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "RuleTest")]
struct RuleTestSchema {
    /// The object: the fields that matter. Texts and lists that are left out are empty, numbers 0, flags
    /// `false`.
    given: std::collections::BTreeMap<String, ConditionValueSchema>,
    /// Whether it is a finding.
    finds: bool,
}

/// The value of a field.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(rename = "Given")]
enum ConditionValueSchema {
    Text(String),
    Number(u32),
    Flag(bool),
    Texts(Vec<String>),
}

/// An access review that was held.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Review")]
struct HeldReviewSchema {
    /// Whose access was looked at, by address; `*` stands for any text.
    users: TextLineSchema,
    /// The day (UTC).
    on: DateSchema,
    /// Who looked.
    by: TextLineSchema,
}

/// A finding that is accepted, in the reviewed file, for a limited time.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Accepted")]
struct AcceptedFindingSchema {
    /// The rule, as `seatwise audit` names it.
    rule: TextLineSchema,
    /// The one finding, as JSON and SARIF name its item; all of the rule where it is left out.
    item: Option<TextLineSchema>,
    /// Why it is accepted.
    reason: TextLineSchema,
    /// The last day (UTC). After it the finding is back.
    until: DateSchema,
}

/// How the live organization is reached.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(rename = "Connector")]
enum ConnectorSchema {
    #[schemars(title = "sandbox")]
    Sandbox(SandboxConnectorSchema),
    #[schemars(title = "http")]
    Http(HttpConnectorSchema),
    #[schemars(title = "scim")]
    Scim(ScimConnectorSchema),
}

/// The embedded organization, in one file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Sandbox")]
struct SandboxConnectorSchema {
    /// The kind of connector.
    #[schemars(extend("const" = "sandbox"))]
    kind: String,
    /// The organization's file, below the policy's folder: `.seatwise/acme.db`.
    path: TextLineSchema,
}

/// The organization API. Its address and what is shown there come from flags, `SEATWISE_*` variables or your
/// own connections file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Http")]
struct HttpConnectorSchema {
    /// The kind of connector.
    #[schemars(extend("const" = "http"))]
    kind: String,
}

/// A SCIM 2.0 service. Its address and what is shown there come from flags, `SEATWISE_*` variables or your
/// own connections file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Scim")]
struct ScimConnectorSchema {
    /// The kind of connector.
    #[schemars(extend("const" = "scim"))]
    kind: String,
}

/// One mode for each relation; `declared` where it is left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Manage")]
struct ManageSchema {
    /// People, their profile and state.
    users: Option<ManageModeSchema>,
    /// Groups, their facts and lists.
    groups: Option<ManageModeSchema>,
    /// Who is in which group.
    memberships: Option<ManageModeSchema>,
    /// Who has which role.
    roles: Option<ManageModeSchema>,
    /// Products assigned or denied to users by name, and named licences.
    assignments: Option<ManageModeSchema>,
    /// Country defaults and who may use a product.
    restrictions: Option<ManageModeSchema>,
    /// Alert thresholds.
    alerts: Option<ManageModeSchema>,
    /// Fulfilment contacts.
    contacts: Option<ManageModeSchema>,
    /// Neither added, changed nor removed. An entry that matches nothing is a finding.
    ignore: Option<Vec<IgnoreEntrySchema>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Mode")]
enum ManageModeSchema {
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
#[schemars(rename = "Ignore")]
struct IgnoreEntrySchema {
    /// Over addresses: `*@partner.example`.
    users: Option<TextLineSchema>,
    /// Over group names: `legacy-*`.
    groups: Option<TextLineSchema>,
}

/// Limits on plans.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Guards")]
struct GuardsSchema {
    /// How much of each relation a plan may remove.
    removals: Option<RemovalsOrOffSchema>,
    /// Members that one group may lose. `{share: 50%, floor: 4}` where it is left out.
    one_group: Option<LimitOrOffSchema>,
    /// People who may lose access to any product. `{count: 50, share: 5%}` where it is left out.
    loses_access: Option<LimitOrOffSchema>,
    /// People already there who may gain access. `{count: 100, share: 10%}` where it is left out.
    gains_access: Option<LimitOrOffSchema>,
    /// Active Co-Administrators that are always kept. `{at_least: 2}` where it is left out.
    administrators: Option<AdministratorsOrOffSchema>,
    /// Users who survive the deletion of their own block.
    protect: Option<Vec<EmailSchema>>,
    /// Named licences beyond what is owned. `refuse` where it is left out.
    licences: Option<LicenceGuardActionSchema>,
    /// Projected overage after the plan. `{at_most: 5000 EUR}` where it is left out.
    exposure: Option<ExposureOrOffSchema>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Off")]
enum OffSchema {
    /// No limit.
    Off,
}

/// Limits, or `off`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(rename = "RemovalsOrOff")]
enum RemovalsOrOffSchema {
    #[schemars(title = "Limits")]
    Limits(Box<RemovalLimitsSchema>),
    #[schemars(title = "Off")]
    Off(OffSchema),
}

/// How much of each relation a plan may remove.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Removals")]
struct RemovalLimitsSchema {
    /// People. `{count: 10, share: 2%}` where it is left out.
    users: Option<LimitOrOffSchema>,
    /// Groups. `{count: 10, share: 10%}` where it is left out.
    groups: Option<LimitOrOffSchema>,
    /// Memberships, includes flattened. `{share: 10%}` where it is left out.
    memberships: Option<LimitOrOffSchema>,
    /// Roles held. `{count: 5}` where it is left out.
    roles: Option<LimitOrOffSchema>,
    /// Products assigned or denied by name, and named licences. `{share: 10%}` where it is left out.
    assignments: Option<LimitOrOffSchema>,
    /// Products on group lists. `{share: 10%}` where it is left out.
    allow_lists: Option<LimitOrOffSchema>,
}

/// A limit, or `off`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(rename = "LimitOrOff")]
enum LimitOrOffSchema {
    #[schemars(title = "Limit")]
    Limit(GuardLimitSchema),
    #[schemars(title = "Off")]
    Off(OffSchema),
}

/// At most the smaller of `count` and `share`, and never less than `floor`. Written, it replaces the default
/// as a whole.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Limit")]
struct GuardLimitSchema {
    /// So many.
    count: Option<u32>,
    /// Of the number before, rounded down.
    share: Option<ShareSchema>,
    /// Always allowed; 3 where it is left out (`one_group`: 4).
    floor: Option<u32>,
}

/// A floor, or `off`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(rename = "AdministratorsOrOff")]
enum AdministratorsOrOffSchema {
    #[schemars(title = "Floor")]
    Floor(AdministratorFloorSchema),
    #[schemars(title = "Off")]
    Off(OffSchema),
}

/// The administrators that are always kept.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Administrators")]
struct AdministratorFloorSchema {
    /// Active Co-Administrators, or as many as there were.
    at_least: u32,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "Licences")]
enum LicenceGuardActionSchema {
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
#[schemars(rename = "ExposureOrOff")]
enum ExposureOrOffSchema {
    #[schemars(title = "Amount")]
    Amount(ExposureLimitSchema),
    #[schemars(title = "Off")]
    Off(OffSchema),
}

/// Projected overage of the period, after the plan.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Exposure")]
struct ExposureLimitSchema {
    /// The amount.
    at_most: MoneySchema,
}

/// Exempts exactly these items from a guard, in the reviewed file, for a limited time.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Approval")]
struct ApprovalSchema {
    /// The guard.
    guard: ApprovableGuardSchema,
    /// By cause, as the refusal names them: a user, a group, `group/user`, `user/role`, `user/product`,
    /// `group NAME`, `product NAME`,\
    /// `restriction PRODUCT COUNTRY`, `default COUNTRY`.
    #[schemars(length(min = 1))]
    items: Vec<TextLineSchema>,
    /// Why; shown in plans.
    reason: TextLineSchema,
    /// The last day (UTC). After it the approval counts for nothing.
    until: DateSchema,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[schemars(rename = "ApprovableGuard")]
enum ApprovableGuardSchema {
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
