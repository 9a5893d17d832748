//! The shared vectors of charges, and related cases.

use std::collections::BTreeMap;

use seatwise::model::{Alert, Date, Money, OwnedLicences};
use seatwise::usage::{
    Charge, Period, PeriodKind, Share, UsageSettings, ValueHistory, assess_use, price_excess,
};
use serde::Deserialize;

use crate::usage::{Meter, day, session, source};

/// A vector of `charges.yaml` about use and money. The tests of the sandbox and, for bulk files, of work
/// orders cover the limits (`L…`).
#[derive(Deserialize)]
struct ChargeVector {
    id: String,
    #[serde(default)]
    switches: ChargeSwitches,
    list_price: Option<u32>,
    prices: Option<Vec<DatedPrice>>,
    period: Option<String>,
    owned: Option<u32>,
    peak: Option<u32>,
    peaks: Option<BTreeMap<String, u32>>,
    overuse_days: Option<u32>,
    overuse_intervals: Option<u32>,
    threshold: Option<u32>,
    in_use: Option<u32>,
    expect: serde_json::Value,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeSwitches {
    period: Option<String>,
    forgive: Option<u32>,
}

#[derive(Deserialize)]
struct DatedPrice {
    from: Date,
    list_price: u32,
}

fn euro(amount: u32) -> Money {
    Money { amount: amount.into(), currency: "EUR".into() }
}

impl ChargeVector {
    fn settings(&self) -> UsageSettings {
        let mut settings =
            UsageSettings { forgive: self.switches.forgive.unwrap_or(0), ..UsageSettings::default() };
        match self.switches.period.as_deref() {
            None => {}
            Some("month") => settings.period = PeriodKind::Month,
            Some(other) => panic!("period: {other}"),
        }
        settings
    }

    fn prices(&self) -> ValueHistory<Money> {
        let dated = self.prices.iter().flatten().map(|price| (price.from, euro(price.list_price)));
        self.list_price.map(|price| (day("2000-01-01"), euro(price))).into_iter().chain(dated).collect()
    }

    /// The peak machines in the first interval of the tenth day of each period, and of the following days up
    /// to `overuse_days`.
    fn meter(&self) -> Meter {
        let mut meter = Meter::with_settings(|settings| *settings = self.settings());
        let peaks = self.peaks.clone().unwrap_or_else(|| {
            let overused = self.overuse_days.map(|_| self.owned.unwrap() + 1);
            let peak = self.peak.or(overused).expect("a peak or days of overuse");
            BTreeMap::from([(self.period.clone().unwrap_or_else(|| "2026Q1".into()), peak)])
        });
        for (period, machines) in peaks {
            let first = Period::parse(&period).unwrap().first_day();
            for days in 0..self.overuse_days.unwrap_or(1) {
                let day = first + jiff::SignedDuration::from_hours(24 * (9 + i64::from(days)));
                for machine in 0..machines {
                    let used = session(&format!("{day} 09:01"), &format!("{day} 09:15"));
                    meter = meter.row(&format!("WS-{machine}"), None, &source(), used);
                }
            }
        }
        meter
    }

