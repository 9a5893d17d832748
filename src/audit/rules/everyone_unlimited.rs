//! Finds products that everyone may start and every use of which is excess.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::audit::finding::FindingSubject;
use crate::model::access::{default_of, setting_of};
use crate::model::{AccessSetting, OwnedLicences};

pub(super) const RULE: AuditRule = AuditRule {
    id: "everyone-unlimited",
    severity: Severity::Warning,
    title: "a product that a contract leaves unlimited and everyone may start",
    why: "Unlimited is not owned: nothing holds anybody back, and every use is charged.",
    fix: "Restrict the product to those who need it (`allow: selected`), or accept it with `audit.ignore`.",
    find: RuleSearch::Organization(find_unlimited_for_everyone),
};

fn find_unlimited_for_everyone(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let picture = audited.picture;
    let mut found = Vec::new();
    for contract in &picture.facts.contracts {
        for product in contract
            .owned
            .iter()
            .filter(|(_, owned)| **owned == OwnedLicences::Unlimited)
            .map(|(product, _)| product)
        {
            let stated = setting_of(picture.organization, product, contract.country);
            let setting = stated
                .map_or_else(|| default_of(picture.organization, contract.country), |(_, setting)| setting);
            if setting == AccessSetting::Everyone {
                let message = format!(
                    "everyone in {} can start {product}, which the contract leaves unlimited and does not \
                        own",
                    contract.country
                );
                found.push(
                    RuleHit::new(FindingSubject::Product(product.clone()), message)
                        .with_citation(audited.setting_line(product, contract.country)),
                );
            }
        }
    }
    found
}
