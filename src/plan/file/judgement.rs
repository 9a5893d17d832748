//! Wire types of a plan's impact, and of the guards and their verdict.

use serde::{Deserialize, Serialize};

use crate::format::mirror::{InvalidValue, Mirror, PairsRecord, SharedListRecord, TreeSetRecord, mirror};
use crate::format::model_objects::LicenceKindRecord;
use crate::format::scalar_text::ScalarText;
use crate::model::{CountryCode, Date, Email, GroupName, Interner, Money, ProductId, Text};
use crate::plan::{self, guard, impact};
use crate::policy::{PolicyPlace, settings};
use crate::usage::Period;

type ProductsByCauseRecord<'a> =
    PairsRecord<AccessCauseRecord<'a>, SharedListRecord<ScalarText<'a, ProductId>>>;

mirror!(
    /// What made somebody's access change.
    #[schemars(rename = "Cause")]
    enum AccessCauseRecord<'a> of impact::AccessCause {
        units {}
        newtypes {
            Default(ScalarText<'a, CountryCode>),
            Group(ScalarText<'a, GroupName>),
            Product(ScalarText<'a, ProductId>),
            User(ScalarText<'a, Email>),
        }
        structs {}
        pairs {
            Assignment(ScalarText<'a, Email>, ScalarText<'a, ProductId>),
            Membership(ScalarText<'a, GroupName>, ScalarText<'a, Email>),
            Restriction(ScalarText<'a, ProductId>, ScalarText<'a, CountryCode>),
        }
    }
);

/// How many people lose and gain one product by one cause.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LostGained")]
pub(super) struct LostGainedRecord {
    gained: usize,
    lost: usize,
}

impl<'a> Mirror<'a> for LostGainedRecord {
    type Core = (usize, usize);

    fn write((lost, gained): &'a (usize, usize)) -> Self {
        Self { gained: *gained, lost: *lost }
    }

    fn read(self, _: &Interner) -> Result<(usize, usize), InvalidValue> {
        Ok((self.lost, self.gained))
    }
}

mirror!(
    /// How many people lose and gain one product.
    #[schemars(rename = "ProductImpact")]
    struct ProductImpactRecord<'a> of impact::ProductImpact {
        causes: PairsRecord<AccessCauseRecord<'a>, LostGainedRecord>,
        gained: usize,
        gained_by_newcomers: usize,
        lost: usize,
        lost_by_leaving: usize,
    }
);

mirror!(
    /// Licences of one product.
    #[schemars(rename = "LicenceLine")]
    struct LicenceLineRecord<'a> of impact::LicenceLine {
        assigned_after: u32,
        assigned_before: u32,
        exposure: Option<ExposureRecord<'a>>,
        licence: LicenceKindRecord,
        owned: Option<u32>,
        peak: Option<u32>,
        product: ScalarText<'a, ProductId>,
    }
);

mirror!(
    /// What excess costs.
    #[schemars(rename = "Charge")]
    enum ChargeRecord<'a> of crate::usage::Charge {
        units { Forgiven, Nothing, PriceUnknown, TooLarge }
        newtypes { Due(ScalarText<'a, Money>) }
        structs {}
    }
);

mirror!(
    /// Machines above what is owned, and what they cost.
    #[schemars(rename = "Overage")]
    struct OverageRecord<'a> of crate::usage::Overage {
        charge: ChargeRecord<'a>,
        machines: u32,
    }
);

mirror!(
    /// What one product costs in the running period beyond what is owned: so far, and after.
    #[schemars(rename = "Exposure")]
    struct ExposureRecord<'a> of impact::Exposure {
        after: OverageRecord<'a>,
        before: OverageRecord<'a>,
    }
);

mirror!(
    #[doc = "What the running period costs, all products together; `since` is the first day with known use, \
        where that is after the period's."]
    #[schemars(rename = "Total")]
    struct ExposureTotalRecord<'a> of impact::ExposureTotal {
        after: Vec<ScalarText<'a, Money>>,
        before: Vec<ScalarText<'a, Money>>,
        period: ScalarText<'a, Period>,
        since: Option<ScalarText<'a, Date>>,
    }
);

