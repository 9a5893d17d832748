//! Answers questions about access: who can do what in an organization, why, which lines of the policy say so,
//! and what is risky about it.
//!
//! The module is pure and never fails: what is unknown is a value too.

pub mod access_review;
pub mod explanation;
pub mod finding;
pub mod holders;
pub mod holding_shifts;
mod input;
mod own_rules;
pub mod policy_renames;
pub mod rules;
pub mod user_holdings;

use std::cmp::Reverse;
use std::collections::BTreeMap;

pub use input::{AuditInput, AuxiliaryFacts};

use crate::model::{Desired, Live, Organization, OrganizationFacts, Section, Text};
use crate::policy::Policy;
use crate::policy::condition::{ConditionSubject, StepBudget};
use crate::policy::scope::ScopeOutcome;
use crate::policy::settings::{AcceptedFinding, OwnRule};
use finding::{Finding, FindingSubject, RuleHit, RuleSummary, Severity};
use own_rules::ConditionObjects;
use rules::{COSTLY_RULE, RULES, RULES_OF_THE_AUDIT, RuleSearch, UNUSED_IGNORE};

/// One side of an organization, with the policy whose lines are cited.
#[derive(Debug, Clone, Copy)]
pub struct OrganizationView<'a> {
    /// The objects of that side, under the names that the policy gives them.
    pub organization: &'a Organization,
    /// The contracts and the catalogue.
    pub facts: &'a OrganizationFacts,
    pub policy: &'a Policy,
}

impl<'a> OrganizationView<'a> {
    /// Views what the organization reported.
    pub fn from_live(scoped: &'a ScopeOutcome, policy: &'a Policy) -> Self {
        let Live(organization) = &scoped.live;
        Self { organization, facts: &scoped.facts, policy }
    }

    /// Views the organization as the policy will make it, including whatever the policy leaves alone.
    pub fn from_desired(scoped: &'a ScopeOutcome, policy: &'a Policy) -> Self {
        let Desired(organization) = &scoped.desired;
        Self { organization, facts: &scoped.facts, policy }
    }
}

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport<'a> {
    /// All rules of the audit: seatwise's in the order of their names, then the firm's own.
    pub rules: Vec<RuleSummary<'a>>,
    /// In order of severity, the worst first, then of rule and item.
    pub findings: Vec<Finding<'a>>,
    /// The number of findings that `audit.ignore` hides.
    pub ignored: usize,
    /// The rules that did not run, each with a section that it looks at and that was not read.
    pub blind: Vec<(&'a str, Section)>,
    /// The sections that the policy manages and that were not read although the organization has them.
    pub not_compared: Vec<Section>,
}

impl AuditReport<'_> {
    /// Whether there is a finding of `severity` or worse.
    pub fn has_severity(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.rule.severity >= severity)
    }
}

/// Returns a summary of each rule that applies to `policy`.
pub fn known_rules(policy: &Policy) -> impl Iterator<Item = RuleSummary<'_>> {
    RULES
        .iter()
        .chain(&RULES_OF_THE_AUDIT)
        .map(|rule| rule.summary())
        .chain(policy.settings.audit.rules.iter().map(own_rule_summary))
}

fn own_rule_summary(rule: &OwnRule) -> RuleSummary<'_> {
    let OwnRule { id, severity, title, why, fix, .. } = rule;
    RuleSummary { id, severity: *severity, title, why, fix }
}

/// Runs all rules and returns their findings.
pub fn audit_organization<'a>(audited: &AuditInput<'a>) -> AuditReport<'a> {
    let policy = audited.picture.policy;
    let mut filter = IgnoreFilter::new(audited);
    let mut blind = Vec::new();
    for rule in &RULES {
        if let Some(section) = audited.unread_section(rule.reads) {
            blind.push((rule.id, section));
            continue;
        }
        match (rule.find, audited.known.uses) {
            (RuleSearch::Organization(find), _) => filter.add_hits(rule.summary(), find(audited)),
            (RuleSearch::Usage(find), Some(uses)) => filter.add_hits(rule.summary(), find(audited, uses)),
            (RuleSearch::Usage(_), None) => {}
        }
    }
    let objects = ConditionObjects::new(audited);
    // Rules over findings run last, when the findings of all other rules are known.
    let (over_findings, over_objects): (Vec<_>, Vec<_>) =
        policy.settings.audit.rules.iter().partition(|rule| rule.when.subject() == ConditionSubject::Finding);
    let mut budget = StepBudget::of_audit();
    for rule in over_objects.into_iter().chain(over_findings) {
        if let Some(section) = audited.unread_section(&own_rules::read_sections(rule)) {
            blind.push((&*rule.id, section));
            continue;
        }
        match apply_own_rule(rule, &objects, &filter.findings, &mut budget) {
            Ok(found) => filter.add_hits(own_rule_summary(rule), found),
            Err(costly) => {
                filter.not_applied.push(&rule.id);
                filter.add_hits(COSTLY_RULE.summary(), vec![costly]);
            }
        }
    }
    let (mut findings, ignored) = filter.finish(&blind);
    findings.sort_by(|a, b| {
        let key = |finding: &Finding<'a>| (Reverse(finding.rule.severity), finding.rule.id);
        key(a).cmp(&key(b)).then_with(|| (&a.item, &a.message).cmp(&(&b.item, &b.message)))
    });
    let not_compared = audited.scoped.not_compared.clone();
    AuditReport { rules: known_rules(policy).collect(), findings, ignored, blind, not_compared }
}

