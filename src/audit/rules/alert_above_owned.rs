//! Finds alerts that can only come too late.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::audit::finding::FindingSubject;
use crate::model::Section;

pub(super) const RULE: AuditRule = AuditRule {
    id: "alert-above-owned",
    severity: Severity::Warning,
    title: "an alert whose threshold is above what is owned",
    why: "Every use above the owned quantity is charged, so an alert that waits for more tells of money that \
        is spent already.",
    fix: "Set `above` to the owned quantity or less.",
    reads: &[Section::Alerts, Section::Contracts],
    find: RuleSearch::Organization(find_alerts_above_owned),
};

fn find_alerts_above_owned(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let picture = audited.picture;
    let late = picture.organization.alerts.iter().filter_map(|((product, country), alert)| {
        let owned = audited.owned_licences_in(product, *country)?;
        let at = picture
            .policy
            .alerts
            .get(&(product.clone(), *country))
            .map(|declared| picture.policy.sources.cite(declared.place));
        let message = format!(
            "the alert for {product} in {country} waits for more than {} users, and {owned} are owned",
            alert.above
        );
        (alert.above > owned).then(|| {
            RuleHit::new(FindingSubject::Alert(product.clone(), *country), message).with_citation(at)
        })
    });
    late.collect()
}
