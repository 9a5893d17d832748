//! The evidence for programs: people with their facts; products that many have alike stand once, in numbered
//! sets.

use serde::Serialize;

use super::super::words;
use super::facts::{Fact, Teller};
use super::{Evidence, standing};
use crate::audit::review::ReviewedPerson;

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    organization: &'a str,
    side: &'a str,
    as_of: String,
    read: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    /// The first day of which use is known; not there where no usage was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    use_known_since: Option<String>,
    people: Vec<PersonForm<'a>>,
    strangers: Vec<&'a str>,
    /// A fact's `products` is a place in this list, counted from 0.
    product_sets: Vec<Vec<&'a str>>,
    settings: Vec<SettingForm<'a>>,
}

#[derive(Serialize)]
struct PersonForm<'a> {
    user: &'a str,
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
    last_reviewed: Option<Reviewed<'a>>,
    facts: Vec<FactForm>,
}

#[derive(Serialize)]
struct Reviewed<'a> {
    on: String,
    by: &'a str,
}

#[derive(Serialize)]
struct FactForm {
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

#[derive(Serialize)]
struct SettingForm<'a> {
    product: &'a str,
    area: String,
    allow: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
}

/// One JSON object.
pub fn json(evidence: &Evidence<'_>) -> String {
    let review = evidence.review;
    let mut teller = Teller::new(evidence);
    let people = review.people.iter().map(|person| {
        let facts = teller.facts(person);
        form(person, facts)
    });
    let settings = review.settings.iter().map(|stated| SettingForm {
        product: stated.product.as_str(),
        area: words::area(stated.area),
        allow: stated.setting.as_str(),
        line: stated.at.as_ref().map(|at| format!("{}:{}", at.file, at.line)),
    });
    let document = Document {
        format: "seatwise-review/1",
        organization: evidence.organization,
        side: evidence.side,
        as_of: review.moment.as_of.to_string(),
        read: format!("{:.0}", review.moment.now),
        commit: evidence.commit,
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
    // Values with text keys always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn form<'a>(person: &'a ReviewedPerson<'a>, facts: Vec<Fact<'_>>) -> PersonForm<'a> {
    let profile = &person.user.profile;
    PersonForm {
        user: person.email.as_str(),
        first_name: &profile.first_name,
        last_name: &profile.last_name,
        country: profile.country.as_str(),
        entitlement_country: person.country.to_string(),
        state: person.user.state.as_str(),
        policy: standing(person.standing),
        usable_products: person.usable,
        last_used: person.last_used.map(|day| day.to_string()),
        last_reviewed: person.reviewed.map(|held| Reviewed { on: held.on.to_string(), by: &held.by }),
        facts: facts.into_iter().map(fact).collect(),
    }
}

fn fact(fact: Fact<'_>) -> FactForm {
    let commit = fact.since.commit();
    FactForm {
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
