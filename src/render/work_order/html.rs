//! The steps as one page: to tick off on a screen or on paper, without a network.

use askama::Template;

use super::super::clean::clean;
use super::super::words::{Span, Words};
use super::tell::{self, Person, Told};
use super::{Visit, WorkOrder};

#[derive(Template)]
#[template(path = "work_order/page.html")]
struct Page {
    organization: String,
    lead: Vec<Piece>,
    beforehand: Vec<Vec<Piece>>,
    flips: Vec<Vec<Piece>>,
    visits: Vec<Section>,
}

struct Section {
    title: &'static str,
    tasks: Vec<Line>,
}

/// One task.
struct Line {
    what: Vec<Piece>,
    steps: String,
    from: String,
    people: Vec<Someone>,
    notes: Vec<Vec<Piece>>,
}

/// One of several people.
struct Someone {
    who: Vec<Piece>,
    step: u32,
    from: String,
}

/// Words of one kind.
struct Piece {
    tag: &'static str,
    text: String,
}

/// `steps.html`.
pub(super) fn html(order: &WorkOrder<'_>) -> String {
    let page = Page {
        organization: clean(&order.plan.organization).into_owned(),
        lead: pieces(tell::lead(order)),
        beforehand: tell::beforehand(order).into_iter().map(pieces).collect(),
        flips: tell::flips(order).into_iter().map(pieces).collect(),
        visits: order.visits.iter().map(section).collect(),
    };
    // Only a template of our own could fail, and none does.
    page.render().unwrap_or_default()
}

fn section(visit: &Visit<'_>) -> Section {
    Section { title: visit.page.as_str(), tasks: visit.tasks.iter().map(Told::of).map(line).collect() }
}

fn line(told: Told) -> Line {
    let Told { what, steps, from, people, notes } = told;
    let someone = |Person { who, step, from }| Someone { who: pieces(who), step, from };
    Line { what: pieces(what), steps, from, people: people.into_iter().map(someone).collect(), notes: notes.into_iter().map(pieces).collect() }
}

fn pieces(words: Words) -> Vec<Piece> {
    let piece = |span| match span {
        Span::Plain(text) => Piece { tag: "span", text },
        Span::Name(text) => Piece { tag: "b", text },
        Span::Old(text) => Piece { tag: "del", text },
        Span::New(text) => Piece { tag: "ins", text },
    };
    words.0.into_iter().map(piece).collect()
}
