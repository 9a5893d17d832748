//! Which runs have not ended, and which of them are believed.
//!
//! The newest run and how far it came stand in `head.json`, sealed, and beside the user's key. A journal that
//! is cut at its end, put back from an older copy or taken away does not fit to them.

use serde::{Deserialize, Serialize};

use super::pack::{PackHead, read_pack_head};
use super::parse::ParsedJournal;
use super::{JournalError, JournalFolder, LARGEST_RUN_FILE, RunId};
use crate::disk::read_regular_file;
use crate::model::Timestamp;
use crate::state::{RunsHead, Seal, SealFault, SealedKind};

/// The version of the format of `head.json`.
const FORMAT: u32 = 1;

/// The content of `head.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HeadRecord {
    format: u32,
    pub(super) head: RunsHead,
    /// The newest run that is packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) packed: Option<String>,
    /// Over the record without this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<Seal>,
}

/// A run that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRunState {
    pub run: RunId,
    /// Why its journal is not believed, and so never carried out; `None` where it is.
    pub fault: Option<SealFault>,
}

impl From<OpenRunState> for JournalError {
    fn from(open: OpenRunState) -> Self {
        match open {
            OpenRunState { run, fault: Some(fault) } => Self::Unsealed { run, fault },
            OpenRunState { run, fault: None } => Self::Unfinished(run),
        }
    }
}

impl JournalFolder {
    /// Reads `head.json`, if it is sealed.
    pub(super) fn head_record(&self) -> Option<HeadRecord> {
        let text = read_regular_file(self.head_path().as_std_path(), LARGEST_RUN_FILE).ok()?;
        let mut record: HeadRecord = serde_json::from_slice(&text).ok()?;
        let seal = record.seal.take();
        let holds = self.seal.check_json(SealedKind::Head, &record, seal.as_ref()).is_ok();
        (holds && record.format == FORMAT).then_some(record)
    }

    /// The newest run that is known.
    pub(super) fn head(&self) -> Option<RunsHead> {
        let here = self.head_record().map(|record| record.head);
        match (here, self.seal.known_head()) {
            (Some(here), Some(known)) if here.is_outdated_by(&known) => Some(known),
            (Some(here), _) => Some(here),
            (None, known) => known,
        }
    }

    /// Writes `head.json`, and remembers the newest run with the key.
    pub(super) fn write_head(&self, head: RunsHead, packed: Option<String>) -> Result<(), JournalError> {
        let record = HeadRecord { format: FORMAT, head, packed, seal: None };
        let seal = self.seal.seal_json(SealedKind::Head, &record);
        let record = HeadRecord { seal, ..record };
        let text = serde_json::to_vec(&record).expect("a record has string keys");
        self.save_file(self.head_path(), |file| file.write_all(&text))?;
        self.seal.remember_head(&record.head);
        Ok(())
    }

    /// Notes in `head.json` how far the run came, if it is the newest.
    pub(super) fn note_head_of(&self, run: &RunId) -> Result<(), JournalError> {
        let record = self.head_record();
        if record.as_ref().is_some_and(|record| record.head.run.as_str() > run.as_str()) {
            return Ok(());
        }
        let parsed = self.parse_journal(run);
        let ended = self.has_ended(run)?;
        let digest = parsed.map(|parsed| parsed.digest.to_hex().to_string()).unwrap_or_default();
        let packed = record.and_then(|record| record.packed);
        self.write_head(RunsHead { run: run.to_string(), digest, ended }, packed)
    }

