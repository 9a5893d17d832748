//! Saved plans: canonical JSON in a frozen, versioned format, and the digest that names a plan.
//!
//! The format has its own types, defined by tables in the child modules; core types are never serialized.
//! Canonical means: keys in alphabetical order, no white space, no floating-point numbers, arrays in the
//! plan's own order. The digest covers the canonical JSON without times, so that a plan made again from the
//! same inputs has the same digest.
//!
//! The organization API ([`crate::wire`]) writes names, objects and acts in the same form.

pub(crate) mod acts;
mod judgement;
pub(crate) mod objects;
pub(crate) mod steps;

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Plan, StepNo};
use crate::format::mirror::{InvalidValue, Mirror};
use crate::format::model_objects::{ProductRecord, SectionRecord};
use crate::format::scalar_text::ScalarText;
use crate::model::{Date, Interner, ProductId, Text};
use judgement::{ApprovalRecord, GuardsRecord, ImpactRecord, ReadCountsRecord, VerdictRecord};
use steps::{
    DateConflictRecord, JoinedProductRecord, LeftAloneRecord, StepNoRecord, StepRecord, WithheldRecord,
};

/// The format's name up to its version.
const FAMILY: &str = "seatwise-plan/";
/// The version that [`write_plan`] writes, and the newest version that [`read_plan`] reads.
const VERSION: u32 = 1;

/// How many hours after its creation a plan may be applied, unless a person chooses another age.
pub const DEFAULT_MAX_AGE_HOURS: u32 = 24;

/// A plan read back from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedPlan {
    /// Without the places of the approvals in the policy, which the file does not keep.
    pub plan: Plan,
    pub digest: PlanDigest,
    /// After this time, the plan is too old to be applied.
    pub expires: Timestamp,
    /// For how many hours after its creation it may be applied.
    pub max_age_hours: u32,
    /// The seal of whoever made it; `None` where it has none. Reading a plan does not check its seal.
    pub seal: Option<PlanSeal>,
}

/// A signature over [what a seal of a plan covers](sealed_text), by the key of a user or of a CI service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Seal")]
pub struct PlanSeal {
    /// The public half of the Ed25519 key, 64 hex digits.
    pub key: String,
    /// 128 hex digits.
    pub signature: String,
}

/// The text that a seal of a plan covers: its times, which its digest does not cover, and its digest.
pub fn sealed_text(created: Timestamp, max_age_hours: u32, digest: PlanDigest) -> String {
    format!("{created}\n{max_age_hours}\n{digest}")
}

/// The name of a plan: the BLAKE3 hash of its canonical JSON without times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanDigest([u8; 32]);

impl PlanDigest {
    /// The number of hex digits that an approval must have at least: of fewer, two plans with the same ones
    /// can be made on purpose.
    const LEAST: usize = 32;

    fn from_body(body: &str) -> Self {
        Self(*blake3::hash(body.as_bytes()).as_bytes())
    }

    /// The first eight hex digits, by which people tell plans apart. No approval is that short.
    pub fn short_hex(&self) -> String {
        self.to_string()[..8].to_owned()
    }

    /// The first hex digits, as many as an approval needs.
    pub fn approval_hex(&self) -> String {
        self.to_string()[..Self::LEAST].to_owned()
    }

    /// Whether `given`, the whole digest or at least its first 32 hex digits, names the plan of this digest.
    pub fn is_named_by(&self, given: &str) -> bool {
        given.len() >= Self::LEAST && self.to_string().starts_with(&given.to_ascii_lowercase())
    }
}

impl fmt::Display for PlanDigest {
    /// All 64 hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for PlanDigest {
    type Err = PlanDigestError;

    fn from_str(text: &str) -> Result<Self, PlanDigestError> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| PlanDigestError)?;
        Ok(Self(*hash.as_bytes()))
    }
}

/// The text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a digest: 64 hex digits")]
pub struct PlanDigestError;

/// A saved plan could not be read, and cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The text is JSON, but not a saved plan.
    #[error("not a saved plan: the field `format` is missing or names something else")]
    NotAPlan,
    /// A later version of seatwise wrote the plan.
    #[error("the plan has format version {found}, and this seatwise reads up to {newest}", newest = VERSION)]
    Newer {
        /// The format version of the plan.
        found: u32,
    },
    /// A field is missing, unknown or of another type.
    #[error("the plan does not have the shape of its format: {0}")]
    Shape(String),
    /// A text is not a value of the kind that its field holds.
    #[error("`{text}` is not {kind}")]
    Value {
        /// The kind of value that the field holds.
        kind: &'static str,
        /// The text in the field.
        text: String,
    },
    /// The steps are not numbered from 1, or a step needs a step that does not come before it.
    #[error("step {0} is out of order")]
    Order(u32),
    /// The content was changed after the digest was made.
    #[error("the plan was edited: its digest is {found}, and it says {said}")]
    Edited {
        /// The digest that the file states.
        said: PlanDigest,
        /// The digest of the file's content.
        found: PlanDigest,
    },
}

