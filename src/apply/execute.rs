//! The executor: sends the steps of an approved plan, phase by phase.
//!
//! Within a phase, steps that do not depend on each other are sent at the same time. The future of the
//! executor may be dropped at any moment: every step that was sent is in the journal.

mod send;

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

pub use crate::connector::Retry;

use super::scheduler::StepScheduler;
use super::stop::StopRequest;
use super::{OpenRun, RunHalt, RunOutcome, RunSummary, StepFate, StopSignal};
use crate::connector::OrgWrite;
use crate::plan::{Approved, Step};
use send::StepSender;

/// Options for carrying out a plan.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApplyOptions {
    /// Governs how a step is tried again.
    pub retry: Retry,
}

/// Receives the progress of a run, for example for a progress bar.
pub trait RunProgress: Sync {
    /// The run begins with `steps` steps, of which `settled` were settled before the run was resumed.
    fn run_begins(&self, steps: usize, settled: usize);
    /// A try of a step brought no answer, or was not carried out, and the step is tried again later.
    fn step_waits(&self, step: &Step, reason: &str);
    /// A step has its fate.
    fn step_settles(&self, step: &Step, fate: &StepFate);
}

/// Ignores all progress.
impl RunProgress for () {
    fn run_begins(&self, _: usize, _: usize) {}
    fn step_waits(&self, _: &Step, _: &str) {}
    fn step_settles(&self, _: &Step, _: &StepFate) {}
}

/// Carries out what is left of `plan` in `run`, until the end or until `stop` asks to stop.
///
/// Sends no step before the journal holds it. The outcome contains the fate of each step, failures included.
pub async fn execute_plan(
    plan: &Approved,
    run: OpenRun,
    writer: &impl OrgWrite,
    options: &ApplyOptions,
    progress: &dyn RunProgress,
    stop: StopSignal,
) -> RunOutcome {
    let steps = &plan.plan().steps;
    let OpenRun { journal, fates } = run;
    debug_assert_eq!(steps.len(), fates.len(), "a run is begun or resumed with its plan");
    progress.run_begins(steps.len(), fates.iter().flatten().count());
    let sender = StepSender::new(writer, &journal, options.retry, progress);
    let mut execution = PlanExecution { sender: &sender, fates, halt: None };
    let mut first = 0;
    for phase in steps.chunk_by(|one, next| one.phase == next.phase) {
        if execution.halt.is_none() {
            execution.carry_out_phase(first, phase, stop.clone()).await;
        }
        first += phase.len();
    }
    execution.finish().await
}

/// The state of a run while its plan is carried out.
struct PlanExecution<'a, W> {
    sender: &'a StepSender<'a, W>,
    fates: Vec<Option<StepFate>>,
    halt: Option<RunHalt>,
}

impl<W: OrgWrite> PlanExecution<'_, W> {
    /// Carries out the steps of one phase, of which the first has index `first` in the plan.
    async fn carry_out_phase(&mut self, first: usize, phase: &[Step], mut stop: StopSignal) {
        let sender = self.sender;
        let mut scheduler = StepScheduler::new(phase);
        let mut answers = FuturesUnordered::new();
        let mut under_way = BTreeSet::new();
        let mut awaited = StopRequest::Finish;
        loop {
            while self.halt.is_none() && answers.len() < sender.concurrency {
                let Some(at) = scheduler.next() else { break };
                match self.fates[first + at].clone().or_else(|| self.fate_for_unmet_needs(&phase[at])) {
                    Some(fate) => {
                        self.settle_step(first + at, &phase[at], fate);
                        scheduler.finish_step(at);
                    }
                    None => {
                        under_way.insert(at);
                        answers.push(async move { (at, sender.send(&phase[at]).await) });
                    }
                }
            }
            if answers.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                ask = stop.wait_for(awaited) => {
                    awaited = StopRequest::AtOnce;
                    self.stop(if ask == StopRequest::AtOnce { RunHalt::AtOnce } else { RunHalt::Asked });
                    if ask == StopRequest::AtOnce {
                        break;
                    }
                }
                Some((at, (fate, halt))) = answers.next() => {
                    under_way.remove(&at);
                    halt.into_iter().for_each(|halt| self.stop(halt));
                    self.settle_step(first + at, &phase[at], fate);
                    scheduler.finish_step(at);
                }
            }
        }
        for at in under_way {
            self.settle_step(
                first + at,
                &phase[at],
                StepFate::InDoubt("stopped before the answer came".into()),
            );
        }
    }

    /// The fate of a step that needs a step which was not carried out; `None` where all needs are in effect.
    fn fate_for_unmet_needs(&self, step: &Step) -> Option<StepFate> {
        let came = |need: &crate::plan::StepNo| {
            (need.0 as usize).checked_sub(1).and_then(|at| self.fates.get(at)?.as_ref())
        };
        let unmet = step.needs.iter().filter(|need| !came(need).is_some_and(StepFate::is_in_effect));
        // If `resume` may still carry out the needed step, this step is left to `resume` as well.
        let fates = unmet.map(|need| {
            if came(need).is_some_and(|fate| !fate.is_final()) {
                StepFate::Left
            } else {
                StepFate::NotTried(*need)
            }
        });
        fates.max_by_key(StepFate::is_final)
    }

    fn settle_step(&mut self, at: usize, step: &Step, fate: StepFate) {
        if self.fates[at].is_none() {
            self.sender.journal.note_fate(step.no, &fate);
            self.sender.progress.step_settles(step, &fate);
            self.fates[at] = Some(fate);
        }
    }

    /// Stops sending, and keeps the most urgent reason.
    fn stop(&mut self, halt: RunHalt) {
        self.sender.stop();
        if self.halt.as_ref().is_none_or(|known| halt.is_urgent() && !known.is_urgent()) {
            self.halt = Some(halt);
        }
    }

    /// Writes the noted fates to disk, and the end of the run if nothing is left for `resume`.
    async fn finish(mut self) -> RunOutcome {
        let fates: Vec<_> = self.fates.iter_mut().map(|fate| fate.take().unwrap_or(StepFate::Left)).collect();
        let summary = RunSummary::from_fates(&fates);
        let journal = self.sender.journal;
        let written =
            if summary.is_finished() { journal.record_end(summary).await } else { journal.flush().await };
        written.err().into_iter().for_each(|error| self.stop(RunHalt::Journal(error)));
        RunOutcome { fates, halt: self.halt }
    }
}
