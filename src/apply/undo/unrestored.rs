//! The effects of a run that an undo cannot reverse.

use crate::plan::StepNo;

/// An effect of a run that stays after the undo, at least in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnrestoredStep {
    /// The step that had the effect.
    pub step: StepNo,
    pub why: UnrestoredReason,
}

/// The reason why an effect stays, at least in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnrestoredReason {
    /// The invited user is removed, but the invitation mail has been sent.
    InvitationSent,
    /// Others have invited the user again since, so that it is another one who stays.
    InvitedAgain,
    /// A checkout that was ended does not come back.
    CheckoutEnded,
    /// The licence is released again, unless its lock has begun.
    LockStarted,
    /// The removed user is invited again, under a new identity.
    IdentityRemoved,
    /// An approved user stays in the organization.
    ApprovalGiven,
    /// A user who was only invited before being locked comes back as active.
    InvitationEnded,
    /// Others have changed the value since the run.
    ChangedSince,
    /// The user or group no longer exists.
    Gone,
    /// The old name now belongs to another object.
    NameTaken,
    /// The old name belongs to an object that the undo removes: a second undo can restore it.
    NameInUse,
    /// An organization keeps its last fulfilment contact.
    LastContact,
    /// The identity that seatwise acts as cannot end its own access.
    ActingIdentity,
    /// Account Administrators follow the contract.
    AccountAdministrator,
    /// Names and addresses belong to the identity provider.
    Federated,
}
