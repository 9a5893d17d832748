//! Damaged lines of an export, and what is wrong with them.

use std::fmt;

use crate::usage::UsageColumn;

/// The most combinations of product, country, site, usage type and the like that are kept apart; a file with
/// more is no export.
pub const MOST_SOURCES: usize = 100_000;

/// Why a line is not counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineFlaw {
    /// The line has another number of columns than the header: it is truncated, or a separator was not
    /// quoted.
    Columns {
        found: usize,
        /// The number of columns in the header.
        expected: usize,
    },
    /// A quote is never closed, or stands within a field.
    Quote,
    /// The line is longer than [`super::LONGEST_LINE`].
    TooLong,
    /// The line is not UTF-8.
    NotUtf8,
    /// A required column is empty.
    Missing(UsageColumn),
    /// A column does not hold what it should; with the text it holds.
    Unreadable(UsageColumn, String),
    /// The end is before the start.
    EndBeforeStart,
    /// More than a year lies between the start and the end; no checkout lasts that long.
    TooMuchTime,
    /// Some times have a time zone and others have none, within this line or between this line and the file's
    /// first whole line.
    TwoZones,
    /// There are more different products, countries, sites and usage types than are kept apart.
    TooMany,
}

impl fmt::Display for LineFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns { found, expected } => {
                write!(
                    f,
                    "{found} {} where the header has {expected}",
                    if *found == 1 { "column" } else { "columns" }
                )
            }
            Self::Quote => f.write_str("a quote is never closed, or stands within a field"),
            Self::TooLong => write!(f, "longer than {} bytes", super::LONGEST_LINE),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::Missing(column) => write!(f, "no {}", column_noun(*column)),
            Self::Unreadable(column, text) => write!(f, "`{text}` is no {}", column_noun(*column)),
            Self::EndBeforeStart => f.write_str("the end is before the start"),
            Self::TooMuchTime => f.write_str("more than 366 days from the start to the end"),
            Self::TwoZones => f.write_str(
                "some times have a time zone and others have none, here or in the file's first whole line",
            ),
            Self::TooMany => {
                write!(f, "more than {} different products, countries, sites and usage types", MOST_SOURCES)
            }
        }
    }
}

/// Returns the noun for a column's content in messages.
fn column_noun(column: UsageColumn) -> &'static str {
    match column {
        UsageColumn::Product => "product",
        UsageColumn::Feature => "feature string",
        UsageColumn::Country => "country",
        UsageColumn::Site => "site",
        UsageColumn::UsageType => "usage type",
        UsageColumn::Machine => "machine",
        UsageColumn::Email | UsageColumn::User => "user",
        UsageColumn::Date => "day",
        UsageColumn::First => "first interval",
        UsageColumn::Last => "last interval",
        UsageColumn::Start => "start",
        UsageColumn::End => "end",
        UsageColumn::Duration => "duration of days, hours and minutes",
        UsageColumn::CheckedOut => "time of a checkout",
        UsageColumn::CheckedIn => "time of a check-in",
        UsageColumn::Expires => "expiry",
        UsageColumn::ActivationKey => "activation key",
        UsageColumn::ServerType => "server type",
    }
}

/// A line that is not counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DamagedLine {
    /// The index of the file among those that were read.
    pub file: usize,
    /// The line number; the header is line 1.
    pub line: u64,
    pub flaw: LineFlaw,
}

/// The lines that are not counted: their number, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DamagedLines {
    /// The number of all damaged lines.
    pub count: u64,
    /// The first damaged lines, in order of files and lines.
    pub first: Vec<DamagedLine>,
}

/// The number of damaged lines that are kept; further ones are only counted.
const MOST_KEPT: usize = 100;

impl DamagedLines {
    /// Adds a line that comes after all lines added so far.
    pub(super) fn add(&mut self, damage: DamagedLine) {
        self.count += 1;
        if self.first.len() < MOST_KEPT {
            self.first.push(damage);
        }
    }

    /// Adds the lines of another thread. Each thread keeps the first lines that it met, so the first of all
    /// are among them.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        self.first.sort_unstable();
        self.first.truncate(MOST_KEPT);
    }
}
