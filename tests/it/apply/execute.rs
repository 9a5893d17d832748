//! Running a plan: the order of steps, faults of calls, stops, and the journal's syncs.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatwise::apply::journal::JournalMedium;
use seatwise::apply::{OpenRun, RunProgress, StepFate, stop_channel};
use seatwise::connector::Pace;
use seatwise::model::UserException;
use seatwise::plan::{Step, StepNo};

use super::memory_organization::{CallFault, MemoryOrganization};
use super::*;

/// A journal medium that counts its syncs, and that is full after the given number of bytes, if any.
#[derive(Clone, Default)]
struct CountingDisk(Arc<Mutex<(Vec<u8>, usize)>>, Option<usize>);

impl CountingDisk {
    fn syncs(&self) -> usize {
        self.0.lock().unwrap().1
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().0.clone()).unwrap()
    }
}

impl JournalMedium for CountingDisk {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        let room = self.1.map_or(usize::MAX, |size| size.saturating_sub(disk.0.len()));
        disk.0.extend_from_slice(&lines[..lines.len().min(room)]);
        if lines.len() > room { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().1 += 1;
        Ok(())
    }
}

fn run_on_disk(plan: &Approved, disk: &CountingDisk) -> OpenRun {
    OpenRun::with_medium(run_id("a1"), plan, Box::new(disk.clone()))
}

async fn apply_in_memory(plan: &Approved, memory: &MemoryOrganization) -> RunOutcome {
    carry_out(plan, run_on_disk(plan, &CountingDisk::default()), memory).await
}

fn invitation_plan(count: usize) -> Approved {
    plan((0..count).map(|at| (invite(&format!("p{at}")), [])))
}

fn exception_act(user: &str, before: Option<UserException>, after: Option<UserException>) -> PlainAct {
    PlainAct::SetException { user: email(user), product: product("microstation"), before, after }
}

#[tokio::test]
async fn every_step_is_carried_out_once() {
    let (plan, memory) = (sizeable_plan(20), MemoryOrganization::new());
    let outcome = apply_in_memory(&plan, &memory).await;
    assert!(outcome.summary().is_complete() && outcome.halt.is_none());
    assert_eq!(outcome.summary().done, 63);
    assert_eq!(memory.calls().len(), 63);
    let organization = memory.organization();
    assert!(organization.users.values().all(|user| user.roles.has("download") && user.groups.len() == 1));
}

#[tokio::test]
async fn step_that_live_already_satisfies_is_reported_so() {
    let memory = MemoryOrganization::new();
    memory.edit(|organization| {
        drop(organization.users.insert(email("ana"), super::step_effect::bare_user(profile("ana")).into()))
    });
    let plan = plan([(grant("ana", "download"), []), (grant("ana", "download"), [])]);
    assert_eq!(fate_words(&apply_in_memory(&plan, &memory).await), ["done", "already"]);
}

#[tokio::test]
async fn creation_brings_back_the_identity() {
    let memory = MemoryOrganization::new();
    let outcome = apply_in_memory(&invitation_plan(1), &memory).await;
    assert_eq!(
        outcome.fates,
        [StepFate::Done { created: memory.organization().users[&email("p0")].id.clone() }]
    );
}

#[tokio::test(start_paused = true)]
async fn steps_on_one_user_keep_their_order() {
    let allow = Some(UserException::Allow);
    let flips = (0..40).map(|at| {
        if at % 2 == 0 { exception_act("ana", None, allow) } else { exception_act("ana", allow, None) }
    });
    let plan = plan(std::iter::once(invite("ana")).chain(flips).map(|act| (act, [])));
    let memory = MemoryOrganization::new().with_delay(Duration::from_millis(3));
    assert_eq!(apply_in_memory(&plan, &memory).await.summary().done, 41);
    assert!(memory.calls().is_sorted());
    assert_eq!(memory.most_under_way(), 1);
}

