//! Renders the evidence of an access review: for a spreadsheet, for programs, for a browser and for paper.
//!
//! All forms have the same content: the facts of each person, each with its reason, the policy lines that
//! cause it, since when the lines are in the policy, and until when the fact holds.

mod csv;
mod facts;
mod html;
mod json;
mod markdown;
mod pdf;
mod text;

use super::answers::setting_words;
use super::clean::clean_text;
use super::line_history::LineHistory;
use super::report::Report;
use super::words;
use crate::audit::access_review::{AccessReview, HeldObject, PersonStanding, ReviewedPerson, StatedSetting};
use crate::change::Citation;
use crate::model::{AccessSetting, ProductId, UserState};
use facts::{FactSince, ReviewFact, ReviewFactKind};

/// The evidence of an access review, and its sources.
#[derive(Debug)]
pub struct ReviewEvidence<'a> {
    pub organization: &'a str,
    /// What was reviewed: `live`, or a commit of the policy.
    pub side: &'a str,
    /// The policy's commit in short form; `None` where the policy is not in a repository.
    pub commit: Option<&'a str>,
    pub review: &'a AccessReview<'a>,
    /// Who last set the cited lines; `None` where the policy is not in a repository.
    pub history: Option<LineHistory>,
}

impl Report for ReviewEvidence<'_> {
    fn text(&self, width: usize) -> String {
        text::review_text(self, width)
    }

    fn csv(&self) -> String {
        csv::review_csv(self)
    }

    fn json(&self) -> String {
        json::review_json(self)
    }

    fn markdown(&self) -> String {
        markdown::review_markdown(self)
    }

    fn html(&self) -> String {
        html::review_html(self)
    }

    fn pdf(&self) -> Vec<u8> {
        pdf::review_pdf(self)
    }
}

/// Describes the sources of the evidence: `live, as of 2026-11-24, read 2026-11-24 09:12 UTC; policy at
/// 1a2b3c4d5e`.
fn source(evidence: &ReviewEvidence<'_>) -> String {
    let moment = evidence.review.moment;
    let commit =
        evidence.commit.map(|commit| format!("; policy at {}", clean_text(commit))).unwrap_or_default();
    let usage = match evidence.review.uses.map(|uses| uses.since) {
        None => "; last use not looked at".to_owned(),
        Some(None) => "; no use known".to_owned(),
        Some(Some(since)) => format!("; use known since {since}"),
    };
    let gap = evidence.history.as_ref().and_then(LineHistory::gap);
    let gap = gap.map(|gap| format!("; {gap}")).unwrap_or_default();
    let side = evidence.side;
    format!("{side}, as of {}, made {}{commit}{usage}{gap}", moment.as_of, words::minute(moment.now))
}

/// The number of people in a category that reviewers ask for.
struct ReviewCount {
    what: &'static str,
    count: String,
    /// The people's addresses, where the people are few.
    named: Vec<String>,
    /// Whether reviewers should look at these people.
    is_notable: bool,
}

/// The most people that are named in a count; above it, naming some of them would not help.
const NAMED: usize = 12;

/// Counts the people to review, by category.
fn counts(review: &AccessReview<'_>) -> Vec<ReviewCount> {
    let count = |what, is_notable: bool, is: &dyn Fn(&ReviewedPerson<'_>) -> bool| {
        let people: Vec<_> = review.people.iter().filter(|person| is(person)).collect();
        let named = people
            .iter()
            .filter(|_| people.len() <= NAMED)
            .map(|person| clean_text(person.email.as_str()).into_owned())
            .collect();
        ReviewCount {
            what,
            count: words::number(people.len()),
            named,
            is_notable: is_notable && !people.is_empty(),
        }
    };
    let mut counts = vec![
        count("people", false, &|_| true),
        count("declared", false, &|person| person.standing == PersonStanding::Declared),
        count("declared to leave", true, &|person| person.standing == PersonStanding::Leaving),
        count("ignored", true, &|person| person.standing == PersonStanding::Ignored),
        count("not in the policy", true, &|person| person.standing == PersonStanding::Undeclared),
        count("with a role", false, &|person| {
            person.holdings.iter().any(|holding| matches!(holding.held, HeldObject::Role(_)))
        }),
        count("locked", true, &|person| person.user.state == UserState::Locked),
        count("never reviewed", false, &|person| person.reviewed.is_none()),
    ];
    if review.uses.is_some() {
        counts.push(count("of whom no use is known", false, &|person| person.last_used.is_none()));
    }
    counts
}

