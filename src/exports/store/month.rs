//! Months, by which the store is divided.

use std::fmt;

use crate::model::Timestamp;
use crate::usage::utc_day;

/// A month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The first month that dates can express.
    pub(super) const FIRST: Self = Self { year: -9999, month: 1 };

    /// Returns the month that `time` lies in.
    pub fn from_time(time: Timestamp) -> Self {
        let day = utc_day(time);
        Self { year: day.year(), month: day.month() }
    }

    /// Returns the folder of the month's file; engines read `year` and `month` as columns.
    pub(super) fn folder(self) -> String {
        format!("year={:04}/month={:02}", self.year, self.month)
    }

    /// Parses the names of the two folders; `None` for any other name in the store.
    pub(super) fn parse(year: &str, month: &str) -> Option<Self> {
        let (year, month) =
            (year.strip_prefix("year=")?.parse().ok()?, month.strip_prefix("month=")?.parse().ok()?);
        (1..=12).contains(&month).then_some(Self { year, month })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}
