//! Renders answers as JSON: one object in a frozen, named format.

use serde::Serialize;

use super::rule_words;
use crate::audit::explanation::{
    AccessExplanation, AccessFact, ChainLine, ChainLink, ListEffect, RuleStatement,
};
use crate::audit::holders::{GrantHolder, ProductUser};
use crate::audit::user_holdings::{GroupHolding, UserHoldings};
use crate::model::access::AccessRule;
use crate::model::{LiveId, ProductId, RoleId, UserException};
use crate::render::line_history::LineHistory;
use crate::render::words;

const FORMAT: &str = "seatwise-answer/1";

/// The answer for one side, with the format's name.
#[derive(Serialize)]
struct AnswerJson<'s, T> {
    format: &'static str,
    side: &'s str,
    #[serde(flatten)]
    answer: T,
}

/// Returns the answer for one side, or the list of the answers for both sides.
pub fn answers_value(mut answers: Vec<serde_json::Value>) -> serde_json::Value {
    if answers.len() == 1 { answers.swap_remove(0) } else { answers.into() }
}

fn answer_value<T: Serialize>(side: &str, answer: T) -> serde_json::Value {
    serde_json::to_value(AnswerJson { format: FORMAT, side, answer }).unwrap_or_default()
}

/// A list of users out of all users.
#[derive(Serialize)]
struct PeopleJson<'a, T> {
    #[serde(flatten)]
    asked: PeopleQuestionJson<'a>,
    /// The identity of the group that is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    people: usize,
    users: Vec<T>,
}

/// A user who can start the product.
#[derive(Serialize)]
struct AbleUserJson {
    user: String,
    /// The identity that the organization gave the user, which a policy may state as `id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    by: &'static str,
    because: Vec<AccessReasonJson>,
}

/// A fact of an access decision with its policy lines.
#[derive(Serialize)]
struct AccessReasonJson {
    rule: &'static str,
    #[serde(flatten)]
    fact: AccessFactJson,
    /// `null` where the fact does not decide.
    allows: Option<bool>,
    lines: Vec<PolicyLineJson>,
}

