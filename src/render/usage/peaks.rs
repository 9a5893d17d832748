//! Renders the peaks of periods.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    MoneyJson, NO_USE, PoolJson, UsageReportScope, charge_words, charts, minute, money_json, place,
    pool_json, pool_title, pricing, range_note, sentence, sum_words,
};
use crate::model::{Date, Money};
use crate::render::clean::clean_text;
use crate::render::report_notes::{NotePlace, ReportNote};
use crate::render::report_table::{ReportTable, TableOfLines, text_or_empty};
use crate::render::table_report::{Figure, TableReport};
use crate::render::words;
use crate::usage::{
    Charge, OFFLINE_TOLERANCE_DAYS, PeakLine, PeakReport, Period, PresentMachines, UsageSettings, UserName,
};

/// The most machines of one peak that are named on a terminal.
const MOST_NAMED: usize = 12;

/// The most lines that get a figure: those with the most excess.
const MOST_DRAWN: usize = 60;

/// Renders the peaks of periods.
pub fn peaks_report<'a>(
    report: &'a PeakReport,
    settings: &'a UsageSettings,
    scope: &'a UsageReportScope,
) -> TableReport<'a> {
    let number = |number: Option<u32>| text_or_empty(number.map(words::number));
    let table = TableOfLines::new(&report.lines)
        .pool("where", |line| &line.pool)
        .left("period", |line| line.period)
        .right("peak", |line| words::number(line.peak))
        .right("owned", |line| number(owned(line)))
        .right("excess", |line| number(excess(line)))
        .right("charge", charge)
        .left("at (UTC)", |line| minute(line.at))
        .left("", |line| if line.is_provisional { "provisional" } else { "" })
        .table();
    TableReport {
        sheet: Some(peak_sheet(report)),
        beneath: report.lines.iter().map(|line| first_machines(&line.present)).collect(),
        answer: charges_in_all(report, scope),
        notes: peak_notes(report, settings, scope),
        page_notes: figure_notes(report.lines.len()),
        figures: Box::new(|| figures(report)),
        ..TableReport::new(scope, "Peaks", scope.empty_text(NO_USE), table, || {
            peaks_json(report, settings, scope)
        })
    }
}

/// Draws the lines with the most excess, these first.
fn figures(report: &PeakReport) -> Vec<Figure> {
    let mut lines: Vec<&PeakLine> = report.lines.iter().collect();
    lines.sort_by_key(|line| Reverse((excess(line), line.peak)));
    let figures = lines.into_iter().take(MOST_DRAWN).map(|line| {
        let title = format!("{}, {}", pool_title(&line.pool), line.period);
        let heading = clean_text(&title).into_owned();
        Figure {
            lead: figure_lead(line),
            drawings: vec![
                charts::days_chart(&line.load, &heading),
                charts::week_chart(&line.load, &heading),
            ],
            who: machines_with_users(&line.present).collect(),
            heading,
        }
    });
    figures.collect()
}

fn figure_notes(lines: usize) -> Vec<String> {
    let mut said = Vec::new();
    if lines > 0 {
        said.push(
            "Bars are the most machines at once on each day (UTC), and have another colour above \
            the line of what is owned."
                .to_owned(),
        );
        said.push("Boxes are the most machines at once in each hour of the week (UTC).".to_owned());
    }
    if lines > MOST_DRAWN {
        said.push(format!(
            "The {MOST_DRAWN} lines with the most excess are drawn, of {}.",
            words::number(lines)
        ));
    }
    said
}

/// Sums up the line of a figure: peak, owned, excess, charge and time.
fn figure_lead(line: &PeakLine) -> String {
    let peak = format!("Peak {}", words::number(line.peak));
    let held = owned(line).zip(excess(line)).map_or_else(String::new, |(owned, excess)| {
        let charge = charge(line);
        let charge = if charge.is_empty() { charge } else { format!(" ({charge})") };
        format!(", owned {}, excess {}{charge}", words::number(owned), words::number(excess))
    });
    format!("{peak}{held}, at {} UTC", minute(line.at))
}

fn owned(line: &PeakLine) -> Option<u32> {
    line.held.as_ref().map(|held| held.owned)
}

