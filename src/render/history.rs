//! Renders the history of access: who came and went, and who gained or lost which products, roles and
//! memberships, through which commit.

use std::collections::BTreeSet;

use super::clean::clean_text;
use super::line_history::SHALLOW_CLONE;
use super::prose::fit_prose;
use super::words;
use crate::audit::holding_shifts::{HoldingShifts, NameShifts};
use crate::model::{Date, Email, GroupName, ProductId, RoleId, word_enum};

/// The cause of a change of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessChangeCause {
    Commit {
        /// The commit's full object name.
        id: String,
        author: String,
        /// The first line of the commit's message.
        summary: String,
        order: CommitOrder,
    },
    /// Dates in the policy: an entry begins on this day, or ended on the day before.
    Dates,
    /// A commit at which the policy had problems; the history treats the commit as if it did not exist.
    Problems {
        /// The commit's full object name.
        id: String,
        problems: usize,
    },
    /// The commit with which a shallow clone begins: what it changed is not known.
    ShallowBeginning {
        /// The commit's full object name.
        id: String,
    },
}

/// Whether a commit changes a state that is known, or makes the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOrder {
    /// Everything is new: a text counts it.
    First,
    Later,
}

word_enum! {
    /// A kind of what people gain and lose.
    pub enum HistorySubject {
        /// Who joins and leaves the organization.
        People = "people",
        Roles = "roles",
        Memberships = "memberships",
        /// Which products people can start.
        Access = "access",
    }
}

/// An event of a history of access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    pub day: Date,
    /// The cause of the event.
    pub through: AccessChangeCause,
    /// The users who gained or lost something, and what.
    pub shifts: HoldingShifts,
}

/// Which changes are told. Figures count all people and names of a change, whoever is named.
#[derive(Debug, Clone, Default)]
pub struct HistorySelection {
    /// The people whose changes are told; everybody's where `None`.
    pub users: Option<BTreeSet<Email>>,
    /// The products that are told of, and nothing else; all where `None`.
    pub products: Option<BTreeSet<ProductId>>,
    /// The kinds of changes that are told; all where empty.
    pub subjects: BTreeSet<HistorySubject>,
    /// The filters as they are typed; empty where all is told.
    pub words: Vec<String>,
}

impl HistorySelection {
    /// Whether anything of the event is told. What is no change of access is told where all is.
    pub fn is_told(&self, event: &HistoryEvent) -> bool {
        match &event.through {
            AccessChangeCause::Problems { .. } | AccessChangeCause::ShallowBeginning { .. } => true,
            AccessChangeCause::Commit { .. } if self.words.is_empty() => true,
            AccessChangeCause::Commit { .. } | AccessChangeCause::Dates => {
                !self.selected_shifts(event).is_empty() || self.group_renames(event).next().is_some()
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

    /// Returns what is gained and lost, in words: a product where nothing else is told.
    fn object_words(&self) -> &'static str {
        let is_access = self.subjects.iter().eq([&HistorySubject::Access]) || self.products.is_some();
        if is_access { "a product" } else { "something" }
    }

    /// Returns the changes of which anything is told.
    pub(super) fn selected_shifts<'e>(&'e self, event: &'e HistoryEvent) -> Vec<SelectedShift<'e>> {
        let HoldingShifts { joined, left, renames, roles, memberships, access } = &event.shifts;
        let organization = || SelectedNames::single("the organization");
        let people = [
            SelectedShift {
                subject: HistorySubject::People,
                gained: organization(),
                lost: SelectedNames::default(),
                users: SelectedNames::new(joined, self.users.as_ref()),
            },
            SelectedShift {
                subject: HistorySubject::People,
                gained: SelectedNames::default(),
                lost: organization(),
                users: SelectedNames::new(left, self.users.as_ref()),
            },
        ];
        let renamed = renames.users.iter().map(|(new, old)| {
            let is_told = self.users.as_ref().is_none_or(|told| told.contains(new) || told.contains(old));
            SelectedShift {
                subject: HistorySubject::People,
                gained: SelectedNames::single(new.as_str()),
                lost: SelectedNames::single(old.as_str()),
                users: SelectedNames { names: is_told.then_some(new).into_iter().collect(), all: 1 },
            }
        });
        let products =
            self.shifts_of(HistorySubject::Access, access, self.products.as_ref(), ProductId::as_str);
        let all = people
            .into_iter()
            .chain(renamed)
            .chain(self.shifts_of(HistorySubject::Roles, roles, None, RoleId::as_str))
            .chain(self.shifts_of(HistorySubject::Memberships, memberships, None, GroupName::as_str))
            .chain(products);
        all.filter(|shift| self.is_selected(shift)).collect()
    }

    /// Returns the groups that have another name from the event on, by their new names, where they are
    /// told of.
    pub(super) fn group_renames<'e>(
        &self,
        event: &'e HistoryEvent,
    ) -> impl Iterator<Item = (&'e GroupName, &'e GroupName)> {
        let is_asked = self.subjects.is_empty() || self.subjects.contains(&HistorySubject::Memberships);
        let is_told = is_asked && self.users.is_none() && self.products.is_none();
        event.shifts.renames.groups.iter().filter(move |_| is_told)
    }

    fn shifts_of<'e, N: Ord>(
        &'e self,
        subject: HistorySubject,
        shifts: &'e NameShifts<N>,
        told: Option<&'e BTreeSet<N>>,
        name: fn(&N) -> &str,
    ) -> impl Iterator<Item = SelectedShift<'e>> {
        shifts.iter().map(move |(shift, users)| SelectedShift {
            subject,
            gained: SelectedNames::new(&shift.gained, told).map_names(name),
            lost: SelectedNames::new(&shift.lost, told).map_names(name),
            users: SelectedNames::new(users, self.users.as_ref()),
        })
    }

    fn is_selected(&self, shift: &SelectedShift<'_>) -> bool {
        let has_names = !shift.gained.names.is_empty() || !shift.lost.names.is_empty();
        let is_asked = self.subjects.is_empty() || self.subjects.contains(&shift.subject);
        let is_product = shift.subject == HistorySubject::Access || self.products.is_none();
        has_names && !shift.users.names.is_empty() && is_asked && is_product
    }
}

