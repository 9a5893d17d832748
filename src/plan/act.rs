//! The acts that steps perform.

use crate::change::Edit;
use crate::model::{
    AccessSetting, Alert, Area, Checkout, Contact, CountryCode, Email, FlatSet, GroupFacts, GroupName,
    ProductId, Profile, RoleId, UserException, UserState,
};

/// What a step does. A value before is a precondition: if the live value differs, the step is blocked.
///
/// Users and groups have the name that is in force when the step's turn comes: the old name up to and
/// including the step that renames them, the new name after that step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// End a checkout of a user who leaves.
    EndCheckout { user: Email, checkout: Checkout },
    /// Create a group with an empty list.
    CreateGroup(GroupFacts),
    /// Invite a person; the user's state becomes `invited`.
    Invite(Profile),
    /// Accept a user who asked to join: the state changes from `pending` to `active`.
    Approve(Email),
    /// Unlock a user: the state changes from `locked` to `active`.
    Unlock(Email),
    /// Lock a user: the state changes from `before` to `locked`.
    Lock {
        user: Email,
        /// `active` or `invited`.
        before: UserState,
    },
    /// Change a user's e-mail address, names or countries.
    UpdateUser {
        /// Contains the address that the user has before the step.
        before: Profile,
        after: Profile,
    },
    /// Change a group's name, kind, country or description.
    UpdateGroup {
        /// Contains the name that the group has before the step.
        before: GroupFacts,
        after: GroupFacts,
    },
    /// Add a user to a group.
    Join { user: Email, group: GroupName },
    /// Take a user out of a group.
    Leave { user: Email, group: GroupName },
    /// Move a user from one allocation group to another in one write.
    SwapAllocation { user: Email, from: GroupName, to: GroupName },
    /// Grant a role.
    GrantRole { user: Email, role: RoleId },
    /// Revoke a role.
    RevokeRole { user: Email, role: RoleId },
    /// Allow or deny a product to a user by name; `None` is neither.
    SetException {
        user: Email,
        product: ProductId,
        before: Option<UserException>,
        after: Option<UserException>,
    },
    /// Assign a named licence: 24 hours after the assignment, the licence is locked for 30 days.
    AssignLicence { user: Email, product: ProductId },
    /// Release a named licence: from then on, the user's use counts in the pool.
    ReleaseLicence { user: Email, product: ProductId },
    /// Replace a group's product list in one write: changing single products would shut members out in
    /// between.
    SetList { group: GroupName, before: FlatSet<ProductId>, after: FlatSet<ProductId> },
    /// Set a country's default access; `None` is the unstated `everyone`.
    SetDefault { country: CountryCode, before: Option<AccessSetting>, after: Option<AccessSetting> },
    /// Set a product's access setting; `None` is unstated.
    SetRestriction {
        product: ProductId,
        area: Area,
        before: Option<AccessSetting>,
        after: Option<AccessSetting>,
    },
    /// Set an alert threshold; `None` is no alert.
    SetAlert { product: ProductId, country: CountryCode, before: Option<Alert>, after: Option<Alert> },
    /// Add a fulfilment contact.
    AddContact(Contact),
    /// Remove a fulfilment contact.
    RemoveContact(Contact),
    /// Replace a fulfilment contact in one write, where the limits of at least 1 and at most 10 contacts
    /// leave no room for two writes.
    ReplaceContact { from: Contact, to: Contact },
    /// End a user's association with the account; earlier steps have taken away everything the user had.
    RemoveUser(Profile),
    /// Delete a group that has neither members nor a product list.
    DeleteGroup(GroupFacts),
}