fn excess(line: &PeakLine) -> Option<u32> {
    line.held.as_ref().map(|held| held.assessment.excess.map_or(0, |excess| excess.machines))
}

fn charge(line: &PeakLine) -> String {
    let held = line.held.as_ref();
    text_or_empty(held.map(|held| charge_words(&held.assessment.charge, Money::to_string)))
}

/// Names each machine with its users.
fn machines_with_users(present: &PresentMachines) -> impl Iterator<Item = String> {
    present.iter().map(|(machine, users)| match users.is_empty() {
        true => clean_text(machine).into_owned(),
        false => {
            format!("{} ({})", clean_text(machine), words::name_list(users.iter().map(UserName::as_str)))
        }
    })
}

/// Names the first machines with their users, on one line.
fn first_machines(present: &PresentMachines) -> String {
    let more = present.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("and {} more", words::number(more)));
    machines_with_users(present).take(MOST_NAMED).chain(more).collect::<Vec<_>>().join(", ")
}

/// Returns the charges of each period and currency.
fn charges(report: &PeakReport) -> Vec<(Period, Money)> {
    let totals = report.totals().into_iter();
    totals.map(|((period, currency), amount)| (period, Money { amount, currency })).collect()
}

/// Returns the sum of all periods' charges, where there are several.
fn charges_in_all(report: &PeakReport, scope: &UsageReportScope) -> Option<String> {
    let charges = charges(report);
    let sum = sum_words(charges.iter().map(|(_, charge)| charge)).filter(|_| charges.len() > 1);
    sum.map(|sum| format!("Charges in all{}: {sum}.", scope.sum_scope()))
}

/// Returns the report's sentences.
fn peak_notes(report: &PeakReport, settings: &UsageSettings, scope: &UsageReportScope) -> Vec<ReportNote> {
    let charges = charges(report);
    // The answer names the sum of all periods, or else the charges of the only one.
    let place = if charges.len() > 1 { NotePlace::Below } else { NotePlace::Answer };
    let charges = charges.into_iter().map(|(period, charge)| ReportNote {
        place,
        text: format!("Charges of {period}{}: {}", scope.sum_scope(), words::money(&charge)),
    });
    let mut said: Vec<ReportNote> = charges.collect();
    for ((pool, period), days) in &report.persona_days {
        said.push(ReportNote::remark(format!(
            "Persona-days of {} {} {period}: {}",
            pool.product,
            super::place(pool),
            words::number(*days)
        )));
    }
    if report.lines.iter().any(|line| line.money_due().is_some()) {
        said.push(ReportNote::remark(sentence(&pricing(settings))));
    }
    if report.lines.iter().any(|line| line.held.is_some()) {
        let when = if report.knows_the_past {
            "Owned is what the contracts paid for at that time."
        } else {
            "Owned is what the contracts say today."
        };
        said.push(ReportNote::remark(when));
    }
    if report.lines.iter().any(|line| line.is_provisional) {
        said.push(ReportNote::remark(format!(
            "Provisional: use may become known until {OFFLINE_TOLERANCE_DAYS} days after it, \
            when machines were offline."
        )));
    }
    said.extend(range_note(scope));
    for (setting, count) in &report.unapplied {
        said.push(ReportNote::source(format!(
            "`{}` of the policy could not be applied to {}: the export has trimmed them already.",
            setting.as_str(),
            words::count(*count, "row", "rows")
        )));
    }
    for (usage_type, count) in &report.uncharged {
        said.push(ReportNote::source(format!(
            "Not charged: {} of `{}` use.",
            words::count(*count, "row", "rows"),
            clean_text(usage_type.as_str())
        )));
    }
    said
}

