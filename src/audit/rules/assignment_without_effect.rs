//! Finds products toggled for people to whom the toggle makes no difference.

use super::ACCESS_SECTIONS;
use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::access::decide_access;
use crate::model::{User, UserException};

pub(super) const RULE: AuditRule = AuditRule {
    id: "assignment-without-effect",
    severity: Severity::Note,
    title: "a product allowed or denied by name to somebody for whom that changes nothing",
    why: "It reads as if it mattered. When a list or a setting changes later, it suddenly does, and nobody \
        remembers why it is there.",
    fix: "Remove the product from the person's `products` or `deny`, unless it shall hold whatever the lists \
        say.",
    reads: &ACCESS_SECTIONS,
    find: RuleSearch::Organization(find_assignments_without_effect),
};

fn find_assignments_without_effect(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let picture = audited.picture;
    let mut found = Vec::new();
    for (email, user) in audited.users().filter(|(_, user)| !user.exceptions.is_empty()) {
        for (product, exception) in user.exceptions.iter() {
            let mut without = User::clone(user);
            without.exceptions.take(product);
            let allowed = *exception == UserException::Allow;
            let decision = decide_access(picture.organization, picture.facts, &without, product);
            if decision.allowed != allowed {
                continue;
            }
            let message = match exception {
                UserException::Allow => {
                    format!("{email} could use {product} without being allowed it by name")
                }
                UserException::Deny => {
                    format!("{email} could not use {product} without being denied it by name")
                }
            };
            let at = audited.grant_line(email, |declared| match exception {
                UserException::Allow => declared.products.as_ref()?.get(product.as_str()),
                UserException::Deny => declared.deny.as_ref()?.get(product.as_str()),
            });
            found.push(RuleHit::of_assignment(email, product, message).with_citation(at));
        }
    }
    found
}
