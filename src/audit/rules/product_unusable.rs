//! Finds products that nobody can start.

use super::ACCESS_SECTIONS;
use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};

pub(super) const RULE: AuditRule = AuditRule {
    id: "product-unusable",
    severity: Severity::Note,
    title: "a product of the catalogue that nobody can use",
    why: "If it is owned, it is paid for in vain; if it is not, it can go from the catalogue.",
    fix: "Assign it, list it for a group, or remove it from `products`.",
    reads: &ACCESS_SECTIONS,
    find: RuleSearch::Organization(find_unusable_products),
};

fn find_unusable_products(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let picture = audited.picture;
    let usable = audited.products_usable_by_anybody();
    let unusable = picture.facts.products.keys().filter(|product| !usable.contains(*product));
    let found = unusable.map(|product| {
        let owned = picture
            .facts
            .owned_licences(product)
            .filter(|owned| *owned > 0)
            .map(|owned| format!(", and {owned} are owned"))
            .unwrap_or_default();
        RuleHit::of_product(product, format!("nobody can use {product}{owned}"))
    });
    found.collect()
}
