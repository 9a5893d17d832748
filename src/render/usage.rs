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
mod tabular_report;

use std::fmt::Write;

pub use advice::{PatchedAdvice, advice_report};
pub use billing::{invoice_report, invoices_report, overages_report, payments_report};
pub use daily_peaks::daily_report;
pub use forecast::forecast_report;
pub use peaks::peaks_report;
pub use people::{inactive_report, use_time_report};
pub use portal_exports::{PortalUsageExports, portal_exports};
pub use sql::{EngineDialect, EngineLocation, SqlSelection, StoreQuestion, sql_statements};

use super::words;
use crate::model::{Date, Timestamp};
use crate::usage::{Pool, PoolPlace, Share, UsageSettings, UserName};

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageReportFormat {
    /// For people.
    Text,
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
    /// One HTML page to search, sort and print.
    Html,
    /// For paper.
    Pdf,
}

impl UsageReportFormat {
    /// Whether a report in the format always names the machines and people of the peaks.
    pub fn always_names_people(self) -> bool {
        match self {
            Self::Html | Self::Pdf => true,
            Self::Text | Self::Csv | Self::Json => false,
        }
    }
}

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
    /// Whether the report is about some people only, so that its figures cannot be compared with what is
    /// owned.
    pub of_some: bool,
}

fn place(pool: &Pool) -> String {
    match &pool.place {
        PoolPlace::Country(country) => country.to_string(),
        PoolPlace::Site(site) => site.to_string(),
        PoolPlace::Unknown => "unknown".to_owned(),
    }
}

fn feature(pool: &Pool) -> String {
    pool.feature.as_deref().unwrap_or_default().to_owned()
}

fn user(name: &UserName) -> String {
    match name {
        UserName::Email(email) => email.to_string(),
        UserName::Opaque(id) => id.to_string(),
    }
}

fn percent(share: Share) -> String {
    format!("{} %", (share.fraction() * rust_decimal::Decimal::ONE_HUNDRED).normalize())
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

/// Renders a value as JSON, which cannot fail as all keys are text.
fn pretty_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Renders the sentences below a table.
fn notes_text(notes: &[String]) -> String {
    let mut out = String::new();
    for note in notes {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {note}");
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

fn range_note(scope: &UsageReportScope) -> Option<String> {
    match (scope.from, scope.to) {
        (None, None) => None,
        (Some(from), None) => Some(format!("Only use from {from} on counts.")),
        (None, Some(to)) => Some(format!("Only use up to {to} counts.")),
        (Some(from), Some(to)) => Some(format!("Only use from {from} to {to} counts.")),
    }
}

fn row_count(count: u64) -> String {
    words::count(usize::try_from(count).unwrap_or(usize::MAX), "row", "rows")
}
