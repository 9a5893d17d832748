//! Renders the evidence for programs: people with their facts.
//!
//! Products that many people have alike are listed once, in numbered sets.

use serde::Serialize;

use super::super::line_history::LineHistory;
use super::super::report::pretty_json;
use super::super::words;
use super::ReviewEvidence;
use super::facts::{FactCollector, ReviewFact};
use crate::audit::access_review::ReviewedPerson;

/// The evidence of an access review.
#[derive(Serialize)]
struct ReviewJson<'a> {
    format: &'static str,
    organization: &'a str,
    side: &'a str,
    as_of: String,
    read: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    /// The lines of which Git does not tell who set them, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by_not_known: Option<String>,
    /// The first day of known use; absent where the review did not look at usage.
    #[serde(skip_serializing_if = "Option::is_none")]
    use_known_since: Option<String>,
    people: Vec<ReviewPersonJson<'a>>,
    strangers: Vec<&'a str>,
    /// The sets of products; a fact's `products` is an index into this list, counted from 0.
    product_sets: Vec<Vec<&'a str>>,
    settings: Vec<ProductSettingJson<'a>>,
}

/// A person with the facts about the person.
#[derive(Serialize)]
struct ReviewPersonJson<'a> {
    user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    first_name: &'a str,
    last_name: &'a str,
    country: &'a str,
    entitlement_country: String,
    state: &'static str,
    policy: &'static str,
    usable_products: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reviewed: Option<LastReviewJson<'a>>,
    facts: Vec<ReviewFactJson>,
}

/// The last review of a person.
#[derive(Serialize)]
struct LastReviewJson<'a> {
    on: String,
    by: &'a str,
}

/// A fact about a person.
#[derive(Serialize)]
struct ReviewFactJson {
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    item: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<usize>,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    lines: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<String>,
}

/// An access setting of a product.
#[derive(Serialize)]
struct ProductSettingJson<'a> {
    product: &'a str,
    area: String,
    allow: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

/// Renders the evidence as one JSON object.
pub(super) fn review_json(evidence: &ReviewEvidence<'_>) -> String {
    let review = evidence.review;
    let mut collector = FactCollector::new(evidence);
    let people = review.people.iter().map(|person| {
        let facts = collector.facts(person);
        person_json(person, facts)
    });
    let settings = review.settings.iter().map(|stated| ProductSettingJson {
        product: stated.product.as_str(),
        area: words::area_name(stated.area),
        allow: stated.setting.as_str(),
        line: stated.at.as_ref().map(|at| format!("{}:{}", at.file, at.line)),
    });
    let document = ReviewJson {
        format: "seatwise-review/1",
        organization: evidence.organization,
        side: evidence.side,
        as_of: review.moment.as_of.to_string(),
        read: format!("{:.0}", review.moment.now),
        commit: evidence.commit,
        set_by_not_known: evidence.history.as_ref().and_then(LineHistory::gap),
        use_known_since: review.uses.and_then(|uses| uses.since).map(|day| day.to_string()),
        people: people.collect(),
        strangers: review.strangers.iter().map(|email| email.as_str()).collect(),
        product_sets: review
            .sets
            .iter()
            .map(|set| set.iter().map(|product| product.as_str()).collect())
            .collect(),
        settings: settings.collect(),
    };
    pretty_json(&document)
}

fn person_json<'a>(person: &'a ReviewedPerson<'a>, facts: Vec<ReviewFact<'_>>) -> ReviewPersonJson<'a> {
    let profile = &person.user.profile;
    ReviewPersonJson {
        user: person.email.as_str(),
        id: person.user.id.as_ref().map(|id| id.as_str()),
        first_name: &profile.first_name,
        last_name: &profile.last_name,
        country: profile.country.as_str(),
        entitlement_country: person.country.to_string(),
        state: person.user.state.as_str(),
        policy: person.standing.as_str(),
        usable_products: person.usable,
        last_used: person.last_used.map(|day| day.to_string()),
        last_reviewed: person.reviewed.map(|held| LastReviewJson { on: held.on.to_string(), by: &held.by }),
        facts: facts.into_iter().map(fact_json).collect(),
    }
}

fn fact_json(fact: ReviewFact<'_>) -> ReviewFactJson {
    let commit = fact.since.commit();
    ReviewFactJson {
        kind: fact.kind.as_str(),
        products: fact.products,
        since: fact.since.day(),
        commit: commit.map(|commit| commit.commit.clone()),
        author: commit.map(|commit| commit.author.clone()),
        until: fact.until.map(|day| day.to_string()),
        last_used: fact.used.map(|day| day.to_string()),
        item: fact.item,
        reason: fact.reason,
        lines: fact.places,
    }
}
