//! Renders the history of access as a table, for spreadsheets, pages and pull requests.

use super::clean::clean_text;
use super::history::{
    AccessChangeCause, CommitOrder, HistoryEvent, HistorySelection, SelectedNames, SelectedShift,
    abridge_names, cause_words, first_state_words, history_text, short_id,
};
use super::history_json::history_document;
use super::report_table::{ReportTable, TableOfLines};
use super::table_report::{ReportOrigin, TableReport};
use super::words;
use crate::model::Email;

/// People who gained and lost the same through an event; `None` where an event is told in words.
struct ShiftOfEvent<'a> {
    event: &'a HistoryEvent,
    shift: Option<SelectedShift<'a>>,
}

/// A person who gained or lost something through an event.
struct PersonOfEvent<'a> {
    event: &'a HistoryEvent,
    user: &'a Email,
    what: &'static str,
    gained: String,
    lost: String,
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
        let is_counted = is_first(event) && selection.words.is_empty();
        let told = if is_counted { Vec::new() } else { selection.selected_shifts(event) };
        let none = (told.is_empty()).then_some(ShiftOfEvent { event, shift: None });
        told.into_iter().map(move |shift| ShiftOfEvent { event, shift: Some(shift) }).chain(none)
    });
    let shifts: Vec<_> = shifts.collect();
    let names = |of: Option<&SelectedNames<&str>>| {
        of.map(|names| abridge_names(names.names.iter().copied())).unwrap_or_default()
    };
    let people = |of: &ShiftOfEvent<'_>| {
        let users = of.shift.as_ref().map(|shift| &shift.users);
        users.map(|users| users.count_words("", "").trim_end().to_owned()).unwrap_or_default()
    };
    TableOfLines::new(&shifts)
        .left("day", |of| of.event.day)
        .left("commit", |of| commit_name(of.event))
        .left("by", |of| author_words(of.event))
        .right("people", people)
        .left("who", |of| {
            let users = of.shift.as_ref().map(|shift| &shift.users);
            let named = users.map(|users| abridge_names(users.names.iter().map(|email| email.as_str())));
            named.unwrap_or_else(|| eventless_words(of.event))
        })
        .left("what", |of| of.shift.as_ref().map_or("", |shift| shift.subject.as_str()))
        .left("gained", |of| names(of.shift.as_ref().map(|shift| &shift.gained)))
        .left("lost", |of| names(of.shift.as_ref().map(|shift| &shift.lost)))
        .table()
}

/// Returns a row for each person who is told of, with all that they gained and lost.
fn sheet_of_people(events: &[HistoryEvent], selection: &HistorySelection) -> ReportTable {
    let names = |names: &SelectedNames<&str>| {
        let names = names.names.iter().map(|name| clean_text(name).into_owned());
        names.collect::<Vec<_>>().join("; ")
    };
    let people = events.iter().flat_map(|event| {
        selection.selected_shifts(event).into_iter().flat_map(move |shift| {
            let SelectedShift { subject, gained, lost, users } = shift;
            let (gained, lost) = (names(&gained), names(&lost));
            users.names.into_iter().map(move |user| PersonOfEvent {
                event,
                user,
                what: subject.as_str(),
                gained: gained.clone(),
                lost: lost.clone(),
            })
        })
    });
    let people: Vec<_> = people.collect();
    TableOfLines::new(&people)
        .left("day", |of| of.event.day)
        .left("commit", |of| commit_name(of.event))
        .left("by", |of| author_words(of.event))
        .left("user", |of| of.user)
        .left("what", |of| of.what)
        .left("gained", |of| &of.gained)
        .left("lost", |of| &of.lost)
        .table()
}

fn is_first(event: &HistoryEvent) -> bool {
    matches!(&event.through, AccessChangeCause::Commit { order: CommitOrder::First, .. })
}

/// Says what happened in an event of which no single change is listed.
fn eventless_words(event: &HistoryEvent) -> String {
    match &event.through {
        AccessChangeCause::Commit { order: CommitOrder::First, .. } => first_state_words(&event.shifts),
        AccessChangeCause::Commit { .. } | AccessChangeCause::Dates => {
            "nobody gained or lost anything".to_owned()
        }
        AccessChangeCause::Problems { .. } | AccessChangeCause::ShallowBeginning { .. } => String::new(),
    }
}

fn commit_name(event: &HistoryEvent) -> &str {
    match &event.through {
        AccessChangeCause::Commit { id, .. }
        | AccessChangeCause::Problems { id, .. }
        | AccessChangeCause::ShallowBeginning { id } => short_id(id),
        AccessChangeCause::Dates => "",
    }
}

fn author_words(event: &HistoryEvent) -> String {
    let author = match &event.through {
        AccessChangeCause::Commit { author, .. } => format!("{}: ", clean_text(author)),
        AccessChangeCause::Dates
        | AccessChangeCause::Problems { .. }
        | AccessChangeCause::ShallowBeginning { .. } => String::new(),
    };
    format!("{author}{}", cause_words(&event.through))
}
