//! What the store remembers of a row.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::month::Month;
use crate::exports::{Said, Take};
use crate::model::Timestamp;
use crate::usage::{MachineId, Register, Row, SourceId, Span, Use, UserId, Width};

/// What kind of row it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Details,
    Session,
    /// A checkout up to its expiry.
    Checkout,
    /// A checkout up to the check-in.
    Returned,
}

impl Kind {
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
    fn of(time: Timestamp) -> Self {
        Self(time.as_microsecond())
    }

    /// The time; `None` beyond the years that are calculated with.
    pub(super) fn time(self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.0).ok()
    }
}

/// One row as a fact. There is no such thing as the same fact twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Fact {
    pub(super) kind: Kind,
    /// What its export says at all.
    pub(super) said: Said,
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

impl Fact {
    fn of(row: &Row, said: Said) -> Self {
        let Row { source, machine, user, used } = *row;
        let (kind, start, end) = match used {
            Use::Trimmed { first, last } => (
                Kind::Details,
                on_grid(first),
                on_grid(last).saturating_add(INTERVAL).unwrap_or(Timestamp::MAX),
            ),
            Use::Session(span) => (Kind::Session, span.from(), span.to()),
            Use::Checkout(span) => (Kind::Checkout, span.from(), span.to()),
            Use::Returned(span) => (Kind::Returned, span.from(), span.to()),
        };
        Self { kind, said, source, machine, user, start: Micros::of(start), end: Micros::of(end) }
    }

    /// The row that it was; `None` where it cannot have been one.
    pub(super) fn row(&self) -> Option<Row> {
        let span = Span::new(self.start.time()?, self.end.time()?)?;
        let used = match self.kind {
            Kind::Details => {
                let last = span.to().saturating_sub(INTERVAL).ok()?;
                Span::new(span.from(), last)
                    .map(|span| Use::Trimmed { first: span.from(), last: span.to() })?
            }
            Kind::Session => Use::Session(span),
            Kind::Checkout => Use::Checkout(span),
            Kind::Returned => Use::Returned(span),
        };
        Some(Row { source: self.source, machine: self.machine, user: self.user, used })
    }
}

/// The beginning of the export's interval that `time` lies in: two exports may write the same interval
/// differently.
fn on_grid(time: Timestamp) -> Timestamp {
    Width::EXPORT.start(Width::EXPORT.at(time))
}

/// Facts by the month in which use began. So many take memory: 40 bytes each, beside the names.
#[derive(Debug, Default)]
pub(super) struct Facts {
    said: Said,
    pub(super) months: BTreeMap<Month, Vec<Fact>>,
}

impl Take for Facts {
    fn columns(&mut self, said: Said) {
        self.said = said;
    }

    fn take(&mut self, _: &Register, rows: &[Row]) {
        for fact in rows.iter().map(|row| Fact::of(row, self.said)) {
            // A time that a fact has is one that a row had.
            let month = fact.start.time().map_or(Month::FIRST, Month::of);
            self.months.entry(month).or_default().push(fact);
        }
    }

    fn absorb(&mut self, other: Self) {
        for (month, facts) in other.months {
            self.months.entry(month).or_default().extend(facts);
        }
    }
}
