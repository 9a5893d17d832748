//! The runs that are kept: how each ended and how large its files are, and the removal of old ones.

use std::io;
use std::sync::Arc;

use super::pack::read_pack_head;
use super::packing::{KINDS, RunFileKinds};
use super::parse::read_end_record;
use super::{JournalError, JournalFolder, RunId, RunSummary};

/// A run that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRun {
    pub run: RunId,
    pub state: KeptRunState,
    /// The number of steps with each fate; `None` where it cannot be read.
    pub summary: Option<RunSummary>,
    /// The size of its files in bytes.
    pub bytes: u64,
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
        let unfinished = self.unfinished_runs()?;
        let files = self.run_files()?;
        let kept = files.keys().map(|run| {
            let head = read_pack_head(&self.path(run, "pack")).ok();
            let (summary, given_up) = match head {
                Some(head) => (Some(head.summary), head.given_up),
                None => {
                    let history = self.history(run).ok();
                    let summary = history.map(|history| RunSummary::from_fates(&history.fates));
                    (summary, self.was_given_up(run))
                }
            };
            let state = match (unfinished.contains(run), given_up) {
                (true, _) => KeptRunState::Unfinished,
                (false, true) => KeptRunState::GivenUp,
                (false, false) => KeptRunState::Ended,
            };
            KeptRun { run: run.clone(), state, summary, bytes: self.bytes_of_run(run, &files) }
        });
        Ok(kept.collect())
    }

    /// Whether the run was ended by `resume --give-up`.
    pub(super) fn was_given_up(&self, run: &RunId) -> bool {
        let end = self.read_run_file(run, "jsonl").ok().and_then(|journal| read_end_record(&journal));
        end.is_some_and(|given_up| given_up) || self.was_ended_damaged(run)
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
        let sizes = files[run].iter().map(|kind| std::fs::metadata(self.path(run, kind)));
        sizes.filter_map(|there| Some(there.ok()?.len())).sum()
    }

    /// Removes the files of a run. The lock of the policy folder must be held.
    pub fn remove_run(&self, run: &RunId) -> Result<(), JournalError> {
        // What makes it a run goes last.
        for kind in KINDS.into_iter().rev().chain(["pack"]) {
            let path = self.path(run, kind);
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
