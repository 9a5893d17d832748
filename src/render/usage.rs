//! Renders reports of usage for people, spreadsheets and programs.

mod advice;
mod billing;
mod charts;
mod daily_peaks;
mod forecast;
mod peaks;
mod people;
mod portal_exports;
mod sql;

pub use advice::{PatchedAdvice, advice_report};
pub use billing::{invoice_report, invoices_report, overages_report, payments_report};
pub use daily_peaks::daily_report;
pub use forecast::forecast_report;
pub use peaks::peaks_report;
pub use people::{inactive_report, use_time_report};
pub use portal_exports::{PortalUsageExports, portal_exports};
pub use sql::{EngineDialect, EngineLocation, SqlSelection, StoreQuestion, sql_statements};

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::clean::clean_text;
use super::product_names::ProductNames;
use super::report_notes::ReportNote;
use super::report_table::{TableOfLines, text_or_empty};
use super::table_report::ReportOrigin;
use super::words;
use crate::model::{Date, Money, Text, Timestamp};
use crate::usage::{Charge, Pool, PoolPlace, Share, UsageSettings};

/// The subject of a report.
#[derive(Debug, Clone)]
pub struct UsageReportScope {
    pub organization: String,
    /// The time of the report, at which the usage was read.
    pub now: Timestamp,
    /// The first day that counts; `None` where there is no limit.
    pub from: Option<Date>,
    /// The last day that counts; `None` where there is no limit.
    pub to: Option<Date>,
    /// The filters that select lines, as they are typed; empty where all lines are shown.
    pub filters: Vec<String>,
    /// The names of the organization's products.
    pub products: ProductNames,
}

impl UsageReportScope {
    /// Returns the text of a report without lines: `words` where all lines would be shown.
    fn empty_text(&self, words: impl Into<String>) -> String {
        let no_line = |filters| format!("No line is of what is asked for: {filters}.");
        self.filter_words().map_or_else(|| words.into(), no_line)
    }

    /// Returns what a sum over the lines is called, after the sum's own name.
    fn sum_scope(&self) -> &'static str {
        if self.filters.is_empty() { "" } else { ", of the lines shown" }
    }

    fn filter_words(&self) -> Option<String> {
        let clean = |words: &String| format!("`{}`", clean_text(words));
        let words = self.filters.iter().map(clean).collect::<Vec<_>>().join(", ");
        (!words.is_empty()).then_some(words)
    }
}

impl From<&UsageReportScope> for ReportOrigin {
    fn from(scope: &UsageReportScope) -> Self {
        Self {
            organization: scope.organization.clone(),
            now: scope.now,
            products: scope.products.clone(),
            filters: scope.filter_words(),
        }
    }
}

impl<L: Copy> TableOfLines<L> {
    /// Adds the columns of a pool: product, feature, and the place under a title.
    fn pool<'p>(self, place_title: &'static str, pool: impl Fn(L) -> &'p Pool) -> Self {
        let table = self.product(|line| &pool(line).product);
        table
            .left("feature", |line| text_or_empty(pool(line).feature.as_ref()))
            .left(place_title, |line| place(pool(line)))
    }
}

/// The text of a report where no row counts.
const NO_USE: &str = "No use that counts.";

/// An amount of money.
#[derive(Serialize)]
struct MoneyJson<'a> {
    amount: String,
    currency: &'a str,
}

fn money_json(money: &Money) -> MoneyJson<'_> {
    MoneyJson { amount: money.amount.to_string(), currency: &money.currency }
}

/// What use is counted for.
#[derive(Serialize)]
struct PoolJson<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
}

fn pool_json(pool: &Pool) -> PoolJson<'_> {
    PoolJson { product: pool.product.as_str(), feature: pool.feature.as_deref(), place: place(pool) }
}

fn place(pool: &Pool) -> String {
    match &pool.place {
        PoolPlace::Country(country) => country.to_string(),
        PoolPlace::Site(site) => site.to_string(),
        PoolPlace::Unknown => "unknown".to_owned(),
    }
}

/// Returns the title of a figure of a pool.
fn pool_title(pool: &Pool) -> String {
    let feature = pool.feature.as_ref().map(|feature| format!(" ({feature})")).unwrap_or_default();
    format!("{}{feature} in {}", pool.product, place(pool))
}

fn percent(share: Share) -> String {
    format!("{} %", (share.fraction() * rust_decimal::Decimal::ONE_HUNDRED).normalize())
}

/// Makes a sentence of ASCII words: a capital first letter and a full stop.
fn sentence(words: &str) -> String {
    format!("{}{}.", words[..1].to_uppercase(), &words[1..])
}

/// Explains how amounts are computed; every report with amounts says so.
fn pricing(settings: &UsageSettings) -> String {
    let (share, discount) = (percent(settings.term_share), percent(settings.discount));
    let discount =
        if settings.discount == Share::NOTHING { String::new() } else { format!(" less {discount}") };
    format!(
        "a charge is the excess times {share} of the list price on the first day of the period{discount}, \
            and is rounded half up to the \
         currency's minor unit at each line"
    )
}

fn range_note(scope: &UsageReportScope) -> Option<ReportNote> {
    let range = match (scope.from, scope.to) {
        (None, None) => return None,
        (Some(from), None) => format!("from {from} on"),
        (None, Some(to)) => format!("up to {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    };
    Some(ReportNote::source(format!("Only use {range} counts.")))
}

/// Returns the sum of each currency, such as `1,920.00 EUR and 80.00 GBP`; `None` where there are no amounts.
fn sum_words<'a>(amounts: impl IntoIterator<Item = &'a Money>) -> Option<String> {
    let mut sums = BTreeMap::<&Text, Money>::new();
    for money in amounts {
        let zero = || Money { amount: Decimal::ZERO, currency: money.currency.clone() };
        let sum = sums.entry(&money.currency).or_insert_with(zero);
        sum.amount = sum.amount.saturating_add(money.amount);
    }
    let sums: Vec<String> = sums.values().map(words::money).collect();
    (!sums.is_empty()).then(|| sums.join(" and "))
}

/// Formats a time to the minute; the column or the sentence says that it is in UTC.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Names a charge; `due` writes the money.
fn charge_words(charge: &Charge, due: impl Fn(&Money) -> String) -> String {
    match charge {
        Charge::Nothing => String::new(),
        Charge::Forgiven => "forgiven".to_owned(),
        Charge::Due(money) => due(money),
        Charge::PriceUnknown => "price unknown".to_owned(),
        Charge::TooLarge => "too large".to_owned(),
    }
}
