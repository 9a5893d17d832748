//! The journal: a record on disk of the writes that a run is about to send, and of their outcomes.
//!
//! In the folder `.seatwise/journal/`, each run has three files: `RUN.plan.json`, the plan as it was saved;
//! `RUN.snapshot.json`, the organization before the first write; and `RUN.jsonl`, the journal itself, which
//! is only ever appended to. A run whose journal is damaged can be ended all the same: `RUN.end.json` then
//! says so. Once a later run has begun, one pack in `packed/` takes the place of these files. `head.json`
//! names the newest run. All of them are sealed: what others wrote is not believed.

mod error;
mod give_up;
mod group_commit;
mod kept_runs;
mod line_delta;
mod medium;
mod open_runs;
mod pack;
mod packing;
mod parse;
mod record;
mod remains;
mod sealer;

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::snapshot;
use super::{RunId, RunOrigin, RunSummary, StepFate};
use crate::disk::{self, Durability, FileAudience};
use crate::model::{Interner, Snapshot, Text, Timestamp};
use crate::plan::{Approved, StepNo};
use crate::state::{PolicyFolderSeal, RunsHead};
pub use error::JournalError;
pub use group_commit::Journal;
pub use kept_runs::{KeptRun, KeptRunState};
use medium::JournalFile;
pub use medium::JournalMedium;
pub use open_runs::OpenRunState;
use parse::ParsedJournal;
use record::{JournalChecksum, JournalRecord, RunBeginRecord, StepFateRecord};
use sealer::JournalSealer;

/// The version of the format that is written. Version 1 had no seals.
const FORMAT: u32 = 2;

/// The versions that are read.
const FORMATS: std::ops::RangeInclusive<u32> = 1..=FORMAT;

/// The largest file of a run that is read, in bytes.
const LARGEST_RUN_FILE: u64 = 1 << 32;

/// The folder with the journals of a policy folder.
#[derive(Debug, Clone)]
pub struct JournalFolder {
    folder: Utf8PathBuf,
    seal: PolicyFolderSeal,
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

    /// Settles a step before the run goes on: it is not carried out, for the reason `why`.
    pub fn block_step(&mut self, step: StepNo, why: Text) {
        let fate = StepFate::Blocked(why);
        self.journal.note_fate(step, &fate);
        if let Some(at) = (step.0 as usize).checked_sub(1).and_then(|at| self.fates.get_mut(at)) {
            *at = Some(fate);
        }
    }

    /// A new run of `plan` whose journal goes to `medium`, for a medium other than a file.
    pub fn with_medium(id: RunId, plan: &Approved, medium: Box<dyn JournalMedium>) -> Self {
        let sealer = JournalSealer::after_lines(PolicyFolderSeal::default(), &[]);
        let journal = Journal::open_after_line(id, medium, JournalChecksum::FIRST, 0, sealer);
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
    /// Whose change it carries out.
    pub origin: RunOrigin,
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
    /// Whose change it carries out.
    pub origin: RunOrigin,
}

impl JournalFolder {
    /// The journals in the folder `seatwise` (`.seatwise`), sealed and checked by `seal`.
    pub fn new(seatwise: &Utf8Path, seal: PolicyFolderSeal) -> Self {
        Self { folder: seatwise.join("journal"), seal }
    }

    fn path(&self, run: &RunId, kind: &str) -> Utf8PathBuf {
        self.folder.join(format!("{run}.{kind}"))
    }

    fn head_path(&self) -> Utf8PathBuf {
        self.folder.join("head.json")
    }

