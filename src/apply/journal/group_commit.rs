//! Writes a journal: one sync serves all records that are waiting for a sync.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Mutex as Turn;

use super::medium::{JournalMedium, is_vanished};
use super::record::{JournalChecksum, JournalRecord, encode_record, encode_sealed};
use super::sealer::JournalSealer;
use super::{JournalError, RunId, RunSummary, StepFate, StepFateRecord, StepNo};

/// The journal of one run, open for writing.
///
/// A task that needs a record on disk queues the record and waits for the lock of the disk. The first task to
/// get the lock writes and syncs all queued records; the tasks that waited meanwhile find their records
/// synced.
pub struct Journal {
    run: RunId,
    queue: Mutex<JournalQueue>,
    disk: Arc<Turn<JournalDisk>>,
}

#[derive(Default)]
struct JournalQueue {
    records: Vec<JournalRecord>,
    queued: u64,
}

struct JournalDisk {
    medium: Box<dyn JournalMedium>,
    last: JournalChecksum,
    written: u64,
    synced: u64,
    // Lines that were written before the run was resumed, and seals; `written` and `synced` do not count
    // them.
    earlier: u64,
    sealer: JournalSealer,
    // Whether something was written since the last seal.
    is_open: bool,
    // After a failed write or sync, the content of the disk is unknown, so nothing more is written.
    failed: Option<JournalError>,
}

impl Journal {
    /// Continues a journal after its `lines` lines, which are all synced; `last` is the checksum of the last
    /// one.
    pub(super) fn open_after_line(
        run: RunId,
        medium: Box<dyn JournalMedium>,
        last: JournalChecksum,
        lines: u64,
        sealer: JournalSealer,
    ) -> Self {
        let (is_open, failed) = (false, None);
        let disk =
            JournalDisk { medium, last, written: 0, synced: 0, earlier: lines, sealer, is_open, failed };
        Self { run, queue: Mutex::default(), disk: Arc::new(Turn::new(disk)) }
    }

    /// The run that the journal belongs to.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// Records that the step is about to be sent under `key`, and returns once the record is on disk.
    pub(in crate::apply) async fn record_intent(&self, step: StepNo, key: &str) -> Result<(), JournalError> {
        let queued = self.queue_record(JournalRecord::Intent { step: step.0, key: key.to_owned() });
        self.wait_for_sync(queued).await
    }

    /// Notes the fate of a step, which is on disk with the next sync. A fate that is not final is not noted.
    pub(in crate::apply) fn note_fate(&self, step: StepNo, fate: &StepFate) {
        if let Some(came) = StepFateRecord::from_fate(fate) {
            self.queue_record(JournalRecord::Outcome { step: step.0, came });
            // The record is handed to the operating system at once if the disk is free, so that a killed
            // process leaves few steps in doubt.
            if let Ok(mut disk) = Arc::clone(&self.disk).try_lock_owned() {
                disk.write(&self.take_records());
            }
        }
    }

    /// Records that nothing is left for `resume`, and returns once the record is on disk.
    pub(in crate::apply) async fn record_end(&self, summary: RunSummary) -> Result<(), JournalError> {
        let queued = self.queue_record(JournalRecord::End { summary, given_up: false });
        self.wait_for_sync(queued).await
    }

    /// Returns once all noted records are on disk.
    pub(in crate::apply) async fn flush(&self) -> Result<(), JournalError> {
        let queued = self.queue.lock().unwrap_or_else(PoisonError::into_inner).queued;
        self.wait_for_sync(queued).await
    }

    fn queue_record(&self, record: JournalRecord) -> u64 {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.records.push(record);
        queue.queued += 1;
        queue.queued
    }

    fn take_records(&self) -> Vec<JournalRecord> {
        std::mem::take(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner).records)
    }

    /// Returns once the first `queued` records are on disk.
    async fn wait_for_sync(&self, queued: u64) -> Result<(), JournalError> {
        let mut disk = Arc::clone(&self.disk).lock_owned().await;
        if disk.synced >= queued || disk.failed.is_some() {
            return disk.write_result();
        }
        let records = self.take_records();
        // The lock moves into the thread, so that a run that is dropped meanwhile gives up the disk only
        // after the records are written completely. It comes back before the next task may have it: steps are
        // sent in the order of their records, so that the organization names what it creates in that order.
        let committed = tokio::task::spawn_blocking(move || {
            disk.commit(&records);
            disk
        });
        match committed.await {
            Ok(disk) => disk.write_result(),
            Err(_) => Err(JournalError::Write(Arc::new(io::Error::other("the writing thread ended")))),
        }
    }
}

impl JournalDisk {
    fn write(&mut self, records: &[JournalRecord]) {
        if records.is_empty() || self.failed.is_some() {
            return;
        }
        let mut lines = Vec::with_capacity(128 * records.len());
        let synced = self.earlier + self.synced;
        self.last =
            records.iter().fold(self.last, |last, record| encode_record(record, synced, last, &mut lines));
        self.written += records.len() as u64;
        self.is_open = true;
        self.sealer.add_lines(&lines);
        self.try_on_medium(|medium| medium.append(&lines));
    }

    /// Writes `records` and seals all that is written, and returns once it is on disk.
    fn commit(&mut self, records: &[JournalRecord]) {
        let mut seals = 0;
        if self.is_open || !records.is_empty() {
            let synced = self.earlier + self.synced;
            let sealed = encode_sealed(records, synced, self.last, &mut self.sealer);
            self.last = sealed.last;
            self.written += records.len() as u64;
            seals = sealed.count - records.len() as u64;
            self.is_open = false;
            self.try_on_medium(|medium| medium.append(&sealed.lines));
        }
        self.try_on_medium(|medium| medium.sync());
        if self.failed.is_none() {
            self.synced = self.written;
            self.earlier += seals;
        }
    }

    fn try_on_medium(&mut self, act: impl FnOnce(&mut dyn JournalMedium) -> io::Result<()>) {
        if self.failed.is_none() {
            self.failed = act(&mut *self.medium).err().map(|error| {
                let is_vanished = is_vanished(&error);
                let kind = if is_vanished { JournalError::Vanished } else { JournalError::Write };
                kind(Arc::new(error))
            });
        }
    }

    fn write_result(&self) -> Result<(), JournalError> {
        self.failed.clone().map_or(Ok(()), Err)
    }
}
