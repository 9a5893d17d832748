//! Answers as JSON: one object, its form frozen and named.

use serde::Serialize;

use super::{Blamed, rule_words};
use crate::audit::what::UserHoldings;
use crate::audit::who::{GrantHolder, ProductUser};
use crate::audit::why::{AccessExplanation, AccessFact, ChainLine, ChainLink, ListEffect, RuleStatement};
use crate::change::StepReason;
use crate::model::access::AccessRule;
use crate::model::{AccessSetting, Area, ProductId, UserException};

/// The format's name.
const FORMAT: &str = "seatwise-answer/1";

#[derive(Serialize)]
struct Answer<'s, T> {
    format: &'static str,
    side: &'s str,
    #[serde(flatten)]
    answer: T,
}

/// The answer of one side, or of both side by side.
pub fn answers(answers: &[serde_json::Value]) -> String {
    let text = match answers {
        [one] => serde_json::to_string_pretty(one),
        all => serde_json::to_string_pretty(all),
    };
    // Values with text keys always have a JSON form.
    text.unwrap_or_default() + "\n"
}

fn value<T: Serialize>(side: &str, answer: T) -> serde_json::Value {
    serde_json::to_value(Answer { format: FORMAT, side, answer }).unwrap_or_default()
}

#[derive(Serialize)]
struct People<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    people: usize,
    users: Vec<T>,
}

#[derive(Serialize)]
struct Able {
    user: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    by: &'static str,
    because: Vec<Because>,
}

#[derive(Serialize)]
struct Because {
    rule: &'static str,
    #[serde(flatten)]
    fact: FactForm,
    /// `null` where it has no say.
    allows: Option<bool>,
    lines: Vec<LineForm>,
}

