//! Finds people in several allocation groups, whose usage could be booked on any of them.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{GroupKind, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "several-allocation-groups",
    severity: Severity::Error,
    title: "a person in several allocation groups",
    why: "A person's usage is booked on one of them, and which one is not yours to say.",
    fix: "Leave the person in one allocation group.",
    reads: &[Section::Users, Section::Groups, Section::Memberships],
    find: RuleSearch::Organization(find_several_allocation_groups),
};

fn find_several_allocation_groups(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let organization = audited.picture.organization;
    let allocates = |name: &&crate::model::GroupName| {
        organization.groups.get(*name).is_some_and(|group| group.facts.kind == GroupKind::Allocation)
    };
    let mut found = Vec::new();
    for (email, user) in &organization.users {
        let groups: Vec<_> = user.groups.keys().filter(allocates).collect();
        if let [_, second, ..] = groups.as_slice() {
            let names = groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let at = audited.grant_line(email, |declared| declared.groups.get(second.as_str()));
            found.push(
                RuleHit::of_user(email, format!("{email} is in the allocation groups {names}"))
                    .with_citation(at),
            );
        }
    }
    found
}
