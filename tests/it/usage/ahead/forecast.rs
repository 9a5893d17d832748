//! The forecast of the running period.

use seatwise::model::{Date, LicenceKind, OrganizationFacts, Product};
use seatwise::usage::{
    ExposureBacktest, ExposureForecast, Forecast, ForecastRange, LicenceTerms, UsageSettings, UsageSource,
};

use crate::usage::{Meter, country, day, product, session, source};

/// A number of machines at once on the fifth day of each given month, and one machine on the second day of
/// each.
fn meter_of_peaks(peaks: &[(&str, u32)]) -> Meter {
    let mut meter = Meter::new();
    for (month, machines) in peaks {
        for machine in 0..*machines {
            meter = meter.row(
                &format!("M{machine}"),
                None,
                &source(),
                session(&format!("{month}-05 09:01"), &format!("{month}-05 09:45")),
            );
        }
        meter = meter.row(
            "M0",
            None,
            &source(),
            session(&format!("{month}-02 09:01"), &format!("{month}-02 09:45")),
        );
    }
    meter
}

fn forecast(meter: &Meter, today: &str) -> Forecast {
    Forecast::new(&meter.count(), None, &UsageSettings::default(), day(today))
}

/// The months of a quarter with a peak of 4 machines in the first, 9 in the second and 6 in the last.
fn quarter(year: i32, first: u32) -> [(String, u32); 3] {
    [4, 9, 6].map({
        let mut month = first;
        move |machines| {
            month += 1;
            (format!("{year}-{:02}", month - 1), machines)
        }
    })
}

fn year() -> Vec<(String, u32)> {
    [quarter(2025, 1), quarter(2025, 4), quarter(2025, 7), quarter(2025, 10)].concat()
}

fn meter_of_months(months_of: &[(String, u32)]) -> Meter {
    meter_of_peaks(&months_of.iter().map(|(month, machines)| (month.as_str(), *machines)).collect::<Vec<_>>())
}

#[test]
fn quarter_that_goes_on_as_those_before_is_forecast_as_they_ended() {
    let mut of = year();
    of.push(("2026-01".to_owned(), 4));
    let forecast = forecast(&meter_of_months(&of), "2026-01-20");
    assert_eq!((forecast.period.to_string(), forecast.elapsed, forecast.days), ("2026Q1".to_owned(), 5, 90));
    let [line] = &forecast.lines[..] else { panic!("{forecast:?}") };
    assert_eq!((line.so_far, line.peak), (4, Some(ForecastRange { low: 9, likely: 9, high: 9 })));
    let test = forecast.backtest.unwrap();
    assert_eq!((test.forecasts, test.covered, test.error, test.naive_error), (2, 2, 0.0, 0.0));
    assert_eq!(
        test.periods.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["2025Q3", "2025Q4"],
        "the first two are what the third is forecast from"
    );
}

#[test]
fn forecast_is_never_below_what_was_already_there() {
    let mut of = year();
    of.push(("2026-01".to_owned(), 30));
    let forecast = forecast(&meter_of_months(&of), "2026-01-20");
    let peak = forecast.lines[0].peak.unwrap();
    assert!(peak.low >= 30 && peak.low <= peak.likely && peak.likely <= peak.high, "{peak:?}");
}

#[test]
fn back_test_knows_nothing_of_what_came_later() {
    let mut of = year();
    let before = forecast(&meter_of_months(&of), "2026-01-20").backtest;
    // Use in the running period changes no forecast of an earlier period.
    of.push(("2026-01".to_owned(), 40));
    assert_eq!(forecast(&meter_of_months(&of[..12]), "2026-01-20").backtest, before);
    let (mut late, last) = (year(), year().len() - 1);
    late[last].1 = 50;
    let test = forecast(&meter_of_months(&late), "2026-01-20").backtest.unwrap();
    assert_eq!(
        (test.forecasts, test.covered),
        (2, 1),
        "a peak of 50 in the last month of a quarter was not to be seen"
    );
}

