//! Invoices for the excess of a closed period, line by line.

use std::collections::BTreeMap;

use jiff::Span;
use rust_decimal::Decimal;

use crate::model::{CountryCode, Date, Money, Text, Timestamp};
use crate::usage::{
    Charge, LicenceTerms, OFFLINE_TOLERANCE_DAYS, Period, Pool, PoolPlace, UsageCounts, UsageSettings,
};

/// What was billed, as the organization reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Billing {
    /// In order of their numbers.
    pub invoices: Vec<Invoice>,
    /// In the order in which they were made.
    pub payments: Vec<Payment>,
}

/// An invoice for the excess of one country in one period, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub number: Text,
    pub period: Period,
    pub country: CountryCode,
    /// The name of the contract for the country; `None` where the country has none.
    pub contract: Option<Text>,
    pub issued: Date,
    /// The last day for payment.
    pub due: Date,
    /// The sum of the lines.
    pub total: Money,
    /// One line for each pool with excess.
    pub lines: Vec<InvoiceLine>,
}

/// The charge for the excess of one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    pub pool: Pool,
    /// The start of the interval with that excess.
    pub at: Timestamp,
    /// Machines in use in that interval.
    pub used: u32,
    /// Licences owned on that day.
    pub owned: u32,
    /// Machines above owned; at least 1.
    pub excess: u32,
    /// The list price on the first day of the period.
    pub list_price: Money,
    pub amount: Money,
}

/// A payment of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The number of the invoice.
    pub invoice: Text,
    pub day: Date,
    pub amount: Money,
    /// The bank's reference.
    pub reference: Text,
}

/// Invoices are made this many days after the end of a period: by then no machine that was offline has use
/// left to report.
const INVOICED_AFTER_DAYS: i64 = OFFLINE_TOLERANCE_DAYS + 3;
/// Invoices are due this many days after they are made.
const PAID_WITHIN_DAYS: i64 = 30;

/// Returns the day on which the invoices of `period` are made.
pub fn issue_day(period: Period) -> Date {
    period.last_day().saturating_add(Span::new().days(INVOICED_AFTER_DAYS))
}

/// Returns the invoices of `period`, with a line for each excess that has a price, by the same arithmetic as
/// in every report.
pub fn invoices(
    counted: &UsageCounts,
    period: Period,
    terms: LicenceTerms<'_>,
    settings: &UsageSettings,
) -> Vec<Invoice> {
    let mut lines = BTreeMap::<(CountryCode, Text), Vec<InvoiceLine>>::new();
    for ((pool, of), tally) in &counted.tallies {
        let (PoolPlace::Country(country), true) = (&pool.place, *of == period) else { continue };
        let (assessment, prices) = (terms.assess(pool, tally, settings), terms.prices(&pool.product));
        let Charge::Due(amount) = assessment.charge else { continue };
        let Some((excess, price)) = assessment.excess.zip(prices.value_on(period.first_day())) else {
            continue;
        };
        let line = InvoiceLine {
            pool: pool.clone(),
            at: excess.at,
            used: excess.used,
            owned: excess.owned,
            excess: excess.machines,
            list_price: price.clone(),
            amount,
        };
        lines.entry((*country, line.amount.currency.clone())).or_default().push(line);
    }
    let mut before = None;
    let made = lines.into_iter().map(|((country, currency), lines)| {
        let is_second = before.replace(country) == Some(country);
        // A country is mostly billed in one currency, so its first invoice has no currency in the number.
        let number =
            if is_second { format!("{period}-{country}-{currency}") } else { format!("{period}-{country}") };
        make_invoice(number.into(), period, country, terms, lines, currency)
    });
    made.collect()
}

fn make_invoice(
    number: Text,
    period: Period,
    country: CountryCode,
    terms: LicenceTerms<'_>,
    lines: Vec<InvoiceLine>,
    currency: Text,
) -> Invoice {
    let issued = issue_day(period);
    let amount = lines.iter().fold(Decimal::ZERO, |sum, line| sum.saturating_add(line.amount.amount));
    let contract = terms
        .0
        .contracts
        .iter()
        .find(|contract| contract.country == country)
        .map(|contract| contract.name.clone());
    let due = issued.saturating_add(Span::new().days(PAID_WITHIN_DAYS));
    Invoice { number, period, country, contract, issued, due, total: Money { amount, currency }, lines }
}
