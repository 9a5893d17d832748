//! Answers about access: who can do what in an organization, why, which lines of the policy say so, and what
//! is risky about it.
//!
//! Pure, and never fails: what nobody has said is a value too.

mod audited;
mod custom;
pub mod finding;
pub mod history;
pub mod review;
pub mod rules;
pub mod what;
pub mod who;
pub mod why;

use std::cmp::Reverse;

pub use audited::{Audited, Known};

use crate::model::{Desired, Live, Organization, OrganizationFacts, Text};
use crate::policy::Policy;
use crate::policy::condition::Subject;
use crate::policy::scope::Scoped;
use crate::policy::settings::{Accepted, OwnRule};
use custom::Objects;
use finding::{About, Finding, Found, Item, Severity};
use rules::{Find, RULES, UNUSED_IGNORE};

/// One side of an organization, and the policy whose lines are cited.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// What is there, objects under the names that the policy calls them by.
    pub organization: &'a Organization,
    /// The contracts and the catalogue.
    pub facts: &'a OrganizationFacts,
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
pub struct Report<'a> {
    /// All rules that were looked through: seatwise's in the order of their names, then the firm's own.
    pub rules: Vec<About<'a>>,
    /// The worst first, then by rule and item.
    pub findings: Vec<Finding<'a>>,
    /// Findings that `audit.ignore` hides.
    pub ignored: usize,
}

impl Report<'_> {
    /// Whether there is a finding of `severity` or worse.
    pub fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.rule.severity >= severity)
    }
}

/// What is told of all rules that `policy` is looked through by.
pub fn known_rules(policy: &Policy) -> impl Iterator<Item = About<'_>> {
    RULES
        .iter()
        .chain([&UNUSED_IGNORE])
        .map(|rule| rule.about())
        .chain(policy.settings.audit.rules.iter().map(about))
}

fn about(rule: &OwnRule) -> About<'_> {
    let OwnRule { id, severity, title, why, fix, .. } = rule;
    About { id, severity: *severity, title, why, fix }
}

/// Looks for everything that the rules look for.
pub fn audit<'a>(audited: &Audited<'a>) -> Report<'a> {
    let policy = audited.picture.policy;
    let mut sieve = Sieve::new(audited);
    for rule in &RULES {
        match (rule.find, audited.known.uses) {
            (Find::Organization(find), _) => sieve.take(rule.about(), find(audited)),
            (Find::Usage(find), Some(uses)) => sieve.take(rule.about(), find(audited, uses)),
            (Find::Usage(_), None) => {}
        }
    }
    let objects = Objects::new(audited);
    // What other rules have found is known when they are through.
    let (over_findings, over_objects): (Vec<_>, Vec<_>) =
        policy.settings.audit.rules.iter().partition(|rule| rule.when.subject() == Subject::Finding);
    for rule in over_objects.into_iter().chain(over_findings) {
        let found = objects.found(rule, &sieve.findings);
        sieve.take(about(rule), found);
    }
    let (mut findings, ignored) = sieve.finish();
    findings.sort_by(|a, b| {
        let key = |finding: &Finding<'a>| (Reverse(finding.rule.severity), finding.rule.id);
        key(a).cmp(&key(b)).then_with(|| (&a.item, &a.message).cmp(&(&b.item, &b.message)))
    });
    Report { rules: known_rules(policy).collect(), findings, ignored }
}

/// Holds what is found against `audit.ignore`.
struct Sieve<'s, 'a> {
    audited: &'s Audited<'a>,
    accepted: &'a [Accepted],
    used: Vec<bool>,
    findings: Vec<Finding<'a>>,
    ignored: usize,
}

impl<'s, 'a> Sieve<'s, 'a> {
    fn new(audited: &'s Audited<'a>) -> Self {
        let accepted = &audited.picture.policy.settings.audit.accepted;
        Self { audited, accepted, used: vec![false; accepted.len()], findings: Vec::new(), ignored: 0 }
    }

    fn take(&mut self, rule: About<'a>, found: Vec<Found>) {
        for Found { item, message, at } in found {
            let hides = |entry: &Accepted| {
                entry.until >= self.audited.moment.as_of && entry.hides(rule.id, &item.to_string())
            };
            let hidden: Vec<usize> = self
                .accepted
                .iter()
                .enumerate()
                .filter(|(_, entry)| hides(entry))
                .map(|(at, _)| at)
                .collect();
            hidden.iter().for_each(|at| self.used[*at] = true);
            if hidden.is_empty() {
                self.findings.push(Finding { rule, item, message, at });
            } else {
                self.ignored += 1;
            }
        }
    }

    /// What is left, and one finding for each entry that hid nothing.
    fn finish(mut self) -> (Vec<Finding<'a>>, usize) {
        for entry in self.accepted.iter().zip(&self.used).filter(|(_, used)| !**used).map(|(entry, _)| entry)
        {
            let Found { item, message, at } = unused(self.audited, entry);
            self.findings.push(Finding { rule: UNUSED_IGNORE.about(), item, message, at });
        }
        (self.findings, self.ignored)
    }
}

fn unused(audited: &Audited<'_>, entry: &Accepted) -> Found {
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
    Found::new(Item::Setting(Text::clone(&entry.rule)), message).at(Some(cited))
}
