//! Finds people with a role but without `download`, on which the role builds.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{RoleId, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "role-needs-download",
    severity: Severity::Warning,
    title: "a role that needs `download`, without it",
    why: "`beta` and `download-sdk` build on `download` and do nothing without it.",
    fix: "Add `download` to the roles, or take the other one away.",
    reads: &[Section::Users, Section::Roles],
    find: RuleSearch::Organization(find_roles_without_download),
};

fn find_roles_without_download(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut found = Vec::new();
    for (email, user) in audited.users().filter(|(_, user)| !user.roles.has(RoleId::DOWNLOAD)) {
        for role in user.roles.keys().filter(|role| role.needs_download()) {
            let at = audited.grant_line(email, |declared| declared.roles.as_ref()?.get(role.as_str()));
            found.push(
                RuleHit::of_user(email, format!("{email} has the role {role} without `download`"))
                    .with_citation(at),
            );
        }
    }
    found
}
