//! An entitlement group without a list.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;
use crate::model::GroupKind;

pub(super) const RULE: Rule = Rule {
    id: "list-empty",
    severity: Severity::Warning,
    title: "an entitlement group whose list is empty",
    why: "An empty list does not count, so its members can start whatever is open to everyone; the first \
        product on it denies them all the rest.",
    fix: "List what the members may use, or make it a group of kind `other`.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let groups = audited.picture.organization.groups.iter();
    let empty =
        groups.filter(|(_, group)| group.facts.kind == GroupKind::Entitlement && group.products.is_empty());
    let found = empty.map(|(name, _)| {
        Found::new(
            Item::Group(name.clone()),
            format!("the list of the entitlement group {name} is empty and does not count"),
        )
        .at(audited.group_line(name))
    });
    found.collect()
}
