//! What an audit finds.

use std::fmt;

use crate::change::Citation;
use crate::model::{CountryCode, Email, GroupName, ProductId, Text};
pub use crate::policy::settings::Severity;

/// What a finding is about. Shown as it is written in an `ignore` entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingSubject {
    /// The organization as a whole.
    Organization,
    /// A person.
    User(Email),
    /// A group.
    Group(GroupName),
    /// A product.
    Product(ProductId),
    /// A person's product.
    Assignment(Email, ProductId),
    /// A person's group.
    Membership(Email, GroupName),
    /// A product in a country.
    Alert(ProductId, CountryCode),
    /// A text of `seatwise.yaml`.
    Setting(Text),
}

impl fmt::Display for FindingSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => f.write_str("organization"),
            Self::User(user) => write!(f, "{user}"),
            Self::Group(group) => write!(f, "group {group}"),
            Self::Product(product) => write!(f, "product {product}"),
            Self::Assignment(user, product) => write!(f, "{user}/{product}"),
            Self::Membership(user, group) => write!(f, "{group}/{user}"),
            Self::Alert(product, country) => write!(f, "alert {product} {country}"),
            Self::Setting(text) => f.write_str(text),
        }
    }
}

/// What is told of a rule, ours or the firm's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSummary<'a> {
    /// Its stable name.
    pub id: &'a str,
    /// How bad its findings are.
    pub severity: Severity,
    /// What it looks for, as a noun phrase.
    pub title: &'a str,
    /// Why that matters; empty where a rule of the firm's own does not say.
    pub why: &'a str,
    /// What to do about it; empty where a rule of the firm's own does not say.
    pub fix: &'a str,
}

/// One finding of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The rule.
    pub rule: RuleSummary<'a>,
    /// What it is about.
    pub item: FindingSubject,
    /// What is so, in one sentence. Foreign text in it is not cleaned.
    pub message: String,
    /// The line of the policy to look at first; none where the policy has no say.
    pub at: Option<Citation>,
}

/// What a rule says of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHit {
    /// What it is about.
    pub item: FindingSubject,
    /// What is so, in one sentence.
    pub message: String,
    /// The line of the policy to look at first.
    pub at: Option<Citation>,
}

impl RuleHit {
    /// Something that stands nowhere in the policy.
    pub fn new(item: FindingSubject, message: impl Into<String>) -> Self {
        Self { item, message: message.into(), at: None }
    }

    /// The same with the line to look at.
    #[must_use]
    pub fn with_citation(self, at: Option<Citation>) -> Self {
        Self { at, ..self }
    }
}
