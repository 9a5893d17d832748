//! The same for programs.

use serde::Serialize;

use super::{causes, due, paid, verdict_in_words};
use crate::model::Money;
use crate::render::usage::place;
use crate::usage::{Billing, Invoice, InvoiceCheck, InvoiceLine, Payment};

#[derive(Serialize)]
struct MoneyForm<'a> {
    amount: String,
    currency: &'a str,
}

fn money(money: &Money) -> MoneyForm<'_> {
    MoneyForm { amount: money.amount.to_string(), currency: &money.currency }
}

#[derive(Serialize)]
pub(super) struct Invoices<'a> {
    pub(super) format: &'static str,
    pub(super) invoices: Vec<InvoiceForm<'a>>,
}

#[derive(Serialize)]
pub(super) struct InvoiceForm<'a> {
    number: &'a str,
    period: String,
    country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<&'a str>,
    issued: String,
    due: String,
    total: MoneyForm<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<String>,
    lines: Vec<LineForm<'a>>,
}

#[derive(Serialize)]
struct LineForm<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    at: String,
    used: u32,
    owned: u32,
    excess: u32,
    list_price: MoneyForm<'a>,
    amount: MoneyForm<'a>,
}

pub(super) fn form_of<'a>(invoice: &'a Invoice, billing: &Billing) -> InvoiceForm<'a> {
    InvoiceForm {
        number: &invoice.number,
        period: invoice.period.to_string(),
        country: invoice.country.to_string(),
        contract: invoice.contract.as_deref(),
        issued: invoice.issued.to_string(),
        due: invoice.due.to_string(),
        total: money(&invoice.total),
        paid: paid(invoice, billing).map(|payment| payment.day.to_string()),
        lines: invoice.lines.iter().map(line_form).collect(),
    }
}

fn line_form(line: &InvoiceLine) -> LineForm<'_> {
    LineForm {
        product: line.pool.product.as_str(),
        feature: line.pool.feature.as_deref(),
        at: line.at.to_string(),
        used: line.used,
        owned: line.owned,
        excess: line.excess,
        list_price: money(&line.list_price),
        amount: money(&line.amount),
    }
}

#[derive(Serialize)]
pub(super) struct Payments<'a> {
    pub(super) format: &'static str,
    pub(super) payments: Vec<PaymentForm<'a>>,
}

#[derive(Serialize)]
pub(super) struct PaymentForm<'a> {
    invoice: &'a str,
    day: String,
    amount: MoneyForm<'a>,
    reference: &'a str,
}

pub(super) fn payment_form(payment: &Payment) -> PaymentForm<'_> {
    let Payment { invoice, day, amount, reference } = payment;
    PaymentForm { invoice, day: day.to_string(), amount: money(amount), reference }
}

#[derive(Serialize)]
pub(super) struct Overages<'a> {
    pub(super) format: &'static str,
    pub(super) rounding: String,
    pub(super) lines: Vec<CheckForm<'a>>,
}

#[derive(Serialize)]
pub(super) struct CheckForm<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
    period: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billed: Option<LineForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ours: Option<OursForm<'a>>,
    checked: &'static str,
    causes: Vec<String>,
}

#[derive(Serialize)]
struct OursForm<'a> {
    excess: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<MoneyForm<'a>>,
}

pub(super) fn check_form(check: &InvoiceCheck) -> CheckForm<'_> {
    CheckForm {
        product: check.pool.product.as_str(),
        feature: check.pool.feature.as_deref(),
        place: place(&check.pool),
        period: check.period.to_string(),
        invoice: check.said.as_ref().map(|said| &*said.invoice),
        billed: check.said.as_ref().map(|said| line_form(&said.line)),
        ours: check.ours.as_ref().map(|ours| OursForm { excess: ours.excess, amount: due(ours).map(money) }),
        checked: verdict_in_words(&check.verdict),
        causes: causes(check),
    }
}