#[tokio::test]
async fn steps_are_sent_in_the_order_of_the_plan() {
    let all_at_once = Pace { concurrency: 64, per_second: None };
    let memory = MemoryOrganization::new().with_pace(all_at_once);
    assert_eq!(apply_in_memory(&invitation_plan(40), &memory).await.summary().done, 40);
    assert!(memory.calls().is_sorted(), "{:?}", memory.calls());
}

#[tokio::test(start_paused = true)]
async fn new_list_waits_for_those_who_join_and_they_for_the_old_one() {
    let list = |products: &[&str]| products.iter().map(|name| product(name)).collect();
    let relist = |before: &[&str], after: &[&str]| PlainAct::SetList {
        group: group("g"),
        before: list(before),
        after: list(after),
    };
    let acts = [relist(&[], &["a"]), join("p0", "g"), join("p1", "g"), relist(&["a"], &[]), join("p2", "g")];
    let memory = MemoryOrganization::new().with_delay(Duration::from_millis(3));
    memory.edit(|organization| {
        super::apply_act(&PlainAct::CreateGroup(facts("g")), organization);
        (0..3).for_each(|at| super::apply_act(&invite(&format!("p{at}")), organization));
    });
    let outcome = apply_in_memory(&plan(acts.map(|act| (act, []))), &memory).await;
    assert_eq!(outcome.summary().done, 5);
    let times = memory.times();
    assert_eq!(
        (times[1], times[1] < times[3], times[3] < times[4]),
        (times[2], true, true),
        "the two join together"
    );
}

#[tokio::test(start_paused = true)]
async fn steps_that_do_not_depend_on_each_other_are_sent_together_up_to_the_pace() {
    let memory = MemoryOrganization::new().with_delay(Duration::from_millis(10));
    apply_in_memory(&invitation_plan(100), &memory).await;
    assert_eq!(memory.most_under_way(), 8);
}

#[tokio::test(start_paused = true)]
async fn phase_begins_when_the_one_before_is_through() {
    let mut steps: Vec<_> = (0..9).map(|at| step(at, invite(&format!("p{at}")), &[])).collect();
    for (step, phase) in steps.iter_mut().zip(
        [Phase::CreateGroups, Phase::AdmitUsers, Phase::UpdateProfiles]
            .into_iter()
            .flat_map(|phase| [phase; 3]),
    ) {
        step.phase = phase;
    }
    let memory = MemoryOrganization::new()
        .with_delay(Duration::from_secs(1))
        .with_fault(2, CallFault::Busy)
        .with_fault(5, CallFault::Refused);
    assert_eq!(apply_in_memory(&approved_plan(steps), &memory).await.summary().done, 8);
    let phases: Vec<_> = memory.calls().iter().map(|no| (no.0 - 1) / 3).collect();
    assert_eq!(phases, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2], "what is tried again holds up the next phase");
}

#[tokio::test]
async fn failed_step_fails_what_needs_it_and_nothing_else() {
    let steps = [
        (invite("ana"), vec![]),
        (grant("ana", "download"), vec![1]),
        (grant("ana", "beta"), vec![2]),
        (invite("bo"), vec![]),
        (grant("bo", "download"), vec![4]),
    ];
    let plan = approved_plan(
        steps.into_iter().enumerate().map(|(at, (act, needs))| step(at, act, &needs)).collect(),
    );
    let memory = MemoryOrganization::new().with_step_fault(1, CallFault::Refused);
    let outcome = apply_in_memory(&plan, &memory).await;
    assert_eq!(fate_words(&outcome), ["failed", "needs 1", "needs 2", "done", "done"]);
    assert_eq!(outcome.fates[0], StepFate::Failed("it is refused".into()));
    assert!(outcome.summary().is_finished() && !outcome.summary().is_complete());
}

