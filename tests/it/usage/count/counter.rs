//! Which use counts, in which pool, and as whose use.

use std::collections::BTreeMap;

use seatwise::model::OwnedLicences;
use seatwise::usage::{
    ContractKind, FirstInterval, IntervalWidth, Period, PeriodKind, Pool, PoolPlace, Pooling, PriceBook,
    ShortUse, TimeOfUse, TimeSpan, UnappliedSetting, UsageSettings, UsageSource, UsageType, ValueHistory,
};

use crate::usage::{Meter, country, day, pool, product, session, source, span, time};

fn set_e365(settings: &mut UsageSettings) {
    settings.contract = ContractKind::E365;
}

fn persona_days(meter: &Meter) -> u64 {
    meter.count().persona_days.values().sum()
}

#[test]
fn use_under_an_assigned_named_licence_is_outside_the_pool() {
    let mut meter = Meter::new().session_of("ana@acme.example", "A", "09:01", "09:45").session_of(
        "bo@acme.example",
        "B",
        "09:01",
        "09:25",
    );
    let ana = meter.register.user_id("Ana@acme.example");
    meter.assigned.add(ana, product("p"), TimeSpan::ALWAYS);
    assert_eq!(
        meter.intervals(),
        BTreeMap::from([("09:10".into(), 1), ("09:20".into(), 1)]),
        "only Bo's machine is left"
    );
}

#[test]
fn named_licence_for_another_product_changes_nothing() {
    let mut meter = Meter::new().session_of("ana@acme.example", "A", "09:01", "09:25");
    let ana = meter.register.user_id("ana@acme.example");
    meter.assigned.add(ana, product("q"), TimeSpan::ALWAYS);
    assert_eq!(meter.tally().peak().unwrap().machines, 1);
}

#[test]
fn use_is_in_the_pool_before_and_after_a_licence_is_assigned() {
    let mut meter = Meter::new().session_of("ana@acme.example", "A", "09:01", "10:05");
    let ana = meter.register.user_id("ana@acme.example");
    // Intervals that begin in [09:20, 09:40) are under the licence; overlapping times merge.
    meter.assigned.add(ana, product("p"), span("09:25", "09:40"));
    meter.assigned.add(ana, product("p"), span("09:20", "09:31"));
    let counted: Vec<String> = meter.intervals().into_keys().collect();
    assert_eq!(counted, ["09:10", "09:40", "09:50", "10:00"]);
}

#[test]
fn only_production_use_counts_and_the_rest_is_said() {
    let evaluation = UsageSource { usage_type: UsageType::new(" Evaluation "), ..source() };
    let meter =
        Meter::new().session("A", "09:01", "09:25").row("B", None, &evaluation, session("09:01", "09:25"));
    assert_eq!(meter.tally().peak().unwrap().machines, 1);
    assert_eq!(meter.count().uncharged, BTreeMap::from([(UsageType::new("evaluation"), 1)]));
    let mut both = meter;
    both.settings.usage_types.insert(UsageType::new("EVALUATION"));
    assert_eq!(both.tally().peak().unwrap().machines, 2, "one pool, whatever the usage type");
    assert!(both.count().uncharged.is_empty());
}

#[test]
fn machines_are_counted_by_product_feature_and_country() {
    let feature = UsageSource { feature: Some("3d".into()), ..source() };
    let elsewhere = UsageSource { country: Some(country("FR")), ..source() };
    let nowhere = UsageSource { country: None, ..source() };
    let sources = [source(), feature, elsewhere, nowhere];
    let meter = sources
        .iter()
        .fold(Meter::new(), |meter, source| meter.row("A", None, source, session("09:01", "09:25")));
    let pools: Vec<Pool> = meter.count().tallies.into_keys().map(|(pool, _)| pool).collect();
    let at = |place| Pool { place, ..pool() };
    let expected = [
        pool(),
        at(PoolPlace::Country(country("FR"))),
        at(PoolPlace::Unknown),
        Pool { feature: Some("3d".into()), ..pool() },
    ];
    assert_eq!(pools, expected);
}

