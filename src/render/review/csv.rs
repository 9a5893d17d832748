//! Renders the evidence as CSV, one record for each fact: for a spreadsheet, where reviewers filter and tick
//! off.

use super::super::clean::clean_text;
use super::ReviewEvidence;
use super::facts::{FactCollector, ReviewFact};
use crate::audit::access_review::ReviewedPerson;
use crate::model::ProductId;
use crate::render::csv_sheet::CsvSheet;
use crate::render::report_table::text_or_empty;

const COLUMNS: [&str; 21] = [
    "user",
    "first name",
    "last name",
    "country",
    "entitlement country",
    "state",
    "policy",
    "kind",
    "item",
    "products",
    "product names",
    "reason",
    "policy lines",
    "since",
    "set by",
    "commit",
    "until",
    "last used",
    "last reviewed",
    "reviewed by",
    "as of",
];

/// Renders the evidence as CSV; no cell is a formula.
pub(super) fn review_csv(evidence: &ReviewEvidence<'_>) -> String {
    let mut sheet = CsvSheet::new(COLUMNS);
    let mut collector = FactCollector::new(evidence);
    let names: Vec<String> = evidence.review.sets.iter().map(|set| names(set)).collect();
    for person in &evidence.review.people {
        for fact in collector.facts(person) {
            add_record(&mut sheet, evidence, person, &fact, &names);
        }
    }
    for address in &evidence.review.strangers {
        let mut cells = [""; COLUMNS.len()];
        let as_of = evidence.review.moment.as_of.to_string();
        let address = clean_text(address.as_str());
        (cells[0], cells[6], cells[7], cells[20]) =
            (&address, "nobody in the organization", "contact", &as_of);
        sheet.add_row(cells);
    }
    sheet.into_text()
}

fn names(set: &[&ProductId]) -> String {
    set.iter().map(|product| clean_text(product.as_str())).collect::<Vec<_>>().join(" ")
}

fn add_record(
    sheet: &mut CsvSheet,
    evidence: &ReviewEvidence<'_>,
    person: &ReviewedPerson<'_>,
    fact: &ReviewFact<'_>,
    names: &[String],
) {
    let profile = &person.user.profile;
    let commit = fact.since.commit();
    let count = text_or_empty(fact.products.map(|set| evidence.review.sets[set].len()));
    sheet.add_row([
        &*clean_text(person.email.as_str()),
        &clean_text(&profile.first_name),
        &clean_text(&profile.last_name),
        profile.country.as_str(),
        person.country.as_str(),
        person.user.state.as_str(),
        person.standing.as_str(),
        fact.kind.as_str(),
        &fact.item,
        &count,
        fact.products.map_or("", |set| &names[set]),
        &fact.reason,
        &fact.places,
        &fact.since.day(),
        &commit.map(|commit| clean_text(&commit.author)).unwrap_or_default(),
        commit.map_or("", |commit| commit.commit.get(..10).unwrap_or(&commit.commit)),
        &text_or_empty(fact.until),
        &text_or_empty(fact.used),
        &text_or_empty(person.reviewed.map(|held| held.on)),
        &person.reviewed.map(|held| clean_text(&held.by)).unwrap_or_default(),
        &evidence.review.moment.as_of.to_string(),
    ]);
}
