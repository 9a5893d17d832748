//! Renders the history of access: which users gained or lost which products through which commit.

use std::collections::BTreeSet;

use serde::Serialize;

use super::clean::clean_text;
use super::prose::fit_prose;
use super::words;
use crate::audit::access_shifts::{AccessShift, AccessShifts};
use crate::model::{Date, Email, ProductId};

/// The cause of a change of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChangeCause {
    Commit {
        /// The commit's full object name.
        id: String,
        author: String,
        /// The first line of the commit's message.
        summary: String,
    },
    /// Dates in the policy: an entry begins on this day, or ended on the day before.
    Dates,
    /// A commit at which the policy had problems; the history treats the commit as if it did not exist.
    Problems {
        /// The commit's full object name.
        id: String,
        problems: usize,
    },
}

/// An event of a history of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    pub day: Date,
    /// The cause of the event.
    pub through: AccessChangeCause,
    /// The users whose access changed, and how.
    pub shifts: AccessShifts,
}

/// The most names in an abridged list.
const NAMES: usize = 6;

/// Renders all events with their effects, oldest first.
pub(super) fn history_text(events: &[HistoryEvent], width: usize) -> String {
    fit_prose(&event_lines(events), width)
}

fn event_lines(events: &[HistoryEvent]) -> String {
    let mut out = events_counted(events);
    for event in events {
        out += &match &event.through {
            AccessChangeCause::Commit { id, author, summary } => {
                format!("{} {} {}: {}\n", event.day, short_id(id), clean_text(author), clean_text(summary))
            }
            AccessChangeCause::Dates => format!("{} by a date in the policy\n", event.day),
            AccessChangeCause::Problems { id, problems } => format!(
                "{} {} left out: {} in the policy\n",
                event.day,
                short_id(id),
                words::count(*problems, "problem", "problems")
            ),
        };
        for (AccessShift { gained, lost }, people) in &event.shifts {
            let people = format!(
                "{} ({})",
                words::count(people.len(), "person", "people"),
                abridge_names(people.iter().map(Email::as_str))
            );
            for (sign, verb, products) in [('+', "gained", gained), ('-', "lost", lost)] {
                if !products.is_empty() {
                    let named = abridge_names(products.iter().map(ProductId::as_str));
                    let counted = if products.len() > NAMES {
                        format!("{}: ", words::count(products.len(), "product", "products"))
                    } else {
                        String::new()
                    };
                    out += &format!("  {sign} {people} {verb} {counted}{named}\n");
                }
            }
        }
        if event.shifts.is_empty() && matches!(event.through, AccessChangeCause::Commit { .. }) {
            out += "  nobody gained or lost a product\n";
        }
        out.push('\n');
    }
    out
}

/// Returns the answer: how often something happened, and how many people it touched.
fn events_counted(events: &[HistoryEvent]) -> String {
    if events.is_empty() {
        return "Nothing happened to the policy in that time.\n".to_owned();
    }
    let people: BTreeSet<&Email> = events.iter().flat_map(|event| event.shifts.values().flatten()).collect();
    format!(
        "{}; {} gained or lost a product.\n\n",
        words::count(events.len(), "event", "events"),
        words::count(people.len(), "person", "people")
    )
}

/// Shortens the object name of a commit.
pub(super) fn short_id(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// Lists the first names, and the number of the others.
pub(super) fn abridge_names<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let shown = names.take(NAMES).map(|name| clean_text(name).into_owned()).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {} more", words::number(more)) } else { shown }
}

/// All events of a history.
#[derive(Serialize)]
pub(super) struct HistoryJson<'a> {
    format: &'static str,
    events: Vec<HistoryEventJson<'a>>,
}

/// An event with its cause and its effects.
#[derive(Serialize)]
struct HistoryEventJson<'a> {
    day: String,
    through: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    shifts: Vec<ShiftJson<'a>>,
}

/// The users whose access changed in the same way.
#[derive(Serialize)]
struct ShiftJson<'a> {
    gained: Vec<&'a str>,
    lost: Vec<&'a str>,
    users: Vec<&'a str>,
}

/// Returns the history with every name, to be written as one JSON object.
pub(super) fn history_document(events: &[HistoryEvent]) -> HistoryJson<'_> {
    HistoryJson { format: "seatwise-history/1", events: events.iter().map(event_json).collect() }
}

fn event_json(event: &HistoryEvent) -> HistoryEventJson<'_> {
    let (through, commit, author, summary) = match &event.through {
        AccessChangeCause::Commit { id, author, summary } => {
            ("commit", Some(id.as_str()), Some(author.as_str()), Some(summary.as_str()))
        }
        AccessChangeCause::Dates => ("dates", None, None, None),
        AccessChangeCause::Problems { id, problems: _ } => ("problems", Some(id.as_str()), None, None),
    };
    let shifts = event.shifts.iter().map(|(shift, users)| ShiftJson {
        gained: shift.gained.iter().map(ProductId::as_str).collect(),
        lost: shift.lost.iter().map(ProductId::as_str).collect(),
        users: users.iter().map(Email::as_str).collect(),
    });
    HistoryEventJson {
        day: event.day.to_string(),
        through,
        commit,
        author,
        summary,
        shifts: shifts.collect(),
    }
}
