//! SCIM services as the organization: what the connector believes of them, what it writes, and what comes of
//! a run when they misbehave.

mod faults;
mod peers;
mod round_trip;
mod secrets;
mod wild;

use seatwise::apply::{ApplyOptions, OpenRun, RunId, RunOutcome, StepFate, execute_plan, stop_channel};
use seatwise::connector::http::ConnectionPurpose;
use seatwise::connector::scim::ScimConnector;
use seatwise::connector::transport::{Credentials, ServiceTarget};
use seatwise::connector::{OrgRead, OrgWrite};
use seatwise::model::{Interner, Snapshot};
use seatwise::plan::approval::{Approved, admit_plan};
use seatwise::plan::{Plan, PlanContext, ReadCounts, file};
use seatwise::policy::Policy;
use seatwise::policy::scope::scope_policy;

use crate::folders::moment;
use crate::http::{now, quick_retry, target};
use crate::nowhere::NullMedium;

const NOW: &str = "2026-11-24T09:12:00Z";

/// The service at `url`, reached with a token.
fn connect_scim(url: &str, token: &str) -> ScimConnector {
    let target = ServiceTarget { per_second: None, ..target(url, Credentials::Token(token.into())) };
    ScimConnector::new(target, ConnectionPurpose::Write).unwrap()
}

async fn read_live(scim: &ScimConnector) -> Snapshot {
    scim.fetch(&Interner::default()).await.unwrap()
}

fn make_plan(policy: &Policy, live: Snapshot) -> Plan {
    let read = ReadCounts::from_snapshot(&live);
    let scoped = scope_policy(policy, live, moment(NOW));
    assert_eq!(scoped.clashes, []);
    Plan::new(policy, &scoped, moment(NOW), PlanContext { read, ..PlanContext::default() })
}

/// The plan, as a person has reviewed it: a first plan of a whole firm goes beyond limits that are made for
/// changes.
fn approve_reviewed(plan: Plan) -> Approved {
    let digest = file::plan_digest(&plan).to_string();
    admit_plan(plan, None, Some(&digest)).unwrap_or_else(|plan| panic!("{:?}", plan.verdict.refusals))
}

async fn run_plan(scim: &impl OrgWrite, plan: &Approved, name: &str) -> RunOutcome {
    let run = OpenRun::with_medium(RunId::new(now(), name).unwrap(), plan, Box::new(NullMedium));
    let (_stopper, stop) = stop_channel();
    execute_plan(plan, run, scim, &ApplyOptions { retry: quick_retry() }, &(), stop).await
}

/// What did not come through, with why.
fn failed_steps(plan: &Plan, outcome: &RunOutcome) -> Vec<String> {
    let odd = plan.steps.iter().zip(&outcome.fates).filter(|(_, fate)| !fate.is_in_effect());
    odd.map(|(step, fate)| format!("{:?}: {fate:?}", step.act)).take(5).collect()
}

fn count_carried_out(outcome: &RunOutcome) -> usize {
    outcome.fates.iter().filter(|fate| matches!(fate, StepFate::Done { .. })).count()
}

/// Plans the policy, carries that out and plans again: nothing is left to do. How many steps that took.
async fn apply_policy(scim: &ScimConnector, policy: &Policy) -> usize {
    let plan = approve_reviewed(make_plan(policy, read_live(scim).await));
    let outcome = run_plan(scim, &plan, "first").await;
    assert!(
        outcome.summary().is_complete() && outcome.halt.is_none(),
        "{:?}: {:#?}",
        outcome.halt,
        failed_steps(plan.plan(), &outcome)
    );
    assert_eq!(count_carried_out(&outcome), plan.plan().steps.len(), "each step was needed");
    let again = make_plan(policy, read_live(scim).await);
    assert_eq!(again.steps, [], "nothing is left to do");
    plan.plan().steps.len()
}
