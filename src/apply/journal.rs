//! The journal: a record on disk of the writes that a run is about to send, and of their outcomes.
//!
//! In the folder `.seatwise/journal/`, each run has three files: `RUN.plan.json`, the plan as it was saved;
//! `RUN.snapshot.json`, the organization before the first write; and `RUN.jsonl`, the journal itself, which
//! is only ever appended to. A run whose journal is damaged can be ended all the same: `RUN.end.json` then
//! says so. Once a later run has begun, one pack takes the place of these files.

mod error;
mod give_up;
mod group_commit;
mod kept_runs;
mod line_delta;
mod medium;
mod pack;
mod packing;
mod parse;
mod record;
mod remains;

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::snapshot;
use super::{RunId, RunSummary, StepFate};
use crate::disk::{self, Durability};
use crate::model::{Interner, Snapshot, Text, Timestamp};
use crate::plan::{Approved, StepNo};
pub use error::JournalError;
pub use group_commit::Journal;
pub use kept_runs::{KeptRun, KeptRunState};
use medium::JournalFile;
pub use medium::JournalMedium;
use parse::{ParsedJournal, has_end_record, read_end};
use record::{JournalChecksum, JournalRecord, RunBeginRecord, StepFateRecord};

/// The version of this format.
const FORMAT: u32 = 1;

/// The folder with the journals of a policy folder.
#[derive(Debug, Clone)]
pub struct JournalFolder {
    folder: Utf8PathBuf,
}

/// A run under way: its journal, and the fates of the steps that are settled so far.
pub struct OpenRun {
    pub(super) journal: Journal,
    pub(super) fates: Vec<Option<StepFate>>,
}

impl OpenRun {
    /// The name of the run.
    pub fn id(&self) -> &RunId {
        self.journal.run()
    }

    /// A new run of `plan` whose journal goes to `medium`, for a medium other than a file.
    pub fn with_medium(id: RunId, plan: &Approved, medium: Box<dyn JournalMedium>) -> Self {
        let journal = Journal::open_after_line(id, medium, JournalChecksum::FIRST, 0);
        Self { journal, fates: vec![None; plan.plan().steps.len()] }
    }
}

/// The properties of a new run, beside its plan.
#[derive(Debug, Clone)]
pub struct NewRun {
    pub id: RunId,
    /// The plan's digest.
    pub digest: Text,
    pub started: Timestamp,
}

/// The history of a run, read from its journal.
#[derive(Debug, Clone, PartialEq)]
pub struct RunHistory {
    pub run: RunId,
    /// The organization's name.
    pub organization: Text,
    /// The digest of its plan. Like the name, empty where the journal is damaged and no longer says it.
    pub digest: Text,
    pub started: Timestamp,
    /// The fate of each step, in step order. A step with no noted answer is in doubt if it was sent, and left
    /// if it was not sent.
    pub fates: Vec<StepFate>,
    /// Whether the run has ended, so that nothing is left for `resume`.
    pub ended: bool,
}

impl JournalFolder {
    /// The journals in the folder `seatwise` (`.seatwise`).
    pub fn new(seatwise: &Utf8Path) -> Self {
        Self { folder: seatwise.join("journal") }
    }

    fn path(&self, run: &RunId, kind: &str) -> Utf8PathBuf {
        self.folder.join(format!("{run}.{kind}"))
    }

    /// Begins a run. When the call returns, the saved plan, the snapshot, and the journal with its first line
    /// are on disk.
    ///
    /// Refused while another run is unfinished.
    pub fn begin_run(
        &self,
        new: &NewRun,
        plan: &Approved,
        saved: &[u8],
        before: &Snapshot,
    ) -> Result<OpenRun, JournalError> {
        if let Some(unfinished) = self.unfinished_runs()?.into_iter().next() {
            return Err(JournalError::Unfinished(unfinished));
        }
        let begun = self.save_new_run(new, plan, saved, before);
        // Without its journal it is no run, and what is on disk of it helps nobody.
        begun.inspect_err(|_| drop(self.remove_run(&new.id)))
    }