/// Returns the hits of an own rule; else the one that says why it was not applied.
fn apply_own_rule(
    rule: &OwnRule,
    objects: &ConditionObjects<'_, '_>,
    findings: &[Finding<'_>],
    budget: &mut StepBudget,
) -> Result<Vec<RuleHit>, RuleHit> {
    let why = if budget.is_spent() {
        "a rule before it takes too much already".to_owned()
    } else {
        match objects.rule_hits(rule, findings, budget) {
            Ok(found) => return Ok(found),
            Err(error) => format!("with it, all rules take {error}"),
        }
    };
    let message = format!("{} was not applied: {why}", rule.id);
    let hit = RuleHit::new(FindingSubject::Setting(Text::clone(&rule.id)), message);
    Err(hit.with_citation(Some(objects.rule_line(rule))))
}

/// Collects findings, and hides those that `audit.ignore` accepts.
struct IgnoreFilter<'s, 'a> {
    audited: &'s AuditInput<'a>,
    accepted: &'a [AcceptedFinding],
    /// The entries that have not ended, by rule and item in lower case; `None` for all items. An entry is
    /// looked up, as both entries and findings may be many.
    entries: BTreeMap<(&'a str, Option<String>), Vec<usize>>,
    used: Vec<bool>,
    findings: Vec<Finding<'a>>,
    ignored: usize,
    /// The rules that were not applied: what an entry for one of them would hide is not known.
    not_applied: Vec<&'a str>,
}

impl<'s, 'a> IgnoreFilter<'s, 'a> {
    fn new(audited: &'s AuditInput<'a>) -> Self {
        let accepted = &audited.picture.policy.settings.audit.accepted;
        let mut entries: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, entry) in
            accepted.iter().enumerate().filter(|(_, entry)| entry.until >= audited.moment.as_of)
        {
            let item = entry.item.as_deref().map(str::to_lowercase);
            entries.entry((&*entry.rule, item)).or_default().push(at);
        }
        Self {
            audited,
            accepted,
            entries,
            used: vec![false; accepted.len()],
            findings: Vec::new(),
            ignored: 0,
            not_applied: Vec::new(),
        }
    }

    fn add_hits(&mut self, rule: RuleSummary<'a>, found: Vec<RuleHit>) {
        for RuleHit { item, message, at } in found {
            let of_item = self.entries.get(&(rule.id, Some(item.to_string().to_lowercase())));
            let hiding: Vec<usize> =
                of_item.into_iter().chain(self.entries.get(&(rule.id, None))).flatten().copied().collect();
            if hiding.is_empty() {
                self.findings.push(Finding { rule, item, message, at });
            } else {
                hiding.into_iter().for_each(|entry| self.used[entry] = true);
                self.ignored += 1;
            }
        }
    }

    /// Returns the findings that are left, with one more for each entry that hid nothing, and the number of
    /// hidden ones.
    fn finish(mut self, blind: &[(&str, Section)]) -> (Vec<Finding<'a>>, usize) {
        let is_blind = |entry: &AcceptedFinding| {
            let mut not_applied = blind.iter().map(|(rule, _)| *rule).chain(self.not_applied.iter().copied());
            not_applied.any(|rule| rule == &*entry.rule)
        };
        let unused = self.accepted.iter().zip(&self.used).filter(|(_, used)| !**used);
        for entry in unused.map(|(entry, _)| entry).filter(|entry| !is_blind(entry)) {
            let RuleHit { item, message, at } = unused_entry_hit(self.audited, entry);
            self.findings.push(Finding { rule: UNUSED_IGNORE.summary(), item, message, at });
        }
        (self.findings, self.ignored)
    }
}

fn unused_entry_hit(audited: &AuditInput<'_>, entry: &AcceptedFinding) -> RuleHit {
    let is_known = known_rules(audited.picture.policy).any(|rule| rule.id == &*entry.rule);
    let what = if !is_known {
        "names no rule".to_owned()
    } else if entry.until < audited.moment.as_of {
        format!("ended {}", entry.until)
    } else {
        "hides nothing".to_owned()
    };
    let item = entry.item.as_deref().map(|item| format!(" for `{item}`")).unwrap_or_default();
    let message = format!("the entry of `audit.ignore` for {}{item} {what}", entry.rule);
    let cited = audited.picture.policy.sources.cite(entry.place);
    RuleHit::new(FindingSubject::Setting(Text::clone(&entry.rule)), message).with_citation(Some(cited))
}
