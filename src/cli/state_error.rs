//! What is wrong with state, or with a saved plan, so that it is not believed.

use super::exit::Exit;
use crate::apply::RunId;
use crate::model::Text;
use crate::plan::StepNo;
use crate::plan::file::PlanDigest;
use crate::state::{SealFault, StateKeyError};

/// State or a saved plan is not believed, or nothing can be sealed.
#[derive(Debug, thiserror::Error)]
pub(super) enum StateError {
    #[error("the saved plan is not believed: {fault}; its digest is {}", .found.approval_hex())]
    Plan { fault: SealFault, found: PlanDigest },
    #[error("the policy here contradicts step {} of the saved plan: {why}", .step.0)]
    Contradicted { step: StepNo, why: Text },
    #[error("run {run} is not believed: {fault}. Its way back needs an approval: its digest is {}",
        .found.approval_hex())]
    Undo { run: RunId, fault: SealFault, found: PlanDigest },
    #[error("run {0} is not believed: {1}")]
    Run(RunId, SealFault),
    #[error("no unfinished run is there that is not believed")]
    NothingToDismiss,
    #[error("run {0} is unfinished and believed")]
    NotForDismissal(RunId),
    #[error("`{0}` is tracked by Git, and what came with a commit is not believed to be what was done")]
    Tracked(String),
    #[error("the key that seals runs cannot be used")]
    Key(#[source] StateKeyError),
    #[error("`SEATWISE_STATE_KEY` cannot be used")]
    GivenKey(#[source] StateKeyError),
}

const KEY_FORM_HINT: &str =
    "64 hex digits that only you know, such as `openssl rand -hex 32` makes, or `public:` and 64 hex digits";

impl StateError {
    /// How the program exits, and what the user can do.
    pub(super) fn exit_and_hint(&self) -> (Exit, Option<&'static str>) {
        let exit = match self {
            Self::Plan { .. } | Self::Undo { .. } | Self::Contradicted { .. } => Exit::Stale,
            Self::Run(..)
            | Self::NothingToDismiss
            | Self::NotForDismissal(_)
            | Self::Tracked(_)
            | Self::Key(_)
            | Self::GivenKey(_) => Exit::CouldNotRun,
        };
        (exit, Some(self.hint()))
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Plan { fault: SealFault::Edited, .. } | Self::Contradicted { .. } => {
                "make a new plan: `seatwise plan --out FILE`"
            }
            Self::Plan { .. } | Self::Undo { .. } => {
                "review this plan, and approve it by `--approve` and its digest"
            }
            Self::Run(..) => "the next `seatwise apply` makes a run that later ones are compared with",
            Self::NothingToDismiss => "`seatwise runs` lists the runs that are kept",
            Self::NotForDismissal(_) => "`seatwise resume` finishes it, and `resume --give-up` ends it",
            Self::Tracked(_) => "`git rm -r --cached .seatwise` takes it out of Git, and leaves it here",
            Self::Key(error) => key_hint(error),
            Self::GivenKey(_) => KEY_FORM_HINT,
        }
    }
}

fn key_hint(error: &StateKeyError) -> &'static str {
    match error {
        StateKeyError::Form => KEY_FORM_HINT,
        StateKeyError::FileForm(_) => {
            "move it away: a new key is made, and earlier runs are shown as unsealed"
        }
        StateKeyError::Open(_) => "`chmod 600` makes it yours alone",
        StateKeyError::Read(..) | StateKeyError::Write(..) => {
            "may you read and write your own state folder? `SEATWISE_STATE_KEY` gives a key without one"
        }
        StateKeyError::NoFolder => "set `HOME`, or give a key by `SEATWISE_STATE_KEY`",
    }
}
