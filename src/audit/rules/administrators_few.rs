//! Finds an organization that too few people can administer.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::audit::finding::FindingSubject;
use crate::model::{RoleId, Section, UserState};

pub(super) const RULE: AuditRule = AuditRule {
    id: "administrators-few",
    severity: Severity::Error,
    title: "fewer than two active Co-Administrators",
    why: "When the only one leaves or is locked out, nobody can manage the organization until Bentley steps \
        in.",
    fix: "Give `co-administrator` to a second person, and see that both have accepted their invitation.",
    reads: &[Section::Users, Section::Roles],
    find: RuleSearch::Organization(find_few_administrators),
};

/// The number that the guard `administrators` keeps by default.
const WANTED: usize = 2;

fn find_few_administrators(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let holders =
        audited.users().map(|(_, user)| user).filter(|user| user.roles.has(RoleId::CO_ADMINISTRATOR));
    let active = holders.clone().filter(|user| user.state == UserState::Active).count();
    if active >= WANTED {
        return Vec::new();
    }
    let waiting = holders.filter(|user| user.state == UserState::Invited).count();
    let more = if waiting > 0 { format!("; {waiting} invited have yet to accept") } else { String::new() };
    vec![RuleHit::new(FindingSubject::Organization, format!("{active} active Co-Administrators{more}"))]
}
