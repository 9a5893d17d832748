//! A group nobody is in.

use std::collections::BTreeSet;

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;
use crate::model::GroupName;

pub(super) const RULE: Rule = Rule {
    id: "group-unused",
    severity: Severity::Note,
    title: "a group that nobody is in",
    why: "It does nothing until somebody joins it, and then whatever it grants.",
    fix: "Remove the group, or add whom it was made for.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let organization = audited.picture.organization;
    let joined: BTreeSet<&GroupName> =
        organization.users.values().flat_map(|user| user.groups.keys()).collect();
    let unused = organization.groups.keys().filter(|name| !joined.contains(name));
    unused
        .map(|name| {
            Found::new(Item::Group(name.clone()), format!("nobody is in the group {name}"))
                .at(audited.group_line(name))
        })
        .collect()
}
