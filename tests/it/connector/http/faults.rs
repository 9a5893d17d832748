//! Runs over HTTP in which one call goes wrong, for every kind of fault and every call: the run finishes, or
//! stops and reports so truthfully, nothing is done twice, and a new run or `resume` converges.

use std::time::Duration;

use rayon::prelude::*;
use seatwise::apply::{
    ApplyOptions, JournalFolder, NewRun, OpenRun, RunId, RunOrigin, RunOutcome, StepFate, execute_plan,
    stop_channel,
};
use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::{OrgRead, Retry};
use seatwise::model::{Interner, Snapshot};
use seatwise::plan::approval::{Approved, approve_plan};
use seatwise::plan::file;
use seatwise::policy::Policy;
use seatwise::sandbox::SandboxStore;
use serde_json::json;

use crate::folders::{self, EmbeddedOrganization, moment, overlaid_copy};
use crate::plain_act::PlainAct;
use crate::run::{
    NOW, NullMedium, assert_no_invitation_twice, block_on_own_thread, count_carried_out, make_plan, run_plan,
};
use crate::sandbox::serve::*;

/// The example after its first apply, and a change of sixty steps: people join, move and leave.
struct HttpFaultScenario {
    policy: Policy,
    before: Snapshot,
    plan: Approved,
}

const STEPS: usize = 60;

fn newcomers() -> String {
    let one = |number| {
        format!(
            "  new{number}@acme.example: {{first_name: New, last_name: Comer, country: PT, groups: [roads], \
                roles: [download]}}\n"
        )
    };
    let five: String = (1..=5).map(one).collect();
    format!("users:\n{five}  new6@acme.example: {{first_name: New, last_name: Comer, country: PT}}\n")
}

impl HttpFaultScenario {
    fn new() -> Self {
        let (example, changed) = (
            folders::repository_path("examples/acme-engineering"),
            overlaid_copy("acme-engineering", "tests/acme-change"),
        );
        std::fs::write(changed.path().join("users/newcomers.yaml"), newcomers()).unwrap();
        let world = EmbeddedOrganization::with_seed_of(&example);
        world.apply(&example, moment("2026-11-20T08:00:00Z"));
        let before = world.read(&example, moment(NOW));
        let policy = folders::policy(changed.path(), moment(NOW), &Interner::default());
        let plan = approve_plan(make_plan(&policy, before.clone()))
            .unwrap_or_else(|plan| panic!("{:?}", plan.verdict.refusals));
        assert_eq!(plan.plan().steps.len(), STEPS);
        Self { policy, before, plan }
    }

    fn store(&self) -> SandboxStore {
        let facts = self.before.facts.clone().with_catalogue(&self.policy.catalogue);
        SandboxStore::in_memory("acme-engineering", &self.before.live.0, &facts, opening()).unwrap()
    }

    /// Reads the organization from the service, plans again and applies the plan.
    async fn apply_again(&self, served: &ServedSandbox) -> RunOutcome {
        let plan = approve_plan(make_plan(&self.policy, served.read().await))
            .unwrap_or_else(|plan| panic!("{:?}", plan.verdict.refusals));
        run_plan(
            &served.http(ConnectionPurpose::Write),
            &plan,
            "again",
            &ApplyOptions { retry: quick_retry() },
        )
        .await
    }

    /// Meets `fault` at write `call` without a retry, and finishes the remaining steps with `resume`. Returns
    /// whether any step remained.
    async fn resume_after_fault(&self, fault: &str, call: usize) -> bool {
        let saved = file::write_plan(self.plan.plan(), 24);
        let digest = file::plan_digest(self.plan.plan()).to_string();
        let when = format!("{fault} at write {call}");
        let faults =
            fault_script(json!({"faults": [{"fault": fault, "on": "writes", "at": [call], "seconds": 0.0}]}));
        let served =
            ServedSandbox::with_quirks(self.store(), ServiceQuirks { faults, ..ServiceQuirks::default() })
                .await;
        let folder = tempfile::tempdir().unwrap();
        let journals = JournalFolder::new(
            &camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap(),
            crate::state_home::plain_seal(),
        );
        let new = NewRun {
            id: RunId::new(now(), "once").unwrap(),
            digest: digest.as_str().into(),
            started: now(),
            origin: RunOrigin::default(),
        };
        let begun = journals.begin_run(&new, &self.plan, saved.as_bytes(), &self.before).unwrap();
        let impatient = ApplyOptions { retry: Retry { within: Duration::ZERO, ..quick_retry() } };
        let (_stopper, stop) = stop_channel();
        let first =
            execute_plan(&self.plan, begun, &served.http(ConnectionPurpose::Write), &impatient, &(), stop)
                .await;
        let left = !first.summary().is_finished();
        if left {
            let again = journals.resume(&new.id, &self.plan, &digest, now()).unwrap();
            let (_stopper, stop) = stop_channel();
            let patient = ApplyOptions { retry: quick_retry() };
            let outcome =
                execute_plan(&self.plan, again, &served.http(ConnectionPurpose::Write), &patient, &(), stop)
                    .await;
            assert!(outcome.summary().is_complete(), "{when}: {:?}", outcome.fates);
            self.assert_converges(&served, &outcome, &when).await;
        } else {
            self.assert_converges(&served, &first, &when).await;
        }
        left
    }

