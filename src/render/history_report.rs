//! Renders the history of access as a table, for spreadsheets, pages and pull requests.

use super::history::{
    AccessChangeCause, HistoryEvent, HistorySelection, SelectedNames, SelectedShift, abridge_names,
    history_document, history_text, short_id,
};
use super::report_table::{ReportTable, TableOfLines};
use super::table_report::{ReportOrigin, TableReport};
use super::words;
use crate::audit::access_shifts::AccessShift;
use crate::model::{Email, ProductId};

/// People whose access changed in the same way through an event; `None` where nobody's did.
struct ShiftOfEvent<'a> {
    event: &'a HistoryEvent,
    shift: Option<SelectedShift<'a>>,
}

/// A person whose access changed through an event.
#[derive(Clone, Copy)]
struct PersonOfEvent<'a> {
    event: &'a HistoryEvent,
    shift: &'a AccessShift,
    user: &'a Email,
}

/// Renders the events, oldest first, with what is told of them. Pages count the people of each change; a
/// spreadsheet has a row for each.
pub fn history_report<'a>(
    events: &'a [HistoryEvent],
    selection: &'a HistorySelection,
    origin: ReportOrigin,
) -> TableReport<'a> {
    TableReport {
        source: format!("From the policy's commits, read {}.", words::minute(origin.now)),
        terminal: Some(Box::new(move |width| history_text(events, selection, width))),
        sheet: Some(sheet_of_people(events, selection)),
        ..TableReport::new(
            origin,
            "History of access",
            selection.empty_text(),
            table_of_shifts(events, selection),
            move || history_document(events, selection),
        )
    }
}

fn table_of_shifts(events: &[HistoryEvent], selection: &HistorySelection) -> ReportTable {
    let shifts = events.iter().flat_map(|event| {
        let none = event.shifts.is_empty().then_some(ShiftOfEvent { event, shift: None });
        let told = selection.selected_shifts(event);
        told.map(move |shift| ShiftOfEvent { event, shift: Some(shift) }).chain(none)
    });
    let shifts: Vec<_> = shifts.collect();
    let products = |of: Option<&SelectedNames<'_, ProductId>>| {
        of.map(|products| abridge_names(products.names.iter().map(|id| id.as_str()))).unwrap_or_default()
    };
    let people = |of: &ShiftOfEvent<'_>| {
        let users = of.shift.as_ref().map(|shift| &shift.users);
        users.map(|users| users.count_words("", "").trim_end().to_owned()).unwrap_or_default()
    };
    TableOfLines::new(&shifts)
        .left("day", |of| of.event.day)
        .left("commit", |of| commit_name(of.event))
        .left("by", |of| cause_words(of.event))
        .right("people", people)
        .left("who", |of| {
            let users = of.shift.as_ref().map(|shift| &shift.users);
            let named = users.map(|users| abridge_names(users.names.iter().map(|email| email.as_str())));
            named.unwrap_or_else(|| "nobody gained or lost a product".to_owned())
        })
        .left("gained", |of| products(of.shift.as_ref().map(|shift| &shift.gained)))
        .left("lost", |of| products(of.shift.as_ref().map(|shift| &shift.lost)))
        .table()
}

/// Returns a row for each person who is told of, with all that they gained and lost.
fn sheet_of_people(events: &[HistoryEvent], selection: &HistorySelection) -> ReportTable {
    let people = events.iter().flat_map(|event| {
        let shifts = selection.selected_shifts(event);
        shifts.flat_map(move |SelectedShift { shift, users, .. }| {
            users.names.into_iter().map(move |user| PersonOfEvent { event, shift, user })
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