#[tokio::test]
async fn touched_object_blocks_its_step_and_what_needs_it() {
    let plan = plan([
        (invite("ana"), [0; 0]),
        (exception_act("bo", None, Some(UserException::Allow)), []),
        (invite("cy"), []),
    ]);
    let plan = approved_plan(
        plan.plan().steps.iter().cloned().chain([step(3, grant("bo", "download"), &[2])]).collect(),
    );
    let memory = MemoryOrganization::new();
    memory.edit(|organization| {
        super::apply_act(&invite("bo"), organization);
        super::apply_act(&exception_act("bo", None, Some(UserException::Deny)), organization);
    });
    assert_eq!(fate_words(&apply_in_memory(&plan, &memory).await), ["done", "blocked", "done", "needs 2"]);
    assert!(!memory.calls().contains(&StepNo(4)));
}

#[tokio::test]
async fn need_that_no_step_can_meet_is_not_waited_for() {
    let plan = approved_plan(vec![
        step(0, invite("ana"), &[2]),
        step(1, invite("bo"), &[1]),
        step(2, invite("cy"), &[99]),
    ]);
    assert_eq!(
        fate_words(&apply_in_memory(&plan, &MemoryOrganization::new()).await),
        ["needs 2", "needs 1", "needs 99"]
    );
}

#[tokio::test(start_paused = true)]
async fn busy_organization_is_tried_again_with_longer_waits() {
    let memory =
        (1..=4).fold(MemoryOrganization::new(), |memory, call| memory.with_fault(call, CallFault::Busy));
    let outcome = apply_in_memory(&invitation_plan(1), &memory).await;
    assert_eq!(fate_words(&outcome), ["done"]);
    let times = memory.times();
    let waits: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (wait, whole) in waits.iter().zip([200, 400, 800, 1600]) {
        let whole = Duration::from_millis(whole);
        assert!(*wait >= whole / 2 && *wait <= whole + Duration::from_millis(2), "{wait:?} of {whole:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_of_steps_are_spread() {
    let memory =
        (1..=8).fold(MemoryOrganization::new(), |memory, call| memory.with_fault(call, CallFault::Busy));
    apply_in_memory(&invitation_plan(8), &memory).await;
    assert!(memory.times().iter().collect::<BTreeSet<_>>().len() > 5);
}

#[tokio::test(start_paused = true)]
async fn lost_answer_is_asked_for_under_the_same_key() {
    for fault in [CallFault::LostBefore, CallFault::LostAfter] {
        let memory = MemoryOrganization::new().with_fault(1, fault);
        assert_eq!(fate_words(&apply_in_memory(&invitation_plan(1), &memory).await), ["done"]);
        assert_eq!(memory.calls().len(), 2);
        assert_eq!(memory.keys()[&StepNo(1)], BTreeSet::from(["20261124T091207Z-a1-1".to_owned()]));
        assert_eq!(memory.outbox(), [email("p0")]);
    }
}

#[tokio::test(start_paused = true)]
async fn step_that_is_never_answered_fails_while_others_are() {
    let memory =
        MemoryOrganization::new().with_delay(Duration::from_secs(1)).with_step_fault(1, CallFault::Busy);
    let outcome = apply_in_memory(&invitation_plan(5), &memory).await;
    assert_eq!(fate_words(&outcome), ["failed", "done", "done", "done", "done"]);
    assert_eq!(halt_word(&outcome), "no");
    let times = memory.times();
    let tried = *times.last().unwrap() - times[0];
    assert!(tried > Duration::from_secs(270) && tried <= Duration::from_secs(301), "{tried:?}");
}

#[tokio::test(start_paused = true)]
async fn step_in_doubt_to_the_end_is_left_in_doubt_with_what_needs_it() {
    let memory = MemoryOrganization::new()
        .with_delay(Duration::from_secs(1))
        .with_step_fault(1, CallFault::LostBefore);
    let steps = vec![
        step(0, invite("ana"), &[]),
        step(1, grant("ana", "download"), &[1]),
        step(2, invite("bo"), &[]),
    ];
    let outcome = apply_in_memory(&approved_plan(steps), &memory).await;
    assert_eq!(fate_words(&outcome), ["in doubt", "left", "done"]);
    assert!(!outcome.summary().is_finished());
}

#[tokio::test(start_paused = true)]
async fn organization_that_is_away_is_not_asked_for_every_step() {
    let memory =
        (1..=10_000).fold(MemoryOrganization::new(), |memory, call| memory.with_fault(call, CallFault::Busy));
    let began = tokio::time::Instant::now();
    let outcome = apply_in_memory(&invitation_plan(1_000), &memory).await;
    assert_eq!(halt_word(&outcome), "unreachable");
    assert_eq!(outcome.summary().left, 1_000);
    assert!(began.elapsed() <= Duration::from_secs(301));
}

#[tokio::test(start_paused = true)]
async fn requests_keep_to_the_rate() {
    let memory = MemoryOrganization::new().with_pace(Pace { concurrency: 8, per_second: Some(20) });
    let began = tokio::time::Instant::now();
    apply_in_memory(&invitation_plan(101), &memory).await;
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(4_990) && took <= Duration::from_millis(5_050), "{took:?}");
    let times = memory.times();
    assert!(
        times.windows(21).all(|window| window[20] - window[0] >= Duration::from_millis(995)),
        "never more than 20 in a second"
    );
}

#[tokio::test(start_paused = true)]
async fn tries_again_count_against_the_rate() {
    let memory = MemoryOrganization::new().with_pace(Pace { concurrency: 8, per_second: Some(20) });
    let memory = (1..=40).fold(memory, |memory, call| memory.with_fault(call, CallFault::Busy));
    apply_in_memory(&invitation_plan(40), &memory).await;
    let times = memory.times();
    assert!(times.windows(21).all(|window| window[20] - window[0] >= Duration::from_millis(995)));
}

#[tokio::test(start_paused = true)]
async fn run_asked_to_stop_waits_for_what_is_under_way() {
    let folder = SeatwiseFolder::new();
    let (plan, memory) = (invitation_plan(50), MemoryOrganization::new().with_delay(Duration::from_secs(1)));
    let (stopper, stop) = stop_channel();
    let asks = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        stopper.ask();
    };
    let options = options();
    let (outcome, ()) =
        tokio::join!(execute_plan(&plan, folder.begin(&plan), &memory, &options, &(), stop), asks);
    assert_eq!(halt_word(&outcome), "asked");
    assert_eq!((outcome.summary().done, outcome.summary().left), (16, 34));
    let history = folder.journals().history(&run_id("a1")).unwrap();
    assert_eq!(
        history.fates.iter().filter(|fate| fate.is_in_effect()).count(),
        16,
        "all answers are journalled"
    );
    assert!(!history.ended);
}

