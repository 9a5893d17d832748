//! The kinds of acts as a person lists them; what each does is compared with the acts of plans.

use seatwise::change::{Change, Edit};
use seatwise::model::{
    AccessSetting, Alert, Area, Checkout, Contact, CountryCode, Email, FlatSet, GroupFacts, GroupName,
    ProductId, Profile, RoleId, UserException, UserState,
};
use seatwise::plan::Act;

/// What a step does, with a name for each kind of write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlainAct {
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
    /// Lock a user: the state changes from `before`, which is `active` or `invited`, to `locked`.
    Lock { user: Email, before: UserState },
    /// Change a user's e-mail address, names or countries.
    UpdateUser { before: Profile, after: Profile },
    /// Change a group's name, kind, country or description.
    UpdateGroup { before: GroupFacts, after: GroupFacts },
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
    /// Assign a named licence.
    AssignLicence { user: Email, product: ProductId },
    /// Release a named licence.
    ReleaseLicence { user: Email, product: ProductId },
    /// Replace a group's product list in one write.
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
    /// Replace a fulfilment contact in one write.
    ReplaceContact { from: Contact, to: Contact },
    /// End a user's association with the account.
    RemoveUser(Profile),
    /// Delete a group that has neither members nor a product list.
    DeleteGroup(GroupFacts),
}

impl From<PlainAct> for Act {
    fn from(plain: PlainAct) -> Self {
        let change = match plain {
            PlainAct::EndCheckout { user, checkout } => Change::Checkout { user, checkout },
            PlainAct::CreateGroup(facts) => group_change(Edit::Create(facts)),
            PlainAct::Invite(profile) => user_change(Edit::Create(profile)),
            PlainAct::Approve(user) => state_change(user, UserState::Pending, UserState::Active),
            PlainAct::Unlock(user) => state_change(user, UserState::Locked, UserState::Active),
            PlainAct::Lock { user, before } => state_change(user, before, UserState::Locked),
            PlainAct::UpdateUser { before, after } => user_change(Edit::Update { before, after }),
            PlainAct::UpdateGroup { before, after } => group_change(Edit::Update { before, after }),
            PlainAct::Join { user, group } => Change::Membership { group, user, edit: Edit::Create(()) },
            PlainAct::Leave { user, group } => Change::Membership { group, user, edit: Edit::Delete(()) },
            PlainAct::SwapAllocation { user, from, to } => return Self::SwapAllocation { user, from, to },
            PlainAct::GrantRole { user, role } => Change::Role { user, role, edit: Edit::Create(()) },
            PlainAct::RevokeRole { user, role } => Change::Role { user, role, edit: Edit::Delete(()) },
            PlainAct::SetException { user, product, before, after } => {
                Change::Exception { user, product, edit: edit_of(before, after) }
            }
            PlainAct::AssignLicence { user, product } => {
                Change::Licence { user, product, edit: Edit::Create(()) }
            }
            PlainAct::ReleaseLicence { user, product } => {
                Change::Licence { user, product, edit: Edit::Delete(()) }
            }
            PlainAct::SetList { group, before, after } => return Self::SetList { group, before, after },
            PlainAct::SetDefault { country, before, after } => {
                Change::Default { country, edit: edit_of(before, after) }
            }
            PlainAct::SetRestriction { product, area, before, after } => {
                Change::Restriction { product, area, edit: edit_of(before, after) }
            }
            PlainAct::SetAlert { product, country, before, after } => {
                Change::Alert { product, country, edit: edit_of(before, after) }
            }
            PlainAct::AddContact(contact) => Change::Contact { edit: Edit::Create(contact) },
            PlainAct::RemoveContact(contact) => Change::Contact { edit: Edit::Delete(contact) },
            PlainAct::ReplaceContact { from, to } => {
                Change::Contact { edit: Edit::Update { before: from, after: to } }
            }
            PlainAct::RemoveUser(profile) => user_change(Edit::Delete(profile)),
            PlainAct::DeleteGroup(facts) => group_change(Edit::Delete(facts)),
        };
        Self::Change(change)
    }
}

impl From<&Act> for PlainAct {
    fn from(act: &Act) -> Self {
        match act.clone() {
            Act::Change(change) => change.into(),
            Act::SwapAllocation { user, from, to } => Self::SwapAllocation { user, from, to },
            Act::SetList { group, before, after } => Self::SetList { group, before, after },
        }
    }
}

