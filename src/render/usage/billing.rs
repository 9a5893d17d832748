//! Renders invoices, payments, and overages beside the charges that seatwise computes.

mod json;
mod overages;

use std::collections::BTreeMap;

use json::{InvoicesJson, PaymentsJson, invoice_json, payment_json};
pub use overages::overages_report;
use rust_decimal::Decimal;

use super::tabular_report::TabularReport;
use super::{UsageReportFormat, UsageReportScope, feature, pretty_json, pricing};
use crate::model::{Money, Text, Timestamp};
use crate::render::report_table::{Align, ReportTable};
use crate::usage::{Billing, Invoice, InvoiceLine, Payment, UsageSettings};

/// Renders the list of invoices, each with the day of its payment.
pub fn invoices_report(billing: &Billing, scope: &UsageReportScope, form: UsageReportFormat) -> Vec<u8> {
    let report = || TabularReport {
        title: "Invoices",
        nothing: "No invoices.".to_owned(),
        table: table_of_invoices(billing),
        beneath: Vec::new(),
        notes: totals("Billed", billing.invoices.iter().map(|invoice| &invoice.total)),
        figures: Vec::new(),
    };
    let json = || {
        pretty_json(&InvoicesJson {
            format: "seatwise-billing-invoices/1",
            invoices: billing
                .invoices
                .iter()
                .map(|invoice| invoice_json(invoice, payment_of(invoice, billing)))
                .collect(),
        })
    };
    report_in_format(report, json, scope, form)
}

/// Renders one invoice with its lines, as firms file invoices.
pub fn invoice_report(
    invoice: &Invoice,
    billing: &Billing,
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    let report = || TabularReport {
        title: "Invoice",
        nothing: "The invoice has no lines.".to_owned(),
        table: table_of_lines(invoice),
        beneath: Vec::new(),
        notes: invoice_notes(invoice, billing, settings),
        figures: Vec::new(),
    };
    let json = || {
        pretty_json(&InvoicesJson {
            format: "seatwise-billing-invoices/1",
            invoices: vec![invoice_json(invoice, payment_of(invoice, billing))],
        })
    };
    let scope = UsageReportScope {
        organization: format!("{} of {}", invoice.number, scope.organization),
        ..scope.clone()
    };
    report_in_format(report, json, &scope, form)
}

/// Renders the list of payments.
pub fn payments_report(billing: &Billing, scope: &UsageReportScope, form: UsageReportFormat) -> Vec<u8> {
    use Align::{Left, Right};
    let table = || {
        let mut table = ReportTable::new(&[
            ("day", Left),
            ("invoice", Left),
            ("amount", Right),
            ("currency", Left),
            ("reference", Left),
        ]);
        for Payment { invoice, day, amount, reference } in &billing.payments {
            table.add_row([
                day.to_string(),
                invoice.to_string(),
                amount.amount.to_string(),
                amount.currency.to_string(),
                reference.to_string(),
            ]);
        }
        table
    };
    let report = || TabularReport {
        title: "Payments",
        nothing: "No payments.".to_owned(),
        table: table(),
        beneath: Vec::new(),
        notes: totals("Paid", billing.payments.iter().map(|payment| &payment.amount)),
        figures: Vec::new(),
    };
    let json = || {
        pretty_json(&PaymentsJson {
            format: "seatwise-billing-payments/1",
            payments: billing.payments.iter().map(payment_json).collect(),
        })
    };
    report_in_format(report, json, scope, form)
}

/// Renders a report in one of the formats; JSON has a text of its own.
fn report_in_format(
    report: impl Fn() -> TabularReport,
    json: impl FnOnce() -> String,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    match form {
        UsageReportFormat::Text => report().text().into(),
        UsageReportFormat::Csv => report().table.csv().into(),
        UsageReportFormat::Json => json().into(),
        UsageReportFormat::Html => report().html(scope).into(),
        UsageReportFormat::Pdf => report().pdf(scope),
    }
}

fn table_of_invoices(billing: &Billing) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("invoice", Left),
        ("period", Left),
        ("country", Left),
        ("contract", Left),
        ("issued", Left),
        ("due", Left),
        ("lines", Right),
        ("total", Right),
        ("currency", Left),
        ("paid", Left),
    ];
    let mut table = ReportTable::new(&head);
    for invoice in &billing.invoices {
        let Invoice { number, period, country, contract, issued, due, total, lines } = invoice;
        let paid = payment_of(invoice, billing).map_or_else(String::new, |payment| payment.day.to_string());
        let contract = contract.as_deref().unwrap_or_default().to_owned();
        let (amount, currency) = (total.amount.to_string(), total.currency.to_string());
        let (lines, number) = (lines.len().to_string(), number.to_string());
        table.add_row([
            number,
            period.to_string(),
            country.to_string(),
            contract,
            issued.to_string(),
            due.to_string(),
            lines,
            amount,
            currency,
            paid,
        ]);
    }
    table
}

fn payment_of<'a>(invoice: &Invoice, billing: &'a Billing) -> Option<&'a Payment> {
    billing.payments.iter().find(|payment| payment.invoice == invoice.number)
}

fn table_of_lines(invoice: &Invoice) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("product", Left),
        ("feature", Left),
        ("at (UTC)", Left),
        ("used", Right),
        ("owned", Right),
        ("excess", Right),
        ("list price", Right),
        ("amount", Right),
        ("currency", Left),
    ];
    let mut table = ReportTable::new(&head);
    for InvoiceLine { pool, at, used, owned, excess, list_price, amount } in &invoice.lines {
        let numbers = [used, owned, excess].map(ToString::to_string);
        let [used, owned, excess] = numbers;
        let (price, due, currency) =
            (list_price.amount.to_string(), amount.amount.to_string(), amount.currency.to_string());
        table.add_row([
            pool.product.to_string(),
            feature(pool),
            minute(*at),
            used,
            owned,
            excess,
            price,
            due,
            currency,
        ]);
    }
    table
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn invoice_notes(invoice: &Invoice, billing: &Billing, settings: &UsageSettings) -> Vec<String> {
    let Invoice { number: _, period, country, contract, issued, due, total, lines: _ } = invoice;
    let contract = contract
        .as_ref()
        .map_or_else(|| "without a contract there".to_owned(), |contract| format!("contract {contract}"));
    let paid = payment_of(invoice, billing).map_or_else(
        || "Not paid yet.".to_owned(),
        |Payment { day, amount, reference, .. }| format!("Paid on {day}: {amount} ({reference})."),
    );
    vec![
        format!("Total: {total}"),
        format!("For excess of {period} in {country}, {contract}; made on {issued}, to be paid until {due}."),
        paid,
        sentence(&pricing(settings)),
    ]
}

/// Makes a sentence of ASCII words: a capital first letter and a full stop.
fn sentence(words: &str) -> String {
    format!("{}{}.", words[..1].to_uppercase(), &words[1..])
}

/// Returns a sentence with the sum of each currency.
fn totals<'a>(what: &str, amounts: impl Iterator<Item = &'a Money>) -> Vec<String> {
    let mut totals = BTreeMap::<&Text, Decimal>::new();
    for Money { amount, currency } in amounts {
        let total = totals.entry(currency).or_default();
        *total = total.saturating_add(*amount);
    }
    totals.into_iter().map(|(currency, amount)| format!("{what} in all: {amount} {currency}")).collect()
}
