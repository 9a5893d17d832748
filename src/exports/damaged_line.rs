//! What is wrong with a line of an export.

use std::fmt;

use crate::usage::UsageColumn;

/// Why a line is not counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineFlaw {
    /// It has another number of columns than the header: a truncated line, or a separator that was not
    /// quoted.
    Columns {
        /// So many.
        found: usize,
        /// As many as the header has.
        expected: usize,
    },
    /// A quote that is never closed, or that stands within a field.
    Quote,
    /// It is longer than [`super::LONGEST_LINE`].
    TooLong,
    /// It is not UTF-8.
    NotUtf8,
    /// A column that must say something is empty.
    Missing(UsageColumn),
    /// A column does not say what it should.
    Unreadable(UsageColumn, String),
    /// The end is before the start.
    EndBeforeStart,
    /// More than a year passes between the start and the end: no checkout lasts so long.
    TooMuchTime,
    /// Some times have a time zone, and others have none: either here, or here and in the file's first whole
    /// line.
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
            Self::TooMany => write!(
                f,
                "more than {} different products, countries, sites and usage types",
                super::MOST_SOURCES
            ),
        }
    }
}

/// What a column holds, as one reads it in a message.
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
    /// The file's place among those that were read.
    pub file: usize,
    /// The line, the header being 1.
    pub line: u64,
    /// What is wrong.
    pub flaw: LineFlaw,
}

/// The lines that are not counted: how many there are, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DamagedLines {
    /// All.
    pub count: u64,
    /// The first, in order of files and lines.
    pub first: Vec<DamagedLine>,
}

/// So many damaged lines are kept, and counted beyond.
const MOST_KEPT: usize = 100;

impl DamagedLines {
    /// Adds one that is behind all that were added.
    pub(super) fn add(&mut self, damage: DamagedLine) {
        self.count += 1;
        if self.first.len() < MOST_KEPT {
            self.first.push(damage);
        }
    }

    /// Takes over those of another thread. Each keeps the first that it met, so the first of all are among
    /// them.
    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first.extend(other.first);
        self.first.sort_unstable();
        self.first.truncate(MOST_KEPT);
    }
}