    async fn assert_converges(&self, served: &ServedSandbox, first: &RunOutcome, when: &str) {
        let mut done = count_carried_out(first);
        if !first.summary().is_complete() {
            let again = self.apply_again(served).await;
            assert!(again.summary().is_complete(), "{when}: {:?}", again.fates);
            done += count_carried_out(&again);
        }
        assert_eq!(make_plan(&self.policy, served.read().await).steps, [], "{when}: nothing is left to do");
        assert_eq!(
            served.store.audit_log(u32::MAX).unwrap().len(),
            done,
            "{when}: each write that was told of was done once"
        );
        assert_no_invitation_twice(&served.store, when);
    }
}

const FAULTS: [&str; 8] =
    ["refuse", "delay", "drop_before", "drop_after", "throttle", "busy", "gateway_after", "portal"];

#[test]
fn run_with_a_fault_at_any_call_converges_and_does_nothing_twice() {
    let case = HttpFaultScenario::new();
    let runs: Vec<(&str, usize)> =
        FAULTS.into_iter().flat_map(|fault| (1..=STEPS).map(move |call| (fault, call))).collect();
    let finished = runs.par_iter().filter(|(fault, call)| {
        block_on_own_thread(async {
            let when = format!("{fault} at write {call}");
            let faults = fault_script(
                json!({"faults": [{"fault": fault, "on": "writes", "at": [call], "seconds": 0.0}]}),
            );
            let served = ServedSandbox::with_quirks(
                case.store(),
                ServiceQuirks { faults, ..ServiceQuirks::default() },
            )
            .await;
            let outcome = run_plan(
                &served.http(ConnectionPurpose::Write),
                &case.plan,
                "first",
                &ApplyOptions { retry: quick_retry() },
            )
            .await;
            let summary = outcome.summary();
            assert!(
                outcome.halt.is_none() && summary.is_finished(),
                "{when}: {:?} {:?}",
                outcome.halt,
                outcome.fates
            );
            assert_eq!(summary.is_complete(), *fault != "refuse", "{when}: {:?}", outcome.fates);
            case.assert_converges(&served, &outcome, &when).await;
            summary.is_complete()
        })
    });
    let finished = finished.count();
    #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
    let () = println!(
        "{} runs of {STEPS} writes with one fault each: {finished} finished, the others converged",
        runs.len()
    );
    assert_eq!((runs.len(), finished), (480, 420));
}

#[test]
fn run_that_gives_up_at_any_call_is_finished_by_resume() {
    let case = HttpFaultScenario::new();
    let runs: Vec<_> = ["drop_before", "drop_after", "gateway_after", "busy"]
        .into_iter()
        .flat_map(|fault| (1..=STEPS).map(move |call| (fault, call)))
        .collect();
    let resumed =
        runs.par_iter().filter(|(fault, call)| block_on_own_thread(case.resume_after_fault(fault, *call)));
    let resumed = resumed.count();
    #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
    let () = println!(
        "{} runs that would not try again: {resumed} were finished by `resume`, the others by a new run",
        runs.len()
    );
    assert!(resumed >= 100, "{resumed}");
}

/// The faults of reads: the answer is wrong, or no answer comes at first.
const READ_FAULTS: [&str; 10] = [
    "truncate",
    "shift",
    "repeat",
    "stale",
    "portal",
    "drop_before",
    "drop_after",
    "throttle",
    "busy",
    "gateway_after",
];

/// The calls of two reads, one before and one after the run: each reads the organization itself and eleven
/// lists.
const READS: usize = 24;

