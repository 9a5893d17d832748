//! The grid of fixed intervals in UTC that time is divided into.

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use jiff::tz::Offset;

use crate::model::Timestamp;

/// The length of an interval: 5 to 60 minutes that divide the hour, so that every day, month and quarter
/// begins with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IntervalWidth {
    minutes: i64,
}

impl IntervalWidth {
    /// The width in which use is counted today.
    pub const TEN_MINUTES: Self = Self { minutes: 10 };
    /// The width of the intervals in the portal's exports, whatever the policy says.
    pub const EXPORT: Self = Self::TEN_MINUTES;

    /// Builds a width of `minutes`; `None` where the minutes do not divide the hour, or are fewer than 5.
    pub fn from_minutes(minutes: u8) -> Option<Self> {
        ((5..=60).contains(&minutes) && 60 % minutes == 0).then_some(Self { minutes: minutes.into() })
    }

    /// The width in minutes.
    pub fn minutes(self) -> i64 {
        self.minutes
    }

    /// The number of intervals in a day.
    pub fn intervals_per_day(self) -> i64 {
        24 * 60 / self.minutes
    }

    fn seconds(self) -> i64 {
        60 * self.minutes
    }

    /// Returns the interval that `time` lies in.
    pub fn interval_at(self, time: Timestamp) -> Interval {
        Interval(whole_seconds(time).0.div_euclid(self.seconds()))
    }

    /// Returns the last interval that begins before `time`.
    pub(in crate::usage) fn last_interval_before(self, time: Timestamp) -> Interval {
        let (seconds, exact) = whole_seconds(time);
        let started = if exact { seconds - 1 } else { seconds };
        Interval(started.div_euclid(self.seconds()))
    }

    /// Whether an interval begins exactly at `time`.
    pub(in crate::usage) fn is_boundary(self, time: Timestamp) -> bool {
        let (seconds, exact) = whole_seconds(time);
        exact && seconds.rem_euclid(self.seconds()) == 0
    }

    /// Returns the start of `interval`.
    pub fn start_of(self, interval: Interval) -> Timestamp {
        let seconds = interval
            .0
            .saturating_mul(self.seconds())
            .clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        Timestamp::from_second(seconds).expect("clamped to what a timestamp holds")
    }

    /// Returns the UTC day that `interval` lies in.
    pub fn day(self, interval: Interval) -> Date {
        EPOCH.saturating_add(SignedDuration::from_hours(24 * interval.0.div_euclid(self.intervals_per_day())))
    }

    /// Returns the first interval of `day`.
    pub fn first_interval(self, day: Date) -> Interval {
        Interval(days_between(EPOCH, day) * self.intervals_per_day())
    }

    /// Returns the run of intervals on this grid that the export's intervals `first` to `last` touch.
    pub(in crate::usage) fn run_of_export(self, first: Interval, last: Interval) -> Option<IntervalRun> {
        let export = IntervalWidth::EXPORT.minutes;
        let from = (first.0 * export).div_euclid(self.minutes);
        let last_minute = (last.0 + 1) * export - 1;
        IntervalRun::new(Interval(from), Interval(last_minute.div_euclid(self.minutes)))
    }
}

const EPOCH: Date = date(1970, 1, 1);

/// Returns the whole seconds since 1970 up to `time`, and whether `time` is exactly that second.
fn whole_seconds(time: Timestamp) -> (i64, bool) {
    match time.subsec_nanosecond() {
        0 => (time.as_second(), true),
        // Before 1970 both parts are negative.
        part if part < 0 => (time.as_second() - 1, false),
        _ => (time.as_second(), false),
    }
}

/// Returns the UTC day that `time` lies in.
pub fn utc_day(time: Timestamp) -> Date {
    Offset::UTC.to_datetime(time).date()
}

/// Returns the number of days from `first` to `last`; 0 where they are the same day.
pub fn days_between(first: Date, last: Date) -> i64 {
    last.duration_since(first).as_hours() / 24
}

/// Returns the midnight UTC that begins `day`.
pub fn midnight(day: Date) -> Timestamp {
    // A timestamp cannot hold the last hours of the calendar, and no day begins there.
    Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
}

/// An interval, as the number of intervals of its width between the beginning of 1970 and its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(pub(in crate::usage) i64);

impl Interval {
    /// Returns the interval that is `intervals` later.
    pub(in crate::usage) fn shift(self, intervals: i64) -> Self {
        Self(self.0 + intervals)
    }
}

/// A run of consecutive intervals, both ends included; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::usage) struct IntervalRun {
    pub(in crate::usage) first: Interval,
    pub(in crate::usage) last: Interval,
}

impl IntervalRun {
    /// Builds a run; `None` where `last` is before `first`.
    pub(in crate::usage) fn new(first: Interval, last: Interval) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// Returns the intervals in both runs.
    pub(in crate::usage) fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// Returns the run that is `intervals` later.
    pub(in crate::usage) fn shift(self, intervals: i64) -> Self {
        Self { first: self.first.shift(intervals), last: self.last.shift(intervals) }
    }
}
