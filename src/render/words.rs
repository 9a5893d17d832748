//! Names the parts of a plan for every output: terminal, pull request, journal.
//!
//! A [`Phrase`] describes one change. Foreign text in a phrase always has a [`MarkedSpan`] of its own and is
//! clean, so that a renderer marks up and escapes it in one place.

mod changes;
mod verdict;

use std::fmt::Display;

use similar::{ChangeTag, TextDiff};

pub use changes::{act_phrase, change_phrase, withheld_phrase};
pub use verdict::{
    contributor_count, exposure_words, guard_key, refusal_words, subject_of, unapprovable_words,
    warning_words,
};

use super::clean::clean_text;
use super::look_alike::tell_look_alikes_apart;
use crate::change::{JoinedProduct, Withheld, WithheldReason};
use crate::model::{Area, Date, Money, RoleId, Text, UnreadReason, group_digits, word_enum};
use crate::plan::StepReason;
use crate::plan::impact::{AccessCause, AccessFlip, NotUndoableCounts};

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkedSpan {
    /// seatwise's own words.
    Plain(String),
    /// A name or text from the organization or the policy, cleaned.
    Name(String),
    /// Words of the value before a change, cleaned.
    Old(String),
    /// Words of the value after a change, cleaned.
    New(String),
}

impl MarkedSpan {
    /// Returns the text of the span.
    pub fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Name(text) | Self::Old(text) | Self::New(text) => text,
        }
    }

    /// Returns a span with another text and the same marking.
    pub(super) fn with_text(&self, text: &str) -> Self {
        let text = text.to_owned();
        match self {
            Self::Plain(_) => Self::Plain(text),
            Self::Name(_) => Self::Name(text),
            Self::Old(_) => Self::Old(text),
            Self::New(_) => Self::New(text),
        }
    }
}

/// A sentence in marked pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkedText(pub Vec<MarkedSpan>);

impl MarkedText {
    /// Creates a sentence of seatwise's own words.
    pub fn new(text: impl Into<String>) -> Self {
        Self::default().say(text)
    }

    /// Adds seatwise's own words.
    #[must_use]
    pub fn say(mut self, text: impl Into<String>) -> Self {
        self.0.push(MarkedSpan::Plain(text.into()));
        self
    }

    /// Adds a name.
    #[must_use]
    pub fn name(mut self, name: impl Display) -> Self {
        self.0.push(MarkedSpan::Name(clean_text(&name.to_string()).into_owned()));
        self
    }

    /// Adds names with commas between.
    #[must_use]
    pub fn names<N: Display>(self, names: impl IntoIterator<Item = N>) -> Self {
        names.into_iter().enumerate().fold(self, |words, (at, name)| {
            if at == 0 { words.name(name) } else { words.say(", ").name(name) }
        })
    }

    /// Adds `before → after`.
    #[must_use]
    pub fn say_change(self, before: impl Display, after: impl Display) -> Self {
        let (before, after) = (before.to_string(), after.to_string());
        match tell_look_alikes_apart(&before, &after) {
            // Cleaning leaves code points that are spelled out already as they are.
            Some((before, after)) => self.name(before).say(" → ").name(after),
            None => self.name(before).say(" → ").name(after),
        }
    }

    /// Adds a text of several words that became another: the differing words are marked.
    #[must_use]
    pub fn say_rewording(mut self, before: &str, after: &str) -> Self {
        if tell_look_alikes_apart(before, after).is_some() {
            return self.say_change(before, after);
        }
        let (before, after) = (clean_text(before), clean_text(after));
        for piece in TextDiff::from_words(&*before, &*after).iter_all_changes() {
            let text = piece.value();
            match (piece.tag(), self.0.last_mut()) {
                (ChangeTag::Equal, Some(MarkedSpan::Name(known)))
                | (ChangeTag::Delete, Some(MarkedSpan::Old(known)))
                | (ChangeTag::Insert, Some(MarkedSpan::New(known))) => known.push_str(text),
                (ChangeTag::Equal, _) => self.0.push(MarkedSpan::Name(text.to_owned())),
                (ChangeTag::Delete, _) => self.0.push(MarkedSpan::Old(text.to_owned())),
                (ChangeTag::Insert, _) => self.0.push(MarkedSpan::New(text.to_owned())),
            }
        }
        self
    }

    /// Adds another sentence as it is.
    #[must_use]
    pub fn append(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Adds another sentence after `; `, if it says anything.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let is_apart = !self.0.is_empty() && !other.0.is_empty();
        if is_apart { self.say("; ").append(other) } else { self.append(other) }
    }

    /// Returns the sentence without marking.
    pub fn plain_text(&self) -> String {
        self.0.iter().map(MarkedSpan::text).collect()
    }
}

