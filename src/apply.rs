//! Carries out an approved plan, and loses nothing if a run dies.
//!
//! Every write is in the [`journal`] on disk before the write is sent. A run that dies at any moment is
//! [finished](journal::JournalFolder::resume) from there: a step that may or may not have been carried out is
//! sent again under the same idempotency key, and the organization answers as it did the first time. Apply
//! decides nothing: order, values and preconditions come from the plan.

pub mod execute;
pub mod journal;
pub mod lock;
mod origin;
mod outcome;
mod scheduler;
pub mod snapshot;
mod stop;
pub mod undo;

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use execute::{ApplyOptions, Retry, RunProgress, execute_plan};
pub use journal::{
    Journal, JournalError, JournalFolder, KeptRun, KeptRunState, NewRun, OpenRun, OpenRunState, RunHistory,
};
pub use lock::{LockError, LockOwner, RunLock};
pub use origin::RunOrigin;
pub use outcome::{RunHalt, RunOutcome, RunSummary, StepFate};
pub use stop::{StopSignal, Stopper, stop_channel};

use crate::model::{Text, Timestamp};
use crate::plan::StepNo;

/// The name of one run, such as `20261124T091207Z-7f3c91`. Names sort by the time at which the runs began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Text);

/// The text is not the name of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a run, such as `20261124T091207Z-7f3c91`")]
pub struct RunIdError;

impl RunId {
    /// The name of a run that begins at `at`; `suffix`, of 1 to 32 ASCII letters and digits, distinguishes
    /// runs that begin in the same second.
    pub fn new(at: Timestamp, suffix: &str) -> Result<Self, RunIdError> {
        format!("{}-{suffix}", at.strftime("%Y%m%dT%H%M%SZ")).parse()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time in the name: when the run began, or a few seconds later where the clock went back.
    pub fn time(&self) -> Timestamp {
        let time = DateTime::strptime("%Y%m%dT%H%M%SZ", &self.0[..16]).ok();
        // Digits that are no time, such as a 13th month, stand in no name that `new` made.
        time.and_then(|time| TimeZone::UTC.to_timestamp(time).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The idempotency key of a step of this run, the same each time the step is sent.
    pub fn key(&self, step: StepNo) -> String {
        format!("{}-{}", self.0, step.0)
    }
}

impl FromStr for RunId {
    type Err = RunIdError;

    // The name becomes part of file names, so only the form that `new` makes is accepted.
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
