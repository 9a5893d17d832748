//! Sends one step, until the organization answers or the time for retries is over.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::super::stop::{StopRequest, stop_channel};
use super::super::{Journal, RunHalt, StepFate, StopSignal, Stopper};
use super::{Retry, RunProgress};
use crate::connector::{OrgWrite, Pacer, Receipt, WriteError};
use crate::model::Text;
use crate::plan::Step;

/// Sends steps to the organization; all steps under way share one sender.
pub(super) struct StepSender<'a, W> {
    writer: &'a W,
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a dyn RunProgress,
    pub(super) concurrency: usize,
    retry: Retry,
    /// Requests a second; `None` is as fast as they go.
    per_second: Option<u32>,
    pacer: Pacer,
    closed: (Stopper, StopSignal),
    /// The time of the organization's last answer to any step.
    answered: Mutex<Instant>,
}

/// The reason why a try has not settled the step.
enum RetryReason {
    /// The step was not carried out.
    NotSent(Text),
    /// The step may have been carried out.
    InDoubt(Text),
    /// The step was not carried out, and no try will be before somebody has done something about it.
    Obstructed(Text),
}

impl<'a, W: OrgWrite> StepSender<'a, W> {
    /// A sender at the pace of `writer`.
    pub(super) fn new(
        writer: &'a W,
        journal: &'a Journal,
        retry: Retry,
        progress: &'a dyn RunProgress,
    ) -> Self {
        let pace = writer.pace();
        Self {
            writer,
            journal,
            progress,
            concurrency: pace.concurrency.max(1),
            retry,
            per_second: pace.per_second,
            pacer: Pacer::default(),
            closed: stop_channel(),
            answered: Mutex::new(Instant::now()),
        }
    }

    /// Stops sending; steps that wait for another try no longer wait.
    pub(super) fn stop(&self) {
        self.closed.0.ask_at_least(StopRequest::Finish);
    }

    fn is_closed(&self) -> bool {
        self.closed.1.request() != StopRequest::Not
    }

    /// Waits until `time`, if there is one; `false` where nothing may be sent any longer.
    async fn wait(&self, time: Option<Instant>) -> bool {
        if let Some(time) = time {
            let mut closed = self.closed.1.clone();
            tokio::select! {
                _ = closed.wait_for(StopRequest::Finish) => {}
                () = tokio::time::sleep_until(time) => {}
            }
        }
        !self.is_closed()
    }

    /// Sends `step` until the organization answers or the time for retries is over. Also returns the reason
    /// to halt the run, if there is one.
    pub(super) async fn send(&self, step: &Step) -> (StepFate, Option<RunHalt>) {
        let key = self.journal.run().key(step.no);
        if !self.wait(self.pacer.take_slot(self.per_second, None)).await {
            return (StepFate::Left, None);
        }
        if let Err(error) = self.journal.record_intent(step.no, &key).await {
            return (StepFate::Left, Some(RunHalt::Journal(error)));
        }
        if self.is_closed() {
            return (StepFate::Left, None);
        }
        self.send_until_answered(step, &key).await
    }

    async fn send_until_answered(&self, step: &Step, key: &str) -> (StepFate, Option<RunHalt>) {
        let began = Instant::now();
        let (mut tries, mut doubt) = (0, None);
        loop {
            let reason = match self.attempt(step, key).await {
                Ok(fate) => return (fate, None),
                Err(RetryReason::NotSent(reason)) => reason,
                // A step in doubt stays in doubt until there is an answer: a later try that was not carried
                // out says nothing about the earlier try.
                Err(RetryReason::InDoubt(reason)) => doubt.insert(reason).clone(),
                Err(RetryReason::Obstructed(reason)) => {
                    let fate = doubt.map_or(StepFate::Left, StepFate::InDoubt);
                    return (fate, Some(RunHalt::Obstructed(reason)));
                }
            };
            tries += 1;
            self.progress.step_waits(step, &reason);
            let next = Instant::now() + self.retry.wait_time(step.no.0, tries);
            if next > began + self.retry.within {
                return self.give_up(began, reason, doubt);
            }
            if !self.wait(Some(next)).await || !self.wait(self.pacer.take_slot(self.per_second, None)).await {
                return (doubt.map_or(StepFate::Left, StepFate::InDoubt), None);
            }
        }
    }

    /// Settles a step whose time for retries is over. If no step had an answer since `began`, the
    /// organization is unreachable, and the run halts, so that other steps need not try for as long.
    fn give_up(&self, began: Instant, reason: Text, doubt: Option<Text>) -> (StepFate, Option<RunHalt>) {
        let away = *self.answered.lock().unwrap_or_else(PoisonError::into_inner) <= began;
        match (doubt, away) {
            (Some(doubt), true) => (StepFate::InDoubt(doubt), Some(RunHalt::Unreachable(reason))),
            (Some(doubt), false) => (StepFate::InDoubt(doubt), None),
            (None, true) => (StepFate::Left, Some(RunHalt::Unreachable(reason))),
            (None, false) => (StepFate::Failed(reason), None),
        }
    }

    /// Tries once to carry out the step.
    async fn attempt(&self, step: &Step, key: &str) -> Result<StepFate, RetryReason> {
        let fate = match self.writer.carry_out(step, key).await {
            Ok(Receipt::Done { created }) => StepFate::Done { created },
            Ok(Receipt::AlreadySo) => StepFate::Already,
            Err(WriteError::Changed(how)) => StepFate::Blocked(how),
            Err(WriteError::Refused(why)) => StepFate::Failed(why),
            Err(WriteError::InPart(why)) => StepFate::FailedInPart(why),
            Err(WriteError::Transient(why)) => return Err(RetryReason::NotSent(why)),
            Err(WriteError::Obstructed(why)) => return Err(RetryReason::Obstructed(why)),
            Err(WriteError::InDoubt(why)) => return Err(RetryReason::InDoubt(why)),
        };
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Ok(fate)
    }
}
