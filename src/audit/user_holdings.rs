//! Collects what one person has: roles, groups, and the products they can start.

use std::collections::BTreeSet;

use super::OrganizationView;
use super::explanation::{AccessExplanation, ChainLine, CountryOrigin, explain_access, membership_lines};
use super::holders::{last_day, role_lines};
use crate::model::access::entitlement_country;
use crate::model::{Checkout, CountryCode, Date, Email, GroupName, LiveId, ProductId, RoleId, User};

/// Everything one person has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserHoldings {
    /// The person, as the organization reports them.
    pub user: User,
    /// The last day in the organization, where the policy has one.
    pub until: Option<Date>,
    /// The entitlement country, whose settings apply.
    pub country: CountryCode,
    /// Why that country; `None` where no product is known.
    pub country_by: Option<CountryOrigin>,
    /// Roles, with the policy lines that grant them.
    pub roles: Vec<(RoleId, Vec<ChainLine>)>,
    pub groups: Vec<GroupHolding>,
    /// All products that the person can start, or is allowed or denied by name, with the explanation.
    pub products: Vec<(ProductId, AccessExplanation)>,
    /// Licences checked out on machines.
    pub checkouts: Vec<Checkout>,
}

/// A group that one person is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupHolding {
    pub group: GroupName,
    /// The identity that the organization gave the group; `None` before it is created.
    pub id: Option<LiveId>,
    /// The policy lines that make the person a member.
    pub lines: Vec<ChainLine>,
}

/// Returns everything `email` has; `None` where there is no such user.
pub fn user_holdings(picture: OrganizationView<'_>, email: &Email) -> Option<UserHoldings> {
    let user = picture.organization.users.get(email)?;
    let explained: Vec<_> = explained_products(picture, user)
        .into_iter()
        .filter_map(|product| Some((product.clone(), explain_access(picture, email, product)?)))
        .collect();
    Some(UserHoldings {
        user: User::clone(user),
        until: last_day(picture, email),
        country: entitlement_country(user, &picture.facts.contracts),
        country_by: explained.first().map(|(_, explanation)| explanation.country_by),
        roles: user.roles.keys().map(|role| (role.clone(), role_lines(picture, email, role))).collect(),
        groups: user.groups.keys().map(|group| group_holding(picture, email, group)).collect(),
        products: explained
            .into_iter()
            .filter(|(product, explanation)| explanation.can_start() || user.exceptions.has(product))
            .collect(),
        checkouts: user.checkouts.keys().cloned().collect(),
    })
}

fn group_holding(picture: OrganizationView<'_>, email: &Email, group: &GroupName) -> GroupHolding {
    GroupHolding {
        group: group.clone(),
        id: picture.organization.groups.get(group).and_then(|known| known.id.clone()),
        lines: membership_lines(picture, email, group),
    }
}

/// Returns all known products: those in the catalogue, on lists of groups and with settings.
pub fn known_products<'a>(picture: OrganizationView<'a>) -> BTreeSet<&'a ProductId> {
    let organization = picture.organization;
    let listed = organization.groups.values().flat_map(|group| group.products.keys());
    picture
        .facts
        .products
        .keys()
        .chain(listed)
        .chain(organization.restrictions.keys().map(|(product, _)| product))
        .collect()
}

fn explained_products<'a>(picture: OrganizationView<'a>, user: &'a User) -> BTreeSet<&'a ProductId> {
    let mut products = known_products(picture);
    products.extend(user.exceptions.keys().chain(user.licences.keys()));
    products
}
