//! The rules of the audit, one in each file: what it looks for, why that matters, what to do, and the search
//! itself.

mod administrators_few;
mod alert_above_owned;
mod assignment_without_effect;
mod checkout_of_leaver;
mod denied_but_licensed;
mod everyone_unlimited;
mod grant_ended;
mod grant_ending;
mod group_unused;
mod guard_off;
mod idle_entry;
mod licence_missing;
mod licence_unused;
mod list_empty;
mod locked_but_entitled;
mod look_alike_name;
mod old_activation_key;
mod open_exposure;
mod outside_without_end;
mod product_unusable;
mod role_needs_download;
mod same_name;
mod separation_of_duties;
mod several_allocation_groups;
mod token_ending;
mod unmanaged_with_role;

use super::AuditInput;
use super::finding::{RuleHit, RuleSummary, Severity};
use crate::model::Section;
use crate::usage::LastUses;

/// A rule of the audit.
#[derive(Debug, Clone, Copy)]
pub struct AuditRule {
    /// The stable name.
    pub id: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// What the rule looks for, as a noun phrase.
    pub title: &'static str,
    /// Why findings matter.
    pub why: &'static str,
    /// What to do about findings.
    pub fix: &'static str,
    /// The sections of the organization that the rule looks at; where one was not read it does not run.
    pub reads: &'static [Section],
    pub(super) find: RuleSearch,
}

/// The sections that decide who can start what.
pub(super) const ACCESS_SECTIONS: [Section; 5] =
    [Section::Users, Section::Groups, Section::Memberships, Section::Assignments, Section::Restrictions];

/// The search function of a rule.
#[derive(Debug, Clone, Copy)]
pub(super) enum RuleSearch {
    /// Searches the organization and the policy.
    Organization(fn(&AuditInput<'_>) -> Vec<RuleHit>),
    /// Searches the use of products too; does not run where no use is known.
    Usage(fn(&AuditInput<'_>, &LastUses) -> Vec<RuleHit>),
}

impl AuditRule {
    /// Whether the rule needs to know the use of products.
    pub fn needs_usage(&self) -> bool {
        match self.find {
            RuleSearch::Usage(_) => true,
            RuleSearch::Organization(_) => false,
        }
    }

    /// Returns the texts of the rule.
    pub fn summary(&self) -> RuleSummary<'static> {
        let Self { id, severity, title, why, fix, reads: _, find: _ } = *self;
        RuleSummary { id, severity, title, why, fix }
    }
}

/// Joins the first three names, and says how many more there are.
fn abbreviated_list(names: &[&str]) -> String {
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 3 { format!("{shown} and {} more", names.len() - 3) } else { shown }
}

/// All rules, in the order of their names.
pub const RULES: [AuditRule; 26] = [
    administrators_few::RULE,
    alert_above_owned::RULE,
    assignment_without_effect::RULE,
    checkout_of_leaver::RULE,
    denied_but_licensed::RULE,
    everyone_unlimited::RULE,
    grant_ended::RULE,
    grant_ending::RULE,
    group_unused::RULE,
    guard_off::RULE,
    idle_entry::RULE,
    licence_missing::RULE,
    licence_unused::RULE,
    list_empty::RULE,
    locked_but_entitled::RULE,
    look_alike_name::RULE,
    old_activation_key::RULE,
    open_exposure::RULE,
    outside_without_end::RULE,
    product_unusable::RULE,
    role_needs_download::RULE,
    same_name::RULE,
    separation_of_duties::RULE,
    several_allocation_groups::RULE,
    token_ending::RULE,
    unmanaged_with_role::RULE,
];

/// The rules that the audit itself applies, so that their own searches find nothing.
pub static RULES_OF_THE_AUDIT: [AuditRule; 2] = [COSTLY_RULE, UNUSED_IGNORE];

/// The rule about own rules that take too much work to be applied.
pub const COSTLY_RULE: AuditRule = AuditRule {
    id: "costly-rule",
    severity: Severity::Error,
    title: "a rule of `audit.rules` that was not applied, as it takes too much work",
    why: "What the rule would find is not found.",
    fix: "Let it go through fewer or shorter lists within other lists, or have fewer rules.",
    reads: &[],
    find: RuleSearch::Organization(|_| Vec::new()),
};

/// The rule about entries of `audit.ignore` that hide nothing, which is applied after all others.
pub const UNUSED_IGNORE: AuditRule = AuditRule {
    id: "unused-ignore",
    severity: Severity::Note,
    title: "an entry of `audit.ignore` that hides nothing, or has ended",
    why: "An exception that nobody needs any more hides the next finding of its kind.",
    fix: "Remove the entry; if it has ended and the finding is still accepted, give it a new end and reason.",
    reads: &[],
    find: RuleSearch::Organization(|_| Vec::new()),
};
