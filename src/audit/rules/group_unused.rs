//! Finds groups without members.

use std::collections::BTreeSet;

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{GroupName, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "group-unused",
    severity: Severity::Note,
    title: "a group that nobody is in",
    why: "It does nothing until somebody joins it, and then whatever it grants.",
    fix: "Remove the group, or add whom it was made for.",
    reads: &[Section::Users, Section::Groups, Section::Memberships],
    find: RuleSearch::Organization(find_unused_groups),
};

fn find_unused_groups(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let organization = audited.picture.organization;
    let joined: BTreeSet<&GroupName> =
        organization.users.values().flat_map(|user| user.groups.keys()).collect();
    let unused = organization.groups.keys().filter(|name| !joined.contains(name));
    unused
        .map(|name| {
            RuleHit::of_group(name, format!("nobody is in the group {name}"))
                .with_citation(audited.group_line(name))
        })
        .collect()
}
