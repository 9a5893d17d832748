//! Computes the desired organization that undoes a run.
//!
//! The computation is a pure three-way merge: a value that is still as the run left it becomes what it was
//! before the run; a value that others have changed since stays. The result is planned like any policy: diff,
//! order and guards.

mod identities;
mod merge;
mod restore;
mod unrestored;

pub use unrestored::{UnrestoredReason, UnrestoredStep};

use super::StepFate;
use crate::model::{Desired, Live, LiveId, Organization, OrganizationFacts};
use crate::plan::Step;
use merge::UndoMerge;

/// A step that a run carried out, or may have carried out.
#[derive(Debug, Clone, Copy)]
pub struct CarriedOutStep<'a> {
    /// The step.
    pub step: &'a Step,
    /// The identity of the object that the step created, where it is known.
    pub created: Option<&'a LiveId>,
    pub extent: StepExtent,
}

/// How much of a step may have been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepExtent {
    Whole,
    /// A part, as the step failed.
    Part,
}

/// The steps of `steps` that were carried out, or may have been, according to `fates`.
///
/// A step in doubt is included: if the step was not carried out, the live values are those before the step,
/// and nothing is restored. So is a step that failed and was carried out in part.
pub fn carried_out_steps<'a>(steps: &'a [Step], fates: &'a [StepFate]) -> Vec<CarriedOutStep<'a>> {
    let did = |(step, fate): (&'a Step, &'a StepFate)| match fate {
        StepFate::Done { created } => {
            Some(CarriedOutStep { step, created: created.as_ref(), extent: StepExtent::Whole })
        }
        StepFate::InDoubt(_) => Some(CarriedOutStep { step, created: None, extent: StepExtent::Whole }),
        StepFate::FailedInPart(_) => Some(CarriedOutStep { step, created: None, extent: StepExtent::Part }),
        StepFate::Already
        | StepFate::Failed(_)
        | StepFate::Blocked(_)
        | StepFate::NotTried(_)
        | StepFate::Left => None,
    };
    steps.iter().zip(fates).filter_map(did).collect()
}

/// Both sides of the plan that undoes a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoTarget {
    /// The live side, matched to the desired side by identity: a user who gets an old address back is filed
    /// under that address.
    pub live: Live,
    /// What `live` must become.
    pub desired: Desired,
    /// The effects of the run that stay, in step order.
    pub lost: Vec<UnrestoredStep>,
}

/// Computes what `live` must become so that the effects of the steps `did` are undone. `before` is the
/// organization before the run, and `facts` the organization's facts now.
pub fn undo_target(
    before: &Organization,
    live: &Organization,
    facts: &OrganizationFacts,
    did: &[CarriedOutStep<'_>],
) -> UndoTarget {
    let mut back = UndoMerge::new(before, live, facts, did);
    did.iter().rev().for_each(|did| back.undo(did));
    back.into_target(live)
}
