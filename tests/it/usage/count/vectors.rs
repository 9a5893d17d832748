//! The shared vectors of counting.

use std::collections::BTreeMap;

use seatwise::model::{Date, OwnedLicences};
use seatwise::usage::{
    BoundaryStart, ContractKind, FirstInterval, IntervalWidth, ShortUse, TimeOfUse, TimeSpan, UsageSettings,
    ValueHistory, midnight,
};
use serde::Deserialize;

use crate::usage::{DAY, Meter, day, session, source, time};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountingVector {
    id: String,
    #[serde(default)]
    switches: CountingSwitches,
    #[serde(default)]
    sessions: Vec<VectorSession>,
    #[serde(default)]
    interval_rows: Vec<IntervalRow>,
    #[serde(default)]
    checkouts: Vec<VectorCheckout>,
    owned: Option<OwnedVector>,
    expect: ExpectedCounts,
    #[serde(rename = "note")]
    _note: Option<String>,
    #[serde(rename = "basis")]
    _basis: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountingSwitches {
    interval: Option<String>,
    first_interval: Option<String>,
    boundary_start: Option<String>,
    short_use: Option<String>,
    contract: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorSession {
    day: Option<String>,
    machine: String,
    from: String,
    to: String,
    repeat: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntervalRow {
    machine: String,
    first: String,
    last: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorCheckout {
    machine: String,
    from: Date,
    to: Date,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OwnedVector {
    Always(u32),
    From(Vec<OwnedVectorEntry>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedVectorEntry {
    from: Date,
    quantity: u32,
}

/// The expected values of a vector; a value that the vector leaves out is not compared.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedCounts {
    peak: Option<u32>,
    intervals: Option<BTreeMap<String, u32>>,
    days: Option<BTreeMap<Date, u32>>,
    excess: Option<u32>,
    persona_days: Option<u64>,
}

impl CountingSwitches {
    fn settings(&self) -> UsageSettings {
        let mut settings = UsageSettings::default();
        if let Some(minutes) = &self.interval {
            settings.interval =
                IntervalWidth::from_minutes(minutes.strip_suffix('m').unwrap().parse().unwrap()).unwrap();
        }
        match self.first_interval.as_deref() {
            None => {}
            Some("count") => settings.first_interval = FirstInterval::Count,
            Some(other) => panic!("first_interval: {other}"),
        }
        match self.boundary_start.as_deref() {
            None => {}
            Some("count") => settings.boundary_start = BoundaryStart::Count,
            Some(other) => panic!("boundary_start: {other}"),
        }
        match self.short_use.as_deref() {
            None => {}
            Some("free") => settings.short_use = ShortUse::Free,
            Some(other) => panic!("short_use: {other}"),
        }
        match self.contract.as_deref() {
            None => {}
            Some("e365") => settings.contract = ContractKind::E365,
            Some(other) => panic!("contract: {other}"),
        }
        settings
    }
}

impl CountingVector {
    fn meter(&self) -> Meter {
        let mut meter = Meter::with_settings(|settings| *settings = self.switches.settings());
        for VectorSession { day, machine, from, to, repeat } in &self.sessions {
            let on = |clock: &str| format!("{} {clock}", day.as_deref().unwrap_or(DAY));
            for _ in 0..repeat.unwrap_or(1) {
                meter = meter.row(machine, None, &source(), session(&on(from), &on(to)));
            }
        }
        for IntervalRow { machine, first, last } in &self.interval_rows {
            meter = meter.trimmed_row(machine, first, last);
        }
        for VectorCheckout { machine, from, to } in &self.checkouts {
            // `to` is the last day, included.
            let span = TimeSpan::new(midnight(*from), midnight(to.tomorrow().unwrap())).unwrap();
            meter = meter.row(machine, None, &source(), TimeOfUse::Checkout(span));
        }
        meter
    }

    fn owned(&self) -> ValueHistory<OwnedLicences> {
        match &self.owned {
            None => ValueHistory::default(),
            Some(OwnedVector::Always(quantity)) => ValueHistory::constant(OwnedLicences::Quantity(*quantity)),
            Some(OwnedVector::From(entries)) => {
                entries.iter().map(|entry| (entry.from, OwnedLicences::Quantity(entry.quantity))).collect()
            }
        }
    }

    fn check(&self) {
        let counted = self.meter().count();
        let tally = counted.tallies.values().next();
        assert!(counted.tallies.len() <= 1, "{}: all use is of one pool in one quarter", self.id);
        let found = ExpectedCounts {
            peak: self
                .expect
                .peak
                .map(|_| tally.and_then(|tally| tally.peak()).map_or(0, |peak| peak.machines)),
            intervals: self.expect.intervals.as_ref().map(|_| {
                tally
                    .into_iter()
                    .flat_map(|tally| tally.intervals())
                    .map(|(at, used)| (at.strftime("%H:%M").to_string(), used))
                    .collect()
            }),
            days: self.expect.days.as_ref().map(|_| {
                tally
                    .into_iter()
                    .flat_map(|tally| tally.daily_peaks())
                    .map(|(day, peak)| (day, peak.machines))
                    .collect()
            }),
            excess: self.expect.excess.map(|_| {
                tally.and_then(|tally| tally.excess(&self.owned())).map_or(0, |excess| excess.machines)
            }),
            persona_days: self.expect.persona_days.map(|_| counted.persona_days.values().sum()),
        };
        assert_eq!(found, self.expect, "{}", self.id);
    }
}

#[test]
fn counting_agrees_with_every_vector() {
    let vectors: Vec<CountingVector> =
        serde_saphyr::from_str(include_str!("../../../vectors/counting.yaml")).unwrap();
    vectors.iter().for_each(CountingVector::check);
    assert_eq!(vectors.len(), 20);
}

#[test]
fn times_of_the_vectors_are_read_as_written() {
    assert_eq!(time("24:05").to_string(), "2026-03-03T00:05:00Z");
    assert_eq!(midnight(day("2026-03-03")), time("24:00"));
}
