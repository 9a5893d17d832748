//! A plan: ordered steps, withheld differences, the impact on people and licences, and the guards' verdict.
//!
//! A plan is a value, complete enough that applying it needs no further decision. A plan is computed from a
//! policy and one read of the organization, without side effects: the same inputs give the same bytes.

mod act;
pub mod approval;
mod catalogue;
mod contradiction;
pub mod file;
pub mod guard;
pub mod impact;
pub mod order;
pub mod replay;
pub mod sighting;

use std::collections::{BTreeMap, BTreeSet};

pub use act::Act;
pub use approval::Approved;
pub use guard::{GuardWarning, Refusal, RefusalContributor, RefusalPart, Verdict};
pub use impact::Impact;
pub use order::Phase;

pub use crate::change::StepReason;

use crate::change::{Change, DateConflict, Edit, JoinedProduct, LeftAlone, Withheld};
use crate::diff::diff;
use crate::model::{
    Date, Desired, Email, GroupName, Live, LiveId, Organization, Product, ProductId, Section, Snapshot, Text,
    Timestamp,
};
use crate::policy::scope::ScopeOutcome;
use crate::policy::settings::{Approval, Guards};
use crate::policy::{Moment, Policy, Settings};
use crate::usage::UsageOutlook;
use order::PlanSides;

/// Ordered steps, and everything a person needs to judge them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The organization's name.
    pub organization: Text,
    /// Hex digest of the policy's files; for an undo, of the snapshot that is restored.
    pub policy: Text,
    /// The day the plan was made for.
    pub as_of: Date,
    pub created: Timestamp,
    pub read: ReadCounts,
    /// A step's number is its index here plus one.
    pub steps: Vec<Step>,
    /// The steps that change the address of somebody who has a role: another person may get it.
    pub readdressed: Vec<StepNo>,
    pub withheld: Vec<Withheld>,
    /// Sections that the policy manages and that could not be read: of their differences nothing is known.
    pub not_compared: Vec<Section>,
    /// Sections that the policy manages and that the organization's service has no place for.
    pub no_place: Vec<Section>,
    pub left_alone: LeftAlone,
    pub impact: Impact,
    /// Takes the approvals into account.
    pub verdict: Verdict,
    /// The limits behind `verdict`.
    pub guards: Guards,
    /// The policy's approvals; an approval counts until its last day.
    pub approvals: Vec<Approval>,
    /// The products that steps name, as the policy describes them; a sandbox learns of products from here.
    pub catalogue: BTreeMap<ProductId, Product>,
    /// What the policy's dates make impossible, today or later.
    pub conflicts: Vec<DateConflict>,
    /// Products that the policy's files call otherwise than the organization does, and the plan with it.
    pub joined_products: Vec<JoinedProduct>,
}

/// How much one read of the organization returned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadCounts {
    pub users: usize,
    /// Products in the catalogue.
    pub products: usize,
    pub requests: u32,
}

impl ReadCounts {
    /// Counts the users, products and requests of `snapshot`.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        Self {
            users: snapshot.live.0.users.len(),
            products: snapshot.facts.products.len(),
            requests: snapshot.requests,
        }
    }
}

/// A step's number in its plan, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepNo(pub u32);

/// One write to the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub no: StepNo,
    /// The phases before this one are carried out first.
    pub phase: Phase,
    /// Carries the values before and after.
    pub act: Act,
    /// Objects that must still have the identity that was read, by the name each has when the step's turn
    /// comes.
    pub identities: Vec<Identity>,
    /// Steps that must have succeeded before this one. (Steps of earlier phases are tried first in any case.)
    pub needs: Vec<StepNo>,
    /// Never empty.
    pub why: Vec<StepReason>,
}

/// A name and the identity that the name must resolve to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    User(Email, LiveId),
    Group(GroupName, LiveId),
}

/// What a plan takes into account beside the live and the desired organization.
#[derive(Debug, Clone, Default)]
pub struct PlanContext<'a> {
    pub read: ReadCounts,
    /// `None` where no usage was read, which is not the same as no usage.
    pub outlook: Option<&'a UsageOutlook<'a>>,
    /// Requests that the connector accepts per second; `None` where no pace is known.
    pub per_second: Option<u32>,
    /// Requests that one step takes; 0 counts as 1.
    pub requests_a_step: u32,
}

/// The organization and origin of a plan, and the limits and approvals that judge it.
#[derive(Debug, Clone, Copy)]
pub struct PlanTerms<'a> {
    /// The organization's name.
    pub organization: &'a Text,
    /// Hex digest of what the plan leads to: the policy's files, or the snapshot that is restored.
    pub origin: &'a Text,
    pub guards: &'a Guards,
    pub approvals: &'a [Approval],
}

impl<'a> PlanTerms<'a> {
    /// Takes the terms from the policy's settings.
    pub fn from_policy(policy: &'a Policy) -> Self {
        let Settings { organization, guards, approvals, .. } = &policy.settings;
        Self { organization, origin: &policy.digest, guards, approvals }
    }
}

impl Plan {
    /// Plans the differences between the two sides of `scoped`, with the policy's reasons.
    pub fn new(policy: &Policy, scoped: &ScopeOutcome, moment: Moment, given: PlanContext<'_>) -> Self {
        let why = |change: &Change| policy.reason_for_change(change);
        let plan = Self::from_scoped(PlanTerms::from_policy(policy), scoped, &why, moment, given);
        let joined_products = policy.joined_products.clone();
        Self { conflicts: policy.date_conflicts(), joined_products, ..plan }
    }

