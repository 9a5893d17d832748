//! Power that no policy gave.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;
use crate::model::RoleId;
use crate::model::access::is_present;

pub(super) const RULE: Rule = Rule {
    id: "unmanaged-with-role",
    severity: Severity::Error,
    title: "a person with a role whom the policy does not declare",
    why: "Roles are power over the organization; here is one that nobody has reviewed.",
    fix: "Declare the person with the role and a reason, or take the role away.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (email, user) in audited.picture.organization.users.iter().filter(|(_, user)| is_present(user)) {
        // Account Administrators follow the contract and stand in no policy.
        let roles: Vec<_> = user
            .roles
            .keys()
            .filter(|role| !role.is(RoleId::ACCOUNT_ADMINISTRATOR))
            .map(ToString::to_string)
            .collect();
        if !roles.is_empty() && !audited.picture.policy.users.has(email) {
            found.push(Found::new(
                Item::User(email.clone()),
                format!("{email} is not in the policy and has {}", roles.join(", ")),
            ));
        }
    }
    found
}
