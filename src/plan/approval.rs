//! Which plans may be carried out: those that no guard refuses, and those that a person lets pass by their
//! digest.

use super::Plan;
use super::file::plan_digest;
use super::guard::Verdict;
use crate::policy::settings::Guard;

/// A plan that no guard refuses: the only thing that can be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved(Plan);

impl Approved {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// Lets a plan pass if no guard refuses it; else gives it back.
pub fn approve_plan(plan: Plan) -> Result<Approved, Box<Plan>> {
    if plan.verdict.refusals.is_empty() { Ok(Approved(plan)) } else { Err(Box::new(plan)) }
}

/// Lets a plan pass that was judged `again` on what is live now, or that a person lets pass by its digest,
/// `given`.
///
/// A digest lifts every limit for the one plan it names, as it was reviewed with its refusals. It never lifts
/// the administrator floor, nor an `exact` relation without one entry. Where a guard still refuses, the plan
/// comes back with all that speaks against it.
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

/// Whether the approval of one plan by its digest lifts the guard.
pub fn is_lifted_by_digest(guard: Guard) -> bool {
    match guard {
        Guard::Administrators | Guard::EmptyRelation(_) => false,
        Guard::Removals(_)
        | Guard::OneGroup
        | Guard::LosesAccess
        | Guard::GainsAccess
        | Guard::Licences
        | Guard::Exposure => true,
    }
}
