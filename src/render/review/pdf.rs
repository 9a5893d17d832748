//! The evidence on paper, to be signed and filed.

use super::super::clean::clean;
use super::super::paper::{self, Block, Cell, Column, Face, Line, Table};
use super::super::words;
use super::facts::Teller;
use super::{Evidence, countries, counts, said, setting, source, standing};
use crate::audit::review::ReviewedPerson;

/// The evidence as PDF.
pub fn pdf(evidence: &Evidence<'_>) -> Vec<u8> {
    let title = format!("Access review: {}", clean(evidence.organization));
    let mut blocks = vec![Block::Title(title.clone()), Block::Text(source(evidence)), head(evidence)];
    let strangers: Vec<_> = evidence.review.strangers.iter().map(|email| clean(email.as_str())).collect();
    if !strangers.is_empty() {
        blocks.push(Block::Text(format!(
            "Addresses that get mail of the organization and are nobody's in it: {}",
            strangers.join(", ")
        )));
    }
    blocks.extend([Block::Heading("People".to_owned()), people(evidence)]);
    blocks.extend([Block::Heading("Sets of products".to_owned()), sets(evidence)]);
    let cells = |row: [String; 4]| row.into_iter().map(Cell::plain).collect();
    let of_countries = countries(evidence.review).into_iter().map(cells).collect();
    let columns = vec![
        Column::words("Country", 1.0),
        Column::words("Default", 2.0),
        Column::words("Policy line", 3.0),
        Column::words("People", 1.0),
    ];
    blocks.extend([
        Block::Heading("What countries open".to_owned()),
        Block::Table(Table { columns, rows: of_countries }),
    ]);
    let of_products = evidence.review.settings.iter().map(setting).map(cells).collect();
    let columns = vec![
        Column::words("Product", 2.0),
        Column::words("Where", 1.0),
        Column::words("Setting", 3.0),
        Column::words("Policy line", 2.0),
    ];
    blocks.extend([
        Block::Heading("Settings of products".to_owned()),
        Block::Table(Table { columns, rows: of_products }),
    ]);
    blocks.push(Block::Heading(
        "Reviewed by ______________________  on ______________  Signature ______________________".to_owned(),
    ));
    paper::pdf(&title, &format!("{title}, {}", source(evidence)), &blocks)
}

/// How many people there are of each kind.
fn head(evidence: &Evidence<'_>) -> Block {
    let rows = counts(evidence.review).into_iter().map(|count| {
        let named = count.named.join(", ");
        vec![Cell::plain(count.what), Cell::plain(count.count), Cell::plain(named)]
    });
    Block::Table(Table {
        columns: vec![Column::words("What", 2.0), Column::words("People", 1.0), Column::words("Who", 7.0)],
        rows: rows.collect(),
    })
}

fn people(evidence: &Evidence<'_>) -> Block {
    let mut teller = Teller::new(evidence);
    let rows = evidence.review.people.iter().map(|person| {
        let told = teller
            .facts(person)
            .iter()
            .map(|fact| Line { face: Face::Plain, text: said(evidence, fact) })
            .collect();
        vec![Cell(who(person)), Cell(told)]
    });
    Block::Table(Table {
        columns: vec![Column::words("Person", 3.0), Column::words("What and why", 7.0)],
        rows: rows.collect(),
    })
}

fn who(person: &ReviewedPerson<'_>) -> Vec<Line> {
    let profile = &person.user.profile;
    let soft = |text: String| Line { face: Face::Soft, text };
    let mut lines = vec![
        Line {
            face: Face::Bold,
            text: format!("{} {}", clean(&profile.first_name), clean(&profile.last_name)),
        },
        Line { face: Face::Plain, text: clean(person.email.as_str()).into_owned() },
        soft(format!("{}, {}", person.user.state.as_str(), standing(person.standing))),
        soft(super::country(person)),
        soft(words::count(person.usable, "product", "products")),
    ];
    lines.extend(person.until.map(|day| soft(format!("until {day}"))));
    lines.extend(person.last_used.map(|day| soft(format!("last used {day}"))));
    lines.extend(person.reviewed.map(|held| soft(format!("reviewed {} by {}", held.on, clean(&held.by)))));
    lines
}

/// The sets that people refer to.
fn sets(evidence: &Evidence<'_>) -> Block {
    let numbered = super::large_sets(evidence.review);
    let rows = numbered.map(|(number, set)| {
        let names: Vec<_> = set.iter().map(|product| clean(product.as_str())).collect();
        vec![
            Cell::plain(format!("set {number}")),
            Cell::plain(words::number(set.len())),
            Cell::plain(names.join(", ")),
        ]
    });
    Block::Table(Table {
        columns: vec![Column::words("Set", 1.0), Column::words("Products", 1.0), Column::words("Which", 8.0)],
        rows: rows.collect(),
    })
}
