//! Finds people from outside who have no end date.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{Email, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "outside-without-end",
    severity: Severity::Warning,
    title: "a person of a domain that `audit.inside` does not name, without an end date",
    why: "Contractors leave without anybody telling the licence administrator; what they keep, they can use.",
    fix: "Give the person an `until`; it can be moved when the contract is.",
    reads: &[Section::Users],
    find: RuleSearch::Organization(find_outsiders_without_end),
};

fn find_outsiders_without_end(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let policy = audited.picture.policy;
    let stays = |email: &Email| policy.users.get(email).is_none_or(|declared| declared.until.is_none());
    let outside =
        audited.picture.organization.users.keys().filter(|email| audited.is_outside(email) && stays(email));
    outside
        .map(|email| {
            RuleHit::of_user(email, format!("{email} is from outside and has no end date"))
                .with_citation(audited.user_line(email))
        })
        .collect()
}
