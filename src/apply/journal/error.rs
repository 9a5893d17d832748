//! What can go wrong with a journal.

use std::io;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::FORMAT;
use crate::apply::RunId;
use crate::apply::snapshot::SnapshotError;

/// A journal could not be written, read or continued.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// A file of the run could not be written, so nothing was sent.
    #[error("{path} could not be written, so nothing was sent")]
    Create {
        path: Utf8PathBuf,
        #[source]
        source: Arc<io::Error>,
    },
    /// A record could not be written or synced, so nothing more was sent.
    #[error("the journal could not be written, so nothing more was sent")]
    Write(#[source] Arc<io::Error>),
    /// A file could not be read.
    #[error("{path} could not be read")]
    Read {
        path: Utf8PathBuf,
        #[source]
        source: Arc<io::Error>,
    },
    /// No run has this name.
    #[error("there is no run {0}")]
    NoRun(RunId),
    /// A line that was certainly on disk is damaged or missing.
    #[error("the journal of run {run} is damaged in line {line}")]
    Damaged {
        run: RunId,
        /// 1-based.
        line: u64,
    },
    /// The file of the plan or the snapshot is not the file that the run began with.
    #[error("{0} is not the file the run began with")]
    Altered(Utf8PathBuf),
    /// The snapshot could not be read: it is damaged, or another version of seatwise wrote it.
    #[error("{path} could not be understood")]
    Snapshot {
        path: Utf8PathBuf,
        #[source]
        source: SnapshotError,
    },
    /// Another version of seatwise wrote the journal.
    #[error("run {run} was written in format {format}, and this version of seatwise knows format {FORMAT}")]
    Format { run: RunId, format: u32 },
    /// An earlier run is unfinished, and must be resumed or given up first.
    #[error("run {0} is unfinished")]
    Unfinished(RunId),
    /// The run has ended, so nothing is left to do.
    #[error("run {0} has ended")]
    Ended(RunId),
    /// The run carried out another plan.
    #[error("run {0} carries out another plan")]
    OtherPlan(RunId),
}
