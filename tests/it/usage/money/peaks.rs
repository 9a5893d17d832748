//! Peaks compared with the contracts.

use std::collections::BTreeMap;

use seatwise::model::{Contract, LicenceKind, OrganizationFacts, OwnedLicences, Product};
use seatwise::usage::{
    Charge, LicenceTerms, PeakReport, Pool, PoolPlace, TimeOfUse, UsageSettings, UsageSource, is_provisional,
};

use crate::usage::{Meter, country, day, pool, product, session, source, span};

fn contract(name: &str, expires: Option<&str>, owned: OwnedLicences) -> Contract {
    Contract {
        name: name.into(),
        kind: "select".into(),
        country: country("DE"),
        revenue: 1.into(),
        expires: expires.map(day),
        owned: BTreeMap::from([(product("p"), owned)]),
    }
}

fn facts(contracts: Vec<Contract>, licence: LicenceKind) -> OrganizationFacts {
    let known = Product {
        number: None,
        feature: None,
        name: "P".into(),
        licence,
        list_price: Some("6000 EUR".parse().unwrap()),
    };
    OrganizationFacts { contracts, products: [(product("p"), known)].into(), ..OrganizationFacts::default() }
}

fn covered_licences(facts: &OrganizationFacts, pool: &Pool, on: &str) -> Option<u32> {
    LicenceTerms(facts).owned_licences(pool).map(|owned| owned.covered_licences_on(day(on)))
}

#[test]
fn contracts_of_a_country_cover_together_until_each_expires() {
    let facts = facts(
        vec![
            contract("a", Some("2026-03-31"), OwnedLicences::Quantity(3)),
            contract("b", None, OwnedLicences::Quantity(2)),
        ],
        LicenceKind::Pooled,
    );
    assert_eq!(covered_licences(&facts, &pool(), "2026-03-31"), Some(5));
    assert_eq!(covered_licences(&facts, &pool(), "2026-04-01"), Some(2));
    assert_eq!(
        covered_licences(&facts, &Pool { place: PoolPlace::Country(country("FR")), ..pool() }, "2026-03-31"),
        Some(0),
        "a country without a contract"
    );
    assert_eq!(
        covered_licences(&facts, &Pool { place: PoolPlace::Unknown, ..pool() }, "2026-03-31"),
        Some(0)
    );
    assert_eq!(
        covered_licences(&facts, &Pool { place: PoolPlace::Site("north".into()), ..pool() }, "2026-03-31"),
        None,
        "no contract is for a site"
    );
}

#[test]
fn what_is_unlimited_but_not_owned_and_what_is_licensed_by_name_cover_nothing_in_the_pool() {
    assert_eq!(
        covered_licences(
            &facts(vec![contract("a", None, OwnedLicences::Unlimited)], LicenceKind::Pooled),
            &pool(),
            "2026-03-31"
        ),
        Some(0)
    );
    assert_eq!(
        covered_licences(
            &facts(vec![contract("a", None, OwnedLicences::Quantity(3))], LicenceKind::Named),
            &pool(),
            "2026-03-31"
        ),
        Some(0)
    );
}

#[test]
fn earlier_periods_are_held_against_what_was_owned_and_cost_then() {
    let mut facts = facts(
        vec![
            contract("a", Some("2026-06-30"), OwnedLicences::Quantity(5)),
            contract("b", None, OwnedLicences::Quantity(2)),
        ],
        LicenceKind::Pooled,
    );
    facts.past.owned.insert(
        ("a".into(), product("p")),
        [(day("2025-01-01"), OwnedLicences::Quantity(3)), (day("2026-02-15"), OwnedLicences::Quantity(5))]
            .into(),
    );
    let price = |text: &str| text.parse().unwrap();
    facts.past.prices.insert(
        product("p"),
        [(day("2025-01-01"), price("5000 EUR")), (day("2026-02-15"), price("6000 EUR"))].into(),
    );
    let owned = ["2024-12-31", "2026-02-14", "2026-02-15", "2026-07-01"]
        .map(|on| covered_licences(&facts, &pool(), on).unwrap());
    assert_eq!(owned, [2, 5, 7, 2], "contract b has no past, and has always paid for two");
    let prices = LicenceTerms(&facts).prices(&product("p"));
    assert_eq!(
        ["2024-12-31", "2026-01-01", "2026-04-01"]
            .map(|on| prices.value_on(day(on)).map(ToString::to_string)),
        [None, Some("5000 EUR".to_owned()), Some("6000 EUR".to_owned())]
    );
}

#[test]
fn line_has_the_excess_its_charge_and_who_was_there() {
    let elsewhere = UsageSource { country: Some(country("FR")), ..source() };
    let meter = Meter::new()
        .session_of("ana@acme.example", "A", "09:01", "09:45")
        .session_of("bo@acme.example", "B", "09:15", "09:35")
        .row("C", None, &elsewhere, session("09:01", "09:25"));
    let facts = facts(vec![contract("a", None, OwnedLicences::Quantity(1))], LicenceKind::Pooled);
    let now = crate::usage::time("2026-04-07 23:59");
    let mut report = PeakReport::new(meter.count(), Some(LicenceTerms(&facts)), &meter.settings, now);
    report.set_present(meter.present_at(report.moments()));
    let lines: Vec<String> = report
        .lines
        .iter()
        .map(|line| {
            let held = line.held.as_ref().unwrap();
            let due = line.money_due().map(ToString::to_string);
            format!(
                "{:?} {} of {} at {}: {due:?} {:?}",
                line.pool.place,
                line.peak,
                held.owned,
                line.at.strftime("%H:%M"),
                line.present.keys()
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "Country(DE) 2 of 1 at 09:20: Some(\"960.00 EUR\") [\"A\", \"B\"]",
            "Country(FR) 1 of 0 at 09:10: Some(\"960.00 EUR\") [\"C\"]"
        ]
    );
    assert!(report.lines.iter().all(|line| line.is_provisional));
    assert_eq!(report.totals().into_values().map(|total| total.to_string()).collect::<Vec<_>>(), ["1920.00"]);
}

#[test]
fn figures_are_provisional_until_the_offline_tolerance_has_passed() {
    assert!(is_provisional(day("2026-03-31"), crate::usage::time("2026-04-07 23:59")));
    assert!(!is_provisional(day("2026-03-31"), crate::usage::time("2026-04-08 00:00")));
}

#[test]
fn report_without_terms_has_no_charges_and_one_without_a_price_says_so() {
    let meter = Meter::new().row("A", None, &source(), TimeOfUse::Session(span("09:01", "09:25")));
    let now = crate::usage::time("2026-05-01 00:00");
    let report = PeakReport::new(meter.count(), None, &UsageSettings::default(), now);
    assert!(report.lines[0].held.is_none() && report.totals().is_empty());
    let report = PeakReport::new(
        meter.count(),
        Some(LicenceTerms(&OrganizationFacts::default())),
        &UsageSettings::default(),
        now,
    );
    assert_eq!(report.lines[0].held.as_ref().unwrap().assessment.charge, Charge::PriceUnknown);
}
