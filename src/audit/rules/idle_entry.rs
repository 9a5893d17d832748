//! Exceptions that are about nothing.

use super::{Audited, Find, Found, Rule, Severity};
use crate::audit::finding::Item;
use crate::model::Text;

pub(super) const RULE: Rule = Rule {
    id: "idle-entry",
    severity: Severity::Note,
    title: "an entry of `manage.ignore` or `approvals` that matches nothing, or has ended",
    why: "An exception that nobody needs any more hides or lets pass the next thing that happens to match \
        it.",
    fix: "Remove the entry.",
    find: Find::Organization(find),
};

fn find(audited: &Audited<'_>) -> Vec<Found> {
    let idle = audited.scoped.left_alone.idle.iter();
    idle.map(|text| {
        Found::new(Item::Setting(Text::clone(text)), text.to_string()).at(Some(audited.settings_line()))
    })
    .collect()
}
