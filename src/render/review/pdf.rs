//! Renders the evidence on paper, to be signed and filed.

use super::super::clean::clean_text;
use super::super::paper::{self, CellLine, PaperBlock, PaperCell, PaperColumn, PaperTable, TextFace};
use super::super::words;
use super::facts::FactCollector;
use super::{ReviewEvidence, country_rows, counts, fact_sentence, setting_row, source, standing_words};
use crate::audit::access_review::ReviewedPerson;

/// Renders the evidence as PDF.
pub(super) fn review_pdf(evidence: &ReviewEvidence<'_>) -> Vec<u8> {
    let title = format!("Access review: {}", clean_text(evidence.organization));
    let mut blocks =
        vec![PaperBlock::Title(title.clone()), PaperBlock::Text(source(evidence)), counts_table(evidence)];
    let strangers: Vec<_> =
        evidence.review.strangers.iter().map(|email| clean_text(email.as_str())).collect();
    if !strangers.is_empty() {
        blocks.push(PaperBlock::Text(format!(
            "Addresses that get mail of the organization and are nobody's in it: {}",
            strangers.join(", ")
        )));
    }
    blocks.extend([PaperBlock::Heading("People".to_owned()), people(evidence)]);
    blocks.extend([PaperBlock::Heading("Sets of products".to_owned()), sets(evidence)]);
    let cells = |row: [String; 4]| row.into_iter().map(PaperCell::plain_text).collect();
    let of_countries = country_rows(evidence.review).into_iter().map(cells).collect();
    let columns = vec![
        PaperColumn::text_column("Country", 1.0),
        PaperColumn::text_column("Default", 2.0),
        PaperColumn::text_column("Policy line", 3.0),
        PaperColumn::text_column("People", 1.0),
    ];
    blocks.extend([
        PaperBlock::Heading("What countries open".to_owned()),
        PaperBlock::Table(PaperTable { columns, rows: of_countries }),
    ]);
    let of_products = evidence.review.settings.iter().map(setting_row).map(cells).collect();
    let columns = vec![
        PaperColumn::text_column("Product", 2.0),
        PaperColumn::text_column("Where", 1.0),
        PaperColumn::text_column("Setting", 3.0),
        PaperColumn::text_column("Policy line", 2.0),
    ];
    blocks.extend([
        PaperBlock::Heading("Settings of products".to_owned()),
        PaperBlock::Table(PaperTable { columns, rows: of_products }),
    ]);
    blocks.push(PaperBlock::Heading(
        "Reviewed by ______________________  on ______________  Signature ______________________".to_owned(),
    ));
    paper::pdf_bytes(&title, &format!("{title}, {}", source(evidence)), &blocks)
}

/// Returns the table of the number of people in each category.
fn counts_table(evidence: &ReviewEvidence<'_>) -> PaperBlock {
    let rows = counts(evidence.review).into_iter().map(|count| {
        let named = count.named.join(", ");
        vec![
            PaperCell::plain_text(count.what),
            PaperCell::plain_text(count.count),
            PaperCell::plain_text(named),
        ]
    });
    PaperBlock::Table(PaperTable {
        columns: vec![
            PaperColumn::text_column("What", 2.0),
            PaperColumn::text_column("People", 1.0),
            PaperColumn::text_column("Who", 7.0),
        ],
        rows: rows.collect(),
    })
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
    PaperBlock::Table(PaperTable {
        columns: vec![PaperColumn::text_column("Person", 3.0), PaperColumn::text_column("What and why", 7.0)],
        rows: rows.collect(),
    })
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
        soft(format!("{}, {}", person.user.state.as_str(), standing_words(person.standing))),
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
    let numbered = super::large_sets(evidence.review);
    let rows = numbered.map(|(number, set)| {
        let names: Vec<_> = set.iter().map(|product| clean_text(product.as_str())).collect();
        vec![
            PaperCell::plain_text(format!("set {number}")),
            PaperCell::plain_text(words::number(set.len())),
            PaperCell::plain_text(names.join(", ")),
        ]
    });
    PaperBlock::Table(PaperTable {
        columns: vec![
            PaperColumn::text_column("Set", 1.0),
            PaperColumn::text_column("Products", 1.0),
            PaperColumn::text_column("Which", 8.0),
        ],
        rows: rows.collect(),
    })
}
