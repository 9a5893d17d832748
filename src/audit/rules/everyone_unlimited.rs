//! Finds products that everyone may start and every use of which is excess.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{AccessSetting, OwnedLicences, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "everyone-unlimited",
    severity: Severity::Warning,
    title: "a product that a contract leaves unlimited and everyone may start",
    why: "Unlimited is not owned: nothing holds anybody back, and every use is charged.",
    fix: "Restrict the product to those who need it (`allow: selected`), or accept it with `audit.ignore`.",
    reads: &[Section::Restrictions, Section::Contracts],
    find: RuleSearch::Organization(find_unlimited_for_everyone),
};

fn find_unlimited_for_everyone(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut found = Vec::new();
    for contract in &audited.picture.facts.contracts {
        let unlimited = contract.owned.iter().filter(|(_, owned)| **owned == OwnedLicences::Unlimited);
        for (product, _) in unlimited {
            if audited.setting_in(product, contract.country) == AccessSetting::Everyone {
                let message = format!(
                    "everyone in {} can start {product}, which the contract leaves unlimited and does not \
                        own",
                    contract.country
                );
                found.push(
                    RuleHit::of_product(product, message)
                        .with_citation(audited.setting_line(product, contract.country)),
                );
            }
        }
    }
    found
}
