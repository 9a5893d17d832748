//! The evidence as one page: to search, to sort and to print, without a network.

use askama::Template;

use super::facts::{Fact, Teller};
use super::{Evidence, country, counts, large_sets, said, setting, source, standing};
use crate::audit::review::ReviewedPerson;
use crate::render::clean::clean;
use crate::render::words;

#[derive(Template)]
#[template(path = "review/page.html")]
struct Page<'a> {
    organization: String,
    as_of: String,
    source: String,
    counts: Vec<super::Count>,
    columns: [&'static str; 10],
    strangers: String,
    people: Vec<Row>,
    sets: Vec<Set<'a>>,
    countries: Vec<[String; 4]>,
    settings: Vec<[String; 4]>,
}

/// One person.
struct Row {
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
    /// One fact a line.
    lines: String,
    until: String,
    used: String,
    reviewed: String,
}

/// Products that are told once.
struct Set<'a> {
    number: usize,
    words: String,
    names: Vec<std::borrow::Cow<'a, str>>,
}

/// The evidence as one HTML file.
pub fn html(evidence: &Evidence<'_>) -> String {
    let review = evidence.review;
    let mut teller = Teller::new(evidence);
    let people = review.people.iter().map(|person| row(evidence, person, teller.facts(person)));
    let sets = large_sets(review).map(|(number, set)| Set {
        number,
        words: words::count(set.len(), "product", "products"),
        names: set.iter().map(|product| clean(product.as_str())).collect(),
    });
    let page = Page {
        organization: clean(evidence.organization).into_owned(),
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
        strangers: review.strangers.iter().map(|email| clean(email.as_str())).collect::<Vec<_>>().join(", "),
        people: people.collect(),
        sets: sets.collect(),
        countries: super::countries(review),
        settings: review.settings.iter().map(setting).collect(),
    };
    // Only a template of our own could fail, and none does.
    page.render().unwrap_or_default()
}

fn row(evidence: &Evidence<'_>, person: &ReviewedPerson<'_>, facts: Vec<Fact<'_>>) -> Row {
    let profile = &person.user.profile;
    let roles: Vec<_> = person.user.roles.keys().map(|role| clean(role.as_str())).collect();
    let groups: Vec<_> = person.user.groups.keys().map(|group| clean(group.as_str())).collect();
    let sets: Vec<String> =
        facts.iter().filter_map(|fact| fact.products).map(|set| (set + 1).to_string()).collect();
    Row {
        sets: sets.join(" "),
        name: format!("{} {}", clean(&profile.first_name), clean(&profile.last_name)),
        address: clean(person.email.as_str()).into_owned(),
        state: person.user.state.as_str(),
        standing: standing(person.standing),
        place: facts.first().map(|fact| fact.places.clone()).unwrap_or_default(),
        country: country(person),
        roles: roles.join(", "),
        groups: groups.join(", "),
        usable: person.usable,
        until: person.until.map(|day| day.to_string()).unwrap_or_default(),
        used: person.last_used.map(|day| day.to_string()).unwrap_or_default(),
        reviewed: person
            .reviewed
            .map(|held| format!("{} by {}", held.on, clean(&held.by)))
            .unwrap_or_default(),
        lines: facts.iter().map(|fact| said(evidence, fact)).collect::<Vec<_>>().join("\n"),
    }
}
