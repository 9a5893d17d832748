//! Invoices compared with the use, and the causes of differences.

use std::collections::BTreeMap;

use seatwise::model::{Contract, LicenceKind, OrganizationFacts, OwnedLicences, Product};
use seatwise::render::product_names::ProductNames;
use seatwise::render::report::Report;
use seatwise::render::usage;
use seatwise::usage::{
    Billing, DifferenceCause, Invoice, InvoiceVerdict, LicenceTerms, NameFilter, Payment, Period, UseDays,
    invoices, verify_invoices,
};

use crate::usage::{Meter, country, day, pool, product, session, source, time};

const CLOSED: &str = "2026-04-20 00:00";

fn facts() -> OrganizationFacts {
    let contract = Contract {
        name: "a".into(),
        kind: "select".into(),
        country: country("DE"),
        revenue: 1.into(),
        expires: None,
        owned: BTreeMap::from([(product("p"), OwnedLicences::Quantity(1))]),
    };
    let known = Product {
        number: None,
        feature: None,
        name: "P".into(),
        licence: LicenceKind::Pooled,
        list_price: Some("5555.55 EUR".parse().unwrap()),
    };
    OrganizationFacts {
        contracts: vec![contract],
        products: [(product("p"), known)].into(),
        ..OrganizationFacts::default()
    }
}

/// Use of three machines at once on one day, and of one machine on every working day of the quarter.
fn meter() -> Meter {
    let mut meter = Meter::new().session("B", "09:01", "09:45").session("C", "09:11", "09:45");
    let mut on = day("2026-01-02");
    while on <= day("2026-03-31") {
        if on.weekday().to_monday_zero_offset() < 5 {
            meter = meter.row("A", None, &source(), session(&format!("{on} 09:01"), &format!("{on} 09:45")));
        }
        on = on.tomorrow().unwrap();
    }
    meter
}

fn use_days(meter: &Meter) -> UseDays {
    let mut days = UseDays::default();
    meter.rows.iter().for_each(|row| days.add(row));
    days
}

fn billing_of(facts: &OrganizationFacts) -> Billing {
    let meter = meter();
    let period = Period::parse("2026Q1").unwrap();
    Billing {
        invoices: invoices(&meter.count(), period, LicenceTerms(facts), &meter.settings),
        payments: Vec::new(),
    }
}

/// The verdict on the only line of the invoice after `change`.
fn verdict(change: impl FnOnce(&mut Invoice), meter: &Meter, now: &str) -> InvoiceVerdict {
    let mut billing = billing_of(&facts());
    change(&mut billing.invoices[0]);
    let checks = verify_invoices(
        &billing,
        &meter.count(),
        &use_days(meter),
        LicenceTerms(&facts()),
        &meter.settings,
        time(now),
    );
    assert_eq!(checks.len(), 1);
    checks.into_iter().next().unwrap().verdict
}

