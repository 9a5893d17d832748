//! The administrator floor: enough active Co-Administrators remain after every prefix of the steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{GuardCase, Refusal, RefusalContributor, bare_refusal};
use crate::model::{Email, MergeSide, Organization, RoleId, Text, User, UserState, merge_by_key};
use crate::plan::replay::{file_under_current_names, replay_step};
use crate::policy::settings::Guard;

/// Refuses a plan if some prefix of its steps leaves fewer active Co-Administrators than `at_least`, or than
/// there were before if that number is smaller. A user who has not accepted the invitation counts only where
/// nobody is an active Co-Administrator.
pub(super) fn floor_refusal(case: GuardCase<'_>, at_least: Option<u32>) -> Option<Refusal> {
    let mut organization = file_under_current_names(concerned_administrators(case));
    let (guard, states): (_, &[UserState]) = match count_administrators(&organization, &[UserState::Active]) {
        0 => (Guard::InvitedAdministrators, &[UserState::Active, UserState::Invited]),
        _ => (Guard::Administrators, &[UserState::Active]),
    };
    let before = count_administrators(&organization, states);
    let limit = before.min(at_least? as usize);
    let mut lowest = before;
    let mut contributors = Vec::new();
    for step in case.steps {
        // The organization holds only Co-Administrators, so steps for other users have no effect.
        let Some(user) = step.act.facts().user.filter(|user| {
            organization.users.contains_key(*user)
                || (states.contains(&UserState::Invited) && comes_as_administrator(case, user))
        }) else {
            continue;
        };
        let count = count_administrators(&organization, states);
        replay_step(step, &mut organization);
        let now = count_administrators(&organization, states);
        if now < count {
            contributors.push(RefusalContributor { cause: Text::from(user.as_str()), count: 1 });
        }
        lowest = lowest.min(now);
    }
    (lowest < limit).then(|| Refusal { contributors, ..bare_refusal(guard, lowest, limit, before) })
}

/// Whether the plan invites the user, and makes the user a Co-Administrator.
fn comes_as_administrator(case: GuardCase<'_>, user: &Email) -> bool {
    !case.sides.live.users.contains_key(user)
        && case.sides.desired.users.get(user).is_some_and(|user| user.roles.has(RoleId::CO_ADMINISTRATOR))
}

/// The live users who are Co-Administrators on either side, reduced to profile, state and that role.
fn concerned_administrators(case: GuardCase<'_>) -> Organization {
    let administers = |user: &User| user.roles.has(RoleId::CO_ADMINISTRATOR);
    let users = merge_by_key(case.sides.live.users.iter(), case.sides.desired.users.iter()).filter_map(
        |(email, side)| match side {
            MergeSide::Left(live) if administers(live) => Some((email, live)),
            MergeSide::Both(live, desired) if administers(live) || administers(desired) => {
                Some((email, live))
            }
            MergeSide::Left(_) | MergeSide::Right(_) | MergeSide::Both(..) => None,
        },
    );
    let users: BTreeMap<Email, Arc<User>> =
        users.map(|(email, user)| (email.clone(), strip_edges(user).into())).collect();
    Organization { users, ..Organization::default() }
}

fn strip_edges(user: &User) -> User {
    let roles = user.roles.keys().filter(|role| role.is(RoleId::CO_ADMINISTRATOR)).cloned().collect();
    User { roles, ..User::new(user.profile.clone(), user.state) }
}

fn count_administrators(organization: &Organization, states: &[UserState]) -> usize {
    let administers =
        |user: &&Arc<User>| states.contains(&user.state) && user.roles.has(RoleId::CO_ADMINISTRATOR);
    organization.users.values().filter(administers).count()
}
