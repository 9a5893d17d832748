//! The journal: what a run is about to do, and what came of it, on disk.
//!
//! Below `.seatwise/journal/` each run has three files: `RUN.plan.json`, the plan as it was saved;
//! `RUN.snapshot.json`, the organization before the first write; and `RUN.jsonl`, the journal itself, which
//! is only ever appended to.

mod group_commit;
mod parse;
mod record;

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::durable_file;
use super::snapshot::{self, SnapshotError};
use super::{RunId, RunSummary, StepFate};
use crate::model::{Interner, Snapshot, Text, Timestamp};
use crate::plan::{Approved, StepNo};
pub use group_commit::{Journal, JournalMedium};
use parse::{ParsedJournal, has_end_record, read_end};
use record::{FORMAT, JournalChecksum, JournalRecord, RunBeginRecord, StepFateRecord};

/// A journal could not be written, read or gone on with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// A file of the run could not be made, so nothing was sent.
    #[error("{path} could not be written, so nothing was sent")]
    Create {
        /// Which.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// A record could not be written or synced, so nothing more was sent.
    #[error("the journal could not be written, so nothing more was sent")]
    Write(#[source] Arc<io::Error>),
    /// A file could not be read.
    #[error("{path} could not be read")]
    Read {
        /// Which.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// There is no such run.
    #[error("there is no run {0}")]
    NoRun(RunId),
    /// A line that was surely on disk is damaged or missing.
    #[error("the journal of run {run} is damaged in line {line}")]
    Damaged {
        /// Which run.
        run: RunId,
        /// 1-based.
        line: u64,
    },
    /// The plan or the snapshot is not the one the run began with.
    #[error("{0} is not the file the run began with")]
    Altered(Utf8PathBuf),
    /// The snapshot has another form than this version writes.
    #[error("{path} could not be understood")]
    Snapshot {
        /// Which file.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        source: SnapshotError,
    },
    /// Another version of seatwise wrote it.
    #[error("run {run} was written in format {format}, and this version of seatwise knows format {FORMAT}")]
    Format {
        /// Which run.
        run: RunId,
        /// Its format.
        format: u32,
    },
    /// An earlier run is unfinished: it is resumed first.
    #[error("run {0} is unfinished")]
    Unfinished(RunId),
    /// The run has ended: nothing is left to do.
    #[error("run {0} has ended")]
    Ended(RunId),
    /// The run carried out another plan.
    #[error("run {0} carries out another plan")]
    OtherPlan(RunId),
}

/// The journals of a policy folder.
#[derive(Debug, Clone)]
pub struct JournalFolder {
    folder: Utf8PathBuf,
}

/// A run under way: its journal, and what is known of its steps so far.
pub struct OpenRun {
    pub(super) journal: Journal,
    pub(super) fates: Vec<Option<StepFate>>,
}

impl OpenRun {
    /// Which run.
    pub fn id(&self) -> &RunId {
        self.journal.run()
    }

    /// A run over `plan` whose journal goes to `medium`, for a medium other than a file.
    pub fn with_medium(id: RunId, plan: &Approved, medium: Box<dyn JournalMedium>) -> Self {
        let journal = Journal::open_after_line(id, medium, JournalChecksum::FIRST, 0);
        Self { journal, fates: vec![None; plan.plan().steps.len()] }
    }
}

/// What a new run is, beside its plan.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its name.
    pub id: RunId,
    /// The plan's digest.
    pub digest: Text,
    /// When it begins.
    pub started: Timestamp,
}

/// What a journal tells of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunHistory {
    /// Which run.
    pub run: RunId,
    /// The organization's name.
    pub organization: Text,
    /// The digest of its plan.
    pub digest: Text,
    /// When it began.
    pub started: Timestamp,
    /// What came of each step, in step order: in doubt if it was sent and no answer is noted, left if it was
    /// not.
    pub fates: Vec<StepFate>,
    /// Whether nothing is left for `resume`.
    pub ended: bool,
}

impl JournalFolder {
    /// The journals below `.seatwise`.
    pub fn new(seatwise: &Utf8Path) -> Self {
        Self { folder: seatwise.join("journal") }
    }

    fn path(&self, run: &RunId, kind: &str) -> Utf8PathBuf {
        self.folder.join(format!("{run}.{kind}"))
    }