impl Act {
    /// The group that the act itself changes, by the name the group has before the step. Joining or leaving a
    /// group changes the user, not the group.
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Self::CreateGroup(facts) | Self::DeleteGroup(facts) | Self::UpdateGroup { before: facts, .. } => {
                Some(&facts.name)
            }
            Self::SetList { group, .. } => Some(group),
            Self::EndCheckout { .. }
            | Self::Invite(_)
            | Self::Approve(_)
            | Self::Unlock(_)
            | Self::Lock { .. }
            | Self::UpdateUser { .. }
            | Self::Join { .. }
            | Self::Leave { .. }
            | Self::SwapAllocation { .. }
            | Self::GrantRole { .. }
            | Self::RevokeRole { .. }
            | Self::SetException { .. }
            | Self::AssignLicence { .. }
            | Self::ReleaseLicence { .. }
            | Self::SetDefault { .. }
            | Self::SetRestriction { .. }
            | Self::SetAlert { .. }
            | Self::AddContact(_)
            | Self::RemoveContact(_)
            | Self::ReplaceContact { .. }
            | Self::RemoveUser(_) => None,
        }
    }

    /// The user that the act changes, by the name the user has before the step.
    pub fn user(&self) -> Option<&Email> {
        match self {
            Self::EndCheckout { user, .. }
            | Self::Approve(user)
            | Self::Unlock(user)
            | Self::Lock { user, .. }
            | Self::Join { user, .. }
            | Self::Leave { user, .. }
            | Self::SwapAllocation { user, .. }
            | Self::GrantRole { user, .. }
            | Self::RevokeRole { user, .. }
            | Self::SetException { user, .. }
            | Self::AssignLicence { user, .. }
            | Self::ReleaseLicence { user, .. } => Some(user),
            Self::Invite(profile) | Self::RemoveUser(profile) => Some(&profile.email),
            Self::UpdateUser { before, .. } => Some(&before.email),
            Self::CreateGroup(_)
            | Self::UpdateGroup { .. }
            | Self::SetList { .. }
            | Self::SetDefault { .. }
            | Self::SetRestriction { .. }
            | Self::SetAlert { .. }
            | Self::AddContact(_)
            | Self::RemoveContact(_)
            | Self::ReplaceContact { .. }
            | Self::DeleteGroup(_) => None,
        }
    }

    /// What becomes of the user or group itself; `None` where the act changes only what belongs to it.
    pub fn object_edit(&self) -> Option<ObjectEdit<'_>> {
        Some(match self {
            Self::Invite(profile) => ObjectEdit::User(Edit::Create(profile)),
            Self::UpdateUser { before, after } => ObjectEdit::User(Edit::Update { before, after }),
            Self::RemoveUser(profile) => ObjectEdit::User(Edit::Delete(profile)),
            Self::CreateGroup(facts) => ObjectEdit::Group(Edit::Create(facts)),
            Self::UpdateGroup { before, after } => ObjectEdit::Group(Edit::Update { before, after }),
            Self::DeleteGroup(facts) => ObjectEdit::Group(Edit::Delete(facts)),
            Self::EndCheckout { .. }
            | Self::Approve(_)
            | Self::Unlock(_)
            | Self::Lock { .. }
            | Self::Join { .. }
            | Self::Leave { .. }
            | Self::SwapAllocation { .. }
            | Self::GrantRole { .. }
            | Self::RevokeRole { .. }
            | Self::SetException { .. }
            | Self::AssignLicence { .. }
            | Self::ReleaseLicence { .. }
            | Self::SetList { .. }
            | Self::SetDefault { .. }
            | Self::SetRestriction { .. }
            | Self::SetAlert { .. }
            | Self::AddContact(_)
            | Self::RemoveContact(_)
            | Self::ReplaceContact { .. } => return None,
        })
    }

    /// The effect of the act that an undo cannot reverse; `None` where an undo restores everything.
    pub fn irreversible_effect(&self) -> Option<IrreversibleEffect> {
        match self {
            Self::Invite(_) => Some(IrreversibleEffect::SentInvitation),
            Self::Approve(_) => Some(IrreversibleEffect::GivenApproval),
            Self::EndCheckout { .. } => Some(IrreversibleEffect::EndedCheckout),
            Self::AssignLicence { .. } => Some(IrreversibleEffect::LockedLicence),
            Self::RemoveUser(_) => Some(IrreversibleEffect::LostIdentity),
            Self::CreateGroup(_)
            | Self::Unlock(_)
            | Self::Lock { .. }
            | Self::UpdateUser { .. }
            | Self::UpdateGroup { .. }
            | Self::Join { .. }
            | Self::Leave { .. }
            | Self::SwapAllocation { .. }
            | Self::GrantRole { .. }
            | Self::RevokeRole { .. }
            | Self::SetException { .. }
            | Self::ReleaseLicence { .. }
            | Self::SetList { .. }
            | Self::SetDefault { .. }
            | Self::SetRestriction { .. }
            | Self::SetAlert { .. }
            | Self::AddContact(_)
            | Self::RemoveContact(_)
            | Self::ReplaceContact { .. }
            | Self::DeleteGroup(_) => None,
        }
    }
}

/// What an act does to a user or a group as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectEdit<'a> {
    /// A user is invited, updated or removed.
    User(Edit<&'a Profile>),
    /// A group is created, updated or deleted.
    Group(Edit<&'a GroupFacts>),
}

/// An effect that an undo cannot reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IrreversibleEffect {
    SentInvitation,
    /// A user who had asked to join was accepted.
    GivenApproval,
    EndedCheckout,
    /// A named licence was assigned, which is locked after 24 hours.
    LockedLicence,
    /// A user was removed: inviting the same address again creates another identity.
    LostIdentity,
}
