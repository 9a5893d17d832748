//! Parses days, times and durations as exports write them. A text in none of the known forms is `None`, never
//! guessed at.

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use crate::model::Timestamp;

/// Parses a day: `2026-03-02`, `03/02/2026` or `3/2/26`, with the month first and two-digit years of this
/// century.
pub fn parse_day(text: &str) -> Option<Date> {
    match split_parts(text, '-') {
        Some([year, month, day]) => (year.len() == 4 && month.len() == 2 && day.len() == 2)
            .then(|| date_from_parts(year, month, day))?,
        None => {
            let [month, day, year] = split_parts(text, '/')?;
            (year.len() == 4 || year.len() == 2).then(|| date_from_parts(year, month, day))?
        }
    }
}

/// Parses a time: a day; after a space or `T` a clock time as `09:01`, `09:01:30`, `09:01:30.5` or `9:01 PM`;
/// and after that the zone as `Z` or `+01:00`. A text without a clock time is midnight, and one without a
/// zone is UTC.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let Some((written, rest)) = text.split_once(['T', ' ']) else {
        return Some(crate::usage::midnight(parse_day(text)?));
    };
    let (rest, offset) = split_zone(rest.trim_start())?;
    offset.to_timestamp(parse_day(written)?.to_datetime(parse_clock(rest.trim_end())?)).ok()
}

/// Parses a duration of days, hours and minutes: `1 02:30` is 26 and a half hours.
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (days, rest) = text.trim().split_once(' ')?;
    let (hours, minutes) = rest.split_once(':')?;
    let (days, hours, minutes) = (
        parse_number(days, 6)?,
        parse_number(hours, 2)?,
        (minutes.len() == 2).then(|| parse_number(minutes, 2))??,
    );
    (hours < 24 && minutes < 60).then(|| SignedDuration::from_mins((days * 24 + hours) * 60 + minutes))
}

fn date_from_parts(year: &str, month: &str, day: &str) -> Option<Date> {
    let century = if year.len() == 2 { 2000 } else { 0 };
    let (year, month, day) =
        (century + parse_number(year, 4)?, parse_number(month, 2)?, parse_number(day, 2)?);
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Splits a clock time into the time without its zone, and the zone.
fn split_zone(text: &str) -> Option<(&str, Offset)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, Offset::UTC));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, Offset::UTC)) };
    let (clock, offset) = text.split_at(at);
    let (hours, minutes) = offset[1..].split_once(':')?;
    let (hours, minutes) = (parse_number(hours, 2)?, parse_number(minutes, 2)?);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    let offset = Offset::from_seconds(if offset.starts_with('-') { -seconds } else { seconds }).ok()?;
    (minutes < 60).then_some((clock, offset))
}

fn parse_clock(text: &str) -> Option<Time> {
    let (text, half) = match text.split_once(' ') {
        Some((text, half)) => (text, Some(half.trim_start())),
        None => (text, None),
    };
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "00"));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let hours = hour_of_day(parse_number(hours, 2)?, half)?;
    let two = |text: &str| (text.len() == 2).then(|| parse_number(text, 2))??.try_into().ok();
    Time::new(hours, two(minutes)?, two(seconds)?, parse_nanoseconds(fraction)?).ok()
}

/// Returns the hour of the day, 0 to 23; 12 AM is 0, 12 PM is 12.
fn hour_of_day(hour: i64, half: Option<&str>) -> Option<i8> {
    let hour = match half {
        None => hour,
        Some(half) if !(1..=12).contains(&hour) || half.len() != 2 => return None,
        Some(half) if half.eq_ignore_ascii_case("am") => hour % 12,
        Some(half) if half.eq_ignore_ascii_case("pm") => hour % 12 + 12,
        Some(_) => return None,
    };
    hour.try_into().ok()
}

fn parse_nanoseconds(fraction: &str) -> Option<i32> {
    let missing = u32::try_from(9_usize.checked_sub(fraction.len())?).ok()?;
    (parse_number(fraction, 9)? * 10_i64.pow(missing)).try_into().ok()
}

fn split_parts(text: &str, separator: char) -> Option<[&str; 3]> {
    let mut parts = text.trim().split(separator);
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

/// Parses a number of 1 to `most` digits and nothing else.
fn parse_number(text: &str, most: usize) -> Option<i64> {
    let digits = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}