impl From<InvalidValue> for PlanFileError {
    fn from(InvalidValue { kind, text, source: _ }: InvalidValue) -> Self {
        Self::Value { kind, text }
    }
}

/// All of a plan but the time it was made.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
#[schemars(rename = "Body")]
struct PlanRecord<'a> {
    approvals: Vec<ApprovalRecord<'a>>,
    as_of: ScalarText<'a, Date>,
    catalogue: std::collections::BTreeMap<ScalarText<'a, ProductId>, ProductRecord<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<DateConflictRecord<'a>>,
    guards: GuardsRecord<'a>,
    impact: ImpactRecord<'a>,
    /// Products that the policy calls otherwise than the organization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    joined_products: Vec<JoinedProductRecord<'a>>,
    left_alone: LeftAloneRecord<'a>,
    /// Sections that the policy manages and that the organization's service has no place for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    no_place: Vec<SectionRecord>,
    /// Sections that the policy manages and that could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_compared: Vec<SectionRecord>,
    organization: ScalarText<'a, Text>,
    policy: ScalarText<'a, Text>,
    read: ReadCountsRecord<'a>,
    /// The steps that change the address of somebody who has a role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    readdressed: Vec<StepNoRecord>,
    steps: Vec<StepRecord<'a>>,
    verdict: VerdictRecord<'a>,
    withheld: Vec<WithheldRecord<'a>>,
}

/// A saved plan of seatwise: what `seatwise plan --out` writes and `seatwise apply` carries out.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
#[schemars(title = "seatwise plan")]
#[schemars(rename = "Document")]
struct SavedPlanRecord<'a> {
    /// When the plan was made. Not part of the digest.
    created: ScalarText<'a, Timestamp>,
    /// BLAKE3 over the canonical JSON of `plan`, 64 hex digits.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    digest: ScalarText<'a, Text>,
    /// `seatwise-plan/1`.
    #[schemars(extend("const" = "seatwise-plan/1"))]
    format: ScalarText<'a, Text>,
    /// For how many hours after `created` it may be applied. Not part of the digest.
    max_age_hours: u32,
    /// The plan.
    plan: PlanRecord<'a>,
    /// Who made the plan, and that its times are as they were. Not part of the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<PlanSeal>,
}

impl<'a> PlanRecord<'a> {
    fn from_plan(plan: &'a Plan) -> Self {
        let Plan {
            organization,
            policy,
            as_of,
            created: _, // Times are not part of the digest.
            read,
            steps,
            readdressed,
            withheld,
            not_compared,
            no_place,
            left_alone,
            impact,
            verdict,
            guards,
            approvals,
            catalogue,
            conflicts,
            joined_products,
        } = plan;
        Self {
            approvals: Mirror::write(approvals),
            as_of: Mirror::write(as_of),
            catalogue: Mirror::write(catalogue),
            conflicts: Mirror::write(conflicts),
            guards: Mirror::write(guards),
            impact: Mirror::write(impact),
            joined_products: Mirror::write(joined_products),
            left_alone: Mirror::write(left_alone),
            no_place: Mirror::write(no_place),
            not_compared: Mirror::write(not_compared),
            organization: Mirror::write(organization),
            policy: Mirror::write(policy),
            read: Mirror::write(read),
            readdressed: Mirror::write(readdressed),
            steps: Mirror::write(steps),
            verdict: Mirror::write(verdict),
            withheld: Mirror::write(withheld),
        }
    }

    fn into_plan(self, created: Timestamp, names: &Interner) -> Result<Plan, InvalidValue> {
        Ok(Plan {
            organization: self.organization.read(names)?,
            policy: self.policy.read(names)?,
            as_of: self.as_of.read(names)?,
            created,
            read: self.read.read(names)?,
            steps: self.steps.read(names)?,
            readdressed: self.readdressed.read(names)?,
            withheld: self.withheld.read(names)?,
            not_compared: self.not_compared.read(names)?,
            no_place: self.no_place.read(names)?,
            left_alone: self.left_alone.read(names)?,
            impact: self.impact.read(names)?,
            verdict: self.verdict.read(names)?,
            guards: self.guards.read(names)?,
            approvals: self.approvals.read(names)?,
            catalogue: self.catalogue.read(names)?,
            conflicts: self.conflicts.read(names)?,
            joined_products: self.joined_products.read(names)?,
        })
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every key of a plan is a string, and no value can fail")
    }
}

