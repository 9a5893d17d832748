//! Finds policy lines whose last day has passed.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};

pub(super) const RULE: AuditRule = AuditRule {
    id: "grant-ended",
    severity: Severity::Note,
    title: "a line of the policy that has ended",
    why: "It does nothing any more, and whoever reads the file has to find that out.",
    fix: "Remove the line once the plan that takes the grant away has been applied; the history keeps it.",
    reads: &[],
    find: RuleSearch::Organization(find_ended_grants),
};

fn find_ended_grants(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    audited.dated_grants(|until| until < audited.moment.as_of, |what, until| format!("{what} ended {until}"))
}