/// Panics where no step makes the change alone.
impl From<Change> for PlainAct {
    fn from(change: Change) -> Self {
        match change {
            Change::User { user, edit } => {
                assert_eq!(&user, &edit.earliest().email, "a user has the name before the change");
                match edit {
                    Edit::Create(profile) => Self::Invite(profile),
                    Edit::Update { before, after } => Self::UpdateUser { before, after },
                    Edit::Delete(profile) => Self::RemoveUser(profile),
                }
            }
            Change::State { user, before, after } => match (before, after) {
                (UserState::Pending, UserState::Active) => Self::Approve(user),
                (UserState::Locked, UserState::Active) => Self::Unlock(user),
                (UserState::Active | UserState::Invited, UserState::Locked) => Self::Lock { user, before },
                (before, after) => panic!("no step alone makes {user} {after:?} who is {before:?}"),
            },
            Change::Group { group, edit } => {
                assert_eq!(&group, &edit.earliest().name, "a group has the name before the change");
                match edit {
                    Edit::Create(facts) => Self::CreateGroup(facts),
                    Edit::Update { before, after } => Self::UpdateGroup { before, after },
                    Edit::Delete(facts) => Self::DeleteGroup(facts),
                }
            }
            Change::Membership { group, user, edit } => match edit {
                Edit::Create(()) => Self::Join { user, group },
                Edit::Update { .. } => panic!("a membership has no value that changes: {user} in {group}"),
                Edit::Delete(()) => Self::Leave { user, group },
            },
            Change::Role { user, role, edit } => match edit {
                Edit::Create(()) => Self::GrantRole { user, role },
                Edit::Update { .. } => panic!("a role has no value that changes: {role} of {user}"),
                Edit::Delete(()) => Self::RevokeRole { user, role },
            },
            Change::Exception { user, product, edit } => {
                let (before, after) = sides_of(edit);
                Self::SetException { user, product, before, after }
            }
            Change::Licence { user, product, edit } => match edit {
                Edit::Create(()) => Self::AssignLicence { user, product },
                Edit::Update { .. } => panic!("a licence has no value that changes: {product} of {user}"),
                Edit::Delete(()) => Self::ReleaseLicence { user, product },
            },
            Change::Checkout { user, checkout } => Self::EndCheckout { user, checkout },
            Change::Listing { group, product, edit: _ } => {
                panic!("the list of {group} changes as a whole, and not {product} alone")
            }
            Change::Default { country, edit } => {
                let (before, after) = sides_of(edit);
                Self::SetDefault { country, before, after }
            }
            Change::Restriction { product, area, edit } => {
                let (before, after) = sides_of(edit);
                Self::SetRestriction { product, area, before, after }
            }
            Change::Alert { product, country, edit } => {
                let (before, after) = sides_of(edit);
                Self::SetAlert { product, country, before, after }
            }
            Change::Contact { edit } => match edit {
                Edit::Create(contact) => Self::AddContact(contact),
                Edit::Update { before, after } => Self::ReplaceContact { from: before, to: after },
                Edit::Delete(contact) => Self::RemoveContact(contact),
            },
        }
    }
}

/// A change of a user as a whole, filed under the address before it.
fn user_change(edit: Edit<Profile>) -> Change {
    Change::User { user: edit.earliest().email.clone(), edit }
}

fn state_change(user: Email, before: UserState, after: UserState) -> Change {
    Change::State { user, before, after }
}

/// A change of a group as a whole, filed under the name before it.
fn group_change(edit: Edit<GroupFacts>) -> Change {
    Change::Group { group: edit.earliest().name.clone(), edit }
}

/// The edit between two values. Two equal values are an update too, because a step may say so.
fn edit_of<T>(before: Option<T>, after: Option<T>) -> Edit<T> {
    match (before, after) {
        (None, Some(after)) => Edit::Create(after),
        (Some(before), Some(after)) => Edit::Update { before, after },
        (Some(before), None) => Edit::Delete(before),
        (None, None) => panic!("there is nothing before the act, and nothing after it"),
    }
}

fn sides_of<T>(edit: Edit<T>) -> (Option<T>, Option<T>) {
    match edit {
        Edit::Create(after) => (None, Some(after)),
        Edit::Update { before, after } => (Some(before), Some(after)),
        Edit::Delete(before) => (Some(before), None),
    }
}

#[test]
fn act_of_every_kind_is_of_the_same_kind_again() {
    for plain in crate::plan::file::acts() {
        assert_eq!(PlainAct::from(&Act::from(plain.clone())), plain);
    }
}
