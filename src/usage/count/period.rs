//! Periods that are charged as one: quarters or months, in UTC.

use std::fmt;

use jiff::civil::{Date, date};

use super::grid::{Interval, IntervalRun, IntervalWidth};

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    /// A calendar quarter.
    Quarter,
    /// A calendar month: for contracts with a cloud services subscription.
    Month,
}

impl PeriodKind {
    fn months(self) -> i8 {
        match self {
            Self::Quarter => 3,
            Self::Month => 1,
        }
    }
}

/// One quarter or month of a certain year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    kind: PeriodKind,
    first_day: Date,
}

impl Period {
    /// Returns the period of that kind that `day` lies in.
    pub fn from_day(kind: PeriodKind, day: Date) -> Self {
        let month = (day.month() - 1) / kind.months() * kind.months() + 1;
        Self { kind, first_day: date(day.year(), month, 1) }
    }

    /// Parses `2026Q1` or `2026-01`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, year, part) = match (text.split_once('Q'), text.split_once('-')) {
            (Some((year, quarter)), None) if quarter.len() == 1 => (PeriodKind::Quarter, year, quarter),
            (None, Some((year, month))) if month.len() == 2 => (PeriodKind::Month, year, month),
            _ => return None,
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, part) = (year.len() == 4 && digits(year) && digits(part))
            .then_some((year.parse().ok()?, part.parse::<i8>().ok()?))?;
        let first_day = Date::new(year, (part - 1) * kind.months() + 1, 1).ok()?;
        Some(Self { kind, first_day })
    }

    /// Returns whether the period is a quarter or a month.
    pub fn kind(self) -> PeriodKind {
        self.kind
    }

    /// Returns the first day, whose list price applies to the whole period.
    pub fn first_day(self) -> Date {
        self.first_day
    }

    /// Returns the last day.
    pub fn last_day(self) -> Date {
        let month = self.first_day.month() + self.kind.months() - 1;
        date(self.first_day.year(), month, 1).last_of_month()
    }

    /// Whether `day` lies in the period.
    pub fn contains(self, day: Date) -> bool {
        self.first_day <= day && day <= self.last_day()
    }

    /// Returns all intervals of the period.
    pub(in crate::usage) fn intervals(self, width: IntervalWidth) -> IntervalRun {
        let last = Interval(width.first_interval(self.last_day()).0 + width.intervals_per_day() - 1);
        IntervalRun { first: width.first_interval(self.first_day), last }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.first_day.year(), self.first_day.month());
        match self.kind {
            PeriodKind::Quarter => write!(f, "{year:04}Q{}", (month + 2) / 3),
            PeriodKind::Month => write!(f, "{year:04}-{month:02}"),
        }
    }
}

/// The part of a run of intervals that lies in one period.
#[derive(Debug, Clone, Copy)]
pub(in crate::usage) struct PeriodRun {
    pub(in crate::usage) period: Period,
    /// Counted from the period's first interval, as is `last`.
    pub(in crate::usage) first: u16,
    pub(in crate::usage) last: u16,
}

/// Splits runs of intervals at the ends of periods. It remembers the last period, as a row mostly lies in the
/// same period as the row before.
#[derive(Debug)]
pub(in crate::usage) struct PeriodCalendar {
    kind: PeriodKind,
    width: IntervalWidth,
    known: (Period, IntervalRun),
}

impl PeriodCalendar {
    /// Builds a calendar of periods of `kind`, counted in intervals of `width`.
    pub(in crate::usage) fn new(kind: PeriodKind, width: IntervalWidth) -> Self {
        let period = Period::from_day(kind, date(2026, 1, 1));
        Self { kind, width, known: (period, period.intervals(width)) }
    }

    /// Splits `run` into its parts in each period, in order.
    pub(in crate::usage) fn cut(&mut self, run: IntervalRun) -> impl Iterator<Item = PeriodRun> {
        let mut rest = Some(run);
        std::iter::from_fn(move || {
            let run = rest?;
            let (period, all) = self.period_at(run.first);
            let end = run.last.min(all.last);
            rest = IntervalRun::new(end.shift(1), run.last);
            Some(PeriodRun { period, first: offset(run.first, all), last: offset(end, all) })
        })
    }

    fn period_at(&mut self, interval: Interval) -> (Period, IntervalRun) {
        let (_, all) = self.known;
        if interval < all.first || interval > all.last {
            let period = Period::from_day(self.kind, self.width.day(interval));
            self.known = (period, period.intervals(self.width));
        }
        self.known
    }
}

fn offset(interval: Interval, period: IntervalRun) -> u16 {
    // A quarter has at most 92 days of 288 intervals of five minutes.
    u16::try_from(interval.0 - period.first.0).expect("the interval lies in the period")
}
