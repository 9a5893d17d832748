//! The outcome of a run, step by step.

use super::JournalError;
use crate::model::{LiveId, Text};
use crate::plan::StepNo;

/// The fate of one step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepFate {
    /// The step was carried out.
    Done {
        /// The identity of the object that the step created, where the organization reports one.
        created: Option<LiveId>,
    },
    /// The live values were already those after the step; nothing was written.
    Already,
    /// The organization refused the step, or could not be reached in time. The text is a lower-case fragment
    /// with the reason.
    Failed(Text),
    /// The step failed, and a part of it was carried out all the same, which an undo takes back. The text is
    /// a lower-case fragment with the reason and that part.
    FailedInPart(Text),
    /// The object of the step has changed since the plan was made. The text is a lower-case fragment that
    /// describes the change.
    Blocked(Text),
    /// The step needs the given step, which was not carried out.
    NotTried(StepNo),
    /// The step was sent, and may or may not have been carried out; `resume` sends the step again under the
    /// same key. The text is a lower-case fragment with the reason.
    InDoubt(Text),
    /// The run stopped before the step was sent; `resume` sends the step.
    Left,
}

impl StepFate {
    /// Whether the live values are now those after the step.
    pub fn is_in_effect(&self) -> bool {
        match self {
            Self::Done { .. } | Self::Already => true,
            Self::Failed(_)
            | Self::FailedInPart(_)
            | Self::Blocked(_)
            | Self::NotTried(_)
            | Self::InDoubt(_)
            | Self::Left => false,
        }
    }

    /// Whether the step is settled, so that nothing of it is left for `resume`.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Done { .. }
            | Self::Already
            | Self::Failed(_)
            | Self::FailedInPart(_)
            | Self::Blocked(_)
            | Self::NotTried(_) => true,
            Self::InDoubt(_) | Self::Left => false,
        }
    }
}

/// The number of steps with each fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RunSummary {
    pub done: usize,
    pub already: usize,
    /// Refused by the organization, which may also not have been reached in time.
    pub failed: usize,
    /// Not written, because the object has changed since the plan was made.
    pub blocked: usize,
    /// Not sent, because a needed step was not carried out.
    pub not_tried: usize,
    /// Sent, with an unknown result; left for `resume`.
    pub in_doubt: usize,
    /// Not sent, because the run stopped; left for `resume`.
    pub left: usize,
}

impl RunSummary {
    /// Counts each kind of fate in `fates`.
    pub fn from_fates<'a>(fates: impl IntoIterator<Item = &'a StepFate>) -> Self {
        fates.into_iter().fold(Self::default(), |mut sum, fate| {
            let count = match fate {
                StepFate::Done { .. } => &mut sum.done,
                StepFate::Already => &mut sum.already,
                StepFate::Failed(_) | StepFate::FailedInPart(_) => &mut sum.failed,
                StepFate::Blocked(_) => &mut sum.blocked,
                StepFate::NotTried(_) => &mut sum.not_tried,
                StepFate::InDoubt(_) => &mut sum.in_doubt,
                StepFate::Left => &mut sum.left,
            };
            *count += 1;
            sum
        })
    }

    /// The number of all steps.
    pub fn steps(&self) -> usize {
        let Self { done, already, failed, blocked, not_tried, in_doubt, left } = *self;
        done + already + failed + blocked + not_tried + in_doubt + left
    }

    /// Whether the live values are now those after every step.
    pub fn is_complete(&self) -> bool {
        let Self { done: _, already: _, failed, blocked, not_tried, in_doubt, left } = *self;
        failed + blocked + not_tried + in_doubt + left == 0
    }

    /// Whether every step is settled, so that nothing is left for `resume`.
    pub fn is_finished(&self) -> bool {
        self.in_doubt + self.left == 0
    }
}

/// The reason why a run stopped before its end.
#[derive(Debug)]
pub enum RunHalt {
    /// A person asked the run to stop; the run waited for the steps under way.
    Asked,
    /// A person asked the run to stop at once; the steps under way are in doubt.
    AtOnce,
    /// The journal could not be written, so nothing more was sent.
    Journal(JournalError),
    /// A fault that is none of the steps' own stands in the way of every write, until somebody has done
    /// something about it. The text is a lower-case fragment with the reason.
    Obstructed(Text),
    /// The organization answered no step for as long as retries last. The text is a lower-case fragment with
    /// the last reason.
    Unreachable(Text),
}

impl RunHalt {
    /// Whether the steps under way are not waited for, or what became of them is not noted.
    pub(super) fn is_urgent(&self) -> bool {
        match self {
            Self::AtOnce | Self::Journal(_) => true,
            Self::Asked | Self::Obstructed(_) | Self::Unreachable(_) => false,
        }
    }
}

/// The outcome of a run.
#[derive(Debug)]
pub struct RunOutcome {
    /// The fate of each step, in step order.
    pub fates: Vec<StepFate>,
    /// `None` where the run reached its end.
    pub halt: Option<RunHalt>,
}

impl RunOutcome {
    /// Counts the fates of the steps.
    pub fn summary(&self) -> RunSummary {
        RunSummary::from_fates(&self.fates)
    }

    /// Whether the run's journal is gone, so that it can neither be resumed nor undone.
    pub fn is_unrecorded(&self) -> bool {
        match &self.halt {
            Some(RunHalt::Journal(error)) => error.is_vanished(),
            Some(RunHalt::Asked | RunHalt::AtOnce | RunHalt::Obstructed(_) | RunHalt::Unreachable(_))
            | None => false,
        }
    }
}
