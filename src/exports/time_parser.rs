//! Parses times as exports write them, with a fast path for the usual forms.

use crate::model::Timestamp;
use crate::usage::midnight;
use crate::usage::rows::time_text;

/// A parsed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ParsedTime {
    pub(super) at: Timestamp,
    /// Whether a time zone is written; `None` for a day, which has none.
    pub(super) zoned: Option<bool>,
}

/// Parses times, and remembers the last day, as a row is mostly of the same day as the row before.
#[derive(Debug, Default)]
pub(super) struct TimeParser {
    day: [u8; 10],
    /// The start of `day` in seconds since 1970; `None` where `day` is no day.
    begins: Option<i64>,
}

impl TimeParser {
    /// Parses `text`; `None` where it is not a time.
    pub(super) fn parse(&mut self, text: &[u8]) -> Option<ParsedTime> {
        self.parse_usual(text).or_else(|| {
            let text = std::str::from_utf8(text).ok()?;
            Some(ParsedTime { at: time_text::parse_time(text)?, zoned: has_zone(text.as_bytes()) })
        })
    }

    /// Parses the clock time `text` on a day from another column.
    pub(super) fn parse_on_day(&mut self, day: &[u8], text: &[u8]) -> Option<ParsedTime> {
        let day = time_text::parse_day(std::str::from_utf8(day).ok()?)?;
        self.parse(format!("{day} {}", std::str::from_utf8(text).ok()?).as_bytes())
    }

    /// Parses `2026-03-02 09:10`, also with `T`, with seconds, and with a trailing `Z`.
    fn parse_usual(&mut self, text: &[u8]) -> Option<ParsedTime> {
        let (day, rest) = text.split_first_chunk::<10>()?;
        let (clock, zoned) = match rest.strip_suffix(b"Z") {
            Some(clock) => (clock, true),
            None => (rest, false),
        };
        let (hours, minutes, seconds) = match clock {
            [b'T' | b' ', h, hh, b':', m, mm] => (two_digits(*h, *hh)?, two_digits(*m, *mm)?, 0),
            [b'T' | b' ', h, hh, b':', m, mm, b':', s, ss] => {
                (two_digits(*h, *hh)?, two_digits(*m, *mm)?, two_digits(*s, *ss)?)
            }
            _ => return None,
        };
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let second = self.day_begin(day)? + hours * 3600 + minutes * 60 + seconds;
        Some(ParsedTime { at: Timestamp::from_second(second).ok()?, zoned: Some(zoned) })
    }

    fn day_begin(&mut self, day: &[u8; 10]) -> Option<i64> {
        if self.begins.is_none() || self.day != *day {
            self.day = *day;
            self.begins = std::str::from_utf8(day)
                .ok()
                .and_then(time_text::parse_day)
                .map(|day| midnight(day).as_second());
        }
        self.begins
    }
}

/// Whether `text` has a time zone; `None` where it is a day alone, or empty.
pub(super) fn has_zone(text: &[u8]) -> Option<bool> {
    let at = text.iter().position(|byte| matches!(byte, b'T' | b' '))?;
    let clock = &text[at..];
    Some(clock.ends_with(b"Z") || clock.iter().any(|byte| matches!(byte, b'+' | b'-')))
}

fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}
