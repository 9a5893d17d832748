//! Lists who can use a product, has a role, or is in a group.

use super::OrganizationView;
use super::explanation::{ChainLine, ChainLink, RuleStatement, explain_access, membership_lines};
use crate::model::access::AccessRule;
use crate::model::{Date, Email, GroupName, LiveId, ProductId, RoleId, UserState};

/// A person who can start a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductUser {
    pub user: Email,
    /// The identity that the organization gave the person; `None` before the invitation.
    pub id: Option<LiveId>,
    /// The person's state: a locked user can still start what was started before.
    pub state: UserState,
    /// The last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The rule that allows it.
    pub by: AccessRule,
    /// The statements of that rule that allow it, at least one.
    pub because: Vec<RuleStatement>,
}

/// Returns the people who can start `product`, in order of addresses.
pub fn product_users(picture: OrganizationView<'_>, product: &ProductId) -> Vec<ProductUser> {
    let users = picture.organization.users.iter();
    let allowed = users.filter_map(|(email, user)| {
        let explanation =
            explain_access(picture, email, product).filter(|explanation| explanation.can_start())?;
        let because = explanation.deciding_statements().cloned().collect();
        Some(ProductUser {
            user: email.clone(),
            id: user.id.clone(),
            state: user.state,
            until: last_day(picture, email),
            by: explanation.decision.by,
            because,
        })
    });
    allowed.collect()
}

/// A person who has a role or is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantHolder {
    pub user: Email,
    /// The identity that the organization gave the person; `None` before the invitation.
    pub id: Option<LiveId>,
    pub state: UserState,
    /// The last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The policy lines that grant it; empty where the policy does not.
    pub lines: Vec<ChainLine>,
}

/// Returns the people who have `role`, in order of addresses.
pub fn role_holders(picture: OrganizationView<'_>, role: &RoleId) -> Vec<GrantHolder> {
    grant_holders(picture, |email, user| user.roles.has(role).then(|| role_lines(picture, email, role)))
}

/// Returns the people who are in `group`, in order of addresses.
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
                id: user.id.clone(),
                state: user.state,
                until: last_day(picture, email),
                lines: lines(email, user)?,
            })
        })
        .collect()
}

/// Returns the person's last day in the organization, where the policy has one.
pub(super) fn last_day(picture: OrganizationView<'_>, email: &Email) -> Option<Date> {
    picture.policy.users.get(email)?.until
}

/// Returns the policy line that grants `role` to `email`, if there is one.
pub(super) fn role_lines(picture: OrganizationView<'_>, email: &Email, role: &RoleId) -> Vec<ChainLine> {
    let grant = picture.policy.users.get(email).and_then(|declared| declared.roles.as_ref()?.get(role));
    grant
        .map(|grant| ChainLine { link: ChainLink::Fact, why: picture.policy.reason_for_grant(grant) })
        .into_iter()
        .collect()
}
