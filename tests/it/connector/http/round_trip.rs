//! Applies policies over HTTP and plans them again: no step is left.

use std::path::Path;

use seatwise::apply::ApplyOptions;
use seatwise::connector::OrgRead;
use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::model::Organization;
use seatwise::model::{Interner, Snapshot};
use seatwise::sandbox::SandboxStore;
use seatwise::sandbox::seed::SEED_FILE;
use seatwise::sandbox::{Seed, read_seed};

use crate::folders::{examples, moment, policy, repository_path};
use crate::run::{NOW, approve_reviewed, make_plan, run_plan};
use crate::sandbox::serve::*;

async fn read_everything(http: &HttpConnector) -> Snapshot {
    let live = http.fetch(&Interner::default()).await.unwrap();
    assert!(live.unread.is_empty(), "{:?}", live.unread);
    live
}

/// Applies the policy in `folder` over HTTP to the organization of its seed. Returns the number of steps.
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
    let plan = make_plan(&policy, read_everything(&http).await);
    let plan = approve_reviewed(plan);
    http.learn(&plan.plan().catalogue).await.unwrap();
    let outcome = run_plan(&http, &plan, "first", &ApplyOptions { retry: quick_retry() }).await;
    let odd: Vec<_> = plan
        .plan()
        .steps
        .iter()
        .zip(&outcome.fates)
        .filter(|(_, fate)| !fate.is_in_effect())
        .take(5)
        .collect();
    assert!(outcome.summary().is_complete() && outcome.halt.is_none(), "{}: {odd:?}", folder.display());
    let again = make_plan(&policy, read_everything(&http).await);
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
