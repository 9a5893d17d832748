//! Finds locked people who can still start products.

use super::ACCESS_SECTIONS;
use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::UserState;

pub(super) const RULE: AuditRule = AuditRule {
    id: "locked-but-entitled",
    severity: Severity::Warning,
    title: "a locked person who can still use products",
    why: "Locking ends neither access nor usage: what was entitled before stays so, and goes on being \
        charged.",
    fix: "Take away groups, products and licences, or remove the person.",
    reads: &ACCESS_SECTIONS,
    find: RuleSearch::Organization(find_locked_but_entitled),
};

fn find_locked_but_entitled(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut found = Vec::new();
    for (email, user) in audited.users().filter(|(_, user)| user.state == UserState::Locked) {
        let products: Vec<&str> = audited.usable_products(user).map(|product| product.as_str()).collect();
        if !products.is_empty() {
            let message =
                format!("{email} is locked and can still use {}", super::abbreviated_list(&products));
            found.push(RuleHit::of_user(email, message).with_citation(audited.user_line(email)));
        }
    }
    found
}