#[tokio::test(start_paused = true)]
async fn run_asked_to_stop_does_not_wait_out_a_try_again() {
    let memory = MemoryOrganization::new().with_step_fault(1, CallFault::Busy);
    let (stopper, stop) = stop_channel();
    let (plan, options) = (invitation_plan(1), options());
    let asks = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        stopper.ask();
        tokio::time::Instant::now()
    };
    let run = async {
        let outcome =
            execute_plan(&plan, run_on_disk(&plan, &CountingDisk::default()), &memory, &options, &(), stop)
                .await;
        (outcome, tokio::time::Instant::now())
    };
    let ((outcome, ended), asked) = tokio::join!(run, asks);
    assert_eq!((fate_words(&outcome), halt_word(&outcome)), (vec!["left".to_owned()], "asked"));
    assert_eq!(ended, asked);
}

#[tokio::test(start_paused = true)]
async fn run_asked_to_stop_twice_waits_for_nothing_and_loses_nothing() {
    let folder = SeatwiseFolder::new();
    let memory =
        MemoryOrganization::new().with_delay(Duration::from_secs(1)).with_fault(10, CallFault::HangsAfter);
    let (plan, options, (stopper, stop)) = (invitation_plan(50), options(), stop_channel());
    let asks = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        stopper.ask();
        tokio::time::sleep(Duration::from_secs(10)).await;
        stopper.ask();
    };
    let (outcome, ()) =
        tokio::join!(execute_plan(&plan, folder.begin(&plan), &memory, &options, &(), stop), asks);
    assert_eq!(halt_word(&outcome), "at once");
    assert_eq!((outcome.summary().done, outcome.summary().in_doubt, outcome.summary().left), (15, 1, 34));
    let outcome = carry_out(&plan, folder.resume(&plan), &memory.without_faults()).await;
    assert!(outcome.summary().is_complete());
}

