//! Products that everyone may start and every use of which is excess.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;
use crate::model::access::{default_of, setting_of};
use crate::model::{AccessSetting, OwnedLicences};

pub(super) const RULE: Rule = Rule {
    id: "everyone-unlimited",
    severity: Severity::Warning,
    title: "a product that a contract leaves unlimited and everyone may start",
    why: "Unlimited is not owned: nothing holds anybody back, and every use is charged.",
    fix: "Restrict the product to those who need it (`allow: selected`), or accept it with `audit.ignore`.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
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
                    Found::new(Item::Product(product.clone()), message)
                        .at(audited.setting_line(product, contract.country)),
                );
            }
        }
    }
    found
}