mirror!(
    /// Whether it is known what use costs.
    #[schemars(rename = "Projected")]
    enum ExposureProjectionRecord<'a> of impact::ExposureProjection {
        units { Unread }
        newtypes { Known(ExposureTotalRecord<'a>), Stale(ScalarText<'a, Date>) }
        structs {}
    }
);

mirror!(
    /// A step that switches something for everybody at once.
    #[schemars(rename = "Flip")]
    enum AccessFlipRecord<'a> of impact::AccessFlip {
        units {}
        newtypes { DefaultNobody(ScalarText<'a, CountryCode>), EmptiedList(ScalarText<'a, GroupName>),
            FirstProduct(ScalarText<'a, GroupName>) }
        structs {}
    }
);

mirror!(
    /// What an undo will not bring back.
    #[schemars(rename = "NotUndoable")]
    struct NotUndoableCountsRecord<'a> of impact::NotUndoableCounts {
        approvals: usize,
        checkouts: usize,
        identities: usize,
        invitations: usize,
        locks: usize,
    }
);

/// Seconds, kept to the millisecond: the file has no floating-point numbers.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Milliseconds")]
pub(super) struct MillisecondsRecord(u64);

impl<'a> Mirror<'a> for MillisecondsRecord {
    type Core = f64;

    fn write(core: &'a f64) -> Self {
        // The cast saturates, and turns NaN into 0.
        Self((core * 1000.0).round() as u64)
    }

    fn read(self, _: &Interner) -> Result<f64, InvalidValue> {
        Ok(self.0 as f64 / 1000.0)
    }
}

/// Whether a count is left out, as it is in plans of earlier versions.
fn is_none_counted(count: &usize) -> bool {
    *count == 0
}

mirror!(
    /// What the plan means for people and licences. `seconds` is in thousandths.
    #[schemars(rename = "Impact")]
    struct ImpactRecord<'a> of impact::Impact {
        #[serde(default, skip_serializing_if = "is_none_counted")]
        arriving: usize,
        exposure: ExposureProjectionRecord<'a>,
        flips: Vec<AccessFlipRecord<'a>>,
        gaining: std::collections::BTreeMap<ScalarText<'a, Email>, ProductsByCauseRecord<'a>>,
        leaving: std::collections::BTreeMap<ScalarText<'a, Email>, usize>,
        licences: Vec<LicenceLineRecord<'a>>,
        losing: std::collections::BTreeMap<ScalarText<'a, Email>, ProductsByCauseRecord<'a>>,
        not_undoable: NotUndoableCountsRecord<'a>,
        products: std::collections::BTreeMap<ScalarText<'a, ProductId>, ProductImpactRecord<'a>>,
        requests: u32,
        seconds: Option<MillisecondsRecord>,
    }
);

mirror!(
    #[schemars(rename = "Removal")]
    enum RemovalRecord of settings::RemovalRelation {
        AllowLists, Assignments, Groups, Memberships, Roles, Users
    }
);
mirror!(
    #[schemars(rename = "Relation")]
    enum RelationRecord of settings::Relation {
        Alerts, Assignments, Contacts, Groups, Memberships, Restrictions, Roles, Users
    }
);
mirror!(
    #[schemars(rename = "Licences")]
    enum LicencesGuardRecord of settings::LicenceGuardAction { Off, Refuse, Warn }
);

mirror!(
    /// A guard.
    #[schemars(rename = "Guard")]
    enum GuardRecord<'a> of settings::Guard {
        units { AccountLocks, AddedExposure, Administrators, Exposure, GainsAccess, InvitedAdministrators,
            Licences, LosesAccess, OneGroup }
        newtypes { EmptyRelation(RelationRecord), Removals(RemovalRecord) }
        structs {}
    }
);

mirror!(
    /// `share` is in hundredths of a percent.
    #[schemars(rename = "Limit")]
    struct LimitRecord<'a> of settings::GuardLimit {
        count: Option<u32>,
        floor: u32,
        share: Option<u32>,
    }
);