word_enum! {
    /// The kind of a change, with its sign.
    pub enum ChangeMark {
        /// The thing is added.
        Create = "+",
        /// The thing changes.
        Update = "~",
        /// The thing is removed.
        Remove = "-",
    }
}

/// A change in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub mark: ChangeMark,
    /// The kind of thing: `user`, `role`, `assignment`, ….
    pub kind: &'static str,
    /// The name of the thing.
    pub subject: MarkedText,
    /// What happens to the thing.
    pub what: MarkedText,
}

/// Formats a number with thousands separators: `1,204`.
pub fn number(count: impl TryInto<usize>) -> String {
    group_digits(&count.try_into().unwrap_or(usize::MAX).to_string())
}

/// Separates the thousands of each number in a text of numbers: `1920.50 EUR` becomes `1,920.50 EUR`. The
/// digits after a decimal point stay together.
pub(super) fn separate_thousands(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        let whole = (!out.ends_with('.')).then(|| digits.parse::<usize>().ok()).flatten();
        // A number that begins with 0 is no count.
        let said = whole.filter(|_| digits.len() > 3 && !digits.starts_with('0')).map(number);
        out += said.as_deref().unwrap_or(digits);
        out += &part[digits.len()..];
    }
    out
}

/// Formats an amount with its currency and thousands separators: `1,920.50 EUR`.
pub fn money(money: &Money) -> String {
    clean_text(&money.words()).into_owned()
}

/// Formats a number with a sign: `−41`, `+1`, and plain `0`.
pub(super) fn signed_number(sign: char, count: usize) -> String {
    if count == 0 { number(count) } else { format!("{sign}{}", number(count)) }
}

