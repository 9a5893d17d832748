//! Finds accounts with the same name, which may be one person.

use std::collections::BTreeMap;

use super::{AuditInput, AuditRule, RuleHit, RuleSearch, Severity};
use crate::model::{Email, Section};

pub(super) const RULE: AuditRule = AuditRule {
    id: "same-name",
    severity: Severity::Note,
    title: "several people of one name",
    why: "An old address beside a new one keeps its groups, roles and licences, and nobody misses it.",
    fix: "If they are one person, remove the old account; if the address changed, declare it as `formerly`.",
    reads: &[Section::Users],
    find: RuleSearch::Organization(find_same_names),
};

fn find_same_names(audited: &AuditInput<'_>) -> Vec<RuleHit> {
    let mut by_name: BTreeMap<(String, String), Vec<&Email>> = BTreeMap::new();
    for (email, user) in audited.users() {
        let name = (user.profile.first_name.to_lowercase(), user.profile.last_name.to_lowercase());
        if !name.0.is_empty() && !name.1.is_empty() {
            by_name.entry(name).or_default().push(email);
        }
    }
    let several = by_name.into_values().filter(|emails| emails.len() > 1);
    let mut found: Vec<_> = several
        .flat_map(|emails| {
            let first = emails[0].clone();
            emails.into_iter().skip(1).map(move |email| {
                RuleHit::of_user(email, format!("{email} has the name of {first}"))
                    .with_citation(audited.user_line(email))
            })
        })
        .collect();
    found.sort_by(|a, b| a.item.cmp(&b.item));
    found
}
