//! Finds people who have a role and are not declared in the policy.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::access::is_present;
use crate::model::{RoleId, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "unmanaged-with-role",
    severity: Severity::Error,
    title: "a person with a role whom the policy does not declare",
    why: "Roles are power over the organization; here is one that nobody has reviewed.",
    fix: "Declare the person with the role and a reason, or take the role away.",
    reads: &[Section::Users, Section::Roles],
    find: RuleSearch::Organization(find_unmanaged_with_role),
};

fn find_unmanaged_with_role(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut found = Vec::new();
    for (email, user) in audited.users().filter(|(_, user)| is_present(user)) {
        // Account Administrators are given by the contract and are not in the policy.
        let roles: Vec<_> = user
            .roles
            .keys()
            .filter(|role| !role.is(RoleId::ACCOUNT_ADMINISTRATOR))
            .map(ToString::to_string)
            .collect();
        if !roles.is_empty() && !audited.picture.policy.users.has(email) {
            found.push(RuleHit::of_user(
                email,
                format!("{email} is not in the policy and has {}", roles.join(", ")),
            ));
        }
    }
    found
}
