//! Policies applied over HTTP, and then planned again: nothing is left to do.

use seatwise::apply::{ApplyOptions, OpenRun, RunId, execute_plan, stop_channel};
use seatwise::model::Organization;
use seatwise::plan::approval::admit_plan;
use seatwise::plan::{Plan, PlanContext, ReadCounts, file};
use seatwise::policy::Policy;
use seatwise::policy::scope::scope_policy;
use seatwise::sandbox::seed::SEED_FILE;
use seatwise::sandbox::{Seed, read_seed};
use std::path::Path;

use super::*;
use crate::folders::{examples, moment, policy, repository_path};
use crate::nowhere::NullMedium;

const NOW: &str = "2026-11-24T09:12:00Z";

fn make_plan(policy: &Policy, live: Snapshot) -> Plan {
    assert!(live.unread.is_empty(), "{:?}", live.unread);
    let read = ReadCounts::from_snapshot(&live);
    let scoped = scope_policy(policy, live, moment(NOW));
    assert_eq!(scoped.clashes, []);
    Plan::new(policy, &scoped, moment(NOW), PlanContext { read, ..PlanContext::default() })
}

/// Applies the policy in `folder` to the organization of its seed, over HTTP; how many steps that took.
async fn apply_policy(folder: &Path) -> usize {
    let seed = folder.join(SEED_FILE);
    let seed = if seed.is_file() { read_seed(&seed).unwrap() } else { Seed::default() };
    let policy = policy(folder, moment(NOW), &Interner::default());
    let (organization, facts) =
        seed.found_organization(&policy.settings.organization, &Organization::default());
    let store =
        SandboxStore::in_memory(&policy.settings.organization, &organization, &facts, opening()).unwrap();
    let served = ServedSandbox::with_quirks(store, ServiceQuirks::default()).await;
    let http = served.http(ConnectionPurpose::Write);
    let plan = make_plan(&policy, http.fetch(&Interner::default()).await.unwrap());
    // A first plan of a whole firm goes beyond limits that are made for changes: a person has reviewed it.
    let digest = file::plan_digest(&plan).to_string();
    let plan =
        admit_plan(plan, None, Some(&digest)).unwrap_or_else(|plan| panic!("{:?}", plan.verdict.refusals));
    http.learn(&plan.plan().catalogue).await.unwrap();
    let run = OpenRun::with_medium(RunId::new(now(), "first").unwrap(), &plan, Box::new(NullMedium));
    let (_stopper, stop) = stop_channel();
    let outcome = execute_plan(&plan, run, &http, &ApplyOptions { retry: quick_retry() }, &(), stop).await;
    let odd: Vec<_> = plan
        .plan()
        .steps
        .iter()
        .zip(&outcome.fates)
        .filter(|(_, fate)| !fate.is_in_effect())
        .take(5)
        .collect();
    assert!(outcome.summary().is_complete() && outcome.halt.is_none(), "{}: {odd:?}", folder.display());
    let again = make_plan(&policy, http.fetch(&Interner::default()).await.unwrap());
    assert_eq!(again.steps, [], "{}", folder.display());
    plan.plan().steps.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn examples_apply_over_http_and_then_have_nothing_to_do() {
    for folder in examples() {
        assert!(apply_policy(&folder).await > 10, "{}", folder.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_of_a_real_shape_applies_over_http_and_then_has_nothing_to_do() {
    let real = repository_path("../shared/data/real-org/2026");
    if !real.is_dir() {
        #[expect(clippy::print_stdout, reason = "whoever looks should see that nothing was looked at")]
        let () = println!("no real-shape data at {}: nothing was applied", real.display());
        return;
    }
    let steps = apply_policy(&real).await;
    #[expect(clippy::print_stdout, reason = "how much was done belongs to what was shown")]
    let () = println!("real shape: {steps} steps over HTTP, then nothing to do");
}