fn causes_of(change: impl FnOnce(&mut Invoice)) -> Vec<DifferenceCause> {
    match verdict(change, &meter(), CLOSED) {
        InvoiceVerdict::Differs(causes) => causes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn invoice_has_a_line_for_each_excess_and_agrees_with_what_was_used() {
    let billing = billing_of(&facts());
    let [invoice] = &billing.invoices[..] else { panic!("{billing:?}") };
    assert_eq!(
        (&*invoice.number, invoice.contract.as_deref(), invoice.issued),
        ("2026Q1-DE", Some("a"), day("2026-04-10"))
    );
    let [line] = &invoice.lines[..] else { panic!("{invoice:?}") };
    assert_eq!((line.used, line.owned, line.excess), (3, 1, 2));
    // 2 × 5555.55 × 16 % is 1777.776.
    assert_eq!(
        (line.amount.to_string(), invoice.total.to_string()),
        ("1777.78 EUR".into(), "1777.78 EUR".into())
    );
    assert_eq!(verdict(|_| {}, &meter(), CLOSED), InvoiceVerdict::Agrees);
}

#[test]
fn cause_is_the_price_or_the_share_or_the_rounding() {
    let at = |price: &str, amount: &str| {
        let (price, amount) = (price.parse().unwrap(), amount.parse().unwrap());
        causes_of(|invoice| (invoice.lines[0].list_price, invoice.lines[0].amount) = (price, amount))
    };
    let price = |text: &str| text.parse().unwrap();
    assert_eq!(
        at("6000 EUR", "1920.00 EUR"),
        [DifferenceCause::Price { said: price("6000 EUR"), ours: Some(price("5555.55 EUR")) }]
    );
    assert_eq!(
        at("5555.55 EUR", "1777.76 EUR"),
        [DifferenceCause::Rounding],
        "888.888 rounded down for each licence, then twice"
    );
    assert_eq!(at("5555.55 EUR", "2222.22 EUR"), [DifferenceCause::Share("20".parse().unwrap())]);
    let both = at("6000 EUR", "2400.00 EUR");
    assert!(matches!(both[..], [DifferenceCause::Price { .. }, DifferenceCause::Share(_)]), "{both:?}");
}

#[test]
fn cause_is_what_was_owned_or_how_many_were_counted() {
    let line = |used: u32, owned: u32, amount: &str| {
        let amount = amount.parse().unwrap();
        causes_of(move |invoice| {
            let line = &mut invoice.lines[0];
            (line.used, line.owned, line.excess, line.amount) = (used, owned, used - owned, amount);
        })
    };
    assert_eq!(line(3, 0, "2666.66 EUR"), [DifferenceCause::Owned { said: 0, ours: 1 }]);
    assert_eq!(line(4, 1, "2666.66 EUR"), [DifferenceCause::Machines { said: 4, ours: 3 }]);
    assert_eq!(
        line(5, 2, "2666.66 EUR"),
        [DifferenceCause::Owned { said: 2, ours: 1 }, DifferenceCause::Machines { said: 5, ours: 3 }]
    );
    let elsewhere = causes_of(|invoice| {
        let line = &mut invoice.lines[0];
        (line.at, line.used, line.excess, line.amount) =
            (time("2026-03-02 09:10"), 2, 1, "888.89 EUR".parse().unwrap());
    });
    assert_eq!(elsewhere, [DifferenceCause::OtherTime { at: time("2026-03-02 09:20"), excess: 2 }]);
}

#[test]
fn cause_is_that_the_settings_forgive_so_few_days() {
    let mut meter = meter();
    let billing = billing_of(&facts());
    let verdict = |meter: &Meter| {
        let checks = verify_invoices(
            &billing,
            &meter.count(),
            &use_days(meter),
            LicenceTerms(&facts()),
            &meter.settings,
            time(CLOSED),
        );
        checks.into_iter().next().unwrap().verdict
    };
    meter.settings.forgive = 1;
    assert_eq!(
        verdict(&meter),
        InvoiceVerdict::Differs(vec![DifferenceCause::Forgiven]),
        "more than is owned on one day"
    );
    meter.settings.forgive = 0;
    assert_eq!(verdict(&meter), InvoiceVerdict::Agrees);
}

#[test]
fn missing_days_and_use_that_is_not_known_yet_are_causes_only_where_fewer_were_counted() {
    let mut meter = meter();
    meter.rows.retain(|row| {
        let seatwise::usage::TimeOfUse::Session(span) = row.used else { return true };
        !(time("2026-02-28 00:00")..time("2026-03-09 00:00")).contains(&span.start())
    });
    let InvoiceVerdict::Differs(causes) = verdict(|_| {}, &meter, "2026-04-05 00:00") else { panic!() };
    // The weekend before counts as missing too: days without use cannot be told from days without rows.
    let missing = DifferenceCause::MissingDays(day("2026-02-28"), day("2026-03-08"));
    assert_eq!(
        causes,
        [DifferenceCause::Machines { said: 3, ours: 0 }, missing, DifferenceCause::Provisional]
    );
    let price = causes_of(|invoice| invoice.lines[0].amount = "1.00 EUR".parse().unwrap());
    assert!(
        !price
            .iter()
            .any(|cause| matches!(cause, DifferenceCause::MissingDays(..) | DifferenceCause::Provisional)),
        "{price:?}"
    );
}

#[test]
fn period_without_any_use_is_not_held_against_it() {
    assert_eq!(verdict(|_| {}, &Meter::new(), CLOSED), InvoiceVerdict::NoUse);
}

#[test]
fn excess_that_no_invoice_has_is_listed() {
    let mut billing = billing_of(&facts());
    let elsewhere = seatwise::usage::UsageSource { feature: Some("3d".into()), ..source() };
    let meter = meter().row("X", None, &elsewhere, session("09:01", "09:45"));
    let check = |billing: &Billing| {
        verify_invoices(
            billing,
            &meter.count(),
            &use_days(&meter),
            LicenceTerms(&facts()),
            &meter.settings,
            time(CLOSED),
        )
    };
    // The contract owns the product under every feature string; two pools are in use.
    let twice = meter.count().tallies.len();
    assert_eq!(twice, 2);
    billing.invoices[0].lines.clear();
    let checks = check(&billing);
    assert_eq!(
        checks.iter().map(|check| (check.pool.clone(), check.verdict.clone())).collect::<Vec<_>>(),
        [(pool(), InvoiceVerdict::NotBilled)]
    );
    billing.invoices.clear();
    assert!(check(&billing).is_empty(), "a period that nobody has billed is not late");
}

#[test]
fn no_cell_of_a_table_of_invoices_is_a_formula() {
    let mut billing = billing_of(&facts());
    let invoice = &mut billing.invoices[0];
    (invoice.number, invoice.contract) = ("=1+1".into(), Some("@SUM(A1)".into()));
    invoice.lines[0].pool.feature = Some("+2".into());
    let payment = Payment {
        invoice: "=1+1".into(),
        day: day("2026-04-20"),
        amount: invoice.total.clone(),
        reference: "-3".into(),
    };
    billing.payments.push(payment);
    let meter = meter();
    let checks = verify_invoices(
        &billing,
        &meter.count(),
        &use_days(&meter),
        LicenceTerms(&facts()),
        &meter.settings,
        time(CLOSED),
    );
    let scope = usage::UsageReportScope {
        organization: "=4".into(),
        now: time(CLOSED),
        from: None,
        to: None,
        filters: Vec::new(),
        products: ProductNames::default(),
    };
    let tables = [
        usage::invoices_report(&billing, &scope),
        usage::invoice_report(
            &billing.invoices[0],
            &NameFilter::default(),
            &billing,
            &meter.settings,
            &scope,
        ),
        usage::payments_report(&billing, &scope),
        usage::overages_report(&checks, &meter.settings, &scope),
    ];
    for (table, text) in tables.iter().map(Report::csv).enumerate() {
        let records = csv::Reader::from_reader(text.as_bytes()).into_records();
        let cells: Vec<String> = records
            .flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert!(
            cells.iter().any(|cell| cell.starts_with("'")),
            "table {table} has a name that would be one: {text}"
        );
        assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@'])), "table {table}: {text}");
    }
}
