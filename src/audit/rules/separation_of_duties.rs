//! Finds people with two roles that must not be held together.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::Section;

pub(super) const RULE: AuditRule = AuditRule {
    id: "separation-of-duties",
    severity: Severity::Error,
    title: "a person with two roles that a pair of `audit.separation` keeps apart",
    why: "Who gives out licences shall not be the one who can hide it: the pairs are your firm's own \
        decision.",
    fix: "Take one of the two roles away.",
    reads: &[Section::Users, Section::Roles],
    find: RuleSearch::Organization(find_joined_duties),
};

fn find_joined_duties(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut found = Vec::new();
    for (one, other) in &audited.picture.policy.settings.audit.separation {
        for (email, user) in audited.users() {
            if user.roles.has(one) && user.roles.has(other) {
                let at = audited.grant_line(email, |declared| declared.roles.as_ref()?.get(other.as_str()));
                found.push(
                    RuleHit::of_user(email, format!("{email} has both {one} and {other}")).with_citation(at),
                );
            }
        }
    }
    found
}