    /// Plans the undo of a run: from `live`, what the run left, to `desired`, what was there before the run.
    pub fn undo(
        terms: PlanTerms<'_>,
        live: Live,
        desired: Desired,
        snapshot: &Snapshot,
        moment: Moment,
        per_second: Option<u32>,
    ) -> Self {
        let read = ReadCounts::from_snapshot(snapshot);
        let facts = snapshot.facts.clone();
        let scoped = ScopeOutcome {
            live,
            desired,
            facts,
            withheld: Vec::new(),
            not_compared: Vec::new(),
            no_place: Vec::new(),
            left_alone: LeftAlone::default(),
            empty: Vec::new(),
            clashes: Vec::new(),
        };
        Self::from_scoped(
            terms,
            &scoped,
            &|_| StepReason::Undo,
            moment,
            PlanContext { read, per_second, ..PlanContext::default() },
        )
    }

    fn from_scoped(
        terms: PlanTerms<'_>,
        scoped: &ScopeOutcome,
        why: &dyn Fn(&Change) -> StepReason,
        moment: Moment,
        given: PlanContext<'_>,
    ) -> Self {
        let PlanContext { read, outlook, per_second, requests_a_step } = given;
        let changes = diff(&scoped.live, &scoped.desired);
        let sides = PlanSides { live: &scoped.live.0, desired: &scoped.desired.0, facts: &scoped.facts };
        let steps = order::order_changes(&changes, sides, why);
        let mut impact = impact::assess_impact(&changes, &steps, sides, outlook, per_second);
        impact.requests = impact.requests.saturating_mul(requests_a_step.max(1));
        impact.seconds = impact.seconds.map(|seconds| seconds * f64::from(requests_a_step.max(1)));
        let case = guard::GuardCase {
            sides,
            changes: &changes,
            steps: &steps,
            impact: &impact,
            empty: &scoped.empty,
        };
        let PlanTerms { organization, origin, guards, approvals } = terms;
        let verdict = guard::judge_plan(case, guards, approvals, moment.as_of);
        Self {
            organization: organization.clone(),
            policy: origin.clone(),
            as_of: moment.as_of,
            created: moment.now,
            read,
            catalogue: catalogue::named_products(&steps, sides.facts),
            readdressed: steps
                .iter()
                .filter(|step| gives_roles_away(step, sides))
                .map(|step| step.no)
                .collect(),
            steps,
            withheld: scoped.withheld.clone(),
            not_compared: scoped.not_compared.clone(),
            no_place: scoped.no_place.clone(),
            left_alone: scoped.left_alone.clone(),
            impact,
            verdict,
            guards: guards.clone(),
            approvals: approvals.to_vec(),
            conflicts: Vec::new(),
            joined_products: Vec::new(),
        }
    }

    /// Whether the step changes the address of somebody who has a role.
    pub fn readdresses(&self, step: &Step) -> bool {
        self.readdressed.binary_search(&step.no).is_ok()
    }

    /// Judges the plan again on the live organization of `snapshot`: counts what the steps would still
    /// change, and applies the limits and approvals of `settings`: those that a saved plan carries could have
    /// been taken out of it.
    ///
    /// A step whose object has changed since the plan was made does not count, nor does a step that needs
    /// such a step: apply will block them.
    pub fn judge_again(&self, snapshot: &Snapshot, settings: &Settings, as_of: Date) -> Verdict {
        let mut desired = snapshot.live.0.clone();
        let (mut blocked, mut made) = (BTreeSet::new(), Vec::new());
        for step in &self.steps {
            let needs_met = step.needs.iter().all(|needed| !blocked.contains(needed));
            match needs_met.then(|| replay::replay_step(step, &mut desired)) {
                Some(replay::ReplayOutcome::Before) => made.push(step),
                Some(replay::ReplayOutcome::After) => {}
                Some(replay::ReplayOutcome::Other) | None => drop(blocked.insert(step.no)),
            }
        }
        let live = replay::file_under_new_names(snapshot.live.clone(), made);
        let facts = snapshot.facts.clone().with_catalogue(&self.catalogue);
        let changes = diff(&live, &Desired(desired.clone()));
        let sides = PlanSides { live: &live.0, desired: &desired, facts: &facts };
        let steps: Vec<Step> =
            self.steps.iter().filter(|step| !blocked.contains(&step.no)).cloned().collect();
        let mut impact = impact::assess_impact(&changes, &steps, sides, None, None);
        // Usage is not counted again: the figures that were reviewed stay in force.
        impact.take_use_of(&self.impact);
        let case = guard::GuardCase { sides, changes: &changes, steps: &steps, impact: &impact, empty: &[] };
        guard::judge_plan(case, &settings.guards, &settings.approvals, as_of)
    }
}

/// Whether the step changes the address of somebody who has a role before or after the plan.
fn gives_roles_away(step: &Step, sides: PlanSides<'_>) -> bool {
    let Some(Change::User { edit: Edit::Update { before, after }, .. }) = step.act.change() else {
        return false;
    };
    // Somebody who is renamed is filed under the new address on both sides; a step aside leads elsewhere.
    let is_named = |user: &&std::sync::Arc<crate::model::User>| user.profile.email == before.email;
    let has_role = |of: &Organization| {
        let user = of.users.get(&after.email).or_else(|| sides.live.users.values().find(is_named));
        user.is_some_and(|user| !user.roles.is_empty())
    };
    before.email != after.email && (has_role(sides.live) || has_role(sides.desired))
}
