//! The effect of a step on an organization, as the live organization would make it.

use seatwise::connector::{Receipt, WriteError};
use seatwise::model::{LiveId, Organization, Profile, User, UserState};
use seatwise::plan::replay::{ReplayOutcome, replay_step};
use seatwise::plan::{Act, Step};

use crate::plain_act::PlainAct;

/// Carries out `step`. What the step creates gets an identity made from `serial`.
pub(super) fn carry_out(
    step: &Step,
    organization: &mut Organization,
    serial: usize,
) -> Result<Receipt, WriteError> {
    match replay_step(step, organization) {
        ReplayOutcome::Before => Ok(Receipt::Done { created: identify(&step.act, organization, serial) }),
        ReplayOutcome::After => Ok(Receipt::AlreadySo),
        ReplayOutcome::Other => Err(WriteError::Changed("it has changed".into())),
    }
}

fn identify(act: &Act, organization: &mut Organization, serial: usize) -> Option<LiveId> {
    let id = LiveId::new(&format!("id-{serial}")).unwrap();
    let place = match PlainAct::from(act) {
        PlainAct::Invite(profile) => &mut organization.user_mut(&profile.email)?.id,
        PlainAct::CreateGroup(facts) => &mut organization.groups.get_mut(&facts.name)?.id,
        _ => return None,
    };
    place.insert(id).clone().into()
}

pub(super) fn bare_user(profile: Profile) -> User {
    User {
        id: None,
        profile,
        state: UserState::Invited,
        roles: Default::default(),
        groups: Default::default(),
        exceptions: Default::default(),
        licences: Default::default(),
        checkouts: Default::default(),
    }
}