#[test]
fn site_is_the_pool_where_the_contract_says_so() {
    let at = |site: &str| UsageSource { site: Some(site.into()), ..source() };
    let meter = Meter::with_settings(|settings| settings.pool = Pooling::Site);
    let meter = meter.row("A", None, &at("north"), session("09:01", "09:25")).row(
        "B",
        None,
        &at("south"),
        session("09:01", "09:25"),
    );
    let abroad = UsageSource { country: Some(country("FR")), ..at("north") };
    let meter = meter.row("C", None, &abroad, session("09:01", "09:25"));
    let peaks: Vec<(PoolPlace, u32)> = meter
        .count()
        .tallies
        .iter()
        .map(|((pool, _), tally)| (pool.place.clone(), tally.peak().unwrap().machines))
        .collect();
    assert_eq!(peaks, [(PoolPlace::Site("north".into()), 2), (PoolPlace::Site("south".into()), 1)]);
}

#[test]
fn session_over_the_end_of_a_quarter_loses_its_first_interval_once() {
    let meter = Meter::new().session("A", "2026-03-31 23:45", "2026-04-01 00:15");
    let tallies = meter.count().tallies;
    let counted: Vec<(String, Vec<String>)> = tallies
        .iter()
        .map(|((_, period), tally)| {
            (
                period.to_string(),
                tally.intervals().map(|(at, _)| at.strftime("%m-%d %H:%M").to_string()).collect(),
            )
        })
        .collect();
    assert_eq!(
        counted,
        [
            ("2026Q1".into(), vec!["03-31 23:50".into()]),
            ("2026Q2".into(), vec!["04-01 00:00".into(), "04-01 00:10".into()])
        ]
    );
}

#[test]
fn checkout_of_a_year_counts_in_every_month_it_touches() {
    let meter = Meter::with_settings(|settings| settings.period = PeriodKind::Month);
    let meter =
        meter.row("A", None, &source(), TimeOfUse::Checkout(span("2025-12-31 09:00", "2026-12-31 09:00")));
    let periods: Vec<String> = meter.count().tallies.keys().map(|(_, period)| period.to_string()).collect();
    assert_eq!((periods.len(), periods[0].as_str(), periods[12].as_str()), (13, "2025-12", "2026-12"));
}

#[test]
fn fractions_of_a_second_are_exact() {
    let at = |text: &str| text.parse().unwrap();
    let used = |from, to| TimeOfUse::Session(TimeSpan::new(at(from), at(to)).unwrap());
    let until = |from, to| Meter::new().row("A", None, &source(), used(from, to)).count().tallies.len();
    assert_eq!(until("2026-03-02T09:09:59.9Z", "2026-03-02T09:10:00Z"), 0, "ends with the interval");
    assert_eq!(until("2026-03-02T09:09:59.9Z", "2026-03-02T09:10:00.000000001Z"), 1, "reaches into the next");
    assert_eq!(until("1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00.5Z"), 1, "before 1970 as well");
    assert_eq!(until("1969-12-31T23:50:00.5Z", "1970-01-01T00:00:00Z"), 0);
}

#[test]
fn session_that_ends_when_it_starts_is_no_use() {
    let counting = Meter::with_settings(|settings| {
        (settings.first_interval, settings.contract) = (FirstInterval::Count, ContractKind::E365)
    });
    let counted = counting.session("A", "09:01", "09:01").session("B", "09:10", "09:10").count();
    assert!(counted.tallies.is_empty() && counted.persona_days.is_empty());
    assert_eq!(
        TimeSpan::new(time("09:02"), time("09:01")),
        None,
        "and an end before its start is not even a time"
    );
}

#[test]
fn short_use_is_free_up_to_one_interval_exactly() {
    let free = || Meter::with_settings(|settings| settings.short_use = ShortUse::Free);
    assert!(free().session("A", "09:05", "09:14:59").count().tallies.is_empty());
    assert_eq!(free().session("A", "09:05", "09:15").tally().peak().unwrap().machines, 1);
}

