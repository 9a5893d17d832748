//! Users: their profiles and states.

use super::{ChangeFacts, IrreversibleEffect, ObjectKind};
use crate::change::Edit;
use crate::model::{Email, Profile, Section, UserState};

pub(super) fn user_facts<'a>(user: &'a Email, edit: &Edit<Profile>) -> ChangeFacts<'a> {
    let irreversible = match edit {
        Edit::Create(_) => Some(IrreversibleEffect::SentInvitation),
        Edit::Update { .. } => None,
        Edit::Delete(_) => Some(IrreversibleEffect::LostIdentity),
    };
    facts_about(user, irreversible)
}

/// Only an approval cannot be taken back.
pub(super) fn state_facts(user: &Email, before: UserState, after: UserState) -> ChangeFacts<'_> {
    let approves = before == UserState::Pending && after != UserState::Locked;
    facts_about(user, approves.then_some(IrreversibleEffect::GivenApproval))
}

fn facts_about(user: &Email, irreversible: Option<IrreversibleEffect>) -> ChangeFacts<'_> {
    ChangeFacts { user: Some(user), ..ChangeFacts::new(ObjectKind::User, &[Section::Users], irreversible) }
}