#[test]
fn too_short_a_history_gives_no_forecast_and_says_so() {
    let forecast = forecast(&meter_of_months(&year()[6..]), "2026-01-20");
    assert!(forecast.backtest.is_none() && forecast.lines.iter().all(|line| line.peak.is_some()));
    let forecast = self::forecast(&meter_of_months(&year()[9..]), "2026-01-20");
    assert!(forecast.backtest.is_none() && forecast.lines.iter().all(|line| line.peak.is_none()));
    let cut = meter_of_months(&[&[("2025-09".to_owned(), 3)], &year()[9..]].concat());
    assert!(
        self::forecast(&cut, "2026-01-20").lines[0].peak.is_none(),
        "a quarter of which only the end is known is none"
    );
    let of: Date = day("2026-01-20");
    assert!(Forecast::new(&Meter::new().count(), None, &UsageSettings::default(), of).lines.is_empty());
}

/// A product without owned licences, at 960 EUR for a machine and quarter.
fn priced_facts() -> OrganizationFacts {
    let known = Product {
        number: None,
        feature: None,
        name: "P".into(),
        licence: LicenceKind::Pooled,
        list_price: Some("6000 EUR".parse().unwrap()),
    };
    OrganizationFacts { products: [(product("p"), known)].into(), ..OrganizationFacts::default() }
}

fn priced_forecast(meter: &Meter, today: &str) -> Forecast {
    Forecast::new(&meter.count(), Some(LicenceTerms(&priced_facts())), &UsageSettings::default(), day(today))
}

fn exposure(forecast: &Forecast) -> ExposureForecast {
    *forecast.totals.get("EUR").unwrap()
}

#[test]
fn exposure_is_forecast_and_its_forecast_is_tested_on_earlier_periods() {
    let mut of = year();
    of.push(("2026-01".to_owned(), 4));
    let forecast = priced_forecast(&meter_of_months(&of), "2026-01-20");
    let ExposureForecast { so_far, end, periods } = exposure(&forecast);
    let amount = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap();
    assert_eq!((so_far, periods), (amount("3840.00"), 3));
    assert_eq!(end, ForecastRange { low: amount("8640"), likely: amount("8640"), high: amount("8640") });
    let expected =
        ExposureBacktest { forecasts: 2, covered: 2, error: amount("0"), naive_error: amount("0") };
    assert_eq!(forecast.backtest.unwrap().totals.get("EUR"), Some(&expected));
    // The last month of the last closed quarter has 50 machines, but the forecast for that quarter was 9.
    of[11].1 = 50;
    let expected =
        ExposureBacktest { forecasts: 2, covered: 1, error: amount("19680"), naive_error: amount("19680") };
    assert_eq!(
        priced_forecast(&meter_of_months(&of), "2026-01-20").backtest.unwrap().totals.get("EUR"),
        Some(&expected)
    );
}

/// Use in six countries: each quarter of 2025 begins with ten machines and ends with the number that `grown`
/// gives for the quarter and the country.
fn meter_of_countries(grown: fn(usize, usize) -> u32) -> Meter {
    let mut meter = Meter::new();
    for (place, code) in ["DE", "FR", "NO", "PT", "SG", "US"].into_iter().enumerate() {
        let of = UsageSource { country: Some(country(code)), ..source() };
        let mut month = |month: String, machines: u32| {
            for machine in 0..machines {
                let row = (
                    format!("{code}{machine}"),
                    session(&format!("{month}-02 09:01"), &format!("{month}-02 09:45")),
                );
                meter = std::mem::replace(&mut meter, Meter::new()).row(&row.0, None, &of, row.1);
            }
        };
        for quarter in 0..4 {
            month(format!("2025-{:02}", 3 * quarter + 1), 10);
            month(format!("2025-{:02}", 3 * quarter + 3), 10 + grown(quarter, place));
        }
        month("2026-01".to_owned(), 10);
    }
    meter
}

#[test]
fn what_all_pools_have_in_common_in_a_period_makes_the_exposure_less_certain() {
    let width = |grown: fn(usize, usize) -> u32| {
        let end = exposure(&priced_forecast(&meter_of_countries(grown), "2026-01-20")).end;
        assert!(end.low <= end.likely && end.likely <= end.high, "{end:?}");
        end.high - end.low
    };
    let apart = width(|quarter, place| if (quarter + place) % 2 == 0 { 4 } else { 0 });
    let together = width(|quarter, _| if quarter % 2 == 0 { 4 } else { 0 });
    assert!(
        together > apart * rust_decimal::Decimal::new(15, 1),
        "half of the countries at a time: {apart}; all of them at once: {together}"
    );
}
