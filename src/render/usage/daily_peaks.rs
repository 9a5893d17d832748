//! Renders the peaks of days.

use serde::Serialize;

use super::{NO_USE, PoolJson, UsageReportScope, pool_json, range_note};
use crate::model::{Date, Timestamp};
use crate::render::report_table::{TableOfLines, text_or_empty};
use crate::render::table_report::TableReport;
use crate::usage::{LicenceTerms, LineSelection, Peak, Period, Pool, Tally, UsageCounts, is_provisional};

/// The peak of a pool on one day.
#[derive(Serialize)]
struct DailyPeakJson<'a> {
    day: Date,
    #[serde(flatten)]
    pool: PoolJson<'a>,
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

/// Renders the peak of each selected day and pool, compared with what is owned by `terms` where there are
/// any.
pub fn daily_report<'a>(
    counted: &'a UsageCounts,
    selection: &'a LineSelection,
    terms: Option<LicenceTerms<'a>>,
    scope: &'a UsageReportScope,
) -> TableReport<'a> {
    let days = move || -> Vec<DailyPeakJson<'a>> {
        let tallies = counted.tallies.iter();
        let peaks = |((pool, _), tally): (&'a (Pool, Period), &Tally)| {
            daily_peaks(pool, selection.daily_peaks(pool, tally), terms, scope.now)
        };
        tallies.flat_map(peaks).collect()
    };
    let shown = days();
    let table = |last, word: fn(&DailyPeakJson<'_>) -> String| {
        TableOfLines::new(&shown)
            .left("day", |day| day.day)
            .product(|day| day.pool.product)
            .left("feature", |day| day.pool.feature.unwrap_or_default())
            .left("place", |day| &day.pool.place)
            .right("peak", |day| day.peak)
            .right("owned", |day| text_or_empty(day.owned))
            .left("at", |day| &day.at)
            .left(last, word)
            .table()
    };
    let sheet = table("provisional", |day| day.provisional.to_string());
    let table = table("", |day| if day.provisional { "provisional" } else { "" }.to_owned());
    let json = move || DailyPeaksJson { format: "seatwise-usage-daily/1", days: days() };
    TableReport {
        sheet: Some(sheet),
        notes: range_note(scope).into_iter().collect(),
        ..TableReport::new(scope, "Peaks of days", scope.empty_text(NO_USE), table, json)
    }
}

fn daily_peaks<'a>(
    pool: &'a Pool,
    peaks: Vec<(Date, Peak)>,
    terms: Option<LicenceTerms<'a>>,
    now: Timestamp,
) -> Vec<DailyPeakJson<'a>> {
    let owned = terms.and_then(|terms| terms.owned_licences(pool));
    let form = |(day, peak): (Date, Peak)| DailyPeakJson {
        day,
        pool: pool_json(pool),
        peak: peak.machines,
        at: peak.at.strftime("%H:%M").to_string(),
        owned: owned.as_ref().map(|owned| owned.covered_licences_on(day)),
        provisional: is_provisional(day, now),
    };
    peaks.into_iter().map(form).collect()
}
