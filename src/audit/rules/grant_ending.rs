//! Finds policy lines that end soon.

use jiff::ToSpan;

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};

pub(super) const RULE: AuditRule = AuditRule {
    id: "grant-ending",
    severity: Severity::Note,
    title: "a stay or grant that ends within the days of `audit.ending_days` (30 unless set)",
    why: "Somebody will lose access on a day that nobody may be thinking of.",
    fix: "Ask whether it is still needed, and move `until` if it is.",
    reads: &[],
    find: RuleSearch::Organization(find_ending_grants),
};

fn find_ending_grants(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let today = audited.moment.as_of;
    let last = today.saturating_add(i64::from(audited.picture.policy.settings.audit.ending_days).days());
    audited
        .dated_grants(|until| until >= today && until <= last, |what, until| format!("{what} ends {until}"))
}