fn peak_sheet(report: &PeakReport) -> ReportTable {
    TableOfLines::new(&report.lines)
        .pool("place", |line| &line.pool)
        .left("period", |line| line.period)
        .left("peak", |line| line.peak)
        .left("owned", |line| text_or_empty(owned(line)))
        .left("excess", |line| text_or_empty(excess(line)))
        .left("charge", |line| text_or_empty(line.money_due().map(|due| due.amount)))
        .left("currency", |line| text_or_empty(line.money_due().map(|due| &due.currency)))
        .left("at", |line| line.at)
        .left("provisional", |line| line.is_provisional)
        .left("machines", |line| line.present.keys().map(|machine| &**machine).collect::<Vec<_>>().join(" "))
        .left("users", |line| {
            let users: BTreeSet<&str> = line.present.values().flatten().map(UserName::as_str).collect();
            users.into_iter().collect::<Vec<_>>().join(" ")
        })
        .table()
}

/// The peaks of all pools and periods.
#[derive(Serialize)]
struct PeaksJson<'a> {
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Date>,
    /// The filters that select the lines, and so the sums of the lines in `totals`.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    filters: &'a [String],
    rounding: String,
    lines: Vec<PeakLineJson<'a>>,
    totals: Vec<PeriodTotalJson>,
    persona_days: Vec<PersonaDaysJson<'a>>,
    unapplied: BTreeMap<&'a str, u64>,
    uncharged: BTreeMap<&'a str, u64>,
}

/// The peak of a pool in one period.
#[derive(Serialize)]
struct PeakLineJson<'a> {
    #[serde(flatten)]
    pool: PoolJson<'a>,
    period: String,
    peak: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    owned: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excess: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overuse_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<PeakChargeJson<'a>>,
    at: String,
    provisional: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    present: BTreeMap<&'a str, Vec<&'a str>>,
}

/// The charge for the excess of a peak.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum PeakChargeJson<'a> {
    Nothing,
    Forgiven,
    Due(MoneyJson<'a>),
    PriceUnknown,
    TooLarge,
}

/// The charges of a period in one currency.
#[derive(Serialize)]
struct PeriodTotalJson {
    period: String,
    amount: String,
    currency: String,
}

/// The persona-days of a pool in one period.
#[derive(Serialize)]
struct PersonaDaysJson<'a> {
    product: &'a str,
    place: String,
    period: String,
    days: u64,
}

fn peaks_json<'a>(
    report: &'a PeakReport,
    settings: &UsageSettings,
    scope: &'a UsageReportScope,
) -> PeaksJson<'a> {
    let totals = report.totals().into_iter().map(|((period, currency), amount)| PeriodTotalJson {
        period: period.to_string(),
        amount: amount.to_string(),
        currency: currency.to_string(),
    });
    let days = report.persona_days.iter().map(|((pool, period), days)| PersonaDaysJson {
        product: pool.product.as_str(),
        place: place(pool),
        period: period.to_string(),
        days: *days,
    });
    PeaksJson {
        format: "seatwise-usage-peaks/1",
        from: scope.from,
        to: scope.to,
        filters: &scope.filters,
        rounding: pricing(settings),
        lines: report.lines.iter().map(line_json).collect(),
        totals: totals.collect(),
        persona_days: days.collect(),
        unapplied: report.unapplied.iter().map(|(setting, count)| (setting.as_str(), *count)).collect(),
        uncharged: report.uncharged.iter().map(|(usage_type, count)| (usage_type.as_str(), *count)).collect(),
    }
}

fn line_json(line: &PeakLine) -> PeakLineJson<'_> {
    let charge = line.held.as_ref().map(|held| match &held.assessment.charge {
        Charge::Nothing => PeakChargeJson::Nothing,
        Charge::Forgiven => PeakChargeJson::Forgiven,
        Charge::Due(money) => PeakChargeJson::Due(money_json(money)),
        Charge::PriceUnknown => PeakChargeJson::PriceUnknown,
        Charge::TooLarge => PeakChargeJson::TooLarge,
    });
    PeakLineJson {
        pool: pool_json(&line.pool),
        period: line.period.to_string(),
        peak: line.peak,
        owned: owned(line),
        excess: excess(line),
        overuse_days: line.held.as_ref().map(|held| held.assessment.overuse_days),
        charge,
        at: line.at.to_string(),
        provisional: line.is_provisional,
        present: line
            .present
            .iter()
            .map(|(machine, users)| (&**machine, users.iter().map(UserName::as_str).collect()))
            .collect(),
    }
}
