//! Finds denials that a named licence overrides.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{Section, UserException};

pub(super) const RULE: AuditRule = AuditRule {
    id: "denied-but-licensed",
    severity: Severity::Warning,
    title: "a named licence of a product that its holder is denied by name",
    why: "A named licence beats every denial: the person can start the product although the policy reads as \
        if they could not.",
    fix: "Release the licence, or remove the denial.",
    reads: &[Section::Users, Section::Assignments],
    find: RuleSearch::Organization(find_denied_but_licensed),
};

fn find_denied_but_licensed(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut found = Vec::new();
    for (email, user) in audited.users() {
        for product in
            user.licences.keys().filter(|product| user.exceptions.get(*product) == Some(&UserException::Deny))
        {
            let message =
                format!("{email} is denied {product} by name and holds a named licence of it, which wins");
            let at = audited.grant_line(email, |declared| declared.deny.as_ref()?.get(product.as_str()));
            found.push(RuleHit::of_assignment(email, product, message).with_citation(at));
        }
    }
    found
}
