//! Renders the peaks of days.

use serde::Serialize;

use super::tabular_report::TabularReport;
use super::{UsageReportFormat, UsageReportScope, place, pretty_json, range_note};
use crate::model::{Date, Timestamp};
use crate::render::report_table::{Align, ReportTable};
use crate::usage::{LicenceTerms, Peak, Pool, Tally, UsageCounts, is_provisional};

/// The peak of a pool on one day.
#[derive(Serialize)]
struct DailyPeakJson<'a> {
    day: String,
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
    peak: u32,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owned: Option<u32>,
    provisional: bool,
}

/// The peaks of all pools and days.
#[derive(Serialize)]
struct DailyPeaksJson<'a> {
    format: &'static str,
    days: Vec<DailyPeakJson<'a>>,
}

/// Renders the peak of each day and pool, compared with what is owned by `terms` where there are any.
pub fn daily_report(
    counted: &UsageCounts,
    terms: Option<LicenceTerms<'_>>,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    let days: Vec<DailyPeakJson<'_>> = counted
        .tallies
        .iter()
        .flat_map(|((pool, _), tally)| daily_peaks(pool, tally, terms, scope.now))
        .collect();
    let report = |table| TabularReport {
        title: "Peaks of days",
        nothing: "No use that counts.".to_owned(),
        table,
        beneath: Vec::new(),
        notes: range_note(scope).into_iter().collect(),
        figures: Vec::new(),
    };
    let word = |is: bool| if is { "provisional".to_owned() } else { String::new() };
    match form {
        UsageReportFormat::Text => report(days_table(days, "", word)).text().into(),
        UsageReportFormat::Csv => days_table(days, "provisional", |is| is.to_string()).csv().into(),
        UsageReportFormat::Json => {
            pretty_json(&DailyPeaksJson { format: "seatwise-usage-daily/1", days }).into()
        }
        UsageReportFormat::Html => report(days_table(days, "", word)).html(scope).into(),
        UsageReportFormat::Pdf => report(days_table(days, "", word)).pdf(scope),
    }
}

fn days_table(
    days: Vec<DailyPeakJson<'_>>,
    last: &'static str,
    provisional: impl Fn(bool) -> String,
) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("day", Left),
        ("product", Left),
        ("feature", Left),
        ("place", Left),
        ("peak", Right),
        ("owned", Right),
        ("at", Left),
        (last, Left),
    ];
    let mut table = ReportTable::new(&head);
    for day in days {
        let owned = day.owned.map_or_else(String::new, |owned| owned.to_string());
        let (product, feature) = (day.product.to_owned(), day.feature.unwrap_or_default().to_owned());
        table.add_row([
            day.day,
            product,
            feature,
            day.place,
            day.peak.to_string(),
            owned,
            day.at,
            provisional(day.provisional),
        ]);
    }
    table
}

fn daily_peaks<'a>(
    pool: &'a Pool,
    tally: &Tally,
    terms: Option<LicenceTerms<'_>>,
    now: Timestamp,
) -> Vec<DailyPeakJson<'a>> {
    let owned = terms.and_then(|terms| terms.owned_licences(pool));
    let form = |(day, peak): (Date, Peak)| DailyPeakJson {
        day: day.to_string(),
        product: pool.product.as_str(),
        feature: pool.feature.as_deref(),
        place: place(pool),
        peak: peak.machines,
        at: peak.at.strftime("%H:%M").to_string(),
        owned: owned.as_ref().map(|owned| owned.covered_licences_on(day)),
        provisional: is_provisional(day, now),
    };
    tally.daily_peaks().into_iter().map(form).collect()
}
