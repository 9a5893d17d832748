//! Invoices for excess: what a closed period comes to, line by line.

use std::collections::BTreeMap;

use jiff::Span;
use rust_decimal::Decimal;

use crate::model::{CountryCode, Date, Money, Text, Timestamp};
use crate::usage::{
    Charge, LicenceTerms, OFFLINE_TOLERANCE_DAYS, Period, Pool, PoolPlace, UsageCounts, UsageSettings,
    assess_use,
};

/// What was billed, as the organization says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Billing {
    /// In order of their numbers.
    pub invoices: Vec<Invoice>,
    /// In the order in which they were made.
    pub payments: Vec<Payment>,
}

/// The excess of one country in one period, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub number: Text,
    /// What it is for.
    pub period: Period,
    /// Where.
    pub country: CountryCode,
    /// The contract that it is made under; none where the country has none.
    pub contract: Option<Text>,
    /// When it was made.
    pub issued: Date,
    /// Until when it is to be paid.
    pub due: Date,
    /// The sum of its lines.
    pub total: Money,
    /// One for each pool with excess.
    pub lines: Vec<InvoiceLine>,
}

/// The excess of one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    /// Whose machines.
    pub pool: Pool,
    /// When the interval begins that it comes from.
    pub at: Timestamp,
    /// Machines in use in it.
    pub used: u32,
    /// Licences owned on that day.
    pub owned: u32,
    /// Machines above that; at least 1.
    pub excess: u32,
    /// The list price on the first day of the period.
    pub list_price: Money,
    /// What is charged.
    pub amount: Money,
}

/// Money that was paid for an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The invoice's number.
    pub invoice: Text,
    /// When.
    pub day: Date,
    /// How much.
    pub amount: Money,
    /// What the bank calls it.
    pub reference: Text,
}

/// So many days after a period its invoices are made: no machine that was offline has anything to report any
/// more.
const INVOICED_AFTER_DAYS: i64 = OFFLINE_TOLERANCE_DAYS + 3;
/// So many days later they are to be paid.
const PAID_WITHIN_DAYS: i64 = 30;

/// The day on which the invoices of `period` are made.
pub fn issue_day(period: Period) -> Date {
    period.last_day().saturating_add(Span::new().days(INVOICED_AFTER_DAYS))
}

/// The invoices of `period`: each excess that has a price is a line, by the same arithmetic as in every
/// report.
pub fn invoices(
    counted: &UsageCounts,
    period: Period,
    terms: LicenceTerms<'_>,
    settings: &UsageSettings,
) -> Vec<Invoice> {
    let mut lines = BTreeMap::<(CountryCode, Text), Vec<InvoiceLine>>::new();
    for ((pool, of), tally) in &counted.tallies {
        let (PoolPlace::Country(country), true) = (&pool.place, *of == period) else { continue };
        let (owned, prices) = (terms.owned_licences(pool).unwrap_or_default(), terms.prices(&pool.product));
        let assessment = assess_use(tally, &owned, &prices, settings);
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
        // One country is mostly billed in one currency, and its number then names no other.
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
