//! The same for programs.

use serde::Serialize;

use super::{causes, due_amount, payment_of, verdict_in_words};
use crate::model::Money;
use crate::render::usage::place;
use crate::usage::{Billing, Invoice, InvoiceCheck, InvoiceLine, Payment};

#[derive(Serialize)]
struct BilledMoneyJson<'a> {
    amount: String,
    currency: &'a str,
}

fn money_json(money: &Money) -> BilledMoneyJson<'_> {
    BilledMoneyJson { amount: money.amount.to_string(), currency: &money.currency }
}

#[derive(Serialize)]
pub(super) struct InvoicesJson<'a> {
    pub(super) format: &'static str,
    pub(super) invoices: Vec<InvoiceJson<'a>>,
}

#[derive(Serialize)]
pub(super) struct InvoiceJson<'a> {
    number: &'a str,
    period: String,
    country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<&'a str>,
    issued: String,
    due: String,
    total: BilledMoneyJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<String>,
    lines: Vec<InvoiceLineJson<'a>>,
}

#[derive(Serialize)]
struct InvoiceLineJson<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    at: String,
    used: u32,
    owned: u32,
    excess: u32,
    list_price: BilledMoneyJson<'a>,
    amount: BilledMoneyJson<'a>,
}

pub(super) fn invoice_json<'a>(invoice: &'a Invoice, billing: &Billing) -> InvoiceJson<'a> {
    InvoiceJson {
        number: &invoice.number,
        period: invoice.period.to_string(),
        country: invoice.country.to_string(),
        contract: invoice.contract.as_deref(),
        issued: invoice.issued.to_string(),
        due: invoice.due.to_string(),
        total: money_json(&invoice.total),
        paid: payment_of(invoice, billing).map(|payment| payment.day.to_string()),
        lines: invoice.lines.iter().map(line_json).collect(),
    }
}

fn line_json(line: &InvoiceLine) -> InvoiceLineJson<'_> {
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

#[derive(Serialize)]
pub(super) struct PaymentsJson<'a> {
    pub(super) format: &'static str,
    pub(super) payments: Vec<PaymentJson<'a>>,
}

#[derive(Serialize)]
pub(super) struct PaymentJson<'a> {
    invoice: &'a str,
    day: String,
    amount: BilledMoneyJson<'a>,
    reference: &'a str,
}

pub(super) fn payment_json(payment: &Payment) -> PaymentJson<'_> {
    let Payment { invoice, day, amount, reference } = payment;
    PaymentJson { invoice, day: day.to_string(), amount: money_json(amount), reference }
}

#[derive(Serialize)]
pub(super) struct OveragesJson<'a> {
    pub(super) format: &'static str,
    pub(super) rounding: String,
    pub(super) lines: Vec<InvoiceCheckJson<'a>>,
}

#[derive(Serialize)]
pub(super) struct InvoiceCheckJson<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
    period: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billed: Option<InvoiceLineJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ours: Option<OwnChargeJson<'a>>,
    checked: &'static str,
    causes: Vec<String>,
}

#[derive(Serialize)]
struct OwnChargeJson<'a> {
    excess: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<BilledMoneyJson<'a>>,
}

pub(super) fn check_json(check: &InvoiceCheck) -> InvoiceCheckJson<'_> {
    InvoiceCheckJson {
        product: check.pool.product.as_str(),
        feature: check.pool.feature.as_deref(),
        place: place(&check.pool),
        period: check.period.to_string(),
        invoice: check.said.as_ref().map(|said| &*said.invoice),
        billed: check.said.as_ref().map(|said| line_json(&said.line)),
        ours: check
            .ours
            .as_ref()
            .map(|ours| OwnChargeJson { excess: ours.excess, amount: due_amount(ours).map(money_json) }),
        checked: verdict_in_words(&check.verdict),
        causes: causes(check),
    }
}
