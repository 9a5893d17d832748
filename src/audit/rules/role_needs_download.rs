//! A role without the one that it builds on.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;
use crate::model::RoleId;

pub(super) const RULE: Rule = Rule {
    id: "role-needs-download",
    severity: Severity::Warning,
    title: "a role that needs `download`, without it",
    why: "`beta` and `download-sdk` build on `download` and do nothing without it.",
    fix: "Add `download` to the roles, or take the other one away.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (email, user) in
        audited.picture.organization.users.iter().filter(|(_, user)| !user.roles.has(RoleId::DOWNLOAD))
    {
        for role in user.roles.keys().filter(|role| role.needs_download()) {
            let at = audited.grant_line(email, |declared| declared.roles.as_ref()?.get(role.as_str()));
            found.push(
                Found::new(
                    Item::User(email.clone()),
                    format!("{email} has the role {role} without `download`"),
                )
                .at(at),
            );
        }
    }
    found
}
