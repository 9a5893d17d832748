//! The working time of a country: its local time, weekends, holidays and seasons.
//!
//! The module has its own rules instead of the system's time zones, so that the same seed gives the same use
//! on every machine.

use jiff::civil::{Date, Weekday, date};

use crate::model::CountryCode;
use SummerTime::{America, Europe, Never};

/// The part of the year in which clocks are an hour ahead.
#[derive(Clone, Copy)]
enum SummerTime {
    Never,
    /// From the last Sunday of March to the last Sunday of October.
    Europe,
    /// From the second Sunday of March to the first Sunday of November.
    America,
}

/// A country's code, its minutes ahead of UTC in winter, its summer time, and its holidays of fixed date
/// (month, day).
struct CountryClock(&'static str, i64, SummerTime, &'static [(i8, i8)]);

/// A large country has the clock of the place with most offices. Countries that are not listed have UTC and
/// the holidays that nearly all countries have.
const LANDS: [CountryClock; 15] = [
    CountryClock("GB", 0, Europe, &[(12, 26), (5, 4), (5, 25), (8, 31)]),
    CountryClock("IE", 0, Europe, &[(3, 17), (12, 26)]),
    CountryClock("US", -300, America, &[(1, 19), (5, 25), (7, 3), (7, 4), (9, 7), (11, 26), (11, 27)]),
    CountryClock("IN", 330, Never, &[(1, 26), (8, 15), (10, 2), (11, 9)]),
    CountryClock("DE", 60, Europe, &[(5, 1), (10, 3), (12, 24), (12, 26), (12, 31)]),
    CountryClock("PT", 0, Europe, &[(4, 25), (5, 1), (6, 10), (8, 15), (10, 5), (12, 1), (12, 8)]),
    CountryClock("ES", 60, Europe, &[(1, 6), (5, 1), (8, 15), (10, 12), (12, 8)]),
    CountryClock("AU", 600, Never, &[(1, 26), (4, 25), (12, 26)]),
    CountryClock("NO", 60, Europe, &[(5, 1), (5, 17), (12, 24), (12, 26)]),
    CountryClock("SG", 480, Never, &[(2, 17), (2, 18), (5, 1), (8, 9)]),
    CountryClock("BR", -180, Never, &[(4, 21), (5, 1), (9, 7), (10, 12), (11, 15)]),
    CountryClock("FR", 60, Europe, &[(5, 1), (5, 8), (7, 14), (8, 15), (11, 11)]),
    CountryClock("PL", 60, Europe, &[(1, 6), (5, 1), (5, 3), (8, 15), (11, 11), (12, 26)]),
    CountryClock("ZA", 120, Never, &[(3, 21), (4, 27), (5, 1), (6, 16), (9, 24), (12, 16), (12, 26)]),
    CountryClock("AT", 60, Europe, &[(1, 6), (5, 1), (8, 15), (10, 26), (12, 24), (12, 26)]),
];

/// The calendar of one country.
#[derive(Clone, Copy)]
pub(super) struct WorkCalendar {
    /// Minutes ahead of UTC in winter.
    ahead: i64,
    summer: SummerTime,
    holidays: &'static [(i8, i8)],
    is_southern: bool,
}

impl WorkCalendar {
    /// Returns the calendar of a country.
    pub(super) fn for_country(country: CountryCode) -> Self {
        let code = country.as_str();
        let is_southern = matches!(code, "AU" | "BR" | "ZA" | "NZ" | "AR" | "CL");
        match LANDS.iter().find(|CountryClock(known, ..)| *known == code) {
            Some(CountryClock(_, ahead, summer, holidays)) => {
                Self { ahead: *ahead, summer: *summer, holidays, is_southern }
            }
            None => Self { ahead: 0, summer: Never, holidays: &[], is_southern },
        }
    }

    /// Returns how many minutes clocks are ahead of UTC on `day`.
    pub(super) fn minutes_ahead(&self, day: Date) -> i64 {
        let within = |from: Date, to: Date| if from <= day && day < to { 60 } else { 0 };
        let year = day.year();
        self.ahead
            + match self.summer {
                Never => 0,
                Europe => within(last_sunday(year, 3), last_sunday(year, 10)),
                America => within(nth_sunday(year, 3, 2), nth_sunday(year, 11, 1)),
            }
    }

