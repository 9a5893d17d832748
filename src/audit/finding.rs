//! The findings of an audit.

use std::fmt;

use crate::change::Citation;
use crate::model::{CountryCode, Email, GroupName, ProductId, Text};
pub use crate::policy::settings::Severity;

/// What a finding is about. It is shown the way an `ignore` entry names it.
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
    /// A person's assignment of a product.
    Assignment(Email, ProductId),
    /// A person's membership of a group.
    Membership(Email, GroupName),
    /// The alert for a product in a country.
    Alert(ProductId, CountryCode),
    /// A setting in `seatwise.yaml`.
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

impl FindingSubject {
    /// Returns the product that the finding is about.
    pub fn product(&self) -> Option<&ProductId> {
        match self {
            Self::Product(product) | Self::Assignment(_, product) | Self::Alert(product, _) => Some(product),
            Self::Organization | Self::User(_) | Self::Group(_) | Self::Membership(..) | Self::Setting(_) => {
                None
            }
        }
    }
}

/// The texts of a rule, seatwise's or the firm's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSummary<'a> {
    /// The stable name.
    pub id: &'a str,
    /// The severity of its findings.
    pub severity: Severity,
    /// What the rule looks for, as a noun phrase.
    pub title: &'a str,
    /// Why findings matter; empty where a rule of the firm's own does not say.
    pub why: &'a str,
    /// What to do about findings; empty where a rule of the firm's own does not say.
    pub fix: &'a str,
}

/// One finding of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    pub rule: RuleSummary<'a>,
    pub item: FindingSubject,
    /// One sentence. It may contain text of the organization, which is not sanitized.
    pub message: String,
    /// The policy line to look at first; `None` where the policy has none.
    pub at: Option<Citation>,
}

/// What a rule finds about one item, before `audit.ignore` is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleHit {
    pub item: FindingSubject,
    /// One sentence.
    pub message: String,
    /// The policy line to look at first; `None` where the policy has none.
    pub at: Option<Citation>,
}

impl RuleHit {
    /// Builds a hit without a policy line.
    pub fn new(item: FindingSubject, message: impl Into<String>) -> Self {
        Self { item, message: message.into(), at: None }
    }

    /// Builds a hit about a person.
    pub fn of_user(email: &Email, message: impl Into<String>) -> Self {
        Self::new(FindingSubject::User(email.clone()), message)
    }

    /// Builds a hit about a group.
    pub fn of_group(name: &GroupName, message: impl Into<String>) -> Self {
        Self::new(FindingSubject::Group(name.clone()), message)
    }

    /// Builds a hit about a product.
    pub fn of_product(product: &ProductId, message: impl Into<String>) -> Self {
        Self::new(FindingSubject::Product(product.clone()), message)
    }

    /// Builds a hit about a person's assignment of a product.
    pub fn of_assignment(email: &Email, product: &ProductId, message: impl Into<String>) -> Self {
        Self::new(FindingSubject::Assignment(email.clone(), product.clone()), message)
    }

    /// Sets the policy line to look at first.
    #[must_use]
    pub fn with_citation(self, at: Option<Citation>) -> Self {
        Self { at, ..self }
    }
}
