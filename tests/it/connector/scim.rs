//! The SCIM connector: what it accepts from a service, what it writes, and how a run ends when a service
//! misbehaves.

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

/// A connector to the service at `url`, with a token.
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

/// At most five steps that are not in effect, each with its fate.
fn failed_steps(plan: &Plan, outcome: &RunOutcome) -> Vec<String> {
    let odd = plan.steps.iter().zip(&outcome.fates).filter(|(_, fate)| !fate.is_in_effect());
    odd.map(|(step, fate)| format!("{:?}: {fate:?}", step.act)).take(5).collect()
}

/// Plans and applies the policy, plans again and checks that no step is left. Returns the number of steps.
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
