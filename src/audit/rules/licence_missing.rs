//! Finds people who use a product that is licensed by name, without holding a licence.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{LicenceKind, ProductId, Section};
use crate::usage::{LastUses, UserName};

pub(super) const RULE: AuditRule = AuditRule {
    id: "licence-missing",
    severity: Severity::Error,
    title: "a person who works with a product that is licensed by name, and holds no licence of it",
    why: "Without an assigned licence each use goes into the pool, where none is owned, and is charged as \
        excess.",
    fix: "Assign a licence: add the product to the person's `products`. If none is left, `licence-unused` \
        says whose could be released.",
    reads: &[Section::Users, Section::Assignments],
    find: RuleSearch::Usage(find_missing_licences),
};

fn find_missing_licences(audited: &AuditInput<'_>, uses: &LastUses) -> Vec<RuleHit> {
    let picture = audited.picture;
    let from = audited.unused_cutoff();
    let is_named = |product: &ProductId| {
        picture.facts.products.get(product).is_some_and(|known| known.licence == LicenceKind::Named)
    };
    let mut found = Vec::new();
    for (email, user) in audited.users() {
        let Some(used) = uses.users.get(&UserName::Email(email.clone())) else { continue };
        for (product, days) in
            used.iter().filter(|(product, _)| is_named(product) && !user.licences.has(*product))
        {
            let Some(last) = days.pooled.filter(|last| *last >= from) else { continue };
            let message = format!("{email} used {product} on {last} and holds no named licence of it");
            found.push(
                RuleHit::of_assignment(email, product, message).with_citation(audited.user_line(email)),
            );
        }
    }
    found
}