/// A change, with what is told of it.
pub(super) struct SelectedShift<'a> {
    pub(super) subject: HistorySubject,
    pub(super) gained: SelectedNames<&'a str>,
    pub(super) lost: SelectedNames<&'a str>,
    pub(super) users: SelectedNames<&'a Email>,
}

impl SelectedShift<'_> {
    /// Whether somebody has another address, and neither joined nor left.
    pub(super) fn is_rename(&self) -> bool {
        self.subject == HistorySubject::People && self.gained.all > 0 && self.lost.all > 0
    }
}

/// Those of some names that are told.
#[derive(Default)]
pub(super) struct SelectedNames<N> {
    pub(super) names: Vec<N>,
    /// The number of all names.
    pub(super) all: usize,
}

impl<N> SelectedNames<N> {
    fn single(name: N) -> Self {
        Self { names: vec![name], all: 1 }
    }

    fn map_names<M>(self, name: impl Fn(N) -> M) -> SelectedNames<M> {
        SelectedNames { names: self.names.into_iter().map(name).collect(), all: self.all }
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

impl<'a, N: Ord> SelectedNames<&'a N> {
    fn new<I>(names: I, told: Option<&BTreeSet<N>>) -> Self
    where
        I: IntoIterator<Item = &'a N, IntoIter: ExactSizeIterator>,
    {
        let names = names.into_iter();
        let all = names.len();
        Self { names: names.filter(|name| told.is_none_or(|told| told.contains(*name))).collect(), all }
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
        let commit = match &event.through {
            AccessChangeCause::Commit { id, author, .. } => {
                format!("{} {}: ", short_id(id), clean_text(author))
            }
            AccessChangeCause::Dates => String::new(),
            AccessChangeCause::Problems { id, .. } | AccessChangeCause::ShallowBeginning { id } => {
                format!("{} ", short_id(id))
            }
        };
        out += &format!("{} {commit}{}\n", event.day, cause_words(&event.through));
        let shifts = selection.selected_shifts(event);
        out += &match &event.through {
            AccessChangeCause::Commit { order: CommitOrder::First, .. } if selection.words.is_empty() => {
                format!("  {}\n", first_state_words(&event.shifts))
            }
            AccessChangeCause::Commit { .. } if event.shifts.is_empty() => {
                "  nobody gained or lost anything\n".to_owned()
            }
            AccessChangeCause::Commit { .. }
            | AccessChangeCause::Dates
            | AccessChangeCause::Problems { .. }
            | AccessChangeCause::ShallowBeginning { .. } => {
                let groups = selection.group_renames(event).map(|(new, old)| {
                    let (old, new) = (clean_text(old.as_str()), clean_text(new.as_str()));
                    format!("  ~ the group {old} is called {new} now\n")
                });
                groups.chain(shifts.iter().map(shift_text)).collect()
            }
        };
        out.push('\n');
    }
    out
}

/// Describes the cause of an event, apart from a commit's name and author.
pub(super) fn cause_words(cause: &AccessChangeCause) -> String {
    match cause {
        AccessChangeCause::Commit { summary, .. } => clean_text(summary).into_owned(),
        AccessChangeCause::Dates => "by a date in the policy".to_owned(),
        AccessChangeCause::Problems { problems, .. } => {
            format!("left out: {} in the policy", words::count(*problems, "problem", "problems"))
        }
        AccessChangeCause::ShallowBeginning { .. } => {
            format!("what came before is not known: {SHALLOW_CLONE}")
        }
    }
}

/// Counts what is there at the first state that is known: `31 people, who can use 12 products; …`.
pub(super) fn first_state_words(shifts: &HoldingShifts) -> String {
    let HoldingShifts { joined, left: _, renames: _, roles, memberships, access } = shifts;
    let counts = [
        people_with(roles, "has a role", "have roles"),
        people_with(memberships, "is in a group", "are in groups"),
        people_with(access, "can use a product", "can use products"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let people = words::count(joined.len(), "person", "people");
    if counts.is_empty() {
        format!("the first state: {people}")
    } else {
        format!("the first state: {people}; {}", counts.join(", "))
    }
}

/// Counts the people who have any name; `None` where nobody has.
fn people_with<N>(shifts: &NameShifts<N>, one: &str, many: &str) -> Option<String> {
    let people: usize = shifts.values().map(BTreeSet::len).sum();
    let verb = if people == 1 { one } else { many };
    (people > 0).then(|| format!("{} {verb}", words::number(people)))
}

fn shift_text(shift: &SelectedShift<'_>) -> String {
    let is_rename = shift.is_rename();
    let SelectedShift { subject, gained, lost, users } = shift;
    if let (true, [new], [old]) = (is_rename, &*gained.names, &*lost.names) {
        return format!("  ~ {} is called {} now\n", clean_text(old), clean_text(new));
    }
    let named = abridge_names(users.names.iter().map(|user| user.as_str()));
    let people = format!("{} ({named})", users.count_words("person", "people"));
    let [gains, loses] = match subject {
        HistorySubject::People | HistorySubject::Memberships => ["joined", "left"],
        HistorySubject::Roles | HistorySubject::Access => ["gained", "lost"],
    };
    let mut out = String::new();
    for (sign, verb, names) in [('+', gains, gained), ('-', loses, lost)] {
        if !names.names.is_empty() {
            out += &format!("  {sign} {people} {verb} {}\n", object_text(*subject, names));
        }
    }
    out
}

/// Names what is gained or lost, with its count where some of it is not named.
fn object_text(subject: HistorySubject, names: &SelectedNames<&str>) -> String {
    let named = abridge_names(names.names.iter().copied());
    let (one, many) = match subject {
        HistorySubject::People => return named,
        HistorySubject::Roles => ("role", "roles"),
        HistorySubject::Memberships => ("group", "groups"),
        HistorySubject::Access => ("product", "products"),
    };
    match (names.names.len() > NAMES || names.names.len() < names.all, subject) {
        (true, _) => format!("{}: {named}", names.count_words(one, many)),
        (false, HistorySubject::Access) => named,
        (false, HistorySubject::People | HistorySubject::Roles | HistorySubject::Memberships) => {
            format!("the {} {named}", if names.all == 1 { one } else { many })
        }
    }
}

/// Returns the answer: how often something happened, and how many people it touched.
fn events_counted(events: &[HistoryEvent], selection: &HistorySelection) -> String {
    if events.is_empty() {
        return selection.empty_text() + "\n";
    }
    let people = events.iter().flat_map(|event| selection.selected_shifts(event));
    let people = people.filter(|shift| !shift.is_rename());
    let people: BTreeSet<&Email> = people.flat_map(|shift| shift.users.names).collect();
    let of = selection.filter_words().map(|words| format!(", of {words}")).unwrap_or_default();
    format!(
        "{}; {} gained or lost {}{of}.\n\n",
        words::count(events.len(), "event", "events"),
        words::count(people.len(), "person", "people"),
        selection.object_words(),
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
