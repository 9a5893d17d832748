//! Quarters, months and the grid of intervals.

use seatwise::usage::{IntervalWidth, Period, PeriodKind};

use crate::usage::{day, time};

#[test]
fn period_is_read_as_it_is_written() {
    for text in ["2026Q1", "2026Q4", "2026-01", "2026-12", "0001Q1"] {
        assert_eq!(Period::parse(text).expect(text).to_string(), text);
    }
}

#[test]
fn text_that_is_no_period_is_none() {
    for text in [
        "",
        "2026",
        "2026Q0",
        "2026Q5",
        "2026Q",
        "2026Q11",
        "2026-0",
        "2026-00",
        "2026-13",
        "2026-1",
        "26Q1",
        "2026q1",
        "Q1",
        "+026Q1",
        "2026-+1",
        "2026-01-01",
    ] {
        assert_eq!(Period::parse(text), None, "{text}");
    }
}

#[test]
fn period_holds_its_first_and_last_day() {
    let days = |text: &str| {
        let period = Period::parse(text).unwrap();
        (period.first_day(), period.last_day())
    };
    assert_eq!(days("2026Q1"), (day("2026-01-01"), day("2026-03-31")));
    assert_eq!(days("2026Q4"), (day("2026-10-01"), day("2026-12-31")));
    assert_eq!(days("2024-02"), (day("2024-02-01"), day("2024-02-29")));
    assert_eq!(days("9999Q4").1, day("9999-12-31"));
}

#[test]
fn every_day_of_a_year_lies_in_the_period_of_its_kind() {
    for kind in [PeriodKind::Quarter, PeriodKind::Month] {
        let mut date = day("2023-12-01");
        while date < day("2025-02-01") {
            let period = Period::from_day(kind, date);
            assert!(period.contains(date) && period.kind() == kind, "{date} {period}");
            assert!(
                !period.contains(period.last_day().tomorrow().unwrap())
                    && !period.contains(period.first_day().yesterday().unwrap())
            );
            date = date.tomorrow().unwrap();
        }
    }
}

#[test]
fn interval_divides_the_hour() {
    let widths: Vec<u8> =
        (0..=u8::MAX).filter(|minutes| IntervalWidth::from_minutes(*minutes).is_some()).collect();
    assert_eq!(widths, [5, 6, 10, 12, 15, 20, 30, 60]);
}

#[test]
fn grid_begins_with_every_day() {
    for minutes in [5, 10, 60] {
        let width = IntervalWidth::from_minutes(minutes).unwrap();
        for text in ["1969-12-31", "1970-01-01", "2026-03-02", "9999-12-30"] {
            let first = width.first_interval(day(text));
            assert_eq!(
                (width.day(first), width.start_of(first)),
                (day(text), time(&format!("{text} 00:00")))
            );
        }
        assert_eq!(
            width.start_of(width.interval_at(time("09:59:59"))),
            time(if minutes == 5 {
                "09:55"
            } else if minutes == 10 {
                "09:50"
            } else {
                "09:00"
            })
        );
    }
}