    fn save_new_run(
        &self,
        new: &NewRun,
        plan: &Approved,
        saved: &[u8],
        before: &Snapshot,
    ) -> Result<OpenRun, JournalError> {
        let steps = &plan.plan().steps;
        disk::create_durable_folder(self.folder.as_std_path())
            .map_err(|source| JournalError::Create { path: self.folder.clone(), source: Arc::new(source) })?;
        let (_, plan_file) = self.save_run_file(&new.id, "plan.json", |file| file.write_all(saved))?;
        let (_, snapshot_file) =
            self.save_run_file(&new.id, "snapshot.json", |file| snapshot::write_snapshot(before, file))?;
        let begin = JournalRecord::Begin(RunBeginRecord {
            format: FORMAT,
            run: new.id.to_string(),
            organization: plan.plan().organization.to_string(),
            started: new.started,
            steps: u32::try_from(steps.len()).expect("a step's number is a u32"),
            plan: new.digest.to_string(),
            plan_file,
            snapshot_file,
        });
        let mut line = Vec::new();
        let checksum = record::encode_record(&begin, 0, JournalChecksum::FIRST, &mut line);
        let (file, _) = self.save_run_file(&new.id, "jsonl", |file| file.write_all(&line))?;
        let file = JournalFile { file, path: self.path(&new.id, "jsonl") };
        Ok(OpenRun {
            journal: Journal::open_after_line(new.id.clone(), Box::new(file), checksum, 1),
            fates: vec![None; steps.len()],
        })
    }

    /// Saves one file of a run, and returns the file with the digest of its content.
    fn save_run_file(
        &self,
        run: &RunId,
        kind: &str,
        content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(File, String), JournalError> {
        let path = self.path(run, kind);
        let mut digest = blake3::Hasher::new();
        let beside = disk::path_with_ending(path.as_std_path(), ".new");
        let saved = disk::replace_file(path.as_std_path(), &beside, Durability::Synced, |file| {
            content(&mut DigestingWriter { file, digest: &mut digest })
        });
        let file = saved.map_err(|source| JournalError::Create { path, source: Arc::new(source) })?;
        Ok((file, digest.finalize().to_hex().to_string()))
    }

    /// The names of all runs, oldest first.
    pub fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        Ok(self.run_files()?.into_keys().collect())
    }

    /// The run that began last.
    pub fn last_run(&self) -> Result<Option<RunId>, JournalError> {
        let (files, newest_pack) = self.unpacked_runs()?;
        Ok(files.into_keys().next_back().max(newest_pack))
    }

