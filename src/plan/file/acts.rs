//! Wire types of acts: a name for each kind of write, and the values before and after.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::{Change, Edit};
use crate::format::mirror::{FlatSetRecord, InvalidValue, Mirror};
use crate::format::model_objects::{
    AlertRecord, AreaRecord, CheckoutRecord, ContactRecord, ExceptionRecord, GroupFactsRecord, ProfileRecord,
    SettingRecord, UserStateRecord,
};
use crate::format::scalar_text::ScalarText;
use crate::model::{
    CountryCode, Email, GroupFacts, GroupName, Interner, ProductId, Profile, RoleId, UserState,
};
use crate::plan::Act;

/// What a step does. A value before is a precondition.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Act")]
#[serde(rename_all = "snake_case", deny_unknown_fields, bound(deserialize = "'de: 'a"))]
// A record lives only while one file is read or written; boxing each would cost more than it saves.
#[allow(clippy::large_enum_variant)]
pub(crate) enum ActRecord<'a> {
    AddContact(ContactRecord<'a>),
    Approve(ScalarText<'a, Email>),
    CreateGroup(GroupFactsRecord<'a>),
    DeleteGroup(GroupFactsRecord<'a>),
    Invite(ProfileRecord<'a>),
    RemoveContact(ContactRecord<'a>),
    RemoveUser(ProfileRecord<'a>),
    Unlock(ScalarText<'a, Email>),
    AssignLicence {
        product: ScalarText<'a, ProductId>,
        user: ScalarText<'a, Email>,
    },
    EndCheckout {
        checkout: CheckoutRecord<'a>,
        user: ScalarText<'a, Email>,
    },
    GrantRole {
        role: ScalarText<'a, RoleId>,
        user: ScalarText<'a, Email>,
    },
    Join {
        group: ScalarText<'a, GroupName>,
        user: ScalarText<'a, Email>,
    },
    Leave {
        group: ScalarText<'a, GroupName>,
        user: ScalarText<'a, Email>,
    },
    Lock {
        before: UserStateRecord,
        user: ScalarText<'a, Email>,
    },
    ReleaseLicence {
        product: ScalarText<'a, ProductId>,
        user: ScalarText<'a, Email>,
    },
    ReplaceContact {
        from: ContactRecord<'a>,
        to: ContactRecord<'a>,
    },
    RevokeRole {
        role: ScalarText<'a, RoleId>,
        user: ScalarText<'a, Email>,
    },
    SetAlert {
        after: Option<AlertRecord<'a>>,
        before: Option<AlertRecord<'a>>,
        country: ScalarText<'a, CountryCode>,
        product: ScalarText<'a, ProductId>,
    },
    SetDefault {
        after: Option<SettingRecord>,
        before: Option<SettingRecord>,
        country: ScalarText<'a, CountryCode>,
    },
    SetException {
        after: Option<ExceptionRecord>,
        before: Option<ExceptionRecord>,
        product: ScalarText<'a, ProductId>,
        user: ScalarText<'a, Email>,
    },
    SetList {
        after: FlatSetRecord<ScalarText<'a, ProductId>>,
        before: FlatSetRecord<ScalarText<'a, ProductId>>,
        group: ScalarText<'a, GroupName>,
    },
    SetRestriction {
        after: Option<SettingRecord>,
        area: AreaRecord<'a>,
        before: Option<SettingRecord>,
        product: ScalarText<'a, ProductId>,
    },
    SwapAllocation {
        from: ScalarText<'a, GroupName>,
        to: ScalarText<'a, GroupName>,
        user: ScalarText<'a, Email>,
    },
    UpdateGroup {
        after: GroupFactsRecord<'a>,
        before: GroupFactsRecord<'a>,
    },
    UpdateUser {
        after: ProfileRecord<'a>,
        before: ProfileRecord<'a>,
    },
}

/// Converts acts to records and back. Each row is a pattern of acts, with the fields of their record; the
/// rest are matched by hand.
macro_rules! convert_acts {
    (
        rows { $($record:ident $fields:tt = ($($core:tt)*),)* }
        write { $($write:tt)* }
        read($names:ident) { $($read:tt)* }
    ) => {
        impl<'a> Mirror<'a> for ActRecord<'a> {
            type Core = Act;

            fn write(core: &'a Act) -> Self {
                match core {
                    $($($core)* => convert_acts!(@write $record $fields),)*
                    $($write)*
                }
            }

            fn read(self, $names: &Interner) -> Result<Act, InvalidValue> {
                Ok(match self {
                    $(Self::$record $fields => convert_acts!(@read $names $fields ($($core)*)),)*
                    $($read)*
                })
            }
        }
    };
    (@write $record:ident ($field:ident)) => { Self::$record(Mirror::write($field)) };
    (@write $record:ident { $($field:ident),* }) => {
        Self::$record { $($field: Mirror::write($field)),* }
    };
    (@read $names:ident ($field:ident) ($($core:tt)*)) => {{
        let $field = $field.read($names)?;
        $($core)*
    }};
    (@read $names:ident { $($field:ident),* } ($($core:tt)*)) => {{
        $(let $field = $field.read($names)?;)*
        $($core)*
    }};
}

convert_acts! {
    rows {
        Approve(user) =
            (Act::Change(Change::State { user, before: UserState::Pending, after: UserState::Active })),
        Unlock(user) =
            (Act::Change(Change::State { user, before: UserState::Locked, after: UserState::Active })),
        Lock { before, user } = (Act::Change(Change::State { user, before, after: UserState::Locked })),
        Join { group, user } = (Act::Change(Change::Membership { group, user, edit: Edit::Create(()) })),
        Leave { group, user } = (Act::Change(Change::Membership { group, user, edit: Edit::Delete(()) })),
        GrantRole { role, user } = (Act::Change(Change::Role { user, role, edit: Edit::Create(()) })),
        RevokeRole { role, user } = (Act::Change(Change::Role { user, role, edit: Edit::Delete(()) })),
        AssignLicence { product, user } =
            (Act::Change(Change::Licence { user, product, edit: Edit::Create(()) })),
        ReleaseLicence { product, user } =
            (Act::Change(Change::Licence { user, product, edit: Edit::Delete(()) })),
        EndCheckout { checkout, user } = (Act::Change(Change::Checkout { user, checkout })),
        AddContact(contact) = (Act::Change(Change::Contact { edit: Edit::Create(contact) })),
        ReplaceContact { from, to } =
            (Act::Change(Change::Contact { edit: Edit::Update { before: from, after: to } })),
        RemoveContact(contact) = (Act::Change(Change::Contact { edit: Edit::Delete(contact) })),
        SwapAllocation { from, to, user } = (Act::SwapAllocation { user, from, to }),
        SetList { after, before, group } = (Act::SetList { group, before, after }),
    }
    write {
        Act::Change(Change::User { edit, .. }) => match edit {
            Edit::Create(profile) => Self::Invite(Mirror::write(profile)),
            Edit::Update { before, after } => {
                Self::UpdateUser { after: Mirror::write(after), before: Mirror::write(before) }
            }
            Edit::Delete(profile) => Self::RemoveUser(Mirror::write(profile)),
        },
        Act::Change(Change::Group { edit, .. }) => match edit {
            Edit::Create(facts) => Self::CreateGroup(Mirror::write(facts)),
            Edit::Update { before, after } => {
                Self::UpdateGroup { after: Mirror::write(after), before: Mirror::write(before) }
            }
            Edit::Delete(facts) => Self::DeleteGroup(Mirror::write(facts)),
        },
        Act::Change(Change::Exception { user, product, edit }) => {
            let (before, after) = write_sides(edit);
            Self::SetException { after, before, product: Mirror::write(product), user: Mirror::write(user) }
        }
        Act::Change(Change::Default { country, edit }) => {
            let (before, after) = write_sides(edit);
            Self::SetDefault { after, before, country: Mirror::write(country) }
        }
        Act::Change(Change::Restriction { product, area, edit }) => {
            let (before, after) = write_sides(edit);
            Self::SetRestriction {
                after, area: Mirror::write(area), before, product: Mirror::write(product),
            }
        }
        Act::Change(Change::Alert { product, country, edit }) => {
            let (before, after) = write_sides(edit);
            Self::SetAlert {
                after, before, country: Mirror::write(country), product: Mirror::write(product),
            }
        }
        // A list changes as a whole, a membership, role or licence has no other value, and nobody can be
        // made to accept an invitation.
        Act::Change(
            Change::Listing { .. }
            | Change::State { .. }
            | Change::Membership { edit: Edit::Update { .. }, .. }
            | Change::Role { edit: Edit::Update { .. }, .. }
            | Change::Licence { edit: Edit::Update { .. }, .. },
        ) => unreachable!("no step makes such a change alone"),
    }
    read(names) {
        Self::Invite(profile) => user_act(Edit::Create(profile.read(names)?)),
        Self::UpdateUser { after, before } => user_act(read_update(before, after, names)?),
        Self::RemoveUser(profile) => user_act(Edit::Delete(profile.read(names)?)),
        Self::CreateGroup(facts) => group_act(Edit::Create(facts.read(names)?)),
        Self::UpdateGroup { after, before } => group_act(read_update(before, after, names)?),
        Self::DeleteGroup(facts) => group_act(Edit::Delete(facts.read(names)?)),
        Self::SetException { after, before, product, user } => {
            let (user, product) = (user.read(names)?, product.read(names)?);
            Act::Change(Change::Exception { user, product, edit: read_sides(before, after, names)? })
        }
        Self::SetDefault { after, before, country } => {
            let country = country.read(names)?;
            Act::Change(Change::Default { country, edit: read_sides(before, after, names)? })
        }
        Self::SetRestriction { after, area, before, product } => {
            let (product, area) = (product.read(names)?, area.read(names)?);
            Act::Change(Change::Restriction { product, area, edit: read_sides(before, after, names)? })
        }
        Self::SetAlert { after, before, country, product } => {
            let (product, country) = (product.read(names)?, country.read(names)?);
            Act::Change(Change::Alert { product, country, edit: read_sides(before, after, names)? })
        }
    }
}

/// The values before and after an edit; `None` where there is no value.
fn write_sides<'a, W: Mirror<'a>>(edit: &'a Edit<W::Core>) -> (Option<W>, Option<W>) {
    (edit.before().map(W::write), edit.after().map(W::write))
}

fn read_sides<'a, W: Mirror<'a>>(
    before: Option<W>,
    after: Option<W>,
    names: &Interner,
) -> Result<Edit<W::Core>, InvalidValue> {
    match (before, after) {
        (None, Some(after)) => Ok(Edit::Create(after.read(names)?)),
        (Some(before), Some(after)) => read_update(before, after, names),
        (Some(before), None) => Ok(Edit::Delete(before.read(names)?)),
        (None, None) => Err(InvalidValue::new("a change", "nothing before and after")),
    }
}

fn read_update<'a, W: Mirror<'a>>(
    before: W,
    after: W,
    names: &Interner,
) -> Result<Edit<W::Core>, InvalidValue> {
    Ok(Edit::Update { before: before.read(names)?, after: after.read(names)? })
}

/// The act of changing a user as a whole, filed under the address before it.
fn user_act(edit: Edit<Profile>) -> Act {
    Act::Change(Change::User { user: edit.earliest().email.clone(), edit })
}

/// The act of changing a group as a whole, filed under the name before it.
fn group_act(edit: Edit<GroupFacts>) -> Act {
    Act::Change(Change::Group { group: edit.earliest().name.clone(), edit })
}
