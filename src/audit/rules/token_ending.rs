//! Finds a token that expires soon.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::audit::finding::FindingSubject;

pub(super) const RULE: AuditRule = AuditRule {
    id: "token-ending",
    severity: Severity::Warning,
    title: "a token that ends within the days of `audit.ending_days` (30 unless set)",
    why: "On the day after, nothing is read or applied any more, and whoever can make a new token may be on \
        holiday.",
    fix: "Make a new token, and put it where the old one is kept.",
    reads: &[],
    find: RuleSearch::Organization(find_ending_token),
};

fn find_ending_token(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let days = audited.picture.policy.settings.audit.ending_days;
    let soon = audited.moment.as_of.saturating_add(jiff::Span::new().days(i64::from(days)));
    let ending = audited.known.token_until.filter(|until| *until <= soon);
    ending
        .map(|until| {
            RuleHit::new(
                FindingSubject::Organization,
                format!("the token that the organization is read with ends on {until}"),
            )
        })
        .into_iter()
        .collect()
}
