//! Renders the history of access for programs.

use serde::Serialize;

use super::history::{AccessChangeCause, HistoryEvent, HistorySelection, HistorySubject, SelectedShift};
use crate::model::Email;

/// All events of a history.
#[derive(Serialize)]
pub(super) struct HistoryJson<'a> {
    format: &'static str,
    events: Vec<HistoryEventJson<'a>>,
}

/// An event with its cause and its effects.
#[derive(Default, Serialize)]
struct HistoryEventJson<'a> {
    day: String,
    through: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    /// Who gained and lost the use of products.
    shifts: Vec<ShiftJson<'a>>,
    /// People who were not in the organization before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    joined: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<&'a str>,
    /// People who have another address from this event on, under which all else is told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    renamed: Vec<RenameJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    renamed_groups: Vec<RenameJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<ShiftJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    memberships: Vec<ShiftJson<'a>>,
}

#[derive(Serialize)]
struct RenameJson<'a> {
    from: &'a str,
    to: &'a str,
}

/// The users who gained and lost the same: those who are told of, and the number of all.
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
    let mut record = HistoryEventJson { day: event.day.to_string(), ..HistoryEventJson::default() };
    match &event.through {
        AccessChangeCause::Commit { id, author, summary, order: _ } => {
            record.through = "commit";
            record.commit = Some(id.as_str());
            (record.author, record.summary) = (Some(author.as_str()), Some(summary.as_str()));
        }
        AccessChangeCause::Dates => record.through = "dates",
        AccessChangeCause::Problems { id, problems: _ } => {
            (record.through, record.commit) = ("problems", Some(id.as_str()));
        }
        AccessChangeCause::ShallowBeginning { id } => {
            (record.through, record.commit) = ("shallow clone", Some(id.as_str()));
        }
    }
    let groups = selection.group_renames(event);
    record
        .renamed_groups
        .extend(groups.map(|(new, old)| RenameJson { from: old.as_str(), to: new.as_str() }));
    for SelectedShift { subject, gained, lost, users } in selection.selected_shifts(event) {
        let (of_gained, of_lost, of_users) = (gained.all, lost.all, users.all);
        let users: Vec<&str> = users.names.into_iter().map(Email::as_str).collect();
        let shift = |users| ShiftJson {
            gained: gained.names.clone(),
            lost: lost.names.clone(),
            users,
            of_gained,
            of_lost,
            of_users,
        };
        match subject {
            HistorySubject::People if of_lost > 0 && of_gained > 0 => {
                let pairs = lost.names.iter().zip(&gained.names);
                record.renamed.extend(pairs.map(|(from, to)| RenameJson { from, to }));
            }
            HistorySubject::People if of_lost == 0 => record.joined.extend(users),
            HistorySubject::People => record.left.extend(users),
            HistorySubject::Roles => record.roles.push(shift(users)),
            HistorySubject::Memberships => record.memberships.push(shift(users)),
            HistorySubject::Access => record.shifts.push(shift(users)),
        }
    }
    record
}
