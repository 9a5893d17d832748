//! Sending one step, until there is an answer or no more time.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::super::pace::Pacer;
use super::super::stop::{Ask, stopper};
use super::super::{Fate, Halt, Journal, Stop, Stopper};
use super::{Progress, Retry};
use crate::connector::{OrgWrite, Receipt, WriteError};
use crate::model::Text;
use crate::plan::Step;

/// The way to the organization, shared by all steps under way.
pub(super) struct Line<'a, W> {
    writer: &'a W,
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a dyn Progress,
    pub(super) concurrency: usize,
    retry: Retry,
    pacer: Pacer,
    closed: (Stopper, Stop),
    /// When the organization last gave an answer to any step.
    answered: Mutex<Instant>,
}

/// What one try brought, where it brought no fate.
enum Again {
    /// It was not carried out.
    NotSent(Text),
    /// It may have been carried out.
    InDoubt(Text),
}

impl<'a, W: OrgWrite> Line<'a, W> {
    pub(super) fn new(writer: &'a W, journal: &'a Journal, retry: Retry, progress: &'a dyn Progress) -> Self {
        let pace = writer.pace();
        let (pacer, answered) = (Pacer::new(pace.per_second), Mutex::new(Instant::now()));
        Self {
            writer,
            journal,
            progress,
            concurrency: pace.concurrency.max(1),
            retry,
            pacer,
            closed: stopper(),
            answered,
        }
    }

    /// Nothing is sent from now on; waits for another try end.
    pub(super) fn stop(&self) {
        self.closed.0.at_least(Ask::Finish);
    }

    fn is_closed(&self) -> bool {
        self.closed.1.now() != Ask::Not
    }

    /// Waits until `time`; `false` where nothing is to be sent any longer.
    async fn wait(&self, time: Option<Instant>) -> bool {
        if let Some(time) = time {
            let mut closed = self.closed.1.clone();
            tokio::select! {
                _ = closed.until(Ask::Finish) => {}
                () = tokio::time::sleep_until(time) => {}
            }
        }
        !self.is_closed()
    }

    /// Sends `step` until there is an answer or no more time; with why the run must stop, if it must.
    pub(super) async fn send(&self, step: &Step) -> (Fate, Option<Halt>) {
        let key = self.journal.run().key(step.no);
        if !self.wait(self.pacer.slot()).await {
            return (Fate::Left, None);
        }
        if let Err(error) = self.journal.intend(step.no, &key).await {
            return (Fate::Left, Some(Halt::Journal(error)));
        }
        if self.is_closed() {
            return (Fate::Left, None);
        }
        self.insist(step, &key).await
    }

    async fn insist(&self, step: &Step, key: &str) -> (Fate, Option<Halt>) {
        let began = Instant::now();
        let (mut tries, mut doubt) = (0, None);
        loop {
            let reason = match self.attempt(step, key).await {
                Ok(fate) => return (fate, None),
                Err(Again::NotSent(reason)) => reason,
                // Once in doubt it stays so until there is an answer: a later try that was not sent says
                // nothing of the first.
                Err(Again::InDoubt(reason)) => doubt.insert(reason).clone(),
            };
            tries += 1;
            self.progress.waits(step, &reason);
            let next = Instant::now() + self.retry.wait(step.no.0, tries);
            if next > began + self.retry.within {
                return self.give_up(began, reason, doubt);
            }
            if !self.wait(Some(next)).await || !self.wait(self.pacer.slot()).await {
                return (doubt.map_or(Fate::Left, Fate::InDoubt), None);
            }
        }
    }

    /// Where no step had an answer all the while, the organization is away: the others need not try for as
    /// long.
    fn give_up(&self, began: Instant, reason: Text, doubt: Option<Text>) -> (Fate, Option<Halt>) {
        let away = *self.answered.lock().unwrap_or_else(PoisonError::into_inner) <= began;
        match (doubt, away) {
            (Some(doubt), true) => (Fate::InDoubt(doubt), Some(Halt::Unreachable(reason))),
            (Some(doubt), false) => (Fate::InDoubt(doubt), None),
            (None, true) => (Fate::Left, Some(Halt::Unreachable(reason))),
            (None, false) => (Fate::Failed(reason), None),
        }
    }

    /// One try.
    async fn attempt(&self, step: &Step, key: &str) -> Result<Fate, Again> {
        let fate = match self.writer.carry_out(step, key).await {
            Ok(Receipt::Done { created }) => Fate::Done { created },
            Ok(Receipt::AlreadySo) => Fate::Already,
            Err(WriteError::Changed(how)) => Fate::Blocked(how),
            Err(WriteError::Refused(why)) => Fate::Failed(why),
            Err(WriteError::Transient(why)) => return Err(Again::NotSent(why)),
            Err(WriteError::InDoubt(why)) => return Err(Again::InDoubt(why)),
        };
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        Ok(fate)
    }
}
