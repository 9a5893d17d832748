//! The way back: what an organization must become so that a run's effects are gone.
//!
//! A three-way merge, pure: where a value is still as the run left it, it becomes what it was before; where
//! others have changed it since, it stays. The result is planned like any policy: diff, order and guards.

mod identities;
mod merge;

use super::StepFate;
use crate::model::{Desired, Live, LiveId, Organization, OrganizationFacts};
use crate::plan::{Step, StepNo};
use merge::UndoMerge;

/// A step that a run carried out, or may have.
#[derive(Debug, Clone, Copy)]
pub struct CarriedOutStep<'a> {
    /// The step.
    pub step: &'a Step,
    /// The identity of what it created.
    pub created: Option<&'a LiveId>,
}

/// The steps of `steps` that were carried out, or may have been, by what came of each.
///
/// A step in doubt belongs to them: if it was not carried out, live is as it was before, and nothing is
/// restored.
pub fn carried_out_steps<'a>(steps: &'a [Step], fates: &'a [StepFate]) -> Vec<CarriedOutStep<'a>> {
    let did = |(step, fate): (&'a Step, &'a StepFate)| match fate {
        StepFate::Done { created } => Some(CarriedOutStep { step, created: created.as_ref() }),
        StepFate::InDoubt(_) => Some(CarriedOutStep { step, created: None }),
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
    /// Live, matched to the other side by identity: a user who gets an old address back stands under that
    /// address.
    pub live: Live,
    /// What it shall become.
    pub desired: Desired,
    /// What of the run stays, in step order.
    pub lost: Vec<UnrestoredStep>,
}

/// Something a run did that does not go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnrestoredStep {
    /// The step that did it.
    pub step: StepNo,
    /// What stays.
    pub why: UnrestoredReason,
}

/// Why something stays, or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnrestoredReason {
    /// The invited user goes; the mail is out.
    InvitationSent,
    /// A checkout that was ended does not come back.
    CheckoutEnded,
    /// The licence is released again, unless its lock has begun.
    LockStarted,
    /// The person is invited again, under a new identity.
    IdentityRemoved,
    /// Who was let in stays in.
    ApprovalGiven,
    /// Who was only invited before being locked comes back as active.
    InvitationEnded,
    /// Others have changed it since.
    ChangedSince,
    /// The user or group is no longer there.
    Gone,
    /// The old name belongs to somebody else now.
    NameTaken,
    /// An account keeps one contact.
    LastContact,
    /// The identity we act as cannot end its own access.
    ActingIdentity,
    /// An Account Administrator follows the contract.
    AccountAdministrator,
    /// Names and addresses belong to the identity provider.
    Federated,
}

/// What `live` must become so that the effects of `did` are gone; `before` is the organization before the
/// run, `facts` what is known of it now.
pub fn undo_target(
    before: &Organization,
    live: &Organization,
    facts: &OrganizationFacts,
    did: &[CarriedOutStep<'_>],
) -> UndoTarget {
    let mut back = UndoMerge::new(before, live, facts, did);
    did.iter().rev().for_each(|did| back.undo(did.step));
    back.into_target(live)
}
