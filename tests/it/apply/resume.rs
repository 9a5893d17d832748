//! Resuming a run that was killed, stopped or cut off.

use std::time::Duration;

use seatwise::connector::Pace;

use super::memory_organization::{CallFault, MemoryOrganization};
use super::*;

/// Asserts that the run ends in the state of an undisturbed run, with each step carried out once and each
/// invitation sent once.
fn assert_finished(plan: &Approved, outcome: &RunOutcome, memory: &MemoryOrganization, when: &str) {
    let undisturbed = MemoryOrganization::new();
    let folder = SeatwiseFolder::new();
    run_as_process(carry_out(plan, folder.begin(plan), &undisturbed));
    assert!(outcome.summary().is_complete() && outcome.halt.is_none(), "{when}: {:?}", fate_words(outcome));
    assert_eq!(memory.organization_without_ids(), undisturbed.organization_without_ids(), "{when}");
    assert_eq!(memory.outbox(), undisturbed.outbox(), "{when}");
    let mut carried_out = memory.carried_out_steps();
    carried_out.sort();
    assert_eq!(carried_out, plan.plan().steps.iter().map(|step| step.no).collect::<Vec<_>>(), "{when}");
    assert!(memory.keys().values().all(|keys| keys.len() == 1), "{when}: a step was sent under two keys");
}

/// Runs on a runtime of its own, as a process would: after the return, no work goes on in the background.
fn run_as_process<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(run)
}

/// Runs until the first call that hangs, and drops the run there, as a kill would.
fn run_until_killed(plan: &Approved, run: OpenRun, memory: &MemoryOrganization) {
    run_as_process(async {
        tokio::select! {
            biased;
            () = memory.hangs.notified() => {}
            _ = carry_out(plan, run, memory) => panic!("nothing hung"),
        }
    });
}

#[test]
fn run_killed_at_any_call_is_finished_by_resume() {
    let plan = sizeable_plan(4);
    for fault in [CallFault::HangsBefore, CallFault::HangsAfter] {
        for call in (1..=15).step_by(2) {
            for concurrency in [1, 4] {
                let memory = MemoryOrganization::new()
                    .with_pace(Pace { concurrency, per_second: None })
                    .with_fault(call, fault);
                let folder = SeatwiseFolder::new();
                run_until_killed(&plan, folder.begin(&plan), &memory);
                let memory = memory.without_faults();
                let outcome = run_as_process(carry_out(&plan, folder.resume(&plan), &memory));
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
    let (plan, folder) = (sizeable_plan(4), SeatwiseFolder::new());
    let mut memory = MemoryOrganization::one_at_a_time().with_fault(3, CallFault::HangsAfter);
    run_until_killed(&plan, folder.begin(&plan), &memory);
    for _ in 0..4 {
        let next = memory.calls().len() + 2;
        memory = memory.without_faults().with_fault(next, CallFault::HangsAfter);
        run_until_killed(&plan, folder.resume(&plan), &memory);
    }
    let memory = memory.without_faults();
    let outcome = run_as_process(carry_out(&plan, folder.resume(&plan), &memory));
    assert_finished(&plan, &outcome, &memory, "killed five times");
}

#[test]
fn journal_cut_at_any_byte_is_finished_by_resume() {
    let plan = sizeable_plan(2);
    let (folder, memory) = (SeatwiseFolder::new(), MemoryOrganization::new());
    run_as_process(carry_out(&plan, folder.begin(&plan), &memory));
    let bytes = std::fs::read(folder.journal_file()).unwrap();
    for end in (sealed_beginning(&bytes)..bytes.len()).filter(|at| is_telling_cut(&bytes, *at)) {
        std::fs::write(folder.journal_file(), &bytes[..end]).unwrap();
        let outcome = run_as_process(carry_out(&plan, folder.resume(&plan), &memory));
        assert!(outcome.summary().is_complete(), "cut at {end}: {:?}", fate_words(&outcome));
        assert_eq!(
            memory.carried_out_steps().len(),
            plan.plan().steps.len(),
            "cut at {end}: something was done twice"
        );
    }
    let outcome = run_as_process(carry_out(&plan, SeatwiseFolder::new().begin(&plan), &memory));
    assert_finished(&plan, &outcome, &memory, "cut everywhere");
}

#[test]
fn fault_of_any_kind_at_any_call_loses_nothing() {
    let plan = sizeable_plan(4);
    for fault in CallFault::ALL {
        for call in 1..=15 {
            let mut options = options();
            options.retry.first = Duration::from_millis(1);
            let (folder, memory) = (SeatwiseFolder::new(), MemoryOrganization::new().with_fault(call, fault));
            let outcome = run_as_process(execute_plan(
                &plan,
                folder.begin(&plan),
                &memory,
                &options,
                &(),
                nobody_stops(),
            ));
            match fault {
                CallFault::Busy | CallFault::LostBefore | CallFault::LostAfter => {
                    assert_finished(&plan, &outcome, &memory, &format!("{fault:?} at call {call}"));
                }
                CallFault::Refused | CallFault::Changed => {
                    let summary = outcome.summary();
                    assert_eq!(summary.failed + summary.blocked, 1);
                    assert!(summary.is_finished());
                    assert_eq!(summary.done, memory.carried_out_steps().len());
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
                CallFault::HangsBefore | CallFault::HangsAfter => unreachable!("not among all"),
            }
        }
    }
}

#[test]
fn outcome_of_before_the_interruption_is_kept() {
    let (folder, plan) = (SeatwiseFolder::new(), sizeable_plan(2));
    let memory = MemoryOrganization::one_at_a_time()
        .with_step_fault(4, CallFault::Refused)
        .with_fault(6, CallFault::HangsBefore);
    run_until_killed(&plan, folder.begin(&plan), &memory);
    let memory = memory.without_faults();
    let calls = memory.calls().len();
    let outcome = run_as_process(carry_out(&plan, folder.resume(&plan), &memory));
    assert_eq!(
        fate_words(&outcome),
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
    let (folder, plan) = (SeatwiseFolder::new(), sizeable_plan(3));
    let memory = (4..2_000).fold(MemoryOrganization::one_at_a_time(), |memory, call| {
        memory.with_fault(call, CallFault::LostAfter)
    });
    // The first lost answer is of a write that was carried out. The organization answers a repeated call
    // under the same key, but that answer is lost as well.
    let outcome = carry_out(&plan, folder.begin(&plan), &memory).await;
    assert_eq!(halt_word(&outcome), "unreachable");
    assert_eq!((outcome.summary().done, outcome.summary().in_doubt, outcome.summary().left), (3, 1, 8));
    let outcome = carry_out(&plan, folder.resume(&plan), &memory.without_faults()).await;
    assert!(outcome.summary().is_complete());
}