/// Counts the contacts who are not in the organization.
fn stranger_count(review: &AccessReview<'_>) -> ReviewCount {
    let named = review.strangers.iter().map(|email| clean_text(email.as_str()).into_owned());
    ReviewCount {
        what: "contacts who are nobody here",
        count: review.strangers.len().to_string(),
        named: named.collect(),
        is_notable: true,
    }
}

/// Returns country, default, policy line and number of people for each country.
fn country_rows(review: &AccessReview<'_>) -> Vec<[String; 4]> {
    let rows = review.countries.iter().map(|country| {
        [
            country.country.to_string(),
            setting_words(country.default).to_owned(),
            citation_text(country.at.as_ref()),
            words::number(country.people),
        ]
    });
    rows.collect()
}

/// Returns product, area, setting and policy line.
fn setting_row(stated: &StatedSetting<'_>) -> [String; 4] {
    let said = match stated.setting {
        AccessSetting::Everyone => "open to everyone",
        AccessSetting::Nobody => "closed: only an assignment or a group list lets somebody start it",
    };
    [
        clean_text(stated.product.as_str()).into_owned(),
        words::area_name(stated.area),
        said.to_owned(),
        citation_text(stated.at.as_ref()),
    ]
}

fn citation_text(at: Option<&Citation>) -> String {
    at.map_or_else(|| "not in the policy".to_owned(), |at| format!("{}:{}", clean_text(&at.file), at.line))
}

/// Returns the profile's country, and the entitlement country where it is another one.
fn country(person: &ReviewedPerson<'_>) -> String {
    let profile = person.user.profile.country;
    if profile == person.country {
        profile.to_string()
    } else {
        format!("{profile}, entitled by {}", person.country)
    }
}

/// The most products of a set that are named beside a person.
const MOST_NAMED_PRODUCTS: usize = 6;

/// Returns the sets that have a list of their own, with their numbers, counted from 1.
fn large_sets<'a>(review: &'a AccessReview<'a>) -> impl Iterator<Item = (usize, &'a Vec<&'a ProductId>)> {
    review
        .sets
        .iter()
        .enumerate()
        .filter(|(_, set)| set.len() > MOST_NAMED_PRODUCTS)
        .map(|(at, set)| (at + 1, set))
}

/// Joins what is so with reason, lines, since and until, as far as they are known.
fn fact_sentence(evidence: &ReviewEvidence<'_>, fact: &ReviewFact<'_>) -> String {
    let what = format!("{} {}", fact.kind.as_str(), fact.item);
    let what = match fact.products {
        None => what.trim_end().to_owned(),
        Some(at) => format!("{what}: {}", products(evidence, at)),
    };
    let since = match fact.since {
        FactSince::Commit(blamed) => format!("since {} by {}", fact.since.day(), clean_text(&blamed.author)),
        FactSince::Assigned(_) => format!("since {}", fact.since.day()),
        FactSince::NotCommitted => "not committed yet".to_owned(),
        FactSince::NotTold(why) => format!("not known since when: {why}"),
        FactSince::Unknown => String::new(),
    };
    let until = fact.until.map(|day| format!("until {day}")).unwrap_or_default();
    let places = if fact.places.is_empty() && fact.kind != ReviewFactKind::Person {
        "not in the policy"
    } else {
        &fact.places
    };
    let used = fact.used.map(|day| format!("last used {day}")).unwrap_or_default();
    [&what, fact.reason.as_str(), places, &since, &until, &used]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Names the products where they are few, otherwise the set that has them.
fn products(evidence: &ReviewEvidence<'_>, at: usize) -> String {
    let set = &evidence.review.sets[at];
    if set.len() > MOST_NAMED_PRODUCTS {
        return format!("set {} ({})", at + 1, words::count(set.len(), "product", "products"));
    }
    words::name_list(set)
}