    /// The runs that have not ended, oldest first. A run whose journal is damaged is one of them, unless a
    /// later run shows that it had ended.
    pub fn unfinished_runs(&self) -> Result<Vec<RunId>, JournalError> {
        // Only runs that have ended are packed, so most runs are not opened.
        let (files, newest_pack) = self.unpacked_runs()?;
        let last = files.keys().next_back().max(newest_pack.as_ref());
        let mut unfinished = Vec::new();
        for run in files.keys().filter(|run| !self.path(run, "pack").is_file()) {
            match self.has_ended(run) {
                Ok(true) => {}
                Ok(false) => unfinished.push(run.clone()),
                // No run begins before the one before it has ended.
                Err(error) if error.is_damage() => {
                    let is_open = last == Some(run) && !self.is_settled_all_the_same(run);
                    unfinished.extend(Some(run).filter(|_| is_open).cloned());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unfinished)
    }

    // The last line records the end of a run. Only if that line is no such record, the whole journal is read.
    fn has_ended(&self, run: &RunId) -> Result<bool, JournalError> {
        let path = self.path(run, "jsonl");
        let end = read_end(&path).map_err(|source| JournalError::Read { path, source: Arc::new(source) })?;
        if has_end_record(&end) || self.was_ended_damaged(run) {
            return Ok(true);
        }
        self.parse_journal(run).map(|parsed| parsed.ended)
    }

    /// Reads the history of a run from its journal: of a run that was given up, what is left of it.
    pub fn history(&self, run: &RunId) -> Result<RunHistory, JournalError> {
        let parsed = match self.parse_journal(run) {
            Err(error)
                if error.is_damage()
                    && (self.was_ended_damaged(run) || self.is_settled_all_the_same(run)) =>
            {
                return self.remaining_history(run);
            }
            parsed => parsed?,
        };
        Ok(RunHistory {
            run: run.clone(),
            organization: parsed.begin.organization.into(),
            digest: parsed.begin.plan.into(),
            started: parsed.begin.started,
            fates: parsed
                .fates
                .into_iter()
                .zip(parsed.intended)
                .map(|(fate, intended)| fate.unwrap_or_else(|| unsettled_fate(intended)))
                .collect(),
            ended: parsed.ended,
        })
    }

    fn parse_journal(&self, run: &RunId) -> Result<ParsedJournal, JournalError> {
        ParsedJournal::parse(run, &self.read_run_file(run, "jsonl")?)
    }

    fn read_run_file(&self, run: &RunId, kind: &str) -> Result<Vec<u8>, JournalError> {
        let path = self.path(run, kind);
        let read = std::fs::read(&path);
        if read.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
            && let Some(packed) = self.read_packed_file(run, kind)
        {
            return packed;
        }
        read.map_err(|source| match (source.kind(), kind) {
            (io::ErrorKind::NotFound, "jsonl") => JournalError::NoRun(run.clone()),
            (io::ErrorKind::NotFound, _) => JournalError::Lost(path),
            _ => JournalError::Read { path, source: Arc::new(source) },
        })
    }

    fn read_unaltered_file(
        &self,
        run: &RunId,
        kind: &str,
        digest: impl FnOnce(RunBeginRecord) -> String,
    ) -> Result<Vec<u8>, JournalError> {
        let expected = digest(self.begin_record(run)?);
        let bytes = self.read_run_file(run, kind)?;
        if blake3::hash(&bytes).to_hex().as_str() == expected {
            Ok(bytes)
        } else {
            Err(JournalError::Altered(self.path(run, kind)))
        }
    }

    /// The saved plan of a run, byte for byte as the run began.
    pub fn plan(&self, run: &RunId) -> Result<Vec<u8>, JournalError> {
        self.read_unaltered_file(run, "plan.json", |begin| begin.plan_file)
    }

    /// The saved plan of a run, whether or not it is the one that the run began with.
    pub fn plan_as_it_is(&self, run: &RunId) -> Result<Vec<u8>, JournalError> {
        self.read_run_file(run, "plan.json")
    }

    /// The organization as it was read before the run's first write, with the digest of the snapshot's file.
    pub fn snapshot(&self, run: &RunId, names: &Interner) -> Result<(Snapshot, Text), JournalError> {
        let bytes = self.read_unaltered_file(run, "snapshot.json", |begin| begin.snapshot_file)?;
        let snapshot = snapshot::read_snapshot(&bytes, names)
            .map_err(|source| JournalError::Snapshot { path: self.path(run, "snapshot.json"), source })?;
        Ok((snapshot, blake3::hash(&bytes).to_hex().as_str().into()))
    }

    /// Continues an interrupted run at the time `at`: cuts off a torn end of the journal, and takes over the
    /// fates of the steps that are settled.
    ///
    /// `plan` is [the run's own plan](Self::plan), and `digest` the digest of that plan.
    pub fn resume(
        &self,
        run: &RunId,
        plan: &Approved,
        digest: &str,
        at: Timestamp,
    ) -> Result<OpenRun, JournalError> {
        let parsed = self.parse_journal(run)?;
        if parsed.ended {
            return Err(JournalError::Ended(run.clone()));
        }
        if parsed.begin.plan != digest || parsed.fates.len() != plan.plan().steps.len() {
            return Err(JournalError::OtherPlan(run.clone()));
        }
        let journal = self.append_record(run, &parsed, &JournalRecord::Resumed { at })?;
        Ok(OpenRun { journal, fates: parsed.fates })
    }

    /// Cuts off a torn end of the journal, and appends one synced record.
    fn append_record(
        &self,
        run: &RunId,
        parsed: &ParsedJournal,
        record: &JournalRecord,
    ) -> Result<Journal, JournalError> {
        let failed = |source| JournalError::Write(Arc::new(source));
        let mut file = OpenOptions::new().write(true).open(self.path(run, "jsonl")).map_err(failed)?;
        file.set_len(parsed.length).and_then(|()| file.sync_all()).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut line = Vec::new();
        let checksum = record::encode_record(record, parsed.lines, parsed.last, &mut line);
        let mut file = JournalFile { file, path: self.path(run, "jsonl") };
        file.append(&line).and_then(|()| file.sync()).map_err(failed)?;
        Ok(Journal::open_after_line(run.clone(), Box::new(file), checksum, parsed.lines + 1))
    }
}

fn unsettled_fate(intended: bool) -> StepFate {
    if intended {
        StepFate::InDoubt("the run ended before the answer was noted".into())
    } else {
        StepFate::Left
    }
}

/// Passes bytes through to a file, and adds them to a digest.
struct DigestingWriter<'a> {
    file: &'a mut dyn io::Write,
    digest: &'a mut blake3::Hasher,
}

impl io::Write for DigestingWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
