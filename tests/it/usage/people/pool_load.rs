//! The figures for charts of use: the days of a period and the hours of its week.

use seatwise::model::{OrganizationFacts, Timestamp};
use seatwise::usage::{HOURS, LicenceTerms, PeakReport, PoolLoad, TimeOfUse};

use crate::dice::TestDice;
use crate::usage::{Meter, day, source, span, time};

fn load(meter: &Meter) -> PoolLoad {
    let report = PeakReport::new(
        meter.count(),
        Some(LicenceTerms(&OrganizationFacts::default())),
        &meter.settings,
        time("2026-05-01 00:00"),
    );
    let [line] = report.lines.try_into().expect("one pool in one period");
    line.load
}

#[test]
fn days_are_all_of_the_period_and_each_has_its_peak_and_what_is_owned() {
    let load = load(&Meter::new().session("A", "09:01", "09:25").session("B", "09:05", "09:25").session(
        "A",
        "2026-03-04 09:01",
        "2026-03-04 09:25",
    ));
    assert_eq!(
        (load.days.first().unwrap().day, load.days.last().unwrap().day, load.days.len()),
        (day("2026-01-01"), day("2026-03-31"), 90)
    );
    let used: Vec<_> = load
        .days
        .iter()
        .filter(|day| day.machines > 0)
        .map(|day| (day.day.to_string(), day.machines))
        .collect();
    assert_eq!(used, [("2026-03-02".to_owned(), 2), ("2026-03-04".to_owned(), 1)]);
    assert!(load.days.iter().all(|day| day.owned == Some(0)), "nothing is owned");
    assert_eq!(load.highest_count(), 2);
}

#[test]
fn week_has_the_most_of_each_hour_in_utc() {
    // 2026-03-02 is a Monday. The session on the Monday after overlaps no other, and the checkout lasts from
    // Sunday into Monday.
    let checkout = TimeOfUse::Checkout(span("2026-03-08 23:30", "2026-03-09 00:30"));
    let meter = Meter::new().session("A", "09:01", "10:25").session("B", "09:45", "10:15").session(
        "A",
        "2026-03-09 09:01",
        "2026-03-09 09:25",
    );
    let load = load(&meter.row("C", None, &source(), checkout));
    let mut expected = [[0; HOURS]; 7];
    (expected[0][9], expected[0][10], expected[0][0], expected[6][23]) = (2, 2, 1, 1);
    assert_eq!(load.week, expected);
}

#[test]
fn days_and_hours_are_the_most_of_the_intervals_within_them() {
    for seed in 1..=200 {
        let mut dice = TestDice::new(seed);
        let mut meter = Meter::new();
        for _ in 0..1 + dice.number_below(30) {
            let from =
                time("2026-01-05 00:00").as_second() + i64::try_from(dice.number_below(20 * 86_400)).unwrap();
            let to = from + 1200 + i64::try_from(dice.number_below(30 * 3600)).unwrap();
            let [from, to] = [from, to].map(|second| Timestamp::from_second(second).unwrap());
            let used = TimeOfUse::Session(seatwise::usage::TimeSpan::new(from, to).unwrap());
            meter = meter.row(dice.pick(&["A", "B", "C", "D"]), None, &source(), used);
        }
        let load = load(&meter);
        let (mut days, mut week) = (vec![0; load.days.len()], [[0; HOURS]; 7]);
        for (at, machines) in meter.tally().intervals() {
            let utc = jiff::tz::Offset::UTC.to_datetime(at);
            let on: &mut u32 = &mut days[usize::try_from(utc.day_of_year()).unwrap() - 1];
            *on = machines.max(*on);
            let hour: &mut u32 = &mut week[usize::try_from(utc.weekday().to_monday_zero_offset()).unwrap()]
                [usize::try_from(utc.hour()).unwrap()];
            *hour = machines.max(*hour);
        }
        assert_eq!(load.days.iter().map(|day| day.machines).collect::<Vec<_>>(), days, "seed {seed}");
        assert_eq!(load.week, week, "seed {seed}");
    }
}
