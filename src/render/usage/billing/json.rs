//! JSON forms of invoices and payments.

use serde::Serialize;

use crate::render::usage::{MoneyJson, money_json};
use crate::usage::{Invoice, InvoiceLine, Payment};

/// The list of invoices.
#[derive(Serialize)]
pub(super) struct InvoicesJson<'a> {
    pub(super) format: &'static str,
    pub(super) invoices: Vec<InvoiceJson<'a>>,
}

/// An invoice with its lines and the day of its payment.
#[derive(Serialize)]
pub(super) struct InvoiceJson<'a> {
    number: &'a str,
    period: String,
    country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<&'a str>,
    issued: String,
    due: String,
    total: MoneyJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<String>,
    lines: Vec<InvoiceLineJson<'a>>,
}

/// A line of an invoice.
#[derive(Serialize)]
pub(super) struct InvoiceLineJson<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    at: String,
    used: u32,
    owned: u32,
    excess: u32,
    list_price: MoneyJson<'a>,
    amount: MoneyJson<'a>,
}

/// Converts an invoice with some of its lines, and the payment for it if there is one, to JSON form.
pub(super) fn invoice_json<'a>(
    invoice: &'a Invoice,
    lines: impl IntoIterator<Item = &'a InvoiceLine>,
    payment: Option<&Payment>,
) -> InvoiceJson<'a> {
    InvoiceJson {
        number: &invoice.number,
        period: invoice.period.to_string(),
        country: invoice.country.to_string(),
        contract: invoice.contract.as_deref(),
        issued: invoice.issued.to_string(),
        due: invoice.due.to_string(),
        total: money_json(&invoice.total),
        paid: payment.map(|payment| payment.day.to_string()),
        lines: lines.into_iter().map(line_json).collect(),
    }
}

/// Converts a line of an invoice to its JSON form.
pub(super) fn line_json(line: &InvoiceLine) -> InvoiceLineJson<'_> {
    InvoiceLineJson {
        product: line.pool.product.as_str(),
        feature: line.pool.feature.as_deref(),
        at: line.at.to_string(),
        used: line.used,
        owned: line.owned,
        excess: line.excess,
        list_price: money_json(&line.list_price),
        amount: money_json(&line.amount),
    }
}

/// The list of payments.
#[derive(Serialize)]
pub(super) struct PaymentsJson<'a> {
    pub(super) format: &'static str,
    pub(super) payments: Vec<PaymentJson<'a>>,
}

/// A payment of an invoice.
#[derive(Serialize)]
pub(super) struct PaymentJson<'a> {
    invoice: &'a str,
    day: String,
    amount: MoneyJson<'a>,
    reference: &'a str,
}

/// Converts a payment to its JSON form.
pub(super) fn payment_json(payment: &Payment) -> PaymentJson<'_> {
    let Payment { invoice, day, amount, reference } = payment;
    PaymentJson { invoice, day: day.to_string(), amount: money_json(amount), reference }
}
