//! Somebody who is locked and can still start products.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;
use crate::model::UserState;

pub(super) const RULE: Rule = Rule {
    id: "locked-but-entitled",
    severity: Severity::Warning,
    title: "a locked person who can still use products",
    why: "Locking ends neither access nor usage: what was entitled before stays so, and goes on being \
        charged.",
    fix: "Take away groups, products and licences, or remove the person.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (email, user) in
        audited.picture.organization.users.iter().filter(|(_, user)| user.state == UserState::Locked)
    {
        let products: Vec<&str> = audited.usable(user).map(|product| product.as_str()).collect();
        if !products.is_empty() {
            let message = format!("{email} is locked and can still use {}", some_of(&products));
            found.push(Found::new(Item::User(email.clone()), message).at(audited.user_line(email)));
        }
    }
    found
}

/// The first few, and how many more.
fn some_of(names: &[&str]) -> String {
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 3 { format!("{shown} and {} more", names.len() - 3) } else { shown }
}
