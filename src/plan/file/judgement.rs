//! Wire types of what a plan means and of what the guards say.

use serde::{Deserialize, Serialize};

use super::mirror::{Invalid, Mirror, Pairs, Shared, Tree, mirror};
use super::objects::LicenceKind;
use super::word::Word;
use crate::model::{CountryCode, Date, Email, GroupName, Interner, Money, ProductId, Text};
use crate::plan::{self, guard, impact};
use crate::policy::{Place, settings};
use crate::usage::Period;

type Causes<'a> = Pairs<Cause<'a>, Shared<Word<'a, ProductId>>>;

mirror!(
    /// What made somebody's access change.
    enum Cause<'a> of impact::Cause {
        units {}
        newtypes { Default(Word<'a, CountryCode>), Group(Word<'a, GroupName>), Product(Word<'a, ProductId>),
            User(Word<'a, Email>) }
        structs {}
        pairs {
            Assignment(Word<'a, Email>, Word<'a, ProductId>),
            Membership(Word<'a, GroupName>, Word<'a, Email>),
            Restriction(Word<'a, ProductId>, Word<'a, CountryCode>),
        }
    }
);

/// How many people lose and gain one product by one cause.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LostGained {
    gained: usize,
    lost: usize,
}

impl<'a> Mirror<'a> for LostGained {
    type Core = (usize, usize);

    fn write((lost, gained): &'a (usize, usize)) -> Self {
        Self { gained: *gained, lost: *lost }
    }

    fn read(self, _: &Interner) -> Result<(usize, usize), Invalid> {
        Ok((self.lost, self.gained))
    }
}

mirror!(
    /// How many people lose and gain one product.
    struct ProductImpact<'a> of impact::ProductImpact {
        causes: Pairs<Cause<'a>, LostGained>,
        gained: usize,
        gained_by_newcomers: usize,
        lost: usize,
        lost_by_leaving: usize,
    }
);

mirror!(
    /// Licences of one product.
    struct LicenceLine<'a> of impact::LicenceLine {
        assigned_after: u32,
        assigned_before: u32,
        exposure: Option<Exposure<'a>>,
        licence: LicenceKind,
        owned: Option<u32>,
        peak: Option<u32>,
        product: Word<'a, ProductId>,
    }
);

mirror!(
    /// What excess costs.
    enum Charge<'a> of crate::usage::Charge {
        units { Forgiven, Nothing, PriceUnknown, TooLarge }
        newtypes { Due(Word<'a, Money>) }
        structs {}
    }
);

mirror!(
    /// Machines above what is owned, and what they cost.
    struct Overage<'a> of crate::usage::Overage {
        charge: Charge<'a>,
        machines: u32,
    }
);

mirror!(
    /// What one product costs in the running period beyond what is owned: so far, and after.
    struct Exposure<'a> of impact::Exposure {
        after: Overage<'a>,
        before: Overage<'a>,
    }
);

mirror!(
    /// What the running period costs, all products together; `since` is the first day with known use, where
    /// that is after the period's.
    struct Total<'a> of impact::Total {
        after: Vec<Word<'a, Money>>,
        before: Vec<Word<'a, Money>>,
        period: Word<'a, Period>,
        since: Option<Word<'a, Date>>,
    }
);

mirror!(
    /// Whether it is known what use costs.
    enum Projected<'a> of impact::Projected {
        units { Unread }
        newtypes { Known(Total<'a>), Stale(Word<'a, Date>) }
        structs {}
    }
);

