//! Renders the history of access as a table, for spreadsheets, pages and pull requests.

use std::collections::BTreeSet;

use super::history::{
    AccessChangeCause, HistoryEvent, abridge_names, history_document, history_text, short_id,
};
use super::report_table::{ReportTable, TableOfLines};
use super::table_report::{ReportOrigin, TableReport};
use super::words;
use crate::audit::access_shifts::AccessShift;
use crate::model::{Email, ProductId};

/// People whose access changed in the same way through an event; `None` where nobody's did.
#[derive(Clone, Copy)]
struct ShiftOfEvent<'a> {
    event: &'a HistoryEvent,
    shift: Option<(&'a AccessShift, &'a BTreeSet<Email>)>,
}

/// A person whose access changed through an event.
#[derive(Clone, Copy)]
struct PersonOfEvent<'a> {
    event: &'a HistoryEvent,
    shift: &'a AccessShift,
    user: &'a Email,
}

/// Renders all events, oldest first. Pages count the people of each change; a spreadsheet has a row for each.
pub fn history_report(events: &[HistoryEvent], origin: ReportOrigin) -> TableReport<'_> {
    TableReport {
        source: format!("From the policy's commits, read {}.", words::minute(origin.now)),
        terminal: Some(Box::new(move |width| history_text(events, width))),
        sheet: Some(sheet_of_people(events)),
        ..TableReport::new(
            origin,
            "History of access",
            "Nothing happened to the policy in that time.",
            table_of_shifts(events),
            move || history_document(events),
        )
    }
}

fn table_of_shifts(events: &[HistoryEvent]) -> ReportTable {
    let shifts = events.iter().flat_map(|event| {
        let none = event.shifts.is_empty().then_some(ShiftOfEvent { event, shift: None });
        event.shifts.iter().map(move |shift| ShiftOfEvent { event, shift: Some(shift) }).chain(none)
    });
    let shifts: Vec<_> = shifts.collect();
    let products = |of: Option<&[ProductId]>| {
        of.map(|products| abridge_names(products.iter().map(ProductId::as_str))).unwrap_or_default()
    };
    TableOfLines::new(&shifts)
        .left("day", |of| of.event.day)
        .left("commit", |of| commit_name(of.event))
        .left("by", |of| cause_words(of.event))
        .right("people", |of| of.shift.map(|(_, users)| words::number(users.len())).unwrap_or_default())
        .left("who", |of| {
            let named = of.shift.map(|(_, users)| abridge_names(users.iter().map(Email::as_str)));
            named.unwrap_or_else(|| "nobody gained or lost a product".to_owned())
        })
        .left("gained", |of| products(of.shift.map(|(shift, _)| &*shift.gained)))
        .left("lost", |of| products(of.shift.map(|(shift, _)| &*shift.lost)))
        .table()
}

fn sheet_of_people(events: &[HistoryEvent]) -> ReportTable {
    let people = events.iter().flat_map(|event| {
        let shifts = event.shifts.iter();
        shifts.flat_map(move |(shift, users)| {
            users.iter().map(move |user| PersonOfEvent { event, shift, user })
        })
    });
    let people: Vec<_> = people.collect();
    let names = |products: &[ProductId]| products.iter().map(ProductId::as_str).collect::<Vec<_>>().join(" ");
    TableOfLines::new(&people)
        .left("day", |of| of.event.day)
        .left("commit", |of| commit_name(of.event))
        .left("by", |of| cause_words(of.event))
        .left("user", |of| of.user)
        .left("gained", |of| names(&of.shift.gained))
        .left("lost", |of| names(&of.shift.lost))
        .table()
}

fn commit_name(event: &HistoryEvent) -> &str {
    match &event.through {
        AccessChangeCause::Commit { id, .. } | AccessChangeCause::Problems { id, .. } => short_id(id),
        AccessChangeCause::Dates => "",
    }
}

fn cause_words(event: &HistoryEvent) -> String {
    match &event.through {
        AccessChangeCause::Commit { author, summary, id: _ } => format!("{author}: {summary}"),
        AccessChangeCause::Dates => "a date in the policy".to_owned(),
        AccessChangeCause::Problems { problems, id: _ } => {
            format!("left out: {} in the policy", words::count(*problems, "problem", "problems"))
        }
    }
}
