//! Plans and runs for tests that resume no run.

use seatwise::apply::journal::JournalMedium;
use seatwise::apply::{ApplyOptions, OpenRun, RunId, RunOutcome, StepFate, execute_plan, stop_channel};
use seatwise::connector::OrgWrite;
use seatwise::model::Snapshot;
use seatwise::plan::approval::{Approved, admit_plan};
use seatwise::plan::{Plan, PlanContext, ReadCounts, file};
use seatwise::policy::Policy;
use seatwise::policy::scope::scope_policy;
use seatwise::sandbox::SandboxStore;

use crate::folders::moment;
use crate::sandbox::serve::now;

/// The time at which the tests of connectors plan.
pub(crate) const NOW: &str = "2026-11-24T09:12:00Z";

/// A journal medium that stores nothing.
pub(crate) struct NullMedium;

impl JournalMedium for NullMedium {
    fn append(&mut self, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Plans `policy` on `live` at [`NOW`].
pub(crate) fn make_plan(policy: &Policy, live: Snapshot) -> Plan {
    let read = ReadCounts::from_snapshot(&live);
    let mut policy = policy.clone();
    let scoped = scope_policy(&mut policy, live, moment(NOW));
    assert_eq!(scoped.clashes, []);
    Plan::new(&policy, &scoped, moment(NOW), PlanContext { read, ..PlanContext::default() })
}

/// Approves `plan` by its digest, as a person does after a review: the first plan of a whole firm exceeds
/// limits that are meant for changes.
pub(crate) fn approve_reviewed(plan: Plan) -> Approved {
    let digest = file::plan_digest(&plan).to_string();
    admit_plan(plan, None, Some(&digest)).unwrap_or_else(|plan| panic!("{:?}", plan.verdict.refusals))
}

/// Carries out `plan` with a journal that stores nothing; nobody stops the run.
pub(crate) async fn run_plan(
    organization: &impl OrgWrite,
    plan: &Approved,
    name: &str,
    options: &ApplyOptions,
) -> RunOutcome {
    let run = OpenRun::with_medium(RunId::new(now(), name).unwrap(), plan, Box::new(NullMedium));
    let (_stopper, stop) = stop_channel();
    execute_plan(plan, run, organization, options, &(), stop).await
}

/// The number of steps that the run carried out itself.
pub(crate) fn count_carried_out(outcome: &RunOutcome) -> usize {
    outcome.fates.iter().filter(|fate| matches!(fate, StepFate::Done { .. })).count()
}

/// Checks that every invitation in the outbox of `store` was sent once.
pub(crate) fn assert_no_invitation_twice(store: &SandboxStore, when: &str) {
    let mut invited: Vec<_> = store.outbox().unwrap().into_iter().map(|mail| mail.email).collect();
    invited.sort();
    let count = invited.len();
    invited.dedup();
    assert_eq!(invited.len(), count, "{when}: an invitation was sent twice");
}

/// Runs `work` on the calling thread, in a runtime that also runs the service.
pub(crate) fn block_on_own_thread<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
