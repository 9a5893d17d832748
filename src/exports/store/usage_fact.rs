//! The facts that the store keeps of rows.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::month::month_at;
use crate::exports::{PresentColumns, RowSink};
use crate::model::{Timestamp, word_enum};
use crate::usage::{
    IntervalWidth, MachineId, NameRegister, Period, SourceId, TimeOfUse, TimeSpan, UseRow, UserId,
};

word_enum! {
    /// The kind of row that a fact comes from, with the store's word for it.
    pub(super) enum FactKind {
        Details = "details",
        Session = "session",
        /// A checkout up to its expiry.
        Checkout = "checkout",
        /// A checkout up to the check-in.
        Returned = "returned",
    }
}

/// Microseconds since 1970, the precision that every engine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Micros(pub(super) i64);

impl Micros {
    fn from_time(time: Timestamp) -> Self {
        Self(time.as_microsecond())
    }

    /// Returns the time; `None` beyond the years that a timestamp can hold.
    pub(super) fn time(self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.0).ok()
    }
}

/// One row as a fact. Equal facts are one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct UsageFact {
    pub(super) kind: FactKind,
    /// The optional columns of the export.
    pub(super) said: PresentColumns,
    pub(super) source: SourceId,
    pub(super) machine: MachineId,
    pub(super) user: Option<UserId>,
    /// When use began.
    pub(super) start: Micros,
    /// When use ended; for details, the end of the last interval.
    pub(super) end: Micros,
}

/// The length of an interval of details.
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

    /// Converts the fact back to a row; `None` where no row can have such times.
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

/// Returns the start of the export's interval that `time` lies in: two exports may write the same interval
/// differently.
fn align_to_grid(time: Timestamp) -> Timestamp {
    IntervalWidth::EXPORT.start_of(IntervalWidth::EXPORT.interval_at(time))
}

/// Facts by the month in which use began. A fact takes 40 bytes, plus the names.
#[derive(Debug, Default)]
pub(super) struct MonthlyFacts {
    said: PresentColumns,
    pub(super) months: BTreeMap<Period, Vec<UsageFact>>,
}

impl RowSink for MonthlyFacts {
    fn note_columns(&mut self, said: PresentColumns) {
        self.said = said;
    }

    fn take_rows(&mut self, _: &NameRegister, rows: &[UseRow]) {
        for fact in rows.iter().map(|row| UsageFact::from_row(row, self.said)) {
            // The time always converts back, as it came from a row.
            let month = month_at(fact.start.time().unwrap_or(Timestamp::MIN));
            self.months.entry(month).or_default().push(fact);
        }
    }

    fn merge(&mut self, other: Self) {
        for (month, facts) in other.months {
            self.months.entry(month).or_default().extend(facts);
        }
    }
}
