//! Days, times and durations in the formats of exports.

use seatwise::usage::rows::time_text::{parse_day, parse_duration, parse_time};

fn time_text(text: &str) -> String {
    parse_time(text).map_or_else(|| "none".into(), |time| time.to_string())
}

#[test]
fn day_is_read_in_each_of_its_forms() {
    for text in ["2026-03-02", "03/02/2026", "3/2/2026", "03/02/26", "3/2/26", " 2026-03-02 "] {
        assert_eq!(parse_day(text).expect(text).to_string(), "2026-03-02");
    }
    assert_eq!(parse_day("02/29/24").unwrap().to_string(), "2024-02-29");
}

#[test]
fn day_that_does_not_exist_or_is_of_no_known_form_is_none() {
    let texts = [
        "",
        "2026-02-30",
        "02/29/2026",
        "13/01/2026",
        "0/1/2026",
        "2026-3-2",
        "26-03-02",
        "2026/03/02",
        "3/2/026",
        "3/2/20260",
        "2026-03-02-01",
        "3/2",
        "+3/2/26",
        "3/ 2/26",
        "02.03.2026",
        "2026-٠3-02",
    ];
    texts.iter().for_each(|text| assert_eq!(parse_day(text), None, "{text}"));
}

#[test]
fn time_is_read_in_each_of_its_forms() {
    let cases = [
        ("2026-03-02 09:01", "2026-03-02T09:01:00Z"),
        ("2026-03-02T09:01:30Z", "2026-03-02T09:01:30Z"),
        ("2026-03-02T09:01:30.5Z", "2026-03-02T09:01:30.5Z"),
        ("2026-03-02T09:01:30.000000001", "2026-03-02T09:01:30.000000001Z"),
        ("2026-03-02T00:30:00+01:00", "2026-03-01T23:30:00Z"),
        ("2026-03-02T20:30:00-05:30", "2026-03-03T02:00:00Z"),
        ("03/02/2026 9:01", "2026-03-02T09:01:00Z"),
        ("03/02/26 12:00 AM", "2026-03-02T00:00:00Z"),
        ("3/2/26 12:05 pm", "2026-03-02T12:05:00Z"),
        ("3/2/26 11:59:59 PM", "2026-03-02T23:59:59Z"),
        ("3/2/26 1:00 PM +01:00", "2026-03-02T12:00:00Z"),
        ("3/2/26", "2026-03-02T00:00:00Z"),
    ];
    cases.iter().for_each(|(text, expected)| assert_eq!(time_text(text), *expected, "{text}"));
}

#[test]
fn time_that_does_not_exist_or_is_of_no_known_form_is_none() {
    let texts = [
        "",
        "2026-02-30 09:01",
        "2026-03-02 24:00",
        "2026-03-02 09:60",
        "2026-03-02 09:01:60",
        "2026-03-02 9",
        "2026-03-02 09:1",
        "2026-03-02 0:30 PM",
        "2026-03-02 13:00 PM",
        "2026-03-02 09:01 XM",
        "2026-03-02 09:01 CET",
        "2026-03-02T09:01+1",
        "2026-03-02T09:01+99:00",
        "2026-03-02T09:01+01:75",
        "2026-03-02T",
        "09:01",
        "2026-03-02T09:01:30.",
        "2026-03-02T09:01:30.1234567890",
    ];
    texts.iter().for_each(|text| assert_eq!(time_text(text), "none", "{text}"));
}

#[test]
fn duration_is_days_hours_and_minutes() {
    let minutes = |text: &str| parse_duration(text).map(|duration| duration.as_mins());
    assert_eq!(minutes("0 00:10"), Some(10));
    assert_eq!(minutes(" 1 02:30 "), Some(26 * 60 + 30));
    assert_eq!(minutes("365 00:00"), Some(365 * 24 * 60));
    for text in
        ["", "02:30", "1 24:00", "1 02:60", "1 02:3", "-1 02:30", "1 2", "1 02:30:00", "1000000 00:00"]
    {
        assert_eq!(minutes(text), None, "{text}");
    }
}