    /// Returns the percentage of people at work on `day`, among those who are not on leave.
    pub(super) fn percent_at_work(&self, day: Date) -> u64 {
        let weekday = match day.weekday() {
            Weekday::Monday => 92,
            Weekday::Tuesday | Weekday::Wednesday => 96,
            Weekday::Thursday => 94,
            Weekday::Friday => 84,
            Weekday::Saturday => 3,
            Weekday::Sunday => 1,
        };
        if self.is_holiday(day) { weekday.min(2) } else { weekday * self.season(day) / 100 }
    }

    fn is_holiday(&self, day: Date) -> bool {
        let of_all = [(1, 1), (12, 25)];
        let fixed = of_all
            .iter()
            .chain(self.holidays)
            .any(|(month, of_month)| (*month, *of_month) == (day.month(), day.day()));
        let easter = easter(day.year());
        // Good Friday and Easter Monday.
        fixed || [-2, 1].iter().any(|days| easter.saturating_add(jiff::Span::new().days(*days)) == day)
    }

    /// Returns the amount of work in percent of the busiest weeks. Projects are handed over before the summer
    /// and before the end of the year.
    fn season(&self, day: Date) -> u64 {
        if (day.month(), day.day()) >= (12, 22) || (day.month(), day.day()) <= (1, 3) {
            return 30;
        }
        let north = [90, 95, 98, 96, 97, 100, 88, 78, 96, 99, 100, 96];
        let month = usize::try_from(day.month() - 1).expect("months count from 1");
        // Southern summers are around the turn of the year.
        if self.is_southern { [80, 92, 97, 96, 98, 98, 97, 98, 98, 99, 100, 92][month] } else { north[month] }
    }
}

/// Returns the `nth` Sunday of a month, counted from 1.
fn nth_sunday(year: i16, month: i8, nth: i8) -> Date {
    let first = date(year, month, 1);
    let until = (7 - first.weekday().to_monday_zero_offset() - 1).rem_euclid(7);
    date(year, month, 1 + until + 7 * (nth - 1))
}

fn last_sunday(year: i16, month: i8) -> Date {
    let last = date(year, month, 1).last_of_month();
    date(year, month, last.day() - last.weekday().to_sunday_zero_offset())
}

/// Returns Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876).
fn easter(year: i16) -> Date {
    let year_number = i32::from(year);
    let (golden, century, of_century) = (year_number % 19, year_number / 100, year_number % 100);
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let days = moon + weekday - 7 * late + 114;
    let part = |number: i32| i8::try_from(number).expect("a month or a day of one");
    date(year, part(days / 31), part(days % 31 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_holidays_are_those_of_the_country() {
        let of = |code| WorkCalendar::for_country(CountryCode::new(code).expect("the code is on the list"));
        assert_eq!(
            [easter(2025), easter(2026), easter(2024)],
            [date(2025, 4, 20), date(2026, 4, 5), date(2024, 3, 31)]
        );
        assert_eq!(
            [
                of("DE").minutes_ahead(date(2026, 3, 28)),
                of("DE").minutes_ahead(date(2026, 3, 29)),
                of("DE").minutes_ahead(date(2026, 10, 25))
            ],
            [60, 120, 60]
        );
        assert_eq!(
            [
                of("US").minutes_ahead(date(2026, 3, 7)),
                of("US").minutes_ahead(date(2026, 3, 8)),
                of("US").minutes_ahead(date(2026, 11, 1))
            ],
            [-300, -240, -300]
        );
        assert_eq!(of("IN").minutes_ahead(date(2026, 7, 1)), 330);
        assert!(
            of("PT").percent_at_work(date(2026, 4, 25)) <= 2
                && of("PT").percent_at_work(date(2026, 4, 3)) <= 2
                && of("PT").percent_at_work(date(2026, 6, 9)) > 90
        );
        assert!(
            of("DE").percent_at_work(date(2026, 8, 12)) < of("DE").percent_at_work(date(2026, 11, 11)),
            "fewer work in summer"
        );
    }
}