#[test]
fn first_short_use_is_free_even_where_first_intervals_count() {
    let meter = Meter::with_settings(|settings| {
        (settings.short_use, settings.first_interval) = (ShortUse::Free, FirstInterval::Count)
    });
    assert!(meter.session("A", "09:01", "09:05").count().tallies.is_empty());
}

#[test]
fn settings_that_need_times_are_said_to_be_unapplied_to_trimmed_rows() {
    let all = |settings: &mut UsageSettings| {
        settings.interval = IntervalWidth::from_minutes(60).unwrap();
        settings.first_interval = FirstInterval::Count;
        settings.boundary_start = seatwise::usage::BoundaryStart::Count;
        settings.short_use = ShortUse::Free;
        settings.contract = ContractKind::E365;
    };
    let trimmed = |meter: Meter| meter.trimmed_row("A", "09:10", "09:10").trimmed_row("B", "09:50", "10:10");
    let counted = trimmed(Meter::with_settings(all).session("C", "09:01", "09:25")).count();
    let named: Vec<(&str, u64)> =
        counted.unapplied.iter().map(|(setting, rows)| (setting.as_str(), *rows)).collect();
    assert_eq!(
        named,
        [("interval", 2), ("first_interval", 2), ("boundary_start", 2), ("short_use", 2), ("contract", 2)]
    );
    assert!(
        trimmed(Meter::new()).count().unapplied.is_empty(),
        "what the export has done is what the defaults ask for"
    );
    assert!(
        Meter::with_settings(all).session("C", "09:01", "09:25").count().unapplied.is_empty(),
        "sessions have times"
    );
    let only: Vec<UnappliedSetting> =
        trimmed(Meter::with_settings(|settings| settings.short_use = ShortUse::Free))
            .count()
            .unapplied
            .into_keys()
            .collect();
    assert_eq!(only, [UnappliedSetting::ShortUse]);
}

#[test]
fn trimmed_rows_stay_as_the_export_has_them() {
    let meter = Meter::with_settings(|settings| settings.short_use = ShortUse::Free)
        .trimmed_row("A", "09:10", "09:30")
        .trimmed_row("B", "09:30", "09:30");
    assert_eq!(
        meter.intervals(),
        BTreeMap::from([("09:10".into(), 1), ("09:20".into(), 1), ("09:30".into(), 2)])
    );
    let hours = Meter::with_settings(|settings| settings.interval = IntervalWidth::from_minutes(60).unwrap())
        .trimmed_row("A", "09:50", "10:10");
    assert_eq!(
        hours.intervals(),
        BTreeMap::from([("09:00".into(), 1), ("10:00".into(), 1)]),
        "on a wider grid they touch what they touch"
    );
    let fine = Meter::with_settings(|settings| settings.interval = IntervalWidth::from_minutes(5).unwrap())
        .trimmed_row("A", "09:50", "09:50");
    assert_eq!(
        fine.intervals(),
        BTreeMap::from([("09:50".into(), 1), ("09:55".into(), 1)]),
        "all ten minutes of a finer one"
    );
}

#[test]
fn only_the_time_asked_for_is_counted() {
    let mut meter = Meter::new().row(
        "A",
        None,
        &source(),
        TimeOfUse::Checkout(span("2026-03-01 12:00", "2026-12-31 12:00")),
    );
    meter.window = span("09:10", "09:40");
    assert_eq!(meter.intervals().into_keys().collect::<Vec<_>>(), ["09:10", "09:20", "09:30"]);
    meter.window = span("09:11", "09:19");
    assert!(meter.count().tallies.is_empty(), "no interval begins in it");
}

#[test]
fn peak_names_the_first_of_equal_intervals() {
    let meter = Meter::new()
        .session("A", "09:01", "09:45")
        .session("B", "09:15", "09:25")
        .session("B", "09:31", "09:45");
    let peak = meter.tally().peak().unwrap();
    assert_eq!((peak.at, peak.machines), (time("09:20"), 2));
}

