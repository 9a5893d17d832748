//! Finds named licences that their holders do not use.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{Date, Licence, Section};
use crate::usage::{LastUses, UserName, midnight};

pub(super) const RULE: AuditRule = AuditRule {
    id: "licence-unused",
    severity: Severity::Warning,
    title: "a named licence that its holder has not used for `audit.unused_days` (90 unless set)",
    why: "Somebody else could work with it, or it need not be paid for again.",
    fix: "Release the licence: remove the product from the person's `products`.",
    reads: &[Section::Users, Section::Assignments],
    find: RuleSearch::Usage(find_unused_licences),
};

fn find_unused_licences(audited: &AuditInput<'_>, uses: &LastUses) -> Vec<RuleHit> {
    let from = audited.unused_cutoff();
    // Nothing is known of the time before the first row, so nobody can be said to have left a licence unused
    // then.
    if uses.since.is_none_or(|since| since > from) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (email, user) in audited.users() {
        for (product, _) in user.licences.iter().filter(|(_, licence)| was_held(licence, from)) {
            let last =
                uses.last_days(&UserName::Email(email.clone()), product).and_then(|days| days.licensed);
            if last.is_some_and(|last| last >= from) {
                continue;
            }
            let when =
                last.map_or_else(|| "no use of it is known".to_owned(), |last| format!("last used {last}"));
            let days = audited.picture.policy.settings.audit.unused_days;
            let message =
                format!("{email} has not used the named licence of {product} for {days} days: {when}");
            let at = audited.grant_line(email, |declared| declared.products.as_ref()?.get(product.as_str()));
            found.push(RuleHit::of_assignment(email, product, message).with_citation(at));
        }
    }
    found
}

/// Whether the licence was held since `from`; a licence without a known assignment is taken to have been.
fn was_held(licence: &Licence, from: Date) -> bool {
    licence.assigned.is_none_or(|assigned| assigned <= midnight(from))
}
