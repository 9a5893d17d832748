//! Renders the evidence on paper, to be signed and filed.

use super::super::clean::clean_text;
use super::super::paper::{self, CellLine, PaperBlock, PaperCell, TextFace};
use super::super::words;
use super::facts::FactCollector;
use super::{ReviewEvidence, country_rows, counts, fact_sentence, setting_row, source};
use crate::audit::access_review::ReviewedPerson;

/// Renders the evidence as PDF.
pub(super) fn review_pdf(evidence: &ReviewEvidence<'_>) -> Vec<u8> {
    let title = format!("Access review: {}", clean_text(evidence.organization));
    let mut blocks =
        vec![PaperBlock::Title(title.clone()), PaperBlock::Text(source(evidence)), counts_table(evidence)];
    let strangers = words::name_list(&evidence.review.strangers);
    if !strangers.is_empty() {
        blocks.push(PaperBlock::Text(format!(
            "Addresses that get mail of the organization and are nobody's in it: {strangers}"
        )));
    }
    blocks.extend([PaperBlock::Heading("People".to_owned()), people(evidence)]);
    blocks.extend([PaperBlock::Heading("Sets of products".to_owned()), sets(evidence)]);
    let columns = [("Country", 1.0), ("Default", 2.0), ("Policy line", 3.0), ("People", 1.0)];
    blocks.extend([
        PaperBlock::Heading("What countries open".to_owned()),
        PaperBlock::text_table(columns, country_rows(evidence.review)),
    ]);
    let columns = [("Product", 2.0), ("Where", 1.0), ("Setting", 3.0), ("Policy line", 2.0)];
    blocks.extend([
        PaperBlock::Heading("Settings of products".to_owned()),
        PaperBlock::text_table(columns, evidence.review.settings.iter().map(setting_row)),
    ]);
    blocks.push(PaperBlock::Heading(
        "Reviewed by ______________________  on ______________  Signature ______________________".to_owned(),
    ));
    paper::pdf_bytes(&title, &format!("{title}, {}", source(evidence)), &blocks)
}

/// Returns the table of the number of people in each category.
fn counts_table(evidence: &ReviewEvidence<'_>) -> PaperBlock {
    let rows = counts(evidence.review)
        .into_iter()
        .map(|count| [count.what.to_owned(), count.count, count.named.join(", ")]);
    PaperBlock::text_table([("What", 2.0), ("People", 1.0), ("Who", 7.0)], rows)
}

fn people(evidence: &ReviewEvidence<'_>) -> PaperBlock {
    let mut collector = FactCollector::new(evidence);
    let rows = evidence.review.people.iter().map(|person| {
        let sentences = collector
            .facts(person)
            .iter()
            .map(|fact| CellLine { face: TextFace::Plain, text: fact_sentence(evidence, fact) })
            .collect();
        vec![PaperCell(person_lines(person)), PaperCell(sentences)]
    });
    PaperBlock::table([("Person", 3.0), ("What and why", 7.0)], rows.collect())
}

fn person_lines(person: &ReviewedPerson<'_>) -> Vec<CellLine> {
    let profile = &person.user.profile;
    let soft = |text: String| CellLine { face: TextFace::Soft, text };
    let mut lines = vec![
        CellLine {
            face: TextFace::Bold,
            text: format!("{} {}", clean_text(&profile.first_name), clean_text(&profile.last_name)),
        },
        CellLine { face: TextFace::Plain, text: clean_text(person.email.as_str()).into_owned() },
        soft(format!("{}, {}", person.user.state.as_str(), person.standing.as_str())),
        soft(super::country(person)),
        soft(words::count(person.usable, "product", "products")),
    ];
    lines.extend(person.until.map(|day| soft(format!("until {day}"))));
    lines.extend(person.last_used.map(|day| soft(format!("last used {day}"))));
    lines.extend(
        person.reviewed.map(|held| soft(format!("reviewed {} by {}", held.on, clean_text(&held.by)))),
    );
    lines
}

/// Returns the table of the sets that the facts refer to.
fn sets(evidence: &ReviewEvidence<'_>) -> PaperBlock {
    let rows = super::large_sets(evidence.review)
        .map(|(number, set)| [format!("set {number}"), words::number(set.len()), words::name_list(set)]);
    PaperBlock::text_table([("Set", 1.0), ("Products", 1.0), ("Which", 8.0)], rows)
}
