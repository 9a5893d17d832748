//! Approves plans: a plan may be applied if no guard refuses it, or if a person approves it by its digest.

use super::Plan;
use super::file::plan_digest;
use super::guard::Verdict;
use crate::policy::settings::Guard;

/// A plan that may be applied: apply accepts nothing else.
///
/// No guard refuses the plan, or a person has approved it by its digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved(Plan);

impl Approved {
    /// The plan that was approved.
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// Approves a plan that no guard refuses; returns any other plan as the error.
pub fn approve_plan(plan: Plan) -> Result<Approved, Box<Plan>> {
    if plan.verdict.refusals.is_empty() { Ok(Approved(plan)) } else { Err(Box::new(plan)) }
}

/// Approves a plan that no guard refuses, neither in the plan's own verdict nor in the verdict `again` on
/// what is live now, or whose refusals are lifted by `given`, the plan's digest from a person.
///
/// A digest lifts every limit for the one plan that it names, because that plan was reviewed together with
/// its refusals. A digest never lifts the floor of active administrators, nor the refusal of an `exact`
/// relation of which the policy has no entry.
///
/// # Errors
///
/// If a guard still refuses, the error is the plan with the refusals of both verdicts, one for each guard.
pub fn admit_plan(plan: Plan, again: Option<Verdict>, given: Option<&str>) -> Result<Approved, Box<Plan>> {
    let mut refusals = plan.verdict.refusals.clone();
    for refusal in again.map(|verdict| verdict.refusals).unwrap_or_default() {
        if refusals.iter().all(|known| known.guard != refusal.guard) {
            refusals.push(refusal);
        }
    }
    let named = given.is_some_and(|given| plan_digest(&plan).is_named_by(given));
    if refusals.iter().all(|refusal| named && is_lifted_by_digest(refusal.guard)) {
        return Ok(Approved(plan));
    }
    Err(Box::new(Plan { verdict: Verdict { refusals, ..plan.verdict.clone() }, ..plan }))
}

/// Whether approving a plan by its digest lifts the refusals of `guard`.
pub fn is_lifted_by_digest(guard: Guard) -> bool {
    match guard {
        Guard::Administrators | Guard::EmptyRelation(_) => false,
        Guard::Removals(_)
        | Guard::OneGroup
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::AccountLocks
        // Nobody who can administer is lost: the undo of a first apply takes its invitations back.
        | Guard::InvitedAdministrators
        | Guard::Licences
        | Guard::AddedExposure
        | Guard::Exposure => true,
    }
}
