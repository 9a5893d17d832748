//! Duties that one person shall not have together.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;

pub(super) const RULE: Rule = Rule {
    id: "separation-of-duties",
    severity: Severity::Error,
    title: "a person with two roles that a pair of `audit.separation` keeps apart",
    why: "Who gives out licences shall not be the one who can hide it: the pairs are your firm's own \
        decision.",
    fix: "Take one of the two roles away.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (one, other) in &audited.picture.policy.settings.audit.separation {
        for (email, user) in &audited.picture.organization.users {
            if user.roles.has(one) && user.roles.has(other) {
                let at = audited.grant_line(email, |declared| declared.roles.as_ref()?.get(other.as_str()));
                found.push(
                    Found::new(Item::User(email.clone()), format!("{email} has both {one} and {other}"))
                        .at(at),
                );
            }
        }
    }
    found
}