    fn check(&self) {
        let meter = self.meter();
        let owned = ValueHistory::constant(OwnedLicences::Quantity(self.owned.unwrap()));
        let (mut excess, mut amounts, mut charged) = (serde_json::Map::new(), Vec::new(), false);
        for ((_, period), tally) in meter.count().tallies {
            let found = assess_use(&tally, &owned, &self.prices(), &meter.settings);
            excess.insert(period.to_string(), found.excess.map_or(0, |excess| excess.machines).into());
            charged |= !matches!(found.charge, Charge::Nothing | Charge::Forgiven);
            match found.charge {
                Charge::Due(money) => amounts.push(money),
                Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown => {}
                Charge::TooLarge => panic!("{}: too large", self.id),
            }
            assert_eq!(
                u32::try_from(tally.intervals().count()).unwrap(),
                self.overuse_intervals.or(self.overuse_days).unwrap_or(1),
                "{}",
                self.id
            );
        }
        for (key, expected) in self.expect.as_object().unwrap() {
            match key.as_str() {
                "excess" if expected.is_object() => {
                    assert_eq!(*expected, serde_json::Value::Object(excess.clone()), "{}", self.id)
                }
                "excess" => assert_eq!(vec![expected], excess.values().collect::<Vec<_>>(), "{}", self.id),
                "charge" => {
                    let text = format!("{:.2} EUR", expected.as_f64().unwrap());
                    assert_eq!(
                        vec![text],
                        amounts.iter().map(Money::to_string).collect::<Vec<_>>(),
                        "{}",
                        self.id
                    );
                }
                "charged" => assert_eq!(charged, *expected, "{}", self.id),
                other => panic!("{}: nothing is known of {other}", self.id),
            }
        }
    }
}

#[test]
fn charges_agree_with_every_vector_of_use() {
    let vectors: Vec<ChargeVector> =
        serde_saphyr::from_str(include_str!("../../../vectors/charges.yaml")).unwrap();
    let mut seen = Vec::new();
    for vector in vectors.iter().filter(|vector| vector.id.starts_with('M')) {
        match vector.threshold {
            Some(above) => {
                let alert = Alert { above, sign_in_required: false };
                assert_eq!(
                    alert.is_exceeded_by(vector.in_use.unwrap() + 1),
                    vector.expect["next_user_alerted"],
                    "{}",
                    vector.id
                );
                assert!(!alert.is_exceeded_by(vector.in_use.unwrap()));
            }
            None => vector.check(),
        }
        seen.push(vector.id.as_str());
    }
    assert_eq!(seen, ["M1", "M2", "M3", "M4", "M5", "M6a", "M6b", "M7", "M9"]);
}

fn price_history(text: &str) -> ValueHistory<Money> {
    ValueHistory::constant(text.parse().unwrap())
}

fn quarter() -> Period {
    Period::parse("2026Q1").unwrap()
}

fn charge_text(excess: u32, price: &str, settings: &UsageSettings) -> String {
    match price_excess(excess, quarter(), &price_history(price), settings) {
        Charge::Due(money) => money.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn discount_is_taken_off_and_the_line_is_rounded_once() {
    let discounted = |percent: &str| UsageSettings {
        discount: Share::from_percent(percent.parse().unwrap()).unwrap(),
        ..UsageSettings::default()
    };
    assert_eq!(charge_text(2, "6000 EUR", &discounted("10")), "1728.00 EUR");
    // 3 × 10.01 × 16 % × 87.5 % = 4.2042; three times a rounded 1.40 would be 4.20 as well, but 33 times that
    // amount would be 46.20 instead of 46.25.
    assert_eq!(charge_text(3, "10.01 EUR", &discounted("12.5")), "4.20 EUR");
    assert_eq!(charge_text(33, "10.01 EUR", &discounted("12.5")), "46.25 EUR");
    assert_eq!(charge_text(1, "6000 EUR", &discounted("100")), "0.00 EUR");
}

#[test]
fn half_a_cent_is_charged_as_a_cent() {
    // 16 % of 15.78125 is 2.525, which would be 2.52 if rounded to an even digit.
    assert_eq!(charge_text(1, "15.78125 EUR", &UsageSettings::default()), "2.53 EUR");
    assert_eq!(charge_text(1, "10003 JPY", &UsageSettings::default()), "1600 JPY");
}

#[test]
fn other_share_of_the_list_price_is_a_setting() {
    let settings =
        UsageSettings { term_share: Share::from_percent(20.into()).unwrap(), ..UsageSettings::default() };
    assert_eq!(charge_text(1, "6000 EUR", &settings), "1200.00 EUR");
    assert_eq!(Share::from_percent(101.into()), None);
    assert_eq!(Share::from_percent((-1).into()), None);
}

#[test]
fn excess_without_a_price_on_the_first_day_is_not_called_free() {
    let later = ValueHistory::from_iter([(day("2026-01-02"), euro(6000))]);
    assert_eq!(price_excess(1, quarter(), &later, &UsageSettings::default()), Charge::PriceUnknown);
    assert_eq!(price_excess(0, quarter(), &later, &UsageSettings::default()), Charge::Nothing);
}

#[test]
fn amount_beyond_all_digits_is_said_and_not_wrapped() {
    assert_eq!(
        charge_text(u32::MAX, "79228162514264337593543950335 EUR", &UsageSettings::default()),
        "TooLarge"
    );
}

#[test]
fn covered_use_costs_nothing_and_has_no_excess() {
    let meter = Meter::new().session("A", "09:01", "09:25");
    let found = assess_use(
        &meter.tally(),
        &ValueHistory::constant(OwnedLicences::Quantity(1)),
        &price_history("6000 EUR"),
        &meter.settings,
    );
    assert_eq!((found.excess, found.overuse_days, found.charge), (None, 0, Charge::Nothing));
    assert_eq!(found.peak.unwrap().machines, 1);
}

#[test]
fn forgiven_overuse_is_still_shown() {
    let meter = Meter::with_settings(|settings| settings.forgive = 1).session("A", "09:01", "09:25");
    let found =
        assess_use(&meter.tally(), &ValueHistory::default(), &price_history("6000 EUR"), &meter.settings);
    assert_eq!((found.excess.unwrap().machines, found.overuse_days, found.charge), (1, 1, Charge::Forgiven));
}