/// Whether the step takes something away.
fn is_removal(step: &seatwise::plan::Step) -> bool {
    matches!(
        PlainAct::from(&step.act),
        PlainAct::RemoveUser(_)
            | PlainAct::DeleteGroup(_)
            | PlainAct::Leave { .. }
            | PlainAct::RevokeRole { .. }
            | PlainAct::ReleaseLicence { .. }
            | PlainAct::Lock { .. }
            | PlainAct::EndCheckout { .. }
            | PlainAct::RemoveContact(_)
    )
}

/// The outcome of an apply with one bad read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BadReadOutcome {
    /// The organization could not be read.
    NoPlan,
    /// A guard refused the plan.
    Refused,
    /// The plan was carried out; the number counts the sections that were unread before or after the run.
    CarriedOut(usize),
}

/// Applies the policy as a person does, with one bad read, and then applies the policy once more.
async fn apply_after_bad_read(case: &HttpFaultScenario, fault: &str, call: usize) -> BadReadOutcome {
    let when = format!("{fault} at read {call}");
    let faults = fault_script(json!({"faults": [{"fault": fault, "on": "reads", "at": [call]}]}));
    let served =
        ServedSandbox::with_quirks(case.store(), ServiceQuirks { faults, ..ServiceQuirks::default() }).await;
    let http = served.http(ConnectionPurpose::Write);
    let (came, mut done) = match http.fetch(&Interner::default()).await {
        Err(_) => (BadReadOutcome::NoPlan, 0),
        Ok(read) => carry_out_as_read(case, &http, read, &when).await,
    };
    assert_eq!(
        served.store.audit_log(u32::MAX).unwrap().len(),
        done,
        "{when}: no more was done than was told of"
    );
    let last = case.apply_again(&served).await;
    assert!(last.summary().is_complete(), "{when}: {:?}", last.fates);
    done += count_carried_out(&last);
    assert_eq!(make_plan(&case.policy, served.read().await).steps, [], "{when}: nothing is left to do");
    assert_eq!(
        served.store.audit_log(u32::MAX).unwrap().len(),
        done,
        "{when}: each write that was told of was done once"
    );
    let invitations = case.plan.plan().steps.iter().filter(|step| is_invitation(step)).count();
    assert_eq!(served.store.outbox().unwrap().len(), invitations, "{when}");
    came
}

/// Plans on the given read, carries out the plan, reads again, and checks that the second plan repeats no
/// step. Returns the number of steps carried out as well.
async fn carry_out_as_read(
    case: &HttpFaultScenario,
    http: &HttpConnector,
    read: Snapshot,
    when: &str,
) -> (BadReadOutcome, usize) {
    let unread = read.unread.len();
    let plan = match approve_plan(make_plan(&case.policy, read)) {
        Ok(plan) => plan,
        Err(refused) => {
            assert!(unread > 0 && !refused.verdict.refusals.is_empty(), "{when}");
            return (BadReadOutcome::Refused, 0);
        }
    };
    let right = &case.plan.plan().steps;
    for step in plan.plan().steps.iter().filter(|step| is_removal(step)) {
        assert!(
            right.iter().any(|other| other.act == step.act),
            "{when}: {:?} was planned because of a bad read",
            step.act
        );
    }
    let journal = OpenRun::with_medium(RunId::new(now(), "read").unwrap(), &plan, Box::new(NullMedium));
    let (_stopper, stop) = stop_channel();
    let outcome = execute_plan(&plan, journal, http, &ApplyOptions { retry: quick_retry() }, &(), stop).await;
    assert!(outcome.summary().is_finished() && outcome.halt.is_none(), "{when}: {:?}", outcome.fates);
    let mut after = 0;
    // The second plan does not repeat a step that was just carried out, whatever the second read shows.
    if let Ok(read) = http.fetch(&Interner::default()).await {
        after = read.unread.len();
        let again = make_plan(&case.policy, read).steps;
        let repeated =
            again.iter().find(|step| plan.plan().steps.iter().any(|written| written.act == step.act));
        assert!(repeated.is_none(), "{when}: {repeated:?} was planned twice");
    }
    (BadReadOutcome::CarriedOut(unread + after), count_carried_out(&outcome))
}