#[tokio::test]
async fn run_asked_to_stop_beforehand_sends_nothing() {
    let (memory, (stopper, stop)) = (MemoryOrganization::new(), stop_channel());
    stopper.ask();
    let (plan, options) = (invitation_plan(5), options());
    let outcome =
        execute_plan(&plan, run_on_disk(&plan, &CountingDisk::default()), &memory, &options, &(), stop).await;
    assert_eq!((outcome.summary().left, memory.calls().len()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn full_disk_stops_the_run_before_the_write_it_would_not_hold() {
    for size in (0..4_000).step_by(37) {
        let disk = CountingDisk(Arc::default(), Some(size));
        let (plan, memory) =
            (invitation_plan(20), MemoryOrganization::new().with_delay(Duration::from_millis(5)));
        let outcome = carry_out(&plan, run_on_disk(&plan, &disk), &memory).await;
        let written = disk.text();
        for sent in memory.calls() {
            assert!(
                written.contains(&format!("\"intent\":{{\"step\":{},", sent.0)),
                "step {} was sent unjournalled at {size} bytes",
                sent.0
            );
        }
        assert_eq!(outcome.halt.is_some(), !written.ends_with("\"given_up\":false}}}\n"));
        assert_eq!(
            outcome.summary().done,
            memory.carried_out_steps().len(),
            "what was done is known even so"
        );
    }
}

#[tokio::test]
async fn one_sync_serves_many_intents() {
    let memory = MemoryOrganization::new().with_pace(Pace { concurrency: 50, per_second: None });
    let (plan, disk) = (invitation_plan(1_000), CountingDisk::default());
    carry_out(&plan, run_on_disk(&plan, &disk), &memory).await;
    assert_eq!(disk.text().matches("\"intent\"").count(), 1_000);
    assert!(disk.syncs() < 300, "{} syncs", disk.syncs());
}

#[tokio::test]
async fn intent_is_synced_before_its_write_is_sent() {
    let (plan, disk, memory) =
        (sizeable_plan(10), CountingDisk::default(), MemoryOrganization::one_at_a_time());
    carry_out(&plan, run_on_disk(&plan, &disk), &memory).await;
    assert_eq!(disk.syncs(), 34, "one for each step, where nothing is sent together, and one for the end");
}

#[derive(Default)]
struct ProgressLog(Mutex<Vec<String>>);

impl RunProgress for ProgressLog {
    fn run_begins(&self, steps: usize, settled: usize) {
        self.0.lock().unwrap().push(format!("{settled} of {steps}"));
    }

    fn step_waits(&self, step: &Step, reason: &str) {
        self.0.lock().unwrap().push(format!("{}: {reason}", step.no.0));
    }

    fn step_settles(&self, step: &Step, fate: &StepFate) {
        self.0.lock().unwrap().push(format!("{}: {}", step.no.0, fate_word(fate)));
    }
}

#[tokio::test(start_paused = true)]
async fn progress_is_told() {
    let (told, plan) = (ProgressLog::default(), invitation_plan(2));
    let memory =
        MemoryOrganization::one_at_a_time().with_fault(1, CallFault::Busy).with_fault(3, CallFault::Refused);
    execute_plan(
        &plan,
        run_on_disk(&plan, &CountingDisk::default()),
        &memory,
        &options(),
        &told,
        nobody_stops(),
    )
    .await;
    assert_eq!(*told.0.lock().unwrap(), ["0 of 2", "1: busy", "1: done", "2: failed"]);
}
