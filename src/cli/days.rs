//! Days and spans of days, as the command line and Git questions take them everywhere.

use std::str::FromStr;

use jiff::ToSpan;

use crate::model::Date;

/// A day, a month, a quarter, or a day counted from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayWord {
    /// From the first of these days to the last; both are the same for a single day.
    Days(Date, Date),
    /// So many days before today.
    BeforeToday(u32),
}

/// A word is no day and no span of days.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}write a day as `2026-11-30`, `2026-11`, `2026Q4`, `today`, `yesterday` or `-30d`",
    .meant.as_ref().map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default())]
pub(super) struct DayWordError {
    /// The day or span that was probably meant.
    pub(super) meant: Option<String>,
}

impl DayWord {
    /// Returns the first day of the span.
    pub(super) fn first_day(self, today: Date) -> Date {
        match self {
            Self::Days(first, _) => first,
            Self::BeforeToday(days) => today.saturating_sub(i64::from(days).days()),
        }
    }

    /// Returns the last day of the span, which belongs to it.
    pub(super) fn last_day(self, today: Date) -> Date {
        match self {
            Self::Days(_, last) => last,
            Self::BeforeToday(_) => self.first_day(today),
        }
    }

    fn month(year: i16, month: i8) -> Option<Self> {
        let first = Date::new(year, month, 1).ok()?;
        Some(Self::Days(first, first.last_of_month()))
    }

    fn quarter(year: i16, quarter: i8) -> Option<Self> {
        let last = 3 * quarter;
        Some(Self::Days(Date::new(year, last - 2, 1).ok()?, Date::new(year, last, 1).ok()?.last_of_month()))
    }
}

impl FromStr for DayWord {
    type Err = DayWordError;

    fn from_str(word: &str) -> Result<Self, DayWordError> {
        let lower = word.trim().to_ascii_lowercase();
        let parts: Vec<&str> = lower.split('-').collect();
        let found = match parts[..] {
            ["today"] => Some(Self::BeforeToday(0)),
            ["yesterday"] => Some(Self::BeforeToday(1)),
            ["", days] => days.strip_suffix('d').and_then(digits).map(Self::BeforeToday),
            [year, month, day] if (year.len(), month.len(), day.len()) == (4, 2, 2) => {
                let date = date_of(year, month, day);
                date.map(|date| Self::Days(date, date))
            }
            [year, month] if (year.len(), month.len()) == (4, 2) => {
                digits(year).zip(digits(month)).and_then(|(year, month)| Self::month(year, month))
            }
            [quarter] if quarter.len() == 6 && quarter.as_bytes()[4] == b'q' => {
                let (year, quarter) = (digits(&quarter[..4]), digits(&quarter[5..]));
                year.zip(quarter).and_then(|(year, quarter)| Self::quarter(year, quarter))
            }
            _ => None,
        };
        found.ok_or_else(|| DayWordError { meant: day_meant(&lower) })
    }
}

/// Returns the number that a word of digits alone is.
fn digits<N: FromStr>(word: &str) -> Option<N> {
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

fn date_of(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(digits(year)?, digits(month)?, digits(day)?).ok()
}

/// Returns what a word in another form can only have meant.
fn day_meant(word: &str) -> Option<String> {
    let split = |separator: char| word.split(separator).collect::<Vec<_>>();
    let by_dots = split('.');
    let (by_lines, by_strokes) = (split('-'), split('/'));
    let found = match (&by_dots[..], &by_lines[..], &by_strokes[..]) {
        ([day, month, year], _, _) => date_of(year, month, day),
        (_, [year, month, day], _) | (_, _, [year, month, day]) if year.len() == 4 => {
            date_of(year, month, day).or_else(|| last_of_month(year, month, day))
        }
        // Of 11/30/2026 only one reading is a day; of 02/11/2026 two are.
        (_, _, [one, other, year]) | (_, [one, other, year], _) => {
            match (date_of(year, one, other), date_of(year, other, one)) {
                (Some(date), None) | (None, Some(date)) => Some(date),
                (Some(_), Some(_)) | (None, None) => None,
            }
        }
        _ => None,
    };
    let quarter = || {
        let letters: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        let (before, after) = letters.split_once('q')?;
        let (year, quarter) =
            if before.is_empty() { (after.get(1..)?, after.get(..1)?) } else { (before, after) };
        DayWord::quarter(digits(year).filter(|_| year.len() == 4)?, digits(quarter)?)?;
        Some(format!("{year}Q{quarter}"))
    };
    let ago = || {
        let number = word.trim_start_matches(['-', '+']);
        let (number, unit) = number.split_at(number.find(|letter: char| !letter.is_ascii_digit())?);
        let days = match unit.trim() {
            "d" | "day" | "days" | "days ago" => 1,
            "w" | "week" | "weeks" | "weeks ago" => 7,
            _ => return None,
        };
        let number: u32 = digits(number).filter(|_| !number.is_empty())?;
        Some(format!("-{}d", number.checked_mul(days)?))
    };
    found.map(|date| date.to_string()).or_else(quarter).or_else(ago)
}

/// Returns the last day of a month where `day` is one too many.
fn last_of_month(year: &str, month: &str, day: &str) -> Option<Date> {
    let first = date_of(year, month, "1")?;
    digits::<u8>(day).filter(|day| (29..=31).contains(day)).map(|_| first.last_of_month())
}
