//! Finds entries of `manage.ignore` and `approvals` that match nothing.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::audit::finding::FindingSubject;
use crate::model::{Section, Text};

pub(super) const RULE: AuditRule = AuditRule {
    id: "idle-entry",
    severity: Severity::Note,
    title: "an entry of `manage.ignore` or `approvals` that matches nothing, or has ended, or a file that is \
        not read",
    why: "An exception that nobody needs any more hides or lets pass the next thing that happens to match \
        it.",
    fix: "Remove the entry; give the file a name that ends in .yaml, or take it out of the folder.",
    reads: &[Section::Users, Section::Groups],
    find: RuleSearch::Organization(find_idle_entries),
};

fn find_idle_entries(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let idle = audited.scoped.left_alone.idle.iter();
    idle.map(|text| {
        RuleHit::new(FindingSubject::Setting(Text::clone(text)), text.to_string())
            .with_citation(Some(audited.settings_line()))
    })
    .collect()
}
