//! Renders invoices, payments, and overages beside the charges that seatwise computes.

mod json;
mod overages;

use json::{InvoicesJson, PaymentsJson, invoice_json, payment_json};
pub use overages::overages_report;

use super::{UsageReportScope, minute, pricing, sentence, sum_words};
use crate::model::Money;
use crate::render::report_notes::ReportNote;
use crate::render::report_table::{TableOfLines, text_or_empty};
use crate::render::table_report::TableReport;
use crate::render::words;
use crate::usage::{Billing, Invoice, InvoiceLine, NameFilter, Payment, UsageSettings};

const INVOICES_FORMAT: &str = "seatwise-billing-invoices/1";

/// Renders the list of invoices, each with the day of its payment.
pub fn invoices_report<'a>(billing: &'a Billing, scope: &UsageReportScope) -> TableReport<'a> {
    let table = TableOfLines::new(&billing.invoices)
        .left("invoice", |invoice| &invoice.number)
        .left("period", |invoice| invoice.period)
        .left("country", |invoice| invoice.country)
        .left("contract", |invoice| text_or_empty(invoice.contract.as_ref()))
        .left("issued", |invoice| invoice.issued)
        .left("due", |invoice| invoice.due)
        .right("lines", |invoice| invoice.lines.len())
        .right("total", |invoice| invoice.total.amount)
        .left("currency", |invoice| &invoice.total.currency)
        .left("paid", |invoice| text_or_empty(payment_of(invoice, billing).map(|payment| payment.day)))
        .table();
    let json = || {
        let invoices = billing.invoices.iter();
        let invoices =
            invoices.map(|invoice| invoice_json(invoice, &invoice.lines, payment_of(invoice, billing)));
        InvoicesJson { format: INVOICES_FORMAT, invoices: invoices.collect() }
    };
    TableReport {
        notes: totals("Billed", scope, billing.invoices.iter().map(|invoice| &invoice.total)),
        ..TableReport::new(scope, "Invoices", scope.empty_text("No invoices."), table, json)
    }
}

/// Renders one invoice with those of its lines that `keep` asks for, as firms file invoices. The total is
/// that of the invoice.
pub fn invoice_report<'a>(
    invoice: &'a Invoice,
    keep: &NameFilter,
    billing: &'a Billing,
    settings: &UsageSettings,
    scope: &UsageReportScope,
) -> TableReport<'a> {
    let lines: Vec<&InvoiceLine> = invoice.lines.iter().filter(|line| keep.has_pool(&line.pool)).collect();
    let table = TableOfLines::new(lines.iter().copied())
        .product(|line| &line.pool.product)
        .left("feature", |line| text_or_empty(line.pool.feature.as_ref()))
        .left("at (UTC)", |line| minute(line.at))
        .right("used", |line| line.used)
        .right("owned", |line| line.owned)
        .right("excess", |line| line.excess)
        .right("list price", |line| line.list_price.amount)
        .right("amount", |line| line.amount.amount)
        .left("currency", |line| &line.amount.currency)
        .table();
    let json = move || InvoicesJson {
        format: INVOICES_FORMAT,
        invoices: vec![invoice_json(invoice, lines.iter().copied(), payment_of(invoice, billing))],
    };
    TableReport {
        organization: format!("{} of {}", invoice.number, scope.organization),
        notes: invoice_notes(invoice, billing, settings),
        ..TableReport::new(scope, "Invoice", scope.empty_text("The invoice has no lines."), table, json)
    }
}

/// Renders the list of payments.
pub fn payments_report<'a>(billing: &'a Billing, scope: &UsageReportScope) -> TableReport<'a> {
    let table = TableOfLines::new(&billing.payments)
        .left("day", |payment| payment.day)
        .left("invoice", |payment| &payment.invoice)
        .right("amount", |payment| payment.amount.amount)
        .left("currency", |payment| &payment.amount.currency)
        .left("reference", |payment| &payment.reference)
        .table();
    let json = || PaymentsJson {
        format: "seatwise-billing-payments/1",
        payments: billing.payments.iter().map(payment_json).collect(),
    };
    TableReport {
        notes: totals("Paid", scope, billing.payments.iter().map(|payment| &payment.amount)),
        ..TableReport::new(scope, "Payments", scope.empty_text("No payments."), table, json)
    }
}

fn payment_of<'a>(invoice: &Invoice, billing: &'a Billing) -> Option<&'a Payment> {
    billing.payments.iter().find(|payment| payment.invoice == invoice.number)
}

fn invoice_notes(invoice: &Invoice, billing: &Billing, settings: &UsageSettings) -> Vec<ReportNote> {
    let Invoice { number: _, period, country, contract, issued, due, total, lines: _ } = invoice;
    let contract = contract
        .as_ref()
        .map_or_else(|| "without a contract there".to_owned(), |contract| format!("contract {contract}"));
    let paid = payment_of(invoice, billing).map_or_else(
        || "Not paid yet.".to_owned(),
        |Payment { day, amount, reference, .. }| {
            format!("Paid on {day}: {} ({reference}).", words::money(amount))
        },
    );
    vec![
        ReportNote::answer(format!("Total: {}", words::money(total))),
        ReportNote::source(format!(
            "For excess of {period} in {country}, {contract}; made on {issued}, to be paid until {due}."
        )),
        ReportNote::answer(paid),
        ReportNote::remark(sentence(&pricing(settings))),
    ]
}

/// Returns a sentence with the sum of each currency.
fn totals<'a>(
    what: &str,
    scope: &UsageReportScope,
    amounts: impl Iterator<Item = &'a Money>,
) -> Vec<ReportNote> {
    let of = scope.sum_scope();
    let sum = sum_words(amounts).map(|sum| ReportNote::answer(format!("{what} in all{of}: {sum}")));
    sum.into_iter().collect()
}
