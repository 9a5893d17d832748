//! The months by which the store is divided, in UTC, and their folders.

use crate::model::{Date, Timestamp};
use crate::usage::{Period, PeriodKind, utc_day};

/// Returns the month that `time` lies in.
pub(super) fn month_at(time: Timestamp) -> Period {
    Period::from_day(PeriodKind::Month, utc_day(time))
}

/// Returns the folder of the month's file; engines read `year` and `month` as columns.
pub(super) fn month_folder(month: Period) -> String {
    let first = month.first_day();
    format!("year={:04}/month={:02}", first.year(), first.month())
}

/// Parses the names of the two folders; `None` for any other name in the store.
pub(super) fn parse_month(year: &str, month: &str) -> Option<Period> {
    let (year, month) = (year.strip_prefix("year=")?.parse(), month.strip_prefix("month=")?.parse());
    Some(Period::from_day(PeriodKind::Month, Date::new(year.ok()?, month.ok()?, 1).ok()?))
}
