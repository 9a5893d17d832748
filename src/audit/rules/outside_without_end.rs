//! Somebody from outside who stays for ever.

use super::{Audited, Found, Rule, Severity};
use crate::audit::finding::Item;

pub(super) const RULE: Rule = Rule {
    id: "outside-without-end",
    severity: Severity::Warning,
    title: "a person of a domain that `audit.inside` does not name, without an end date",
    why: "Contractors leave without anybody telling the licence administrator; what they keep, they can use.",
    fix: "Give the person an `until`; it can be moved when the contract is.",
    find,
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let policy = audited.picture.policy;
    let inside = &policy.settings.audit.inside;
    if inside.is_empty() {
        return Vec::new();
    }
    let outside = audited.picture.organization.users.keys().filter(|email| {
        let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
        !inside.contains(domain) && policy.users.get(*email).is_none_or(|declared| declared.until.is_none())
    });
    outside
        .map(|email| Found::new(Item::User(email.clone()), format!("{email} is from outside and has no end date")).at(audited.user_line(email)))
        .collect()
}