    /// Begins a run: the saved plan and the snapshot are on disk before it returns, and the journal with its
    /// first line.
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
        let steps = &plan.plan().steps;
        durable_file::create_durable_folder(&self.folder)
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
        Ok(OpenRun {
            journal: Journal::open_after_line(new.id.clone(), Box::new(file), checksum, 1),
            fates: vec![None; steps.len()],
        })
    }

    /// Saves one file of a run, and returns it with the digest of what was written.
    fn save_run_file(
        &self,
        run: &RunId,
        kind: &str,
        content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(File, String), JournalError> {
        let path = self.path(run, kind);
        let mut digest = blake3::Hasher::new();
        let saved = durable_file::write_durable_file(&path, |file| {
            content(&mut DigestingWriter { file, digest: &mut digest })
        });
        let file = saved.map_err(|source| JournalError::Create { path, source: Arc::new(source) })?;
        Ok((file, digest.finalize().to_hex().to_string()))
    }

    /// The names of all runs, oldest first.
    pub fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        let unread = |source| JournalError::Read { path: self.folder.clone(), source: Arc::new(source) };
        let entries = match self.folder.read_dir_utf8() {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unread(error)),
        };
        let mut runs = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unread)?;
            runs.extend(entry.file_name().strip_suffix(".jsonl").and_then(|name| name.parse().ok()));
        }
        runs.sort();
        Ok(runs)
    }

    /// Runs for which something is left for `resume`, oldest first.
    pub fn unfinished_runs(&self) -> Result<Vec<RunId>, JournalError> {
        let mut unfinished = self.runs()?;
        let mut failed = Ok(());
        unfinished.retain(|run| match self.has_ended(run) {
            Ok(ended) => !ended,
            Err(error) => {
                failed = Err(error);
                false
            }
        });
        failed.map(|()| unfinished)
    }

    // The last line says it; only where it does not is the whole journal read.
    fn has_ended(&self, run: &RunId) -> Result<bool, JournalError> {
        let path = self.path(run, "jsonl");
        let end = read_end(&path).map_err(|source| JournalError::Read { path, source: Arc::new(source) })?;
        if has_end_record(&end) { Ok(true) } else { self.history(run).map(|history| history.ended) }
    }

    /// What is known of a run.
    pub fn history(&self, run: &RunId) -> Result<RunHistory, JournalError> {
        let tale = self.parse_journal(run)?;
        Ok(RunHistory {
            run: run.clone(),
            organization: tale.begin.organization.into(),
            digest: tale.begin.plan.into(),
            started: tale.begin.started,
            fates: tale
                .fates
                .into_iter()
                .zip(tale.intended)
                .map(|(fate, intended)| fate.unwrap_or_else(|| unsettled_fate(intended)))
                .collect(),
            ended: tale.ended,
        })
    }

    fn parse_journal(&self, run: &RunId) -> Result<ParsedJournal, JournalError> {
        ParsedJournal::parse(run, &self.read_run_file(run, "jsonl")?)
    }

    fn read_run_file(&self, run: &RunId, kind: &str) -> Result<Vec<u8>, JournalError> {
        let path = self.path(run, kind);
        std::fs::read(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => JournalError::NoRun(run.clone()),
            _ => JournalError::Read { path, source: Arc::new(source) },
        })
    }

    fn read_unaltered_file(
        &self,
        run: &RunId,
        kind: &str,
        digest: impl FnOnce(RunBeginRecord) -> String,
    ) -> Result<Vec<u8>, JournalError> {
        let bytes = self.read_run_file(run, kind)?;
        let expected = digest(self.parse_journal(run)?.begin);
        if blake3::hash(&bytes).to_hex().as_str() == expected {
            Ok(bytes)
        } else {
            Err(JournalError::Altered(self.path(run, kind)))
        }
    }

    /// The saved plan of a run, byte for byte as it began with.
    pub fn plan(&self, run: &RunId) -> Result<Vec<u8>, JournalError> {
        self.read_unaltered_file(run, "plan.json", |begin| begin.plan_file)
    }

    /// The organization as it was read before the run's first write, and the digest of that.
    pub fn snapshot(&self, run: &RunId, names: &Interner) -> Result<(Snapshot, Text), JournalError> {
        let bytes = self.read_unaltered_file(run, "snapshot.json", |begin| begin.snapshot_file)?;
        let snapshot = snapshot::read_snapshot(&bytes, names)
            .map_err(|source| JournalError::Snapshot { path: self.path(run, "snapshot.json"), source })?;
        Ok((snapshot, blake3::hash(&bytes).to_hex().as_str().into()))
    }

    /// Goes on with an interrupted run at `at`: a torn end is cut off, and what came of steps so far is
    /// known.
    ///
    /// `plan` is [the run's own](Self::plan), with its digest.
    pub fn resume(
        &self,
        run: &RunId,
        plan: &Approved,
        digest: &str,
        at: Timestamp,
    ) -> Result<OpenRun, JournalError> {
        let tale = self.parse_journal(run)?;
        if tale.ended {
            return Err(JournalError::Ended(run.clone()));
        }
        if tale.begin.plan != digest || tale.fates.len() != plan.plan().steps.len() {
            return Err(JournalError::OtherPlan(run.clone()));
        }
        let journal = self.append_record(run, &tale, &JournalRecord::Resumed { at })?;
        Ok(OpenRun { journal, fates: tale.fates })
    }

    /// Ends an interrupted run without sending what is left, so that another can begin.
    pub fn give_up(&self, run: &RunId) -> Result<(), JournalError> {
        let history = self.history(run)?;
        if history.ended {
            return Err(JournalError::Ended(run.clone()));
        }
        let end = JournalRecord::End { summary: RunSummary::from_fates(&history.fates), given_up: true };
        self.append_record(run, &self.parse_journal(run)?, &end).map(drop)
    }

    /// Cuts off the torn end and appends one synced record.
    fn append_record(
        &self,
        run: &RunId,
        tale: &ParsedJournal,
        record: &JournalRecord,
    ) -> Result<Journal, JournalError> {
        let failed = |source| JournalError::Write(Arc::new(source));
        let mut file = OpenOptions::new().write(true).open(self.path(run, "jsonl")).map_err(failed)?;
        file.set_len(tale.length).and_then(|()| file.sync_all()).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut line = Vec::new();
        let checksum = record::encode_record(record, tale.lines, tale.last, &mut line);
        file.append(&line).and_then(|()| file.sync()).map_err(failed)?;
        Ok(Journal::open_after_line(run.clone(), Box::new(file), checksum, tale.lines + 1))
    }
}

fn unsettled_fate(intended: bool) -> StepFate {
    if intended {
        StepFate::InDoubt("the run ended before the answer was noted".into())
    } else {
        StepFate::Left
    }
}

/// Digests what passes through.
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