    /// The runs that have not ended, oldest first. A run whose journal is damaged is one of them, unless a
    /// later run shows that it had ended; and so is one whose journal was there, and is gone.
    pub fn open_runs(&self) -> Result<Vec<OpenRunState>, JournalError> {
        let files = self.unpacked_runs()?;
        let head = self.head();
        let newest = files.keys().next_back();
        let mut open = Vec::new();
        // What is known to have ended need not be read.
        let is_ended = |run: &RunId| {
            head.as_ref().is_some_and(|head| head.ended && head.run == run.as_str()) || self.is_packed(run)
        };
        for run in files.keys().filter(|run| !is_ended(run)) {
            let fault = match self.parse_journal(run) {
                Ok(parsed) => match self.fault_of_open_run(run, &parsed, head.as_ref()) {
                    Some(fault) => fault,
                    None => continue,
                },
                // No run begins before the one before it has ended.
                Err(error) if error.is_damage() => {
                    let is_head = head.as_ref().is_some_and(|head| head.run == run.as_str());
                    let seems_ended = || newest != Some(run) || self.is_settled_all_the_same(run);
                    if self.was_ended_damaged(run) || !is_head && seems_ended() {
                        continue;
                    }
                    None
                }
                Err(error) => return Err(error),
            };
            open.push(OpenRunState { run: run.clone(), fault });
        }
        let lost = head.filter(|head| !head.ended).and_then(|head| head.run.parse::<RunId>().ok());
        let lost = lost.filter(|run| !files.contains_key(run) && !self.is_packed(run));
        open.extend(lost.map(|run| OpenRunState { run, fault: Some(SealFault::Gone) }));
        Ok(open)
    }

    /// Of a run that has not ended, why its journal is not believed, if so; `None` where it has ended.
    fn fault_of_open_run(
        &self,
        run: &RunId,
        parsed: &ParsedJournal,
        head: Option<&RunsHead>,
    ) -> Option<Option<SealFault>> {
        if self.was_ended_damaged(run) {
            return None;
        }
        let is_head = head.is_some_and(|head| head.run == run.as_str());
        match &parsed.fault {
            // Its own end is believed only where nothing says that it is still open.
            Some(fault) => {
                let is_open = !parsed.has_ended() || is_head;
                is_open.then(|| Some(fault.clone()))
            }
            None if parsed.has_ended() => None,
            None => {
                let is_next = match head {
                    Some(_) if is_head => true,
                    Some(head) => {
                        head.ended
                            && *head.run < *run.as_str()
                            && parsed.begin.before.as_ref() == Some(&head.digest)
                    }
                    None => parsed.begin.before.is_none(),
                };
                Some((!is_next).then_some(SealFault::Outdated))
            }
        }
    }

    /// The runs that have not ended, oldest first.
    pub fn unfinished_runs(&self) -> Result<Vec<RunId>, JournalError> {
        Ok(self.open_runs()?.into_iter().map(|open| open.run).collect())
    }

    /// The run that began last, of those that are believed.
    pub fn last_run(&self) -> Result<Option<RunId>, JournalError> {
        let Some(run) = self.head().and_then(|head| head.run.parse::<RunId>().ok()) else { return Ok(None) };
        let is_here = self.path(&run, "jsonl").is_file() || self.is_packed(&run);
        Ok(Some(run).filter(|_| is_here))
    }

    /// The newest run by its name, believed or not, of those that began before `limit`.
    pub fn newest_run(&self, limit: Timestamp) -> Result<Option<RunId>, JournalError> {
        let unpacked = self.unpacked_runs()?.into_keys().rfind(|run| run.time() < limit);
        Ok(unpacked.max(self.last_run()?))
    }

    /// Why the journal of a run is not believed; `None` where it is.
    pub fn seal_fault(&self, run: &RunId) -> Option<SealFault> {
        if let Ok(PackHead { record, fault }) = read_pack_head(&self.pack_path(run), run, &self.seal) {
            return fault.or_else(|| (!record.is_sealed).then_some(SealFault::Unsealed));
        }
        let Ok(parsed) = self.parse_journal(run) else { return Some(SealFault::Edited) };
        let head = self.head().filter(|head| head.ended && head.run == run.as_str());
        let is_cut = head.is_some_and(|head| head.digest != parsed.digest.to_hex().as_str());
        parsed.fault.or_else(|| is_cut.then_some(SealFault::Cut))
    }

    /// The digest of the journal of the run before, which the run was begun after; `None` for the first run.
    pub fn digest_before(&self, run: &RunId) -> Result<Option<String>, JournalError> {
        Ok(self.parse_journal(run)?.begin.before)
    }

    /// Why the newest run here is not believed, with its name; `None` where a run is believed, or none is
    /// here.
    pub fn unbelieved_newest(&self) -> Result<Option<(RunId, SealFault)>, JournalError> {
        if self.last_run()?.is_some() {
            return Ok(None);
        }
        let newest = self.runs()?.pop();
        Ok(newest.map(|run| (run.clone(), self.seal_fault(&run).unwrap_or(SealFault::Outdated))))
    }
}
