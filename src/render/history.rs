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

/// Which changes of access are told. Figures count all people and products of a change, whoever is named.
#[derive(Debug, Clone, Default)]
pub struct HistorySelection {
    /// The people whose changes are told; everybody's where `None`.
    pub users: Option<BTreeSet<Email>>,
    /// The products that are told of; all where `None`.
    pub products: Option<BTreeSet<ProductId>>,
    /// The filters as they are typed; empty where all is told.
    pub words: Vec<String>,
}

impl HistorySelection {
    /// Whether anything of the event is told. What is no change of access is told where all is.
    pub fn is_told(&self, event: &HistoryEvent) -> bool {
        match &event.through {
            AccessChangeCause::Problems { .. } => true,
            AccessChangeCause::Commit { .. } if self.words.is_empty() => true,
            AccessChangeCause::Commit { .. } | AccessChangeCause::Dates => {
                self.selected_shifts(event).next().is_some()
            }
        }
    }

    /// Returns the filters in words; `None` where all is told.
    pub fn filter_words(&self) -> Option<String> {
        let words = self.words.iter().map(|words| format!("`{}`", clean_text(words)));
        let words = words.collect::<Vec<_>>().join(", ");
        (!words.is_empty()).then_some(words)
    }

    /// Returns the text of a history without events.
    pub(super) fn empty_text(&self) -> String {
        match self.filter_words() {
            None => "Nothing happened to the policy in that time.".to_owned(),
            Some(words) => format!("Nothing happened in that time to what is asked for: {words}."),
        }
    }

    /// Returns the changes of which anything is told.
    pub(super) fn selected_shifts<'e>(
        &'e self,
        event: &'e HistoryEvent,
    ) -> impl Iterator<Item = SelectedShift<'e>> {
        let selected = |(shift, users): (&'e AccessShift, &'e BTreeSet<Email>)| SelectedShift {
            shift,
            gained: SelectedNames::new(&shift.gained, self.products.as_ref()),
            lost: SelectedNames::new(&shift.lost, self.products.as_ref()),
            users: SelectedNames::new(users, self.users.as_ref()),
        };
        event.shifts.iter().map(selected).filter(|shift| {
            let has_products = !shift.gained.names.is_empty() || !shift.lost.names.is_empty();
            has_products && !shift.users.names.is_empty()
        })
    }
}

/// A change of access, with what is told of it.
pub(super) struct SelectedShift<'a> {
    pub(super) shift: &'a AccessShift,
    pub(super) gained: SelectedNames<'a, ProductId>,
    pub(super) lost: SelectedNames<'a, ProductId>,
    pub(super) users: SelectedNames<'a, Email>,
}

/// Those of some names that are told.
pub(super) struct SelectedNames<'a, N> {
    pub(super) names: Vec<&'a N>,
    /// The number of all names.
    all: usize,
}

impl<'a, N: Ord> SelectedNames<'a, N> {
    fn new<I>(names: I, told: Option<&BTreeSet<N>>) -> Self
    where
        I: IntoIterator<Item = &'a N, IntoIter: ExactSizeIterator>,
    {
        let names = names.into_iter();
        let all = names.len();
        Self { names: names.filter(|name| told.is_none_or(|told| told.contains(*name))).collect(), all }
    }

    /// Returns the number of all names, or how many of them are told: `41 people`, `1 of 41 people`.
    pub(super) fn count_words(&self, one: &str, many: &str) -> String {
        let all = words::count(self.all, one, many);
        if self.names.len() == self.all {
            all
        } else {
            format!("{} of {all}", words::number(self.names.len()))
        }
    }
}

/// The most names in an abridged list.
const NAMES: usize = 6;

/// Renders all events with their effects, oldest first.
pub(super) fn history_text(events: &[HistoryEvent], selection: &HistorySelection, width: usize) -> String {
    fit_prose(&event_lines(events, selection), width)
}

fn event_lines(events: &[HistoryEvent], selection: &HistorySelection) -> String {
    let mut out = events_counted(events, selection);
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
        out += &selection.selected_shifts(event).map(|shift| shift_text(&shift)).collect::<String>();
        if event.shifts.is_empty() && matches!(event.through, AccessChangeCause::Commit { .. }) {
            out += "  nobody gained or lost a product\n";
        }
        out.push('\n');
    }
    out
}

fn shift_text(SelectedShift { shift: _, gained, lost, users }: &SelectedShift<'_>) -> String {
    let named = abridge_names(users.names.iter().map(|user| user.as_str()));
    let people = format!("{} ({named})", users.count_words("person", "people"));
    let mut out = String::new();
    for (sign, verb, products) in [('+', "gained", gained), ('-', "lost", lost)] {
        if !products.names.is_empty() {
            let named = abridge_names(products.names.iter().map(|product| product.as_str()));
            let is_counted = products.names.len() > NAMES || products.names.len() < products.all;
            let counted = is_counted.then(|| format!("{}: ", products.count_words("product", "products")));
            out += &format!("  {sign} {people} {verb} {}{named}\n", counted.unwrap_or_default());
        }
    }
    out
}

/// Returns the answer: how often something happened, and how many people it touched.
fn events_counted(events: &[HistoryEvent], selection: &HistorySelection) -> String {
    if events.is_empty() {
        return selection.empty_text() + "\n";
    }
    let people = events.iter().flat_map(|event| selection.selected_shifts(event));
    let people: BTreeSet<&Email> = people.flat_map(|shift| shift.users.names).collect();
    let of = selection.filter_words().map(|words| format!(", of {words}")).unwrap_or_default();
    format!(
        "{}; {} gained or lost a product{of}.\n\n",
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

/// The users whose access changed in the same way: those who are told of, and the number of all.
#[derive(Serialize)]
struct ShiftJson<'a> {
    gained: Vec<&'a str>,
    lost: Vec<&'a str>,
    users: Vec<&'a str>,
    of_gained: usize,
    of_lost: usize,
    of_users: usize,
}

/// Returns the history with every name, to be written as one JSON object.
pub(super) fn history_document<'a>(
    events: &'a [HistoryEvent],
    selection: &'a HistorySelection,
) -> HistoryJson<'a> {
    let events = events.iter().map(|event| event_json(event, selection)).collect();
    HistoryJson { format: "seatwise-history/1", events }
}

fn event_json<'a>(event: &'a HistoryEvent, selection: &'a HistorySelection) -> HistoryEventJson<'a> {
    let (through, commit, author, summary) = match &event.through {
        AccessChangeCause::Commit { id, author, summary } => {
            ("commit", Some(id.as_str()), Some(author.as_str()), Some(summary.as_str()))
        }
        AccessChangeCause::Dates => ("dates", None, None, None),
        AccessChangeCause::Problems { id, problems: _ } => ("problems", Some(id.as_str()), None, None),
    };
    let shifts =
        selection.selected_shifts(event).map(|SelectedShift { shift: _, gained, lost, users }| ShiftJson {
            gained: gained.names.into_iter().map(ProductId::as_str).collect(),
            lost: lost.names.into_iter().map(ProductId::as_str).collect(),
            users: users.names.into_iter().map(Email::as_str).collect(),
            of_gained: gained.all,
            of_lost: lost.all,
            of_users: users.all,
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
