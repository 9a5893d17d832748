//! Times as exports write them, the usual forms without detours.

use crate::model::Timestamp;
use crate::usage::{midnight, written};

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) at: Timestamp,
    /// Whether a time zone is written; `None` for a day, which has none.
    pub(super) zoned: Option<bool>,
}

/// Reads times, and remembers the last day: one row mostly is of the same day as the row before it.
#[derive(Debug, Default)]
pub(super) struct Clock {
    day: [u8; 10],
    /// When it begins, in seconds since 1970.
    begins: Option<i64>,
}

impl Clock {
    /// Reads `text`; `None` where it is no time.
    pub(super) fn read(&mut self, text: &[u8]) -> Option<Time> {
        self.usual(text).or_else(|| {
            let text = std::str::from_utf8(text).ok()?;
            Some(Time { at: written::time(text)?, zoned: zone(text.as_bytes()) })
        })
    }

    /// Reads the clock time `text` on a day that is written elsewhere.
    pub(super) fn read_on(&mut self, day: &[u8], text: &[u8]) -> Option<Time> {
        let day = written::day(std::str::from_utf8(day).ok()?)?;
        self.read(format!("{day} {}", std::str::from_utf8(text).ok()?).as_bytes())
    }

    /// `2026-03-02 09:10`, with `T` as well, and with seconds, and with a `Z` behind them.
    fn usual(&mut self, text: &[u8]) -> Option<Time> {
        let (day, rest) = text.split_first_chunk::<10>()?;
        let (clock, zoned) = match rest.strip_suffix(b"Z") {
            Some(clock) => (clock, true),
            None => (rest, false),
        };
        let (hours, minutes, seconds) = match clock {
            [b'T' | b' ', h, hh, b':', m, mm] => (two(*h, *hh)?, two(*m, *mm)?, 0),
            [b'T' | b' ', h, hh, b':', m, mm, b':', s, ss] => (two(*h, *hh)?, two(*m, *mm)?, two(*s, *ss)?),
            _ => return None,
        };
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let second = self.begins(day)? + hours * 3600 + minutes * 60 + seconds;
        Some(Time { at: Timestamp::from_second(second).ok()?, zoned: Some(zoned) })
    }

    fn begins(&mut self, day: &[u8; 10]) -> Option<i64> {
        if self.begins.is_none() || self.day != *day {
            self.day = *day;
            self.begins =
                std::str::from_utf8(day).ok().and_then(written::day).map(|day| midnight(day).as_second());
        }
        self.begins
    }
}

/// Whether `text` has a time zone; `None` where it is a day alone, or nothing.
pub(super) fn zone(text: &[u8]) -> Option<bool> {
    let at = text.iter().position(|byte| matches!(byte, b'T' | b' '))?;
    let clock = &text[at..];
    Some(clock.ends_with(b"Z") || clock.iter().any(|byte| matches!(byte, b'+' | b'-')))
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}
