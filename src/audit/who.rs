//! Who can use a product, has a role, or is in a group.

use super::Picture;
use super::why::{Line, Link, Said, explain, membership};
use crate::model::access::AccessRule;
use crate::model::{Date, Email, GroupName, ProductId, RoleId, UserState};

/// Somebody who can start a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanUse {
    /// Who.
    pub user: Email,
    /// Their state: a locked user goes on being able to start what was started before.
    pub state: UserState,
    /// Their last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The rule that lets them.
    pub by: AccessRule,
    /// The facts of that rule that let them, at least one.
    pub because: Vec<Said>,
}

/// Those who can start `product`, in the order of addresses.
pub fn can_use(picture: Picture<'_>, product: &ProductId) -> Vec<CanUse> {
    let users = picture.organization.users.iter();
    let allowed = users.filter_map(|(email, user)| {
        let explanation = explain(picture, email, product).filter(|explanation| explanation.can())?;
        let because = explanation.deciding().cloned().collect();
        Some(CanUse {
            user: email.clone(),
            state: user.state,
            until: last_day(picture, email),
            by: explanation.decision.by,
            because,
        })
    });
    allowed.collect()
}

/// Somebody who has a role or is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub user: Email,
    /// Their state.
    pub state: UserState,
    /// Their last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The lines of the policy that make it so; none where the policy does not say it.
    pub lines: Vec<Line>,
}

/// Those who have `role`, in the order of addresses.
pub fn has_role(picture: Picture<'_>, role: &RoleId) -> Vec<Holder> {
    holders(picture, |email, user| user.roles.has(role).then(|| role_lines(picture, email, role)))
}

/// Those who are in `group`, in the order of addresses.
pub fn is_in(picture: Picture<'_>, group: &GroupName) -> Vec<Holder> {
    holders(picture, |email, user| user.groups.has(group).then(|| membership(picture, email, group)))
}

fn holders(
    picture: Picture<'_>,
    lines: impl Fn(&Email, &crate::model::User) -> Option<Vec<Line>>,
) -> Vec<Holder> {
    let users = picture.organization.users.iter();
    users
        .filter_map(|(email, user)| {
            Some(Holder {
                user: email.clone(),
                state: user.state,
                until: last_day(picture, email),
                lines: lines(email, user)?,
            })
        })
        .collect()
}

/// The last day that the policy gives the person in the organization.
pub(super) fn last_day(picture: Picture<'_>, email: &Email) -> Option<Date> {
    picture.policy.users.get(email)?.until
}

/// The line that gives `email` the role.
pub(super) fn role_lines(picture: Picture<'_>, email: &Email, role: &RoleId) -> Vec<Line> {
    let grant = picture.policy.users.get(email).and_then(|declared| declared.roles.as_ref()?.get(role));
    grant.map(|grant| Line { link: Link::Fact, why: picture.policy.why_granted(grant) }).into_iter().collect()
}
