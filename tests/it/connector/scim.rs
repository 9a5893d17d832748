//! SCIM services as the organization: what the connector believes of them, what it writes, and what comes of
//! a run when they misbehave.

mod faults;
mod peers;
mod round_trip;
mod secrets;
mod wild;

use seatwise::apply::{ApplyOptions, RunId, RunOutcome, StepFate, execute_plan, stop_channel};
use seatwise::connector::http::ConnectionPurpose;
use seatwise::connector::scim::ScimConnector;
use seatwise::connector::transport::{Credentials, ServiceTarget};
use seatwise::connector::{OrgRead, OrgWrite};
use seatwise::model::{Interner, Snapshot};
use seatwise::plan::approval::Approved;
use seatwise::plan::{Plan, file};
use seatwise::policy::Policy;

use crate::folders::moment;
use crate::run::{self, NOW, approve_reviewed, count_carried_out, make_plan};
use crate::sandbox::serve::{now, quick_retry, target};

/// The service at `url`, reached with a token.
fn connect_scim(url: &str, token: &str) -> ScimConnector {
    let target = ServiceTarget { per_second: None, ..target(url, Credentials::Token(token.into())) };
    ScimConnector::new(target, ConnectionPurpose::Write).unwrap()
}

async fn read_live(scim: &ScimConnector) -> Snapshot {
    scim.fetch(&Interner::default()).await.unwrap()
}

async fn run_plan(scim: &impl OrgWrite, plan: &Approved, name: &str) -> RunOutcome {
    run::run_plan(scim, plan, name, &ApplyOptions { retry: quick_retry() }).await
}

/// What did not come through, with why.
fn failed_steps(plan: &Plan, outcome: &RunOutcome) -> Vec<String> {
    let odd = plan.steps.iter().zip(&outcome.fates).filter(|(_, fate)| !fate.is_in_effect());
    odd.map(|(step, fate)| format!("{:?}: {fate:?}", step.act)).take(5).collect()
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
