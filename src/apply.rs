//! Carries out an approved plan, and loses nothing whatever happens.
//!
//! Every write is in the [`journal`] on disk before it is sent. A run that dies at any moment is
//! [finished](journal::JournalFolder::resume) from there: a step that may or may not have been carried out is sent
//! again under the same key, and the organization answers as it did. Apply decides nothing: order, values and
//! preconditions are the plan's.

mod durable_file;
pub mod execute;
pub mod journal;
pub mod lock;
mod outcome;
mod pace;
mod scheduler;
pub mod snapshot;
mod stop;
pub mod undo;

use std::fmt;
use std::str::FromStr;

pub use execute::{ApplyOptions, Retry, RunProgress, execute_plan};
pub use journal::{Journal, JournalError, JournalFolder, NewRun, OpenRun, RunHistory};
pub use lock::{LockError, LockOwner, RunLock};
pub use outcome::{RunHalt, RunOutcome, RunSummary, StepFate};
pub use stop::{StopSignal, Stopper, stop_channel};

use crate::model::{Text, Timestamp};
use crate::plan::StepNo;

/// Names one run: `20261124T091207Z-7f3c91`; runs sort by the time they began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Text);

/// The text names no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a run, such as `20261124T091207Z-7f3c91`")]
pub struct RunIdError;

impl RunId {
    /// The run begun at `at`; `suffix`, of ASCII letters and digits, tells runs of one second apart.
    pub fn new(at: Timestamp, suffix: &str) -> Result<Self, RunIdError> {
        format!("{}-{suffix}", at.strftime("%Y%m%dT%H%M%SZ")).parse()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The idempotency key of a step of this run: the same whenever the step is sent.
    pub fn key(&self, step: StepNo) -> String {
        format!("{}-{}", self.0, step.0)
    }
}

impl FromStr for RunId {
    type Err = RunIdError;

    // The name becomes a file's name, so nothing but what `new` makes passes.
    fn from_str(text: &str) -> Result<Self, RunIdError> {
        let (time, suffix) = text.split_once('-').ok_or(RunIdError)?;
        let like = |pattern: &[u8]| {
            time.len() == pattern.len()
                && time.bytes().zip(pattern).all(|(byte, like)| byte_fits_pattern(byte, *like))
        };
        let suffixed =
            (1..=32).contains(&suffix.len()) && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if like(b"00000000T000000Z") && suffixed { Ok(Self(text.into())) } else { Err(RunIdError) }
    }
}

fn byte_fits_pattern(byte: u8, like: u8) -> bool {
    if like == b'0' { byte.is_ascii_digit() } else { byte == like }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