/// The plan without times as canonical JSON, the text that the digest covers.
pub fn canonical_json(plan: &Plan) -> String {
    PlanRecord::from_plan(plan).to_json()
}

/// The digest that names the plan.
pub fn plan_digest(plan: &Plan) -> PlanDigest {
    PlanDigest::from_body(&canonical_json(plan))
}

/// The text of a saved plan, which may be applied for `max_age_hours` after its creation.
pub fn write_plan(plan: &Plan, max_age_hours: u32) -> String {
    write_sealed_plan(plan, max_age_hours, |_| None)
}

/// The text of a saved plan with the seal that `seal` makes of [what it covers](sealed_text).
pub fn write_sealed_plan(
    plan: &Plan,
    max_age_hours: u32,
    seal: impl FnOnce(&str) -> Option<PlanSeal>,
) -> String {
    let body = canonical_json(plan);
    let (created, digest) = (plan.created, PlanDigest::from_body(&body));
    let seal = seal(&sealed_text(created, max_age_hours, digest));
    let seal = seal.map_or_else(String::new, |PlanSeal { key, signature }| {
        format!(",\"seal\":{{\"key\":\"{key}\",\"signature\":\"{signature}\"}}")
    });
    // Composed by hand, so that the body, which may be large, is serialized only once.
    format!(
        "{{\"created\":\"{created}\",\"digest\":\"{digest}\",\"format\":\"{FAMILY}{VERSION}\",\
        \"max_age_hours\":{max_age_hours},\"plan\":{body}{seal}}}"
    ) + "\n"
}

/// Reads a saved plan.
///
/// # Errors
///
/// Refuses a text that is not a saved plan of a known version, whose digest does not match its content, or
/// whose steps are out of order.
pub fn read_plan(text: &str) -> Result<SavedPlan, PlanFileError> {
    check_format(text)?;
    let document: SavedPlanRecord<'_> =
        serde_json::from_str(text).map_err(|error| PlanFileError::Shape(error.to_string()))?;
    let found = PlanDigest::from_body(&document.plan.to_json());
    let names = Interner::default();
    let said = document.digest.read(&names)?;
    let said = said.parse().map_err(|_| PlanFileError::Value { kind: "a digest", text: said.to_string() })?;
    if found != said {
        return Err(PlanFileError::Edited { said, found });
    }
    let created = document.created.read(&names)?;
    let (max_age_hours, seal) = (document.max_age_hours, document.seal);
    let plan = document.plan.into_plan(created, &names)?;
    check_order(&plan)?;
    // An age that leads beyond the calendar means that the plan never expires.
    let expires =
        created.checked_add(SignedDuration::from_hours(max_age_hours.into())).unwrap_or(Timestamp::MAX);
    Ok(SavedPlan { plan, digest: found, expires, max_age_hours, seal })
}

fn check_format(text: &str) -> Result<(), PlanFileError> {
    #[derive(Deserialize)]
    struct PlanFormatRecord {
        format: Option<String>,
    }
    let head: PlanFormatRecord = serde_json::from_str(text).map_err(|error| {
        if error.is_data() { PlanFileError::NotAPlan } else { PlanFileError::NotJson(error.to_string()) }
    })?;
    let version = head.format.as_deref().and_then(|format| format.strip_prefix(FAMILY)?.parse().ok());
    match version.ok_or(PlanFileError::NotAPlan)? {
        VERSION => Ok(()),
        found if found > VERSION => Err(PlanFileError::Newer { found }),
        _ => Err(PlanFileError::NotAPlan),
    }
}

fn check_order(plan: &Plan) -> Result<(), PlanFileError> {
    let numbered = plan.steps.iter().zip(1..);
    let wrong = numbered
        .into_iter()
        .find(|(step, no)| step.no != StepNo(*no) || step.needs.iter().any(|need| *need >= step.no));
    wrong.map_or(Ok(()), |(_, no)| Err(PlanFileError::Order(no)))
}

/// The JSON Schema (draft 2020-12) of saved plans.
pub fn plan_schema() -> serde_json::Value {
    schemars::schema_for!(SavedPlanRecord<'static>).to_value()
}
