use std::time::Duration;

use seatwise::connector::Pace;

use super::memory::{Fault, Memory};
use super::*;

/// Ends in the state that an undisturbed run ends in, with each step carried out once and each invitation
/// sent once.
fn assert_finished(plan: &Approved, outcome: &RunOutcome, memory: &Memory, when: &str) {
    let undisturbed = Memory::new();
    let folder = Folder::new();
    process(carry_out(plan, folder.begin(plan), &undisturbed));
    assert!(outcome.summary().is_complete() && outcome.halt.is_none(), "{when}: {:?}", words(outcome));
    assert_eq!(memory.shape(), undisturbed.shape(), "{when}");
    assert_eq!(memory.outbox(), undisturbed.outbox(), "{when}");
    let mut carried_out = memory.carried_out();
    carried_out.sort();
    assert_eq!(carried_out, plan.plan().steps.iter().map(|step| step.no).collect::<Vec<_>>(), "{when}");
    assert!(memory.keys().values().all(|keys| keys.len() == 1), "{when}: a step was sent under two keys");
}

/// Runs as a process of its own: when this returns, nothing of it goes on in the background.
fn process<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(run)
}

/// Runs until the first call that hangs, and is killed there.
fn killed(plan: &Approved, run: OpenRun, memory: &Memory) {
    process(async {
        tokio::select! {
            biased;
            () = memory.hangs.notified() => {}
            _ = carry_out(plan, run, memory) => panic!("nothing hung"),
        }
    });
}

#[test]
fn run_killed_at_any_call_is_finished_by_resume() {
    let plan = sizeable(4);
    for fault in [Fault::HangsBefore, Fault::HangsAfter] {
        for call in (1..=15).step_by(2) {
            for concurrency in [1, 4] {
                let memory = Memory::new().at(Pace { concurrency, per_second: None }).with(call, fault);
                let folder = Folder::new();
                killed(&plan, folder.begin(&plan), &memory);
                let memory = memory.well();
                let outcome = process(carry_out(&plan, folder.resume(&plan), &memory));
                assert_finished(
                    &plan,
                    &outcome,
                    &memory,
                    &format!("{fault:?} at call {call}, {concurrency} at once"),
                );
                assert!(folder.journals().unfinished_runs().unwrap().is_empty());
            }
        }
    }
}

#[test]
fn run_killed_again_while_resumed_is_finished_by_resume() {
    let (plan, folder) = (sizeable(4), Folder::new());
    let mut memory = Memory::one_at_a_time().with(3, Fault::HangsAfter);
    killed(&plan, folder.begin(&plan), &memory);
    for _ in 0..4 {
        let next = memory.calls().len() + 2;
        memory = memory.well().with(next, Fault::HangsAfter);
        killed(&plan, folder.resume(&plan), &memory);
    }
    let memory = memory.well();
    let outcome = process(carry_out(&plan, folder.resume(&plan), &memory));
    assert_finished(&plan, &outcome, &memory, "killed five times");
}

#[test]
fn journal_cut_at_any_byte_is_finished_by_resume() {
    let plan = sizeable(2);
    let (folder, memory) = (Folder::new(), Memory::new());
    process(carry_out(&plan, folder.begin(&plan), &memory));
    let bytes = std::fs::read(folder.journal_file()).unwrap();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for end in (first..bytes.len()).filter(|at| tells(&bytes, *at)) {
        std::fs::write(folder.journal_file(), &bytes[..end]).unwrap();
        let outcome = process(carry_out(&plan, folder.resume(&plan), &memory));
        assert!(outcome.summary().is_complete(), "cut at {end}: {:?}", words(&outcome));
        assert_eq!(
            memory.carried_out().len(),
            plan.plan().steps.len(),
            "cut at {end}: something was done twice"
        );
    }
    let outcome = process(carry_out(&plan, Folder::new().begin(&plan), &memory));
    assert_finished(&plan, &outcome, &memory, "cut everywhere");
}

#[test]
fn fault_of_any_kind_at_any_call_loses_nothing() {
    let plan = sizeable(4);
    for fault in Fault::ALL {
        for call in 1..=15 {
            let mut options = options();
            options.retry.first = Duration::from_millis(1);
            let (folder, memory) = (Folder::new(), Memory::new().with(call, fault));
            let outcome =
                process(execute_plan(&plan, folder.begin(&plan), &memory, &options, &(), nobody_stops()));
            match fault {
                Fault::Busy | Fault::LostBefore | Fault::LostAfter => {
                    assert_finished(&plan, &outcome, &memory, &format!("{fault:?} at call {call}"));
                }
                Fault::Refused | Fault::Changed => {
                    let summary = outcome.summary();
                    assert_eq!(summary.failed + summary.blocked, 1);
                    assert!(summary.is_finished());
                    assert_eq!(summary.done, memory.carried_out().len());
                    for step in &plan.plan().steps {
                        let holds = |no: &StepNo| outcome.fates[no.0 as usize - 1].is_in_effect();
                        let met = step.needs.iter().all(holds);
                        assert!(
                            met || !memory.calls().contains(&step.no),
                            "step {} was sent for nothing",
                            step.no.0
                        );
                    }
                }
                Fault::HangsBefore | Fault::HangsAfter => unreachable!("not among all"),
            }
        }
    }
}

#[test]
fn outcome_of_before_the_interruption_is_kept() {
    let (folder, plan) = (Folder::new(), sizeable(2));
    let memory = Memory::one_at_a_time().always(4, Fault::Refused).with(6, Fault::HangsBefore);
    killed(&plan, folder.begin(&plan), &memory);
    let memory = memory.well();
    let calls = memory.calls().len();
    let outcome = process(carry_out(&plan, folder.resume(&plan), &memory));
    assert_eq!(
        words(&outcome),
        ["done", "done", "done", "failed", "needs 4", "needs 4", "done", "done", "done"]
    );
    assert_eq!(
        memory.calls()[calls..],
        [StepNo(8), StepNo(9)],
        "only what was in doubt and what was left is sent"
    );
}

#[tokio::test(start_paused = true)]
async fn organization_that_was_away_is_gone_on_with_by_resume() {
    let (folder, plan) = (Folder::new(), sizeable(3));
    let memory = (4..2_000).fold(Memory::one_at_a_time(), |memory, call| memory.with(call, Fault::LostAfter));
    // The first of the lost answers was of a write that was carried out: it answers under its key, but that
    // answer is lost as well.
    let outcome = carry_out(&plan, folder.begin(&plan), &memory).await;
    assert_eq!(halted(&outcome), "unreachable");
    assert_eq!((outcome.summary().done, outcome.summary().in_doubt, outcome.summary().left), (3, 1, 8));
    let outcome = carry_out(&plan, folder.resume(&plan), &memory.well()).await;
    assert!(outcome.summary().is_complete());
}