mirror!(
    /// The limits that the plan was judged by, and will be judged by again; null or none is off.
    #[schemars(rename = "Guards")]
    struct GuardsRecord<'a> of settings::Guards {
        // Plans of earlier versions know neither of the two: they are judged as they were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_locks: Option<LimitRecord<'a>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        added_exposure: Option<ScalarText<'a, Money>>,
        administrators: Option<u32>,
        exposure: Option<ScalarText<'a, Money>>,
        gains_access: Option<LimitRecord<'a>>,
        licences: LicencesGuardRecord,
        loses_access: Option<LimitRecord<'a>>,
        one_group: Option<LimitRecord<'a>>,
        protect: TreeSetRecord<ScalarText<'a, Email>>,
        removals: std::collections::BTreeMap<RemovalRecord, Option<LimitRecord<'a>>>,
    }
);

/// An exemption from a guard.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
#[schemars(rename = "Approval")]
pub(super) struct ApprovalRecord<'a> {
    guard: GuardRecord<'a>,
    items: TreeSetRecord<ScalarText<'a, Text>>,
    reason: ScalarText<'a, Text>,
    until: ScalarText<'a, Date>,
}

impl<'a> Mirror<'a> for ApprovalRecord<'a> {
    type Core = settings::Approval;

    fn write(core: &'a settings::Approval) -> Self {
        // A place is a byte offset into the policy's files, which do not travel with the plan.
        let settings::Approval { guard, items, reason, until, place: _ } = core;
        Self {
            guard: Mirror::write(guard),
            items: Mirror::write(items),
            reason: Mirror::write(reason),
            until: Mirror::write(until),
        }
    }

    fn read(self, names: &Interner) -> Result<settings::Approval, InvalidValue> {
        Ok(settings::Approval {
            guard: self.guard.read(names)?,
            items: self.items.read(names)?,
            reason: self.reason.read(names)?,
            until: self.until.read(names)?,
            place: PolicyPlace { file: 0, len: 0, start: 0 },
        })
    }
}

mirror!(
    /// What the guards say.
    #[schemars(rename = "Verdict")]
    struct VerdictRecord<'a> of guard::Verdict {
        refusals: Vec<RefusalRecord<'a>>,
        warnings: Vec<GuardWarningRecord<'a>>,
    }
);

mirror!(
    /// A guard refuses.
    #[schemars(rename = "Refusal")]
    struct RefusalRecord<'a> of guard::Refusal {
        approvable: Vec<ScalarText<'a, Text>>,
        before: usize,
        contributors: Vec<RefusalContributorRecord<'a>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        currency: Option<ScalarText<'a, Text>>,
        guard: GuardRecord<'a>,
        limit: usize,
        number: usize,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<RefusalPartRecord<'a>>,
    }
);

mirror!(
    /// An object over a limit that holds for each object by itself.
    #[schemars(rename = "Part")]
    struct RefusalPartRecord<'a> of guard::RefusalPart {
        before: usize,
        limit: usize,
        name: ScalarText<'a, Text>,
        number: usize,
    }
);

mirror!(
    /// One cause and how much of a refusal it makes.
    #[schemars(rename = "Contributor")]
    struct RefusalContributorRecord<'a> of guard::RefusalContributor {
        cause: ScalarText<'a, Text>,
        count: usize,
    }
);

mirror!(
    /// Something a guard lets pass with a word.
    #[schemars(rename = "Warning")]
    enum GuardWarningRecord<'a> of guard::GuardWarning {
        units { ExposureUnknown }
        newtypes { Off(GuardRecord<'a>), UsageBegins(ScalarText<'a, Date>), UsageEnds(ScalarText<'a, Date>) }
        structs {
            BeyondOwned { assigned: u32, owned: u32, product: ScalarText<'a, ProductId> },
            ExposureUnpriced { machines: u32, product: ScalarText<'a, ProductId> },
            IdleApproval { guard: GuardRecord<'a>, item: ScalarText<'a, Text>,
                nearest: Option<ScalarText<'a, Text>> },
            OwnedUnknown { assigned: u32, product: ScalarText<'a, ProductId> },
        }
    }
);

mirror!(
    /// What was read for the plan.
    #[schemars(rename = "ReadOf")]
    struct ReadCountsRecord<'a> of plan::ReadCounts {
        products: usize,
        requests: u32,
        users: usize,
    }
);
