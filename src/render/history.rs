//! Who gained and lost what through which commit, as a person or a machine reads it.

use std::fmt::Write;

use serde::Serialize;

use super::clean::clean;
use super::words;
use crate::audit::history::{AccessShift, AccessShifts};
use crate::model::{Date, Email, ProductId};

/// What made access change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Through {
    /// A commit.
    Commit {
        /// Its full object name.
        id: String,
        /// Who wrote it.
        author: String,
        /// Its first line.
        summary: String,
    },
    /// Dates in the policy: something begins on this day, or has ended on the one before.
    Dates,
    /// A commit at which the policy had problems: it is as if it were not there.
    Problems {
        /// Its full object name.
        id: String,
        /// How many.
        problems: usize,
    },
}

/// One event of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The day it happened.
    pub day: Date,
    /// What it was.
    pub through: Through,
    /// Whom it touched, and how.
    pub shifts: AccessShifts,
}

/// So many names stand in a list that is not full.
const NAMES: usize = 6;

/// All events with what they did, the oldest first.
pub fn text(events: &[Event]) -> String {
    let mut out = String::new();
    for event in events {
        // Writing to a string cannot fail.
        let _ = match &event.through {
            Through::Commit { id, author, summary } => {
                writeln!(out, "{} {} {}: {}", event.day, short(id), clean(author), clean(summary))
            }
            Through::Dates => writeln!(out, "{} by a date in the policy", event.day),
            Through::Problems { id, problems } => {
                writeln!(
                    out,
                    "{} {} left out: {} in the policy",
                    event.day,
                    short(id),
                    words::count(*problems, "problem", "problems")
                )
            }
        };
        for (AccessShift { gained, lost }, people) in &event.shifts {
            let people = format!(
                "{} ({})",
                words::count(people.len(), "person", "people"),
                some(people.iter().map(Email::as_str))
            );
            for (sign, verb, products) in [('+', "gained", gained), ('-', "lost", lost)] {
                if !products.is_empty() {
                    let named = some(products.iter().map(ProductId::as_str));
                    let counted = if products.len() > NAMES {
                        format!("{}: ", words::count(products.len(), "product", "products"))
                    } else {
                        String::new()
                    };
                    let _ = writeln!(out, "  {sign} {people} {verb} {counted}{named}");
                }
            }
        }
        if event.shifts.is_empty() && matches!(event.through, Through::Commit { .. }) {
            out += "  nobody gained or lost a product\n";
        }
        out.push('\n');
    }
    if events.is_empty() {
        out += "Nothing happened to the policy in that time.\n";
    }
    out
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// The first few, and how many more.
fn some<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let shown = names.take(NAMES).map(|name| clean(name).into_owned()).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {} more", words::number(more)) } else { shown }
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    events: Vec<Form<'a>>,
}

#[derive(Serialize)]
struct Form<'a> {
    day: String,
    through: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    shifts: Vec<ShiftForm<'a>>,
}

#[derive(Serialize)]
struct ShiftForm<'a> {
    gained: Vec<&'a str>,
    lost: Vec<&'a str>,
    users: Vec<&'a str>,
}

/// One JSON object with every name.
pub fn json(events: &[Event]) -> String {
    let document = Document { format: "seatwise-history/1", events: events.iter().map(form).collect() };
    // Values with text keys always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn form(event: &Event) -> Form<'_> {
    let (through, commit, author, summary) = match &event.through {
        Through::Commit { id, author, summary } => {
            ("commit", Some(id.as_str()), Some(author.as_str()), Some(summary.as_str()))
        }
        Through::Dates => ("dates", None, None, None),
        Through::Problems { id, problems: _ } => ("problems", Some(id.as_str()), None, None),
    };
    let shifts = event.shifts.iter().map(|(shift, users)| ShiftForm {
        gained: shift.gained.iter().map(ProductId::as_str).collect(),
        lost: shift.lost.iter().map(ProductId::as_str).collect(),
        users: users.iter().map(Email::as_str).collect(),
    });
    Form { day: event.day.to_string(), through, commit, author, summary, shifts: shifts.collect() }
}