/// A fact of an access decision.
#[derive(Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
enum AccessFactJson {
    NamedLicence { assigned: Option<String> },
    Exception { product: &'static str },
    List { group: String, list: &'static str, country: Option<String> },
    Setting { area: String, allow: &'static str },
    Default { allow: &'static str, stated: bool },
}

/// A policy line of a chain.
#[derive(Serialize)]
struct PolicyLineJson {
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

fn rule_key(rule: AccessRule) -> &'static str {
    match rule {
        AccessRule::NamedLicence => "named_licence",
        AccessRule::Exception => "exception",
        AccessRule::Groups => "groups",
        AccessRule::Product => "product",
        AccessRule::Default => "default",
    }
}

fn fact(fact: &AccessFact) -> AccessFactJson {
    match fact {
        AccessFact::NamedLicence { assigned } => {
            AccessFactJson::NamedLicence { assigned: assigned.map(|since| since.to_string()) }
        }
        AccessFact::Exception(UserException::Allow) => AccessFactJson::Exception { product: "allowed" },
        AccessFact::Exception(UserException::Deny) => AccessFactJson::Exception { product: "denied" },
        AccessFact::List { group, list } => {
            let (list, country) = match list {
                ListEffect::Names => ("names", None),
                ListEffect::LeavesOut => ("leaves_out", None),
                ListEffect::Empty => ("empty", None),
                ListEffect::For(country) => ("other_country", Some(country.to_string())),
            };
            AccessFactJson::List { group: group.to_string(), list, country }
        }
        AccessFact::Setting { area, setting: said } => {
            AccessFactJson::Setting { area: words::area_name(*area), allow: said.as_str() }
        }
        AccessFact::Default { setting: said, stated } => {
            AccessFactJson::Default { allow: said.as_str(), stated: *stated }
        }
    }
}

fn reason_json(said: &RuleStatement) -> AccessReasonJson {
    AccessReasonJson {
        rule: rule_key(said.rule),
        fact: fact(&said.fact),
        allows: said.allows,
        lines: lines(&said.lines),
    }
}

fn lines(lines: &[ChainLine]) -> Vec<PolicyLineJson> {
    lines.iter().filter_map(line).collect()
}

fn line(line: &ChainLine) -> Option<PolicyLineJson> {
    let (says, group) = match &line.link {
        ChainLink::Fact => ("fact", None),
        ChainLink::Member(group) => ("member", Some(group)),
        ChainLink::Includes { inner: _, outer } => ("included_in", Some(outer)),
        ChainLink::Listed(group) => ("listed", Some(group)),
    };
    let at = line.why.citation()?;
    let (until, reason) = words::stated_terms(&line.why);
    Some(PolicyLineJson {
        says,
        group: group.map(ToString::to_string),
        file: at.file.to_string(),
        line: at.line,
        until: until.map(|day| day.to_string()),
        reason: reason.map(ToString::to_string),
    })
}

/// Returns the users who can start a product.
pub fn who_can_use_json(
    side: &str,
    product: &ProductId,
    found: &[ProductUser],
    people: usize,
) -> serde_json::Value {
    let users = found.iter().map(|one| AbleUserJson {
        user: one.user.to_string(),
        id: identity(one.id.as_ref()),
        state: one.state.as_str(),
        until: one.until.map(|day| day.to_string()),
        by: rule_key(one.by),
        because: one.because.iter().map(reason_json).collect(),
    });
    let asked = PeopleQuestionJson::Product(product.as_str());
    answer_value(side, PeopleJson { asked, id: None, people, users: users.collect() })
}

/// A user who has the role or is in the group.
#[derive(Serialize)]
struct HolderJson {
    user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    lines: Vec<PolicyLineJson>,
}

/// What is asked who has it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleQuestionJson<'a> {
    Product(&'a str),
    Role(&'a str),
    Group(&'a str),
}

/// Returns the users who have a role or are in a group; `id` is the identity of the group.
pub fn holders_json(
    side: &str,
    asked: PeopleQuestionJson<'_>,
    id: Option<&LiveId>,
    found: &[GrantHolder],
    people: usize,
) -> serde_json::Value {
    let users = found.iter().map(|one| HolderJson {
        user: one.user.to_string(),
        id: identity(one.id.as_ref()),
        state: one.state.as_str(),
        until: one.until.map(|day| day.to_string()),
        lines: lines(&one.lines),
    });
    answer_value(side, PeopleJson { asked, id: identity(id), people, users: users.collect() })
}

/// The explanation of a user's access to a product.
#[derive(Serialize)]
struct ExplanationJson {
    user: String,
    product: String,
    allowed: bool,
    present: bool,
    decided_by: &'static str,
    decided_by_words: &'static str,
    entitlement_country: String,
    said: Vec<AccessReasonJson>,
}

/// Explains why a user can or cannot start a product, and which commits last set the deciding lines.
pub fn why_json(
    side: &str,
    user: &str,
    product: &ProductId,
    explanation: &AccessExplanation,
    history: &LineHistory,
) -> serde_json::Value {
    let set_by = history.blamed.values().map(|of| LineCommitJson {
        file: of.at.file.to_string(),
        line: of.at.line,
        commit: of.commit.clone(),
        author: of.author.clone(),
        time: of.time.to_string(),
        summary: of.summary.clone(),
    });
    answer_value(
        side,
        WhyAnswerJson {
            why: explanation_json(user, product, explanation),
            set_by: set_by.collect(),
            set_by_not_known: history.gap(),
        },
    )
}

/// An explanation with the commits that last set its lines.
#[derive(Serialize)]
struct WhyAnswerJson {
    #[serde(flatten)]
    why: ExplanationJson,
    set_by: Vec<LineCommitJson>,
    /// The lines of which Git does not tell who set them, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by_not_known: Option<String>,
}

/// The commit that last set a line.
#[derive(Serialize)]
struct LineCommitJson {
    file: String,
    line: u32,
    commit: String,
    author: String,
    time: String,
    summary: String,
}

fn explanation_json(user: &str, product: &ProductId, explanation: &AccessExplanation) -> ExplanationJson {
    ExplanationJson {
        user: user.to_owned(),
        product: product.to_string(),
        allowed: explanation.can_start(),
        present: explanation.present,
        decided_by: rule_key(explanation.decision.by),
        decided_by_words: rule_words(explanation.decision.by),
        entitlement_country: explanation.country.to_string(),
        said: explanation.said.iter().map(reason_json).collect(),
    }
}

/// A role or group of a user.
#[derive(Serialize)]
struct HoldingJson {
    name: String,
    /// The identity of a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    lines: Vec<PolicyLineJson>,
}

fn role_json((role, of): &(RoleId, Vec<ChainLine>)) -> HoldingJson {
    HoldingJson { name: role.to_string(), id: None, lines: lines(of) }
}

fn group_json(held: &GroupHolding) -> HoldingJson {
    HoldingJson { name: held.group.to_string(), id: identity(held.id.as_ref()), lines: lines(&held.lines) }
}

fn identity(id: Option<&LiveId>) -> Option<String> {
    id.map(|id| id.as_str().to_owned())
}

/// Everything that one user has.
#[derive(Serialize)]
struct PortraitJson {
    user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    first_name: String,
    last_name: String,
    country: String,
    entitlement_country: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    roles: Vec<HoldingJson>,
    groups: Vec<HoldingJson>,
    products: Vec<ExplanationJson>,
}

/// Describes everything that one user has.
pub fn portrait_json(side: &str, portrait: &UserHoldings) -> serde_json::Value {
    let profile = &portrait.user.profile;
    let form = PortraitJson {
        user: profile.email.to_string(),
        id: identity(portrait.user.id.as_ref()),
        first_name: profile.first_name.to_string(),
        last_name: profile.last_name.to_string(),
        country: profile.country.to_string(),
        entitlement_country: portrait.country.to_string(),
        state: portrait.user.state.as_str(),
        until: portrait.until.map(|day| day.to_string()),
        roles: portrait.roles.iter().map(role_json).collect(),
        groups: portrait.groups.iter().map(group_json).collect(),
        products: portrait
            .products
            .iter()
            .map(|(product, of)| explanation_json(profile.email.as_str(), product, of))
            .collect(),
    };
    answer_value(side, form)
}
