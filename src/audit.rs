//! Answers about access: who can do what in an organization, why, which lines of the policy say so, and what is risky about it.
//!
//! Pure, and never fails: what nobody has said is a value too.

mod audited;
pub mod finding;
pub mod history;
pub mod review;
pub mod rules;
pub mod what;
pub mod who;
pub mod why;

use std::cmp::Reverse;

pub use audited::Audited;

use crate::model::{Desired, Facts, Live, Organization, Text};
use crate::policy::Policy;
use crate::policy::scope::Scoped;
use crate::policy::settings::Accepted;
use finding::{Finding, Item, Severity};
use rules::{RULES, Rule, UNUSED_IGNORE};

/// One side of an organization, and the policy whose lines are cited.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// What is there, objects under the names that the policy calls them by.
    pub organization: &'a Organization,
    /// The contracts and the catalogue.
    pub facts: &'a Facts,
    /// What is declared.
    pub policy: &'a Policy,
}

impl<'a> Picture<'a> {
    /// What the organization reported.
    pub fn live(scoped: &'a Scoped, policy: &'a Policy) -> Self {
        let Live(organization) = &scoped.live;
        Self { organization, facts: &scoped.facts, policy }
    }

    /// What the policy makes of it, what it leaves alone included.
    pub fn desired(scoped: &'a Scoped, policy: &'a Policy) -> Self {
        let Desired(organization) = &scoped.desired;
        Self { organization, facts: &scoped.facts, policy }
    }
}

/// What an audit came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The worst first, then by rule and item.
    pub findings: Vec<Finding>,
    /// Findings that `audit.ignore` hides.
    pub ignored: usize,
}

impl Report {
    /// Whether there is a finding of `severity` or worse.
    pub fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity >= severity)
    }
}

/// Looks for everything that the rules look for.
pub fn audit(audited: &Audited<'_>) -> Report {
    let accepted = &audited.picture.policy.settings.audit.accepted;
    let mut used = vec![false; accepted.len()];
    let (mut findings, mut ignored) = (Vec::new(), 0);
    for rule in &RULES {
        for found in (rule.find)(audited) {
            let hiding = |entry: &Accepted| entry.until >= audited.moment.as_of && entry.hides(rule.id, &found.item.to_string());
            let hidden: Vec<usize> = accepted.iter().enumerate().filter(|(_, entry)| hiding(entry)).map(|(at, _)| at).collect();
            hidden.iter().for_each(|at| used[*at] = true);
            if hidden.is_empty() {
                findings.push(made(rule, found));
            } else {
                ignored += 1;
            }
        }
    }
    let idle = accepted.iter().zip(used).filter(|(_, used)| !used).map(|(entry, _)| unused(audited, entry));
    findings.extend(idle.map(|found| made(&UNUSED_IGNORE, found)));
    findings.sort_by(|a, b| (Reverse(a.severity), a.rule, &a.item, &a.message).cmp(&(Reverse(b.severity), b.rule, &b.item, &b.message)));
    Report { findings, ignored }
}

fn made(rule: &Rule, found: finding::Found) -> Finding {
    let finding::Found { item, message, at } = found;
    Finding { rule: rule.id, severity: rule.severity, item, message, at }
}

fn unused(audited: &Audited<'_>, entry: &Accepted) -> finding::Found {
    let is_known = RULES.iter().any(|rule| rule.id == &*entry.rule);
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
    finding::Found::new(Item::Setting(Text::clone(&entry.rule)), message).at(Some(cited))
}