#[test]
fn each_utc_day_has_its_own_peak() {
    let meter = Meter::new()
        .session("A", "22:01", "26:25")
        .session("B", "23:01", "23:15")
        .session("C", "25:01", "25:15")
        .session("B", "25:01", "25:15");
    let days: Vec<_> =
        meter.tally().daily_peaks().into_iter().map(|(day, peak)| (day, peak.at, peak.machines)).collect();
    assert_eq!(days, [(day("2026-03-02"), time("23:10"), 2), (day("2026-03-03"), time("25:10"), 3)]);
}

#[test]
fn excess_is_where_most_is_uncovered_and_not_where_most_is_used() {
    let meter = Meter::new()
        .session("A", "09:01", "09:25")
        .session("B", "09:01", "09:25")
        .session("C", "09:01", "09:25");
    let meter = meter.session("A", "2026-03-03 09:01", "2026-03-03 09:25").session(
        "B",
        "2026-03-03 09:01",
        "2026-03-03 09:25",
    );
    let owned = ValueHistory::from_iter([
        (day("2026-01-01"), OwnedLicences::Quantity(3)),
        (day("2026-03-03"), OwnedLicences::Quantity(1)),
    ]);
    let excess = meter.tally().excess(&owned).unwrap();
    assert_eq!((excess.at, excess.machines, excess.used, excess.owned), (time("2026-03-03 09:10"), 1, 2, 1));
    assert_eq!(meter.tally().peak().unwrap().machines, 3);
}

#[test]
fn owned_changes_within_one_long_use() {
    let meter = Meter::new().row(
        "A",
        None,
        &source(),
        TimeOfUse::Checkout(span("2026-03-01 12:00", "2026-03-09 12:00")),
    );
    let owned = ValueHistory::from_iter([
        (day("2026-03-01"), OwnedLicences::Quantity(1)),
        (day("2026-03-05"), OwnedLicences::Quantity(0)),
    ]);
    let tally = meter.tally();
    assert_eq!(tally.excess(&owned).unwrap().at, time("2026-03-05 00:00"));
    assert_eq!(tally.overuse_days(&owned), 5);
}

#[test]
fn unlimited_but_not_owned_covers_nothing() {
    let meter = Meter::new().session("A", "09:01", "09:25");
    assert_eq!(meter.tally().excess(&ValueHistory::constant(OwnedLicences::Unlimited)).unwrap().machines, 1);
    assert_eq!(meter.tally().excess(&ValueHistory::constant(OwnedLicences::Quantity(1))), None);
}

#[test]
fn persona_is_an_address_whatever_the_machine_and_else_a_machine() {
    let meter = Meter::with_settings(set_e365)
        .session_of("ana@acme.example", "A", "09:01", "09:02")
        .session_of("ANA@acme.example", "B", "13:01", "13:02");
    assert_eq!(persona_days(&meter), 1, "one person on two machines");
    let meter = meter
        .session_of("7f3c-99", "A", "09:01", "09:02")
        .session_of("80aa-01", "A", "10:01", "10:02")
        .session("A", "11:00", "11:01");
    assert_eq!(persona_days(&meter), 2, "opaque ids are told apart by machine");
    let meter = meter.session_of("ana@acme.example", "A", "23:59", "24:01");
    assert_eq!(persona_days(&meter), 3, "the next day is another");
}

#[test]
fn persona_day_of_australia_begins_at_noon_utc() {
    let mut meter = Meter::with_settings(set_e365).session("A", "2026-03-31 11:55", "2026-03-31 12:05");
    assert_eq!(persona_days(&meter), 1);
    meter.settings.price_book = PriceBook::AustraliaNewZealand;
    let days: Vec<(String, u64)> =
        meter.count().persona_days.iter().map(|((_, period), days)| (period.to_string(), *days)).collect();
    assert_eq!(days, [("2026Q1".into(), 1), ("2026Q2".into(), 1)], "the second half is in April there");
}

#[test]
fn tally_says_which_period_it_is_of() {
    let tally = Meter::new().session("A", "09:01", "09:25").tally();
    assert_eq!(tally.period(), Period::parse("2026Q1").unwrap());
}
