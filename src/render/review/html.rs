//! Renders the evidence as one HTML page to search, sort and print, without a network.

use askama::Template;

use super::facts::{FactCollector, ReviewFact};
use super::{ReviewEvidence, country, counts, fact_sentence, large_sets, setting_row, source};
use crate::audit::access_review::ReviewedPerson;
use crate::render::clean::clean_text;
use crate::render::report_table::text_or_empty;
use crate::render::words;

/// The values of the template `review/page.html`.
#[derive(Template)]
#[template(path = "review/page.html")]
struct ReviewHtml<'a> {
    organization: String,
    as_of: String,
    source: String,
    counts: Vec<super::ReviewCount>,
    columns: [&'static str; 10],
    strangers: String,
    people: Vec<PersonRow>,
    sets: Vec<ProductSetSection<'a>>,
    countries: Vec<[String; 4]>,
    settings: Vec<[String; 4]>,
}

/// A person's row of the page.
struct PersonRow {
    sets: String,
    name: String,
    address: String,
    state: &'static str,
    standing: &'static str,
    place: String,
    country: String,
    roles: String,
    groups: String,
    usable: usize,
    /// The facts, one on each line.
    lines: String,
    until: String,
    used: String,
    reviewed: String,
}

/// A set of products that the page lists once.
struct ProductSetSection<'a> {
    number: usize,
    words: String,
    names: Vec<std::borrow::Cow<'a, str>>,
}

/// Renders the evidence as one HTML file.
pub(super) fn review_html(evidence: &ReviewEvidence<'_>) -> String {
    let review = evidence.review;
    let mut collector = FactCollector::new(evidence);
    let people = review.people.iter().map(|person| row(evidence, person, collector.facts(person)));
    let sets = large_sets(review).map(|(number, set)| ProductSetSection {
        number,
        words: words::count(set.len(), "product", "products"),
        names: set.iter().map(|product| clean_text(product.as_str())).collect(),
    });
    let page = ReviewHtml {
        organization: clean_text(evidence.organization).into_owned(),
        as_of: review.moment.as_of.to_string(),
        source: source(evidence),
        counts: counts(review),
        columns: [
            "Person",
            "State",
            "Policy",
            "Country",
            "Roles",
            "Groups",
            "Products",
            "Until",
            "Last used",
            "Reviewed",
        ],
        strangers: words::name_list(&review.strangers),
        people: people.collect(),
        sets: sets.collect(),
        countries: super::country_rows(review),
        settings: review.settings.iter().map(setting_row).collect(),
    };
    // Only a template can fail, and this one never does.
    page.render().unwrap_or_default()
}

fn row(evidence: &ReviewEvidence<'_>, person: &ReviewedPerson<'_>, facts: Vec<ReviewFact<'_>>) -> PersonRow {
    let profile = &person.user.profile;
    let sets: Vec<String> =
        facts.iter().filter_map(|fact| fact.products).map(|set| (set + 1).to_string()).collect();
    PersonRow {
        sets: sets.join(" "),
        name: format!("{} {}", clean_text(&profile.first_name), clean_text(&profile.last_name)),
        address: clean_text(person.email.as_str()).into_owned(),
        state: person.user.state.as_str(),
        standing: person.standing.as_str(),
        place: facts.first().map(|fact| fact.places.clone()).unwrap_or_default(),
        country: country(person),
        roles: words::name_list(person.user.roles.keys()),
        groups: words::name_list(person.user.groups.keys()),
        usable: person.usable,
        until: text_or_empty(person.until),
        used: text_or_empty(person.last_used),
        reviewed: text_or_empty(
            person.reviewed.map(|held| format!("{} by {}", held.on, clean_text(&held.by))),
        ),
        lines: facts.iter().map(|fact| fact_sentence(evidence, fact)).collect::<Vec<_>>().join("\n"),
    }
}
