//! The executor: sends the steps of an approved plan, phase by phase.
//!
//! Within a phase, steps that do not depend on each other are sent at the same time. It may be dropped at any
//! moment: what it has sent stands in the journal.

mod send;

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

pub use crate::connector::Retry;

use super::stop::Ask;
use super::turns::Turns;
use super::{Fate, Halt, Outcome, Run, Stop, Summary};
use crate::connector::OrgWrite;
use crate::plan::{Approved, Step};
use send::Line;

/// How a plan is carried out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How a step is tried again.
    pub retry: Retry,
}

/// Is told how a run goes on, for a progress bar.
pub trait Progress: Sync {
    /// The run has so many steps, of which so many were settled before it was resumed.
    fn begins(&self, steps: usize, settled: usize);
    /// A step could not be sent, and is tried again.
    fn waits(&self, step: &Step, reason: &str);
    /// A step is through.
    fn settles(&self, step: &Step, fate: &Fate);
}

/// Nobody is told.
impl Progress for () {
    fn begins(&self, _: usize, _: usize) {}
    fn waits(&self, _: &Step, _: &str) {}
    fn settles(&self, _: &Step, _: &Fate) {}
}

/// Carries out what is left of `plan` in `run`, until the end or until `stop` asks.
///
/// Sends nothing that the journal does not hold. What becomes of each step is in the outcome, failures
/// included.
pub async fn execute(
    plan: &Approved,
    run: Run,
    writer: &impl OrgWrite,
    options: &Options,
    progress: &dyn Progress,
    stop: Stop,
) -> Outcome {
    let steps = &plan.plan().steps;
    let Run { journal, fates } = run;
    debug_assert_eq!(steps.len(), fates.len(), "a run is begun or resumed with its plan");
    progress.begins(steps.len(), fates.iter().flatten().count());
    let line = Line::new(writer, &journal, options.retry, progress);
    let mut execution = Execution { line: &line, fates, halt: None };
    let mut first = 0;
    for phase in steps.chunk_by(|one, next| one.phase == next.phase) {
        if execution.halt.is_none() {
            execution.phase(first, phase, stop.clone()).await;
        }
        first += phase.len();
    }
    execution.finish().await
}

struct Execution<'a, W> {
    line: &'a Line<'a, W>,
    fates: Vec<Option<Fate>>,
    halt: Option<Halt>,
}

impl<W: OrgWrite> Execution<'_, W> {
    /// Carries out the steps of one phase, of which the first has index `first` in the plan.
    async fn phase(&mut self, first: usize, phase: &[Step], mut stop: Stop) {
        let line = self.line;
        let mut turns = Turns::of(phase);
        let mut answers = FuturesUnordered::new();
        let mut under_way = BTreeSet::new();
        let mut asked = Ask::Not;
        loop {
            while self.halt.is_none() && answers.len() < line.concurrency {
                let Some(at) = turns.next() else { break };
                match self.fates[first + at].clone().or_else(|| self.unmet(&phase[at])) {
                    Some(fate) => {
                        self.settle(first + at, &phase[at], fate);
                        turns.through(at);
                    }
                    None => {
                        under_way.insert(at);
                        answers.push(async move { (at, line.send(&phase[at]).await) });
                    }
                }
            }
            if answers.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                ask = stop.until(if asked == Ask::Not { Ask::Finish } else { Ask::AtOnce }) => {
                    asked = ask;
                    self.stop(if ask == Ask::AtOnce { Halt::AtOnce } else { Halt::Asked });
                    if ask == Ask::AtOnce {
                        break;
                    }
                }
                Some((at, (fate, halt))) = answers.next() => {
                    under_way.remove(&at);
                    halt.into_iter().for_each(|halt| self.stop(halt));
                    self.settle(first + at, &phase[at], fate);
                    turns.through(at);
                }
            }
        }
        for at in under_way {
            self.settle(first + at, &phase[at], Fate::InDoubt("stopped before the answer came".into()));
        }
    }

    /// What becomes of a step that needs one which was not carried out.
    fn unmet(&self, step: &Step) -> Option<Fate> {
        let came = |need: &crate::plan::StepNo| {
            (need.0 as usize).checked_sub(1).and_then(|at| self.fates.get(at)?.as_ref())
        };
        let unmet = step.needs.iter().filter(|need| !came(need).is_some_and(Fate::holds));
        // One that `resume` may still carry out leaves this one to `resume` as well.
        let fates = unmet.map(|need| {
            if came(need).is_some_and(|fate| !fate.is_final()) { Fate::Left } else { Fate::NotTried(*need) }
        });
        fates.max_by_key(Fate::is_final)
    }

    fn settle(&mut self, at: usize, step: &Step, fate: Fate) {
        if self.fates[at].is_none() {
            self.line.journal.note(step.no, &fate);
            self.line.progress.settles(step, &fate);
            self.fates[at] = Some(fate);
        }
    }

    /// Sends nothing more; the most urgent reason is kept.
    fn stop(&mut self, halt: Halt) {
        self.line.stop();
        match (&self.halt, &halt) {
            (None, _) | (Some(Halt::Asked | Halt::Unreachable(_)), Halt::AtOnce | Halt::Journal(_)) => {
                self.halt = Some(halt)
            }
            (Some(_), _) => {}
        }
    }

    /// Puts what is noted on disk, and that nothing is left if so.
    async fn finish(mut self) -> Outcome {
        let fates: Vec<_> = self.fates.iter_mut().map(|fate| fate.take().unwrap_or(Fate::Left)).collect();
        let summary = Summary::of(&fates);
        let journal = self.line.journal;
        let written = if summary.is_finished() { journal.end(summary).await } else { journal.flush().await };
        written.err().into_iter().for_each(|error| self.stop(Halt::Journal(error)));
        Outcome { fates, halt: self.halt }
    }
}