/// Formats a number with its noun: `1 group`, `1,204 users`.
pub fn count(count: impl TryInto<usize>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(usize::MAX);
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// Explains why a step is in the plan, where the reason is more than a line of the policy.
pub fn why_words(why: &StepReason) -> MarkedText {
    let quoted = |words: MarkedText, reason: &str| words.say("“").name(reason).say("”");
    match why {
        StepReason::Declared { until, reason, at: _ } => {
            let words = until.map_or_else(MarkedText::default, |day| MarkedText::new(format!("until {day}")));
            words.join(
                reason
                    .as_deref()
                    .map_or_else(MarkedText::default, |reason| quoted(MarkedText::default(), reason)),
            )
        }
        StepReason::Ended { on, at: _ } => MarkedText::new(format!("ended {on}")),
        StepReason::NotYet { from, at: _ } => MarkedText::new(format!("begins {from}")),
        StepReason::Removed { at: _ } => MarkedText::new("declared as removed"),
        StepReason::NotDeclared { at: _ } => MarkedText::new("not in the policy"),
        StepReason::Follows { at: _ } => MarkedText::new("goes with it"),
        StepReason::Undo => MarkedText::new("as it was before the run"),
    }
}

/// Returns the last day and the reason that the policy states beside a step.
pub(super) fn stated_terms(why: &StepReason) -> (Option<Date>, Option<&Text>) {
    match why {
        StepReason::Declared { until, reason, .. } => (*until, reason.as_ref()),
        StepReason::Ended { on, .. } => (Some(*on), None),
        StepReason::NotYet { .. }
        | StepReason::Removed { .. }
        | StepReason::NotDeclared { .. }
        | StepReason::Follows { .. }
        | StepReason::Undo => (None, None),
    }
}

/// Returns the policy line that a step comes from: `users/lisbon.yaml:14`; `None` for an undo.
pub fn why_place(why: &StepReason) -> Option<String> {
    why.citation().map(|at| format!("{}:{}", clean_text(&at.file), at.line))
}

/// Says which product of the organization a product of the policy is.
pub fn same_product_words(joined: &JoinedProduct) -> MarkedText {
    let JoinedProduct { policy, organization, number, feature } = joined;
    let said = MarkedText::default().name(policy).say(" of the policy is ").name(organization);
    let said = said.say(format!(" of the organization (product {number}"));
    match feature {
        Some(feature) => said.say(", feature ").name(feature).say(")"),
        None => said.say(")"),
    }
}

/// Explains why a section was not read.
pub fn unread_words(why: &UnreadReason) -> MarkedText {
    match why {
        UnreadReason::Unsupported => MarkedText::new("the connector cannot read it"),
        UnreadReason::Failed(how) => MarkedText::default().name(how),
    }
}

/// Says what is withheld and why, in one sentence.
pub(super) fn withheld_words(withheld: &Withheld) -> MarkedText {
    let Phrase { mark, kind, subject, what } = withheld_phrase(&withheld.what);
    let said = MarkedText::new(format!("{} {kind} ", mark.as_str())).append(subject).say(" ").append(what);
    said.say(": ").append(reason_words(&withheld.reason))
}

/// Explains why a difference is withheld.
pub fn reason_words(reason: &WithheldReason) -> MarkedText {
    match reason {
        WithheldReason::Observed => MarkedText::new("the policy only observes this (`manage`)"),
        WithheldReason::Unread(UnreadReason::Unsupported) => {
            MarkedText::new("not read: the connector cannot")
        }
        WithheldReason::Unread(UnreadReason::Failed(how)) => MarkedText::new("not read: ").name(how),
        WithheldReason::DependsOnUnread(section) => {
            MarkedText::new(format!("{} could not be read, so this would be a guess", section.as_str()))
        }
        WithheldReason::ObjectWithheld => MarkedText::new("what it belongs to is withheld"),
        WithheldReason::AccountAdministrator => MarkedText::new("Account Administrators follow the contract"),
        WithheldReason::ActingIdentity => {
            MarkedText::new("seatwise acts as this user and would lose its own access")
        }
        WithheldReason::Protected => MarkedText::new("protected (`guard.protect`)"),
        WithheldReason::Federated => MarkedText::new("names and addresses belong to the identity provider"),
        WithheldReason::PendingUndeclared => {
            MarkedText::new("asked to join and is not declared: declare the user to approve")
        }
        WithheldReason::LicenceLocked { until } => {
            MarkedText::new(format!("the named licence is locked until {}", minute(*until)))
        }
        WithheldReason::LastContact => MarkedText::new("the last fulfilment contact stays"),
        WithheldReason::AddressHeld(owner) => MarkedText::new("the address is in use until ")
            .name(owner)
            .say(" may take its new one, which is withheld"),
        WithheldReason::Conflict(why) => MarkedText::default().name(why),
    }
}

/// Names the cause of a change of access.
pub fn cause_words(cause: &AccessCause) -> MarkedText {
    match cause {
        AccessCause::User(user) => MarkedText::new("user ").name(user),
        AccessCause::Membership(group, user) => {
            MarkedText::default().name(user).say(" in group ").name(group)
        }
        // The product is clear from the context; the cause is an allow, a deny or a named licence.
        AccessCause::Assignment(user, _) => MarkedText::new("assignment or deny of ").name(user),
        AccessCause::Group(group) => MarkedText::new("group ").name(group),
        AccessCause::Product(product) => MarkedText::new("restriction ").name(product),
        AccessCause::Restriction(product, country) => {
            MarkedText::new("restriction ").name(product).say(format!(" in {country}"))
        }
        AccessCause::Default(country) => MarkedText::new(format!("default of {country}")),
    }
}

/// Describes what a flip does to everybody at once.
pub fn flip_words(flip: &AccessFlip) -> MarkedText {
    match flip {
        AccessFlip::FirstProduct(group) => MarkedText::new("group ").name(group).say(
            ": first product on the list: its members are denied every product that no list of theirs names",
        ),
        AccessFlip::EmptiedList(group) => MarkedText::new("group ")
            .name(group)
            .say(": the list is emptied and no longer counts: the settings of the country apply"),
        AccessFlip::DefaultNobody(country) => MarkedText::new(format!(
            "default of {country}: everyone → closed: only an assignment, a group list or a restriction \
                opens a product"
        )),
    }
}

/// Counts the changes that cannot be undone, with one noun each.
pub fn not_undoable_nouns(what: &NotUndoableCounts) -> Vec<String> {
    let NotUndoableCounts { invitations, checkouts, locks, identities, approvals } = what;
    let said = [
        (*invitations, "invitation sent", "invitations sent"),
        (*checkouts, "checkout ended", "checkouts ended"),
        (*locks, "named licence that starts its 30-day lock", "named licences that start their 30-day lock"),
        (*identities, "identity removed", "identities removed"),
        (*approvals, "request to join approved", "requests to join approved"),
    ];
    said.into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect()
}

/// Names a role by its id, and by the portal's name where the id does not already include the name.
pub fn role_words(role: &RoleId) -> MarkedText {
    let portal = RoleId::PORTAL.iter().find(|(id, _)| role.is(id)).map(|(_, name)| *name);
    let title = portal.filter(|name| name.to_lowercase().replace(' ', "-") != role.as_str());
    let words = MarkedText::default().name(role);
    title.map_or_else(|| words.clone(), |name| words.clone().say(format!(" ({name})")))
}

/// Returns clean names with commas between.
pub(super) fn name_list<N: Display>(names: impl IntoIterator<Item = N>) -> String {
    MarkedText::default().names(names).plain_text()
}

/// Names the area of a restriction or contact.
pub(super) fn area_name(area: Area) -> String {
    match area {
        Area::Everywhere => "everywhere".to_owned(),
        Area::Country(country) => country.to_string(),
    }
}

/// Formats a time to the minute, in UTC.
pub fn minute(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
