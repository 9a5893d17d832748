//! What the store remembers of a row.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::month::Month;
use crate::exports::{PresentColumns, RowSink};
use crate::model::Timestamp;
use crate::usage::{IntervalWidth, MachineId, NameRegister, SourceId, TimeOfUse, TimeSpan, UseRow, UserId};

/// What kind of row it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum FactKind {
    Details,
    Session,
    /// A checkout up to its expiry.
    Checkout,
    /// A checkout up to the check-in.
    Returned,
}

impl FactKind {
    pub(super) const ALL: [Self; 4] = [Self::Details, Self::Session, Self::Checkout, Self::Returned];

    /// The word in the store.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Details => "details",
            Self::Session => "session",
            Self::Checkout => "checkout",
            Self::Returned => "returned",
        }
    }
}

/// Microseconds since 1970: as exact as every engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Micros(pub(super) i64);

impl Micros {
    fn from_time(time: Timestamp) -> Self {
        Self(time.as_microsecond())
    }

    /// The time; `None` beyond the years that are calculated with.
    pub(super) fn time(self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.0).ok()
    }
}

/// One row as a fact. There is no such thing as the same fact twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct UsageFact {
    pub(super) kind: FactKind,
    /// What its export says at all.
    pub(super) said: PresentColumns,
    pub(super) source: SourceId,
    pub(super) machine: MachineId,
    pub(super) user: Option<UserId>,
    /// When use began.
    pub(super) start: Micros,
    /// When it was over; of details, when the last interval was.
    pub(super) end: Micros,
}

/// How long an interval of details is.
const INTERVAL: SignedDuration = SignedDuration::from_mins(10);

impl UsageFact {
    fn from_row(row: &UseRow, said: PresentColumns) -> Self {
        let UseRow { source, machine, user, used } = *row;
        let (kind, start, end) = match used {
            TimeOfUse::Trimmed { first, last } => (
                FactKind::Details,
                align_to_grid(first),
                align_to_grid(last).saturating_add(INTERVAL).unwrap_or(Timestamp::MAX),
            ),
            TimeOfUse::Session(span) => (FactKind::Session, span.start(), span.end()),
            TimeOfUse::Checkout(span) => (FactKind::Checkout, span.start(), span.end()),
            TimeOfUse::Returned(span) => (FactKind::Returned, span.start(), span.end()),
        };
        Self {
            kind,
            said,
            source,
            machine,
            user,
            start: Micros::from_time(start),
            end: Micros::from_time(end),
        }
    }

    /// The row that it was; `None` where it cannot have been one.
    pub(super) fn row(&self) -> Option<UseRow> {
        let span = TimeSpan::new(self.start.time()?, self.end.time()?)?;
        let used = match self.kind {
            FactKind::Details => {
                let last = span.end().saturating_sub(INTERVAL).ok()?;
                TimeSpan::new(span.start(), last)
                    .map(|span| TimeOfUse::Trimmed { first: span.start(), last: span.end() })?
            }
            FactKind::Session => TimeOfUse::Session(span),
            FactKind::Checkout => TimeOfUse::Checkout(span),
            FactKind::Returned => TimeOfUse::Returned(span),
        };
        Some(UseRow { source: self.source, machine: self.machine, user: self.user, used })
    }
}

/// The beginning of the export's interval that `time` lies in: two exports may write the same interval
/// differently.
fn align_to_grid(time: Timestamp) -> Timestamp {
    IntervalWidth::EXPORT.start_of(IntervalWidth::EXPORT.interval_at(time))
}

/// Facts by the month in which use began. So many take memory: 40 bytes each, beside the names.
#[derive(Debug, Default)]
pub(super) struct MonthlyFacts {
    said: PresentColumns,
    pub(super) months: BTreeMap<Month, Vec<UsageFact>>,
}

impl RowSink for MonthlyFacts {
    fn note_columns(&mut self, said: PresentColumns) {
        self.said = said;
    }

    fn take_rows(&mut self, _: &NameRegister, rows: &[UseRow]) {
        for fact in rows.iter().map(|row| UsageFact::from_row(row, self.said)) {
            // A time that a fact has is one that a row had.
            let month = fact.start.time().map_or(Month::FIRST, Month::from_time);
            self.months.entry(month).or_default().push(fact);
        }
    }

    fn merge(&mut self, other: Self) {
        for (month, facts) in other.months {
            self.months.entry(month).or_default().extend(facts);
        }
    }
}