    /// Begins a run. When the call returns, the saved plan, the snapshot, and the journal with its first line
    /// are on disk.
    ///
    /// Refused while another run is unfinished, or without a key that seals it.
    pub fn begin_run(
        &self,
        new: &NewRun,
        plan: &Approved,
        saved: &[u8],
        before: &Snapshot,
    ) -> Result<OpenRun, JournalError> {
        if !self.seal.can_seal() {
            return Err(JournalError::NoKey);
        }
        if let Some(open) = self.open_runs()?.into_iter().next() {
            return Err(JournalError::from(open));
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
        // A process that died between the end of its run and `head.json` has left this undone.
        if let Some(ended) = self.head().filter(|head| !head.ended).and_then(|head| head.run.parse().ok()) {
            self.note_head_of(&ended)?;
        }
        let head = self.head();
        let begin = JournalRecord::Begin(Box::new(RunBeginRecord {
            format: FORMAT,
            run: new.id.to_string(),
            organization: plan.plan().organization.to_string(),
            started: new.started,
            steps: u32::try_from(steps.len()).expect("a step's number is a u32"),
            plan: new.digest.to_string(),
            plan_file,
            snapshot_file,
            before: head.map(|head| head.digest),
            origin: new.origin.clone(),
        }));
        let mut sealer = JournalSealer::after_lines(self.seal.clone(), &[]);
        let begun = record::encode_sealed(&[begin], 0, JournalChecksum::FIRST, &mut sealer);
        let (file, digest) = self.save_run_file(&new.id, "jsonl", |file| file.write_all(&begun.lines))?;
        let packed = self.head_record().and_then(|record| record.packed);
        self.write_head(RunsHead { run: new.id.to_string(), digest, ended: false }, packed)?;
        let file = JournalFile { file, path: self.path(&new.id, "jsonl") };
        let journal =
            Journal::open_after_line(new.id.clone(), Box::new(file), begun.last, begun.count, sealer);
        Ok(OpenRun { journal, fates: vec![None; steps.len()] })
    }

    /// Saves one file of a run, and returns the file with the digest of its content.
    fn save_run_file(
        &self,
        run: &RunId,
        kind: &str,
        content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(File, String), JournalError> {
        self.save_file(self.path(run, kind), content)
    }

    /// Saves a file, and returns the file with the digest of its content.
    fn save_file(
        &self,
        path: Utf8PathBuf,
        content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(File, String), JournalError> {
        let mut digest = blake3::Hasher::new();
        let beside = disk::path_with_ending(path.as_std_path(), ".new");
        let (durability, audience) = (Durability::Synced, FileAudience::Owner);
        let saved = disk::replace_file(path.as_std_path(), &beside, durability, audience, |file| {
            content(&mut DigestingWriter { file, digest: &mut digest })
        });
        let file = saved.map_err(|source| JournalError::Create { path, source: Arc::new(source) })?;
        Ok((file, digest.finalize().to_hex().to_string()))
    }

    /// The names of all runs, oldest first.
    pub fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        Ok(self.run_files()?.into_keys().collect())
    }

    /// Whether the run has ended, as far as its own files say.
    fn has_ended(&self, run: &RunId) -> Result<bool, JournalError> {
        Ok(self.was_ended_damaged(run) || self.parse_journal(run)?.has_ended())
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
            origin: parsed.begin.origin,
            ended: parsed.end.is_some(),
            fates: parsed
                .fates
                .into_iter()
                .zip(parsed.intended)
                .map(|(fate, intended)| fate.unwrap_or_else(|| unsettled_fate(intended)))
                .collect(),
        })
    }

    fn parse_journal(&self, run: &RunId) -> Result<ParsedJournal, JournalError> {
        ParsedJournal::parse(run, &self.read_run_file(run, "jsonl")?, &self.seal)
    }

    fn read_run_file(&self, run: &RunId, kind: &str) -> Result<Vec<u8>, JournalError> {
        let path = self.path(run, kind);
        let read = disk::read_regular_file(path.as_std_path(), LARGEST_RUN_FILE);
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
        if parsed.has_ended() {
            return Err(JournalError::Ended(run.clone()));
        }
        let open = self.open_runs()?.into_iter().find(|open| open.run == *run);
        if let Some(fault) = open.and_then(|open| open.fault) {
            return Err(JournalError::Unsealed { run: run.clone(), fault });
        }
        if parsed.begin.plan != digest || parsed.fates.len() != plan.plan().steps.len() {
            return Err(JournalError::OtherPlan(run.clone()));
        }
        let journal = self.append_record(run, &parsed, JournalRecord::Resumed { at })?;
        Ok(OpenRun { journal, fates: parsed.fates })
    }

    /// Cuts off a torn end of the journal, and appends one record, sealed and synced.
    fn append_record(
        &self,
        run: &RunId,
        parsed: &ParsedJournal,
        record: JournalRecord,
    ) -> Result<Journal, JournalError> {
        let failed = |source| JournalError::Write(Arc::new(source));
        let path = self.path(run, "jsonl");
        let before = disk::read_regular_file(path.as_std_path(), LARGEST_RUN_FILE).map_err(failed)?;
        let before = before.get(..parsed.length).unwrap_or_default();
        let mut sealer = JournalSealer::after_lines(self.seal.clone(), before);
        let more = record::encode_sealed(&[record], parsed.lines, parsed.last, &mut sealer);
        let mut file = OpenOptions::new().write(true).open(&path).map_err(failed)?;
        file.set_len(parsed.length as u64).and_then(|()| file.sync_all()).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut file = JournalFile { file, path };
        file.append(&more.lines).and_then(|()| file.sync()).map_err(failed)?;
        let lines = parsed.lines + more.count;
        Ok(Journal::open_after_line(run.clone(), Box::new(file), more.last, lines, sealer))
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
