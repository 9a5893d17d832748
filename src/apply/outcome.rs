//! What came of a run, step by step.

use super::JournalError;
use crate::model::{LiveId, Text};
use crate::plan::StepNo;

/// What came of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepFate {
    /// It was carried out.
    Done {
        /// The identity of what it created.
        created: Option<LiveId>,
    },
    /// Live was already so; nothing was written.
    Already,
    /// The organization refuses it, or could not be reached for it in time; a lower-case fragment says why.
    Failed(Text),
    /// What it touches has changed since the plan was made; a lower-case fragment says how.
    Blocked(Text),
    /// It needs this step, which was not carried out.
    NotTried(StepNo),
    /// It was sent, and may or may not have been carried out; `resume` sends it again under the same key.
    InDoubt(Text),
    /// The run stopped before its turn; `resume` sends it.
    Left,
}

impl StepFate {
    /// Whether live is now as the step wants it.
    pub fn is_in_effect(&self) -> bool {
        match self {
            Self::Done { .. } | Self::Already => true,
            Self::Failed(_) | Self::Blocked(_) | Self::NotTried(_) | Self::InDoubt(_) | Self::Left => false,
        }
    }

    /// Whether the run is through with the step: nothing is left for `resume`.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Done { .. } | Self::Already | Self::Failed(_) | Self::Blocked(_) | Self::NotTried(_) => {
                true
            }
            Self::InDoubt(_) | Self::Left => false,
        }
    }
}

/// How many steps came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RunSummary {
    /// Carried out.
    pub done: usize,
    /// Live was already so.
    pub already: usize,
    /// Refused by the organization, or not reached in time.
    pub failed: usize,
    /// Changed since the plan was made.
    pub blocked: usize,
    /// Not sent: a step they need was not carried out.
    pub not_tried: usize,
    /// Sent, without a known result; for `resume`.
    pub in_doubt: usize,
    /// Not sent: the run stopped; for `resume`.
    pub left: usize,
}

impl RunSummary {
    /// Counts `fates`.
    pub fn from_fates<'a>(fates: impl IntoIterator<Item = &'a StepFate>) -> Self {
        fates.into_iter().fold(Self::default(), |mut sum, fate| {
            let count = match fate {
                StepFate::Done { .. } => &mut sum.done,
                StepFate::Already => &mut sum.already,
                StepFate::Failed(_) => &mut sum.failed,
                StepFate::Blocked(_) => &mut sum.blocked,
                StepFate::NotTried(_) => &mut sum.not_tried,
                StepFate::InDoubt(_) => &mut sum.in_doubt,
                StepFate::Left => &mut sum.left,
            };
            *count += 1;
            sum
        })
    }

    /// Whether live is now as every step wants it.
    pub fn is_complete(&self) -> bool {
        let Self { done: _, already: _, failed, blocked, not_tried, in_doubt, left } = *self;
        failed + blocked + not_tried + in_doubt + left == 0
    }

    /// Whether the run is through: nothing is left for `resume`.
    pub fn is_finished(&self) -> bool {
        self.in_doubt + self.left == 0
    }
}

/// Why a run stopped before its end.
#[derive(Debug)]
pub enum RunHalt {
    /// It was asked to: what was under way was waited for.
    Asked,
    /// It was asked to stop at once: what was under way is in doubt.
    AtOnce,
    /// The journal could not be written, so nothing more was sent.
    Journal(JournalError),
    /// The organization could not be reached for as long as retries last, for any step; a lower-case fragment
    /// says how.
    Unreachable(Text),
}

/// What came of a run.
#[derive(Debug)]
pub struct RunOutcome {
    /// What came of each step, in step order.
    pub fates: Vec<StepFate>,
    /// Why it stopped before its end, if it did.
    pub halt: Option<RunHalt>,
}

impl RunOutcome {
    /// How many steps came to what.
    pub fn summary(&self) -> RunSummary {
        RunSummary::from_fates(&self.fates)
    }
}