mirror!(
    /// A step that switches something for everybody at once.
    enum Flip<'a> of impact::Flip {
        units {}
        newtypes { DefaultNobody(Word<'a, CountryCode>), EmptiedList(Word<'a, GroupName>),
            FirstProduct(Word<'a, GroupName>) }
        structs {}
    }
);

mirror!(
    /// What an undo will not bring back.
    struct NotUndoable<'a> of impact::NotUndoable {
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
pub(super) struct Milliseconds(u64);

impl<'a> Mirror<'a> for Milliseconds {
    type Core = f64;

    fn write(core: &'a f64) -> Self {
        // A cast saturates, and takes what is no number as 0.
        Self((core * 1000.0).round() as u64)
    }

    fn read(self, _: &Interner) -> Result<f64, Invalid> {
        Ok(self.0 as f64 / 1000.0)
    }
}

mirror!(
    /// What the plan means for people and licences. `seconds` is in thousandths.
    struct Impact<'a> of impact::Impact {
        exposure: Projected<'a>,
        flips: Vec<Flip<'a>>,
        gaining: std::collections::BTreeMap<Word<'a, Email>, Causes<'a>>,
        leaving: std::collections::BTreeMap<Word<'a, Email>, usize>,
        licences: Vec<LicenceLine<'a>>,
        losing: std::collections::BTreeMap<Word<'a, Email>, Causes<'a>>,
        not_undoable: NotUndoable<'a>,
        products: std::collections::BTreeMap<Word<'a, ProductId>, ProductImpact<'a>>,
        requests: u32,
        seconds: Option<Milliseconds>,
    }
);

mirror!(
    enum Removal of settings::Removal { AllowLists, Assignments, Groups, Memberships, Roles, Users }
);
mirror!(
    enum Relation of settings::Relation { Alerts, Assignments, Contacts, Groups, Memberships, Restrictions,
        Roles, Users }
);
mirror!(
    enum Licences of settings::Licences { Off, Refuse, Warn }
);

mirror!(
    /// A guard.
    enum Guard<'a> of settings::Guard {
        units { Administrators, Exposure, GainsAccess, Licences, LosesAccess, OneGroup }
        newtypes { EmptyRelation(Relation), Removals(Removal) }
        structs {}
    }
);

mirror!(
    /// `share` is in hundredths of a percent.
    struct Limit<'a> of settings::Limit {
        count: Option<u32>,
        floor: u32,
        share: Option<u32>,
    }
);

mirror!(
    /// The limits that the plan was judged by, and will be judged by again; null is off.
    struct Guards<'a> of settings::Guards {
        administrators: Option<u32>,
        exposure: Option<Word<'a, Money>>,
        gains_access: Option<Limit<'a>>,
        licences: Licences,
        loses_access: Option<Limit<'a>>,
        one_group: Option<Limit<'a>>,
        protect: Tree<Word<'a, Email>>,
        removals: std::collections::BTreeMap<Removal, Option<Limit<'a>>>,
    }
);

/// An exemption from a guard.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub(super) struct Approval<'a> {
    guard: Guard<'a>,
    items: Tree<Word<'a, Text>>,
    reason: Word<'a, Text>,
    until: Word<'a, Date>,
}

impl<'a> Mirror<'a> for Approval<'a> {
    type Core = settings::Approval;

    fn write(core: &'a settings::Approval) -> Self {
        // A place is a byte offset into files that do not travel with the plan.
        let settings::Approval { guard, items, reason, until, place: _ } = core;
        Self {
            guard: Mirror::write(guard),
            items: Mirror::write(items),
            reason: Mirror::write(reason),
            until: Mirror::write(until),
        }
    }

    fn read(self, names: &Interner) -> Result<settings::Approval, Invalid> {
        Ok(settings::Approval {
            guard: self.guard.read(names)?,
            items: self.items.read(names)?,
            reason: self.reason.read(names)?,
            until: self.until.read(names)?,
            place: Place { file: 0, len: 0, start: 0 },
        })
    }
}

mirror!(
    /// What the guards say.
    struct Verdict<'a> of guard::Verdict {
        refusals: Vec<Refusal<'a>>,
        warnings: Vec<Warning<'a>>,
    }
);

mirror!(
    /// A guard refuses.
    struct Refusal<'a> of guard::Refusal {
        approvable: Vec<Word<'a, Text>>,
        before: usize,
        contributors: Vec<Contributor<'a>>,
        guard: Guard<'a>,
        limit: usize,
        number: usize,
    }
);

mirror!(
    /// One cause and how much of a refusal it makes.
    struct Contributor<'a> of guard::Contributor {
        cause: Word<'a, Text>,
        count: usize,
    }
);

mirror!(
    /// Something a guard lets pass with a word.
    enum Warning<'a> of guard::Warning {
        units { ExposureUnknown }
        newtypes { Off(Guard<'a>), UsageBegins(Word<'a, Date>), UsageEnds(Word<'a, Date>) }
        structs {
            BeyondOwned { assigned: u32, owned: u32, product: Word<'a, ProductId> },
            ExposureUnpriced { machines: u32, product: Word<'a, ProductId> },
            OwnedUnknown { assigned: u32, product: Word<'a, ProductId> },
        }
    }
);

mirror!(
    /// What was read for the plan.
    struct ReadOf<'a> of plan::Read {
        products: usize,
        requests: u32,
        users: usize,
    }
);
