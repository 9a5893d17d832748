//! The runs that are kept: how each ended and how large its files are, and the removal of old ones.

use std::io;
use std::sync::Arc;

use super::pack::{PackHead, read_pack_head};
use super::packing::{KINDS, RunFileKinds};
use super::{JournalError, JournalFolder, RunId, RunOrigin, RunSummary};

/// A run that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRun {
    pub run: RunId,
    pub state: KeptRunState,
    /// The number of steps with each fate; `None` where it cannot be read.
    pub summary: Option<RunSummary>,
    /// The size of its files in bytes.
    pub bytes: u64,
    /// Whether its files are sealed and so believed.
    pub is_sealed: bool,
    /// Whose change it carried out.
    pub origin: RunOrigin,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptRunState {
    Ended,
    /// Ended by `resume --give-up`.
    GivenUp,
    Unfinished,
}

impl JournalFolder {
    /// The runs that are kept, oldest first.
    pub fn kept_runs(&self) -> Result<Vec<KeptRun>, JournalError> {
        let unfinished = self.open_runs()?;
        let files = self.run_files()?;
        let kept = files.keys().map(|run| {
            let head = read_pack_head(&self.pack_path(run), run, &self.seal).ok();
            let (summary, given_up, origin) = match head {
                Some(PackHead { record, fault: _ }) => (Some(record.summary), record.given_up, record.origin),
                None => {
                    let history = self.history(run).ok();
                    let summary = history.as_ref().map(|history| RunSummary::from_fates(&history.fates));
                    let origin = history.map(|history| history.origin).unwrap_or_default();
                    (summary, self.was_given_up(run), origin)
                }
            };
            let open = unfinished.iter().find(|open| open.run == *run);
            let state = match (open.is_some(), given_up) {
                (true, _) => KeptRunState::Unfinished,
                (false, true) => KeptRunState::GivenUp,
                (false, false) => KeptRunState::Ended,
            };
            let bytes = self.bytes_of_run(run, &files);
            let fault = open.and_then(|open| open.fault.clone()).or_else(|| self.seal_fault(run));
            let is_sealed = fault.is_none();
            KeptRun { run: run.clone(), state, summary, bytes, is_sealed, origin }
        });
        Ok(kept.collect())
    }

    /// Whether the run was ended by `resume --give-up`.
    pub(super) fn was_given_up(&self, run: &RunId) -> bool {
        let end = self.parse_journal(run).ok().and_then(|parsed| parsed.end);
        end.is_some_and(|end| end.given_up) || self.was_ended_damaged(run)
    }

    /// The files of a run by kind, byte for byte as they were written, whether or not they are packed.
    pub fn files_of_run(&self, run: &RunId) -> Result<Vec<(&'static str, Vec<u8>)>, JournalError> {
        let mut files = Vec::new();
        for kind in KINDS {
            match self.read_run_file(run, kind) {
                Ok(bytes) => files.push((kind, bytes)),
                Err(JournalError::Lost(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(files)
    }

    fn bytes_of_run(&self, run: &RunId, files: &RunFileKinds) -> u64 {
        let paths = files[run].iter().map(|kind| match *kind {
            "pack" => self.pack_path(run),
            kind => self.path(run, kind),
        });
        let sizes = paths.map(std::fs::metadata);
        sizes.filter_map(|there| Some(there.ok()?.len())).sum()
    }

    /// Removes the files of a run. The lock of the policy folder must be held.
    pub fn remove_run(&self, run: &RunId) -> Result<(), JournalError> {
        // What makes it a run goes last.
        let paths = KINDS.into_iter().rev().map(|kind| self.path(run, kind));
        for path in paths.chain([self.pack_path(run)]) {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(JournalError::Remove { path, source: Arc::new(source) });
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}
