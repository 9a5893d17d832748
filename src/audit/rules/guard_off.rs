//! Finds guards that are switched off.

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::audit::finding::FindingSubject;
use crate::policy::settings::{Guards, LicenceGuardAction};

pub(super) const RULE: AuditRule = AuditRule {
    id: "guard-off",
    severity: Severity::Warning,
    title: "a guard that is `off`",
    why: "A slip of the pen, or a read that went wrong, is then carried out however large it is.",
    fix: "Give the guard a limit that your usual changes stay below, and approve the unusual ones.",
    reads: &[],
    find: RuleSearch::Organization(find_guards_off),
};

fn find_guards_off(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let Guards {
        removals,
        one_group,
        loses_access,
        gains_access,
        administrators,
        protect: _,
        licences,
        account_locks,
        added_exposure,
        exposure,
    } = &audited.picture.policy.settings.guards;
    let removals =
        removals.iter().map(|(relation, limit)| (format!("removals.{}", relation.as_str()), limit.is_none()));
    let others = [
        ("one_group", one_group.is_none()),
        ("loses_access", loses_access.is_none()),
        ("gains_access", gains_access.is_none()),
        ("administrators", administrators.is_none()),
        ("licences", matches!(licences, LicenceGuardAction::Warn)),
        ("account_locks", account_locks.is_none()),
        ("exposure", added_exposure.is_none() && exposure.is_none()),
    ];
    let all = removals.chain(others.map(|(name, is_off)| (name.to_owned(), is_off)));
    let off = all.filter(|(_, is_off)| *is_off).map(|(name, _)| {
        let message = if name == "licences" {
            format!("`guard.{name}` only warns")
        } else {
            format!("`guard.{name}` is off")
        };
        RuleHit::new(FindingSubject::Setting(format!("guard.{name}").into()), message)
            .with_citation(Some(audited.settings_line()))
    });
    off.collect()
}
