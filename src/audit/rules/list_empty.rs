//! Finds entitlement groups with an empty list.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{GroupKind, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "list-empty",
    severity: Severity::Warning,
    title: "an entitlement group whose list is empty",
    why: "An empty list does not count, so its members can start whatever is open to everyone; the first \
        product on it denies them all the rest.",
    fix: "List what the members may use, or make it a group of kind `other`.",
    reads: &[Section::Groups],
    find: RuleSearch::Organization(find_empty_lists),
};

fn find_empty_lists(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let groups = audited.picture.organization.groups.iter();
    let empty =
        groups.filter(|(_, group)| group.facts.kind == GroupKind::Entitlement && group.products.is_empty());
    let found = empty.map(|(name, _)| {
        RuleHit::of_group(
            name,
            format!("the list of the entitlement group {name} is empty and does not count"),
        )
        .with_citation(audited.group_line(name))
    });
    found.collect()
}
