//! Who can use a product, has a role, or is in a group.

use super::OrganizationView;
use super::explanation::{ChainLine, ChainLink, RuleStatement, explain_access, membership_lines};
use crate::model::access::AccessRule;
use crate::model::{Date, Email, GroupName, ProductId, RoleId, UserState};

/// Somebody who can start a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductUser {
    /// Who.
    pub user: Email,
    /// Their state: a locked user goes on being able to start what was started before.
    pub state: UserState,
    /// Their last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The rule that lets them.
    pub by: AccessRule,
    /// The facts of that rule that let them, at least one.
    pub because: Vec<RuleStatement>,
}

/// Those who can start `product`, in the order of addresses.
pub fn product_users(picture: OrganizationView<'_>, product: &ProductId) -> Vec<ProductUser> {
    let users = picture.organization.users.iter();
    let allowed = users.filter_map(|(email, user)| {
        let explanation =
            explain_access(picture, email, product).filter(|explanation| explanation.can_start())?;
        let because = explanation.deciding_statements().cloned().collect();
        Some(ProductUser {
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
pub struct GrantHolder {
    /// Who.
    pub user: Email,
    /// Their state.
    pub state: UserState,
    /// Their last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The lines of the policy that make it so; none where the policy does not say it.
    pub lines: Vec<ChainLine>,
}

/// Those who have `role`, in the order of addresses.
pub fn role_holders(picture: OrganizationView<'_>, role: &RoleId) -> Vec<GrantHolder> {
    grant_holders(picture, |email, user| user.roles.has(role).then(|| role_lines(picture, email, role)))
}

/// Those who are in `group`, in the order of addresses.
pub fn group_members(picture: OrganizationView<'_>, group: &GroupName) -> Vec<GrantHolder> {
    grant_holders(picture, |email, user| {
        user.groups.has(group).then(|| membership_lines(picture, email, group))
    })
}

fn grant_holders(
    picture: OrganizationView<'_>,
    lines: impl Fn(&Email, &crate::model::User) -> Option<Vec<ChainLine>>,
) -> Vec<GrantHolder> {
    let users = picture.organization.users.iter();
    users
        .filter_map(|(email, user)| {
            Some(GrantHolder {
                user: email.clone(),
                state: user.state,
                until: last_day(picture, email),
                lines: lines(email, user)?,
            })
        })
        .collect()
}

/// The last day that the policy gives the person in the organization.
pub(super) fn last_day(picture: OrganizationView<'_>, email: &Email) -> Option<Date> {
    picture.policy.users.get(email)?.until
}

/// The line that gives `email` the role.
pub(super) fn role_lines(picture: OrganizationView<'_>, email: &Email, role: &RoleId) -> Vec<ChainLine> {
    let grant = picture.policy.users.get(email).and_then(|declared| declared.roles.as_ref()?.get(role));
    grant
        .map(|grant| ChainLine { link: ChainLink::Fact, why: picture.policy.reason_for_grant(grant) })
        .into_iter()
        .collect()
}