#[derive(Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
enum FactForm {
    NamedLicence { assigned: Option<String> },
    Exception { product: &'static str },
    List { group: String, list: &'static str, country: Option<String> },
    Setting { area: String, allow: &'static str },
    Default { allow: &'static str, stated: bool },
}

#[derive(Serialize)]
struct LineForm {
    says: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    file: String,
    line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn rule(rule: AccessRule) -> &'static str {
    match rule {
        AccessRule::NamedLicence => "named_licence",
        AccessRule::Exception => "exception",
        AccessRule::Groups => "groups",
        AccessRule::Product => "product",
        AccessRule::Default => "default",
    }
}

fn setting(setting: AccessSetting) -> &'static str {
    match setting {
        AccessSetting::Everyone => "everyone",
        AccessSetting::Nobody => "nobody",
    }
}

fn fact(fact: &AccessFact) -> FactForm {
    match fact {
        AccessFact::NamedLicence { assigned } => {
            FactForm::NamedLicence { assigned: assigned.map(|since| since.to_string()) }
        }
        AccessFact::Exception(UserException::Allow) => FactForm::Exception { product: "allowed" },
        AccessFact::Exception(UserException::Deny) => FactForm::Exception { product: "denied" },
        AccessFact::List { group, list } => {
            let (list, country) = match list {
                ListEffect::Names => ("names", None),
                ListEffect::LeavesOut => ("leaves_out", None),
                ListEffect::Empty => ("empty", None),
                ListEffect::For(country) => ("other_country", Some(country.to_string())),
            };
            FactForm::List { group: group.to_string(), list, country }
        }
        AccessFact::Setting { area, setting: said } => {
            let area = match area {
                Area::Everywhere => "everywhere".to_owned(),
                Area::Country(country) => country.to_string(),
            };
            FactForm::Setting { area, allow: setting(*said) }
        }
        AccessFact::Default { setting: said, stated } => {
            FactForm::Default { allow: setting(*said), stated: *stated }
        }
    }
}

fn because(said: &RuleStatement) -> Because {
    Because { rule: rule(said.rule), fact: fact(&said.fact), allows: said.allows, lines: lines(&said.lines) }
}

fn lines(lines: &[ChainLine]) -> Vec<LineForm> {
    lines.iter().filter_map(line).collect()
}

fn line(line: &ChainLine) -> Option<LineForm> {
    let (says, group) = match &line.link {
        ChainLink::Fact => ("fact", None),
        ChainLink::Member(group) => ("member", Some(group)),
        ChainLink::Includes { inner: _, outer } => ("included_in", Some(outer)),
        ChainLink::Listed(group) => ("listed", Some(group)),
    };
    let at = line.why.citation()?;
    let (until, reason) = match &line.why {
        StepReason::Declared { until, reason, .. } => (*until, reason.as_ref()),
        StepReason::Ended { on, .. } => (Some(*on), None),
        StepReason::NotYet { .. }
        | StepReason::Removed { .. }
        | StepReason::NotDeclared { .. }
        | StepReason::Follows { .. }
        | StepReason::Undo => (None, None),
    };
    Some(LineForm {
        says,
        group: group.map(ToString::to_string),
        file: at.file.to_string(),
        line: at.line,
        until: until.map(|day| day.to_string()),
        reason: reason.map(ToString::to_string),
    })
}

/// Those who can start a product.
pub fn can_use(side: &str, product: &ProductId, found: &[ProductUser], people: usize) -> serde_json::Value {
    let users = found.iter().map(|one| Able {
        user: one.user.to_string(),
        state: one.state.as_str(),
        until: one.until.map(|day| day.to_string()),
        by: rule(one.by),
        because: one.because.iter().map(because).collect(),
    });
    value(
        side,
        People {
            product: Some(product.to_string()),
            role: None,
            group: None,
            people,
            users: users.collect(),
        },
    )
}

#[derive(Serialize)]
struct Has {
    user: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    lines: Vec<LineForm>,
}

/// What is asked of holders.
#[derive(Debug, Clone, Copy)]
pub enum Held<'a> {
    /// A role.
    Role(&'a str),
    /// A group.
    Group(&'a str),
}

/// Those who have a role or are in a group.
pub fn holders(side: &str, held: Held<'_>, found: &[GrantHolder], people: usize) -> serde_json::Value {
    let users = found.iter().map(|one| Has {
        user: one.user.to_string(),
        state: one.state.as_str(),
        until: one.until.map(|day| day.to_string()),
        lines: lines(&one.lines),
    });
    let (role, group) = match held {
        Held::Role(role) => (Some(role.to_owned()), None),
        Held::Group(group) => (None, Some(group.to_owned())),
    };
    value(side, People { product: None, role, group, people, users: users.collect() })
}

#[derive(Serialize)]
struct WhyForm {
    user: String,
    product: String,
    allowed: bool,
    present: bool,
    decided_by: &'static str,
    decided_by_words: &'static str,
    entitlement_country: String,
    said: Vec<Because>,
}

/// Why somebody can or cannot start a product.
pub fn why(
    side: &str,
    user: &str,
    product: &ProductId,
    explanation: &AccessExplanation,
    blamed: &[Blamed],
) -> serde_json::Value {
    let set_by = blamed.iter().map(|of| SetBy {
        file: of.at.file.to_string(),
        line: of.at.line,
        commit: of.commit.clone(),
        author: of.author.clone(),
        time: of.time.to_string(),
        summary: of.summary.clone(),
    });
    value(side, WhyAndWho { why: why_form(user, product, explanation), set_by: set_by.collect() })
}

#[derive(Serialize)]
struct WhyAndWho {
    #[serde(flatten)]
    why: WhyForm,
    set_by: Vec<SetBy>,
}

/// The commit that last set a line.
#[derive(Serialize)]
struct SetBy {
    file: String,
    line: u32,
    commit: String,
    author: String,
    time: String,
    summary: String,
}

fn why_form(user: &str, product: &ProductId, explanation: &AccessExplanation) -> WhyForm {
    WhyForm {
        user: user.to_owned(),
        product: product.to_string(),
        allowed: explanation.can_start(),
        present: explanation.present,
        decided_by: rule(explanation.decision.by),
        decided_by_words: rule_words(explanation.decision.by),
        entitlement_country: explanation.country.to_string(),
        said: explanation.said.iter().map(because).collect(),
    }
}

#[derive(Serialize)]
struct Holding {
    name: String,
    lines: Vec<LineForm>,
}

#[derive(Serialize)]
struct WhatForm {
    user: String,
    first_name: String,
    last_name: String,
    country: String,
    entitlement_country: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    roles: Vec<Holding>,
    groups: Vec<Holding>,
    products: Vec<WhyForm>,
}

/// What one person has.
pub fn what(side: &str, portrait: &UserHoldings) -> serde_json::Value {
    let profile = &portrait.user.profile;
    let form = WhatForm {
        user: profile.email.to_string(),
        first_name: profile.first_name.to_string(),
        last_name: profile.last_name.to_string(),
        country: profile.country.to_string(),
        entitlement_country: portrait.country.to_string(),
        state: portrait.user.state.as_str(),
        until: portrait.until.map(|day| day.to_string()),
        roles: portrait
            .roles
            .iter()
            .map(|(role, of)| Holding { name: role.to_string(), lines: lines(of) })
            .collect(),
        groups: portrait
            .groups
            .iter()
            .map(|(group, of)| Holding { name: group.to_string(), lines: lines(of) })
            .collect(),
        products: portrait
            .products
            .iter()
            .map(|(product, of)| why_form(profile.email.as_str(), product, of))
            .collect(),
    };
    value(side, form)
}
