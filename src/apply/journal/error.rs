//! What can go wrong with a journal.

use std::io;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::FORMAT;
use crate::apply::RunId;
use crate::apply::snapshot::SnapshotError;
use crate::state::SealFault;

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
    /// The journal was removed or replaced while its run went on, so nothing more was sent.
    #[error("the journal is gone, so nothing more was sent")]
    Vanished(#[source] Arc<io::Error>),
    /// A file of the run is missing.
    #[error("{0} is missing")]
    Lost(Utf8PathBuf),
    /// A file of the run could not be removed.
    #[error("{path} could not be removed")]
    Remove {
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
    /// A sound line holds a record that this version does not know.
    #[error("a later version of seatwise wrote line {line} of the journal of run {run}")]
    Newer {
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
    /// An earlier run is unfinished, and its journal is not believed.
    #[error("run {run} is unfinished, and nothing of it is carried out: {fault}")]
    Unsealed { run: RunId, fault: SealFault },
    /// There is no key that seals runs.
    #[error("there is no key that seals runs")]
    NoKey,
    /// The run has ended, so nothing is left to do.
    #[error("run {0} has ended")]
    Ended(RunId),
    /// The run carried out another plan.
    #[error("run {0} carries out another plan")]
    OtherPlan(RunId),
}

impl JournalError {
    /// Whether the journal was removed or replaced while its run went on.
    pub fn is_vanished(&self) -> bool {
        match self {
            Self::Vanished(_) => true,
            Self::Lost(_)
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Altered(_)
            | Self::Snapshot { .. }
            | Self::Format { .. }
            | Self::Create { .. }
            | Self::Write(_)
            | Self::Read { .. }
            | Self::Remove { .. }
            | Self::NoRun(_)
            | Self::Unfinished(_)
            | Self::Unsealed { .. }
            | Self::NoKey
            | Self::Ended(_)
            | Self::OtherPlan(_) => false,
        }
    }

    /// Whether a file of the run will stay as unreadable as it is, however often it is read.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Lost(_)
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Altered(_)
            | Self::Snapshot { .. }
            | Self::Format { .. } => true,
            Self::Create { .. }
            | Self::Write(_)
            | Self::Vanished(_)
            | Self::Read { .. }
            | Self::Remove { .. }
            | Self::NoRun(_)
            | Self::Unfinished(_)
            | Self::Unsealed { .. }
            | Self::NoKey
            | Self::Ended(_)
            | Self::OtherPlan(_) => false,
        }
    }
}
