//! Finds products that are not owned and that everybody can start.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{AccessSetting, LicenceKind, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "open-exposure",
    severity: Severity::Error,
    title: "a product that is not owned and that everyone can start",
    why: "Each machine that starts it at once with others is excess, and a quarter of excess costs 16 % of \
        the list price for each.",
    fix: "Restrict it: `{product: …, allow: selected}` under `restrictions`.",
    reads: &[Section::Users, Section::Restrictions, Section::Contracts],
    find: RuleSearch::Organization(find_open_exposure),
};

fn find_open_exposure(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let pooled =
        audited.picture.facts.products.iter().filter(|(_, product)| product.licence == LicenceKind::Pooled);
    let mut found = Vec::new();
    for (id, product) in pooled {
        let open: Vec<_> = audited
            .countries()
            .filter(|country| audited.owned_licences_in(id, *country) == Some(0))
            .filter(|country| audited.setting_in(id, *country) == AccessSetting::Everyone)
            .collect();
        let Some(first) = open.first() else { continue };
        let countries = open.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let price = product
            .list_price
            .as_ref()
            .map(|price| format!(", list price {}", price.words()))
            .unwrap_or_default();
        let message =
            format!("everyone in {countries} can start {id}, of which nothing is owned there{price}");
        found.push(RuleHit::of_product(id, message).with_citation(audited.setting_line(id, *first)));
    }
    found
}