#[test]
fn run_after_a_bad_read_takes_nothing_away_because_of_it_and_converges() {
    let case = HttpFaultScenario::new();
    let runs: Vec<(&str, usize)> =
        READ_FAULTS.into_iter().flat_map(|fault| (1..=READS).map(move |call| (fault, call))).collect();
    let came: Vec<_> = runs
        .par_iter()
        .map(|(fault, call)| block_on_own_thread(apply_after_bad_read(&case, fault, *call)))
        .collect();
    let count = |is: fn(&BadReadOutcome) -> bool| came.iter().filter(|came| is(came)).count();
    let (stopped, refused) =
        (count(|came| *came == BadReadOutcome::NoPlan), count(|came| *came == BadReadOutcome::Refused));
    let doubted = count(|came| matches!(came, BadReadOutcome::CarriedOut(unread) if *unread > 0));
    #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
    let () = println!(
        "{} runs of up to {STEPS} writes with one bad read each: {stopped} could not be planned, {refused} \
            were refused by a guard, \
         {doubted} were carried out with a section unread; all converged",
        came.len()
    );
    assert_eq!(
        (runs.len(), stopped),
        (240, 1),
        "only somebody who wants one to sign in stops the first read"
    );
    assert!(doubted >= 40, "{doubted}");
}

/// The number of races, in each of which two runs work at the same time.
const RACES: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_at_once_lose_no_update_and_tell_the_truth() {
    let case = HttpFaultScenario::new();
    let mut shared = 0;
    for _ in 0..RACES {
        let served = ServedSandbox::with_quirks(case.store(), ServiceQuirks::default()).await;
        let options = ApplyOptions { retry: quick_retry() };
        let http = || served.http(ConnectionPurpose::Write);
        let (one, other) = (http(), http());
        let (one, other) = tokio::join!(
            run_plan(&one, &case.plan, "one", &options),
            run_plan(&other, &case.plan, "other", &options)
        );
        let done = count_carried_out(&one) + count_carried_out(&other);
        assert_eq!(
            served.store.audit_log(u32::MAX).unwrap().len(),
            done,
            "each write was told of by one of the two"
        );
        assert_eq!(make_plan(&case.policy, served.read().await).steps, []);
        for outcome in [&one, &other] {
            let told = outcome.fates.iter().all(|fate| {
                matches!(
                    fate,
                    StepFate::Done { .. } | StepFate::Already | StepFate::Blocked(_) | StepFate::NotTried(_)
                )
            });
            assert!(told, "{:?}", outcome.fates);
        }
        assert_eq!(
            served.store.outbox().unwrap().len(),
            case.plan.plan().steps.iter().filter(|step| is_invitation(step)).count()
        );
        shared += usize::from(count_carried_out(&one).min(count_carried_out(&other)) > 0);
    }
    #[expect(clippy::print_stdout, reason = "how much was tried belongs to what was shown")]
    let () = println!(
        "{RACES} times two runs of {STEPS} writes at once: each write was done once; in {shared} both had a \
            part in it"
    );
}

fn is_invitation(step: &seatwise::plan::Step) -> bool {
    matches!(PlainAct::from(&step.act), PlainAct::Invite(_))
}

#[tokio::test]
async fn pace_that_the_service_asks_for_is_kept() {
    let case = HttpFaultScenario::new();
    let served = ServedSandbox::with_quirks(
        case.store(),
        ServiceQuirks { per_second: Some(250), ..ServiceQuirks::default() },
    )
    .await;
    let http = served.http(ConnectionPurpose::Write);
    http.fetch(&Interner::default()).await.unwrap();
    let began = std::time::Instant::now();
    let (_stopper, stop) = stop_channel();
    let name = RunId::new(now(), "paced").unwrap();
    let outcome = execute_plan(
        &case.plan,
        OpenRun::with_medium(name, &case.plan, Box::new(NullMedium)),
        &http,
        &ApplyOptions { retry: quick_retry() },
        &(),
        stop,
    )
    .await;
    assert!(outcome.summary().is_complete(), "{:?}", outcome.fates);
    // The first step need not wait, so one step fewer than the plan has is waited for.
    assert!(began.elapsed() >= Duration::from_secs(1) * (STEPS as u32 - 1) / 250, "{:?}", began.elapsed());
}

#[tokio::test]
async fn token_that_expires_in_a_long_run_is_renewed() {
    let case = HttpFaultScenario::new();
    // The clock moves on by a second each time the service reads it, so a token is valid for ten requests.
    let served = ServedSandbox::with_quirks(
        case.store(),
        ServiceQuirks { token_seconds: Some(10), ticks: 1, ..ServiceQuirks::default() },
    )
    .await;
    let outcome = run_plan(
        &served.http(ConnectionPurpose::Write),
        &case.plan,
        "long",
        &ApplyOptions { retry: quick_retry() },
    )
    .await;
    assert!(outcome.summary().is_complete(), "{:?}", outcome.fates);
    case.assert_converges(&served, &outcome, "tokens of ten requests").await;
}
