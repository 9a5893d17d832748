//! Renders the peaks of periods.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::tabular_report::{Figure, TabularReport};
use super::{
    UsageReportFormat, UsageReportScope, charts, feature, place, pretty_json, pricing, range_note, row_count,
    user,
};
use crate::model::{Money, Timestamp};
use crate::render::clean::clean_text;
use crate::render::report_table::{Align, ReportTable};
use crate::render::words;
use crate::usage::{
    Charge, OFFLINE_TOLERANCE_DAYS, PeakLine, PeakReport, Pool, PresentMachines, UsageSettings,
};

/// The most machines of one peak that are named on a terminal.
const MOST_NAMED: usize = 12;

/// The most lines that get a figure: those with the most excess.
const MOST_DRAWN: usize = 60;

/// Renders the peaks of periods.
pub fn peaks_report(
    report: &PeakReport,
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    match form {
        UsageReportFormat::Text => text_report(report, settings, scope).text().into(),
        UsageReportFormat::Csv => csv(report).into(),
        UsageReportFormat::Json => json(report, settings, scope).into(),
        UsageReportFormat::Html => report_with_figures(report, settings, scope).html(scope).into(),
        UsageReportFormat::Pdf => report_with_figures(report, settings, scope).pdf(scope),
    }
}

fn text_report(report: &PeakReport, settings: &UsageSettings, scope: &UsageReportScope) -> TabularReport {
    use Align::{Left, Right};
    let head = [
        ("product", Left),
        ("feature", Left),
        ("where", Left),
        ("period", Left),
        ("peak", Right),
        ("owned", Right),
        ("excess", Right),
        ("charge", Right),
        ("at (UTC)", Left),
        ("", Left),
    ];
    let mut table = ReportTable::new(&head);
    for line in &report.lines {
        let [peak, owned, excess] = [Some(line.peak), owned(line), excess(line)]
            .map(|number| number.map_or_else(String::new, number_text));
        let mark = if line.is_provisional { "provisional" } else { "" };
        let (product, period) = (line.pool.product.to_string(), line.period.to_string());
        table.add_row([
            product,
            feature(&line.pool),
            place(&line.pool),
            period,
            peak,
            owned,
            excess,
            charge(line),
            minute(line.at),
            mark.to_owned(),
        ]);
    }
    TabularReport {
        title: "Peaks",
        nothing: "No use that counts.".to_owned(),
        table,
        beneath: report.lines.iter().map(|line| first_machines(&line.present)).collect(),
        notes: peak_notes(report, settings, scope),
        figures: Vec::new(),
    }
}

/// Returns the report with a figure for each line, the lines with the most excess first.
fn report_with_figures(
    report: &PeakReport,
    settings: &UsageSettings,
    scope: &UsageReportScope,
) -> TabularReport {
    let mut lines: Vec<&PeakLine> = report.lines.iter().collect();
    lines.sort_by_key(|line| Reverse((excess(line), line.peak)));
    let figures = lines.iter().take(MOST_DRAWN).map(|line| {
        let what = format!("{} in {}, {}", title(&line.pool), place(&line.pool), line.period);
        let figure = |what: String| Figure {
            lead: figure_lead(line),
            drawings: vec![charts::days_chart(&line.load, &what), charts::week_chart(&line.load, &what)],
            who: machines_with_users(&line.present).collect(),
            heading: what,
        };
        figure(clean_text(&what).into_owned())
    });
    let figures = figures.collect();
    let mut tabular = text_report(report, settings, scope);
    if !lines.is_empty() {
        tabular.notes.push(
            "Bars are the most machines at once on each day (UTC), and have another colour above \
            the line of what is owned."
                .to_owned(),
        );
        tabular.notes.push("Boxes are the most machines at once in each hour of the week (UTC).".to_owned());
    }
    if lines.len() > MOST_DRAWN {
        tabular.notes.push(format!(
            "The {MOST_DRAWN} lines with the most excess are drawn, of {}.",
            words::number(lines.len())
        ));
    }
    TabularReport { figures, ..tabular }
}

fn title(pool: &Pool) -> String {
    pool.feature
        .as_ref()
        .map_or_else(|| pool.product.to_string(), |feature| format!("{} ({feature})", pool.product))
}

/// Sums up the line of a figure: peak, owned, excess, charge and time.
fn figure_lead(line: &PeakLine) -> String {
    let peak = format!("Peak {}", number_text(line.peak));
    let held = owned(line).zip(excess(line)).map_or_else(String::new, |(owned, excess)| {
        let charge = charge(line);
        let charge = if charge.is_empty() { charge } else { format!(" ({charge})") };
        format!(", owned {}, excess {}{charge}", number_text(owned), number_text(excess))
    });
    format!("{peak}{held}, at {} UTC", minute(line.at))
}

fn number_text(number: u32) -> String {
    words::number(number as usize)
}

fn owned(line: &PeakLine) -> Option<u32> {
    line.held.as_ref().map(|held| held.owned)
}

fn excess(line: &PeakLine) -> Option<u32> {
    line.held.as_ref().map(|held| held.assessment.excess.map_or(0, |excess| excess.machines))
}

fn charge(line: &PeakLine) -> String {
    match line.held.as_ref().map(|held| &held.assessment.charge) {
        None | Some(Charge::Nothing) => String::new(),
        Some(Charge::Forgiven) => "forgiven".to_owned(),
        Some(Charge::Due(money)) => money.to_string(),
        Some(Charge::PriceUnknown) => "price unknown".to_owned(),
        Some(Charge::TooLarge) => "too large".to_owned(),
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Names each machine with its users.
fn machines_with_users(present: &PresentMachines) -> impl Iterator<Item = String> {
    present.iter().map(|(machine, users)| match users.is_empty() {
        true => clean_text(machine).into_owned(),
        false => format!(
            "{} ({})",
            clean_text(machine),
            users.iter().map(|one| clean_text(&user(one)).into_owned()).collect::<Vec<_>>().join(", ")
        ),
    })
}

/// Names the first machines with their users, on one line.
fn first_machines(present: &PresentMachines) -> String {
    let more = present.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    machines_with_users(present).take(MOST_NAMED).chain(more).collect::<Vec<_>>().join(", ")
}

/// Returns the notes below the table.
fn peak_notes(report: &PeakReport, settings: &UsageSettings, scope: &UsageReportScope) -> Vec<String> {
    let mut said = Vec::new();
    for ((period, currency), amount) in report.totals() {
        said.push(format!("Charges of {period}: {}", Money { amount, currency }));
    }
    for ((pool, period), days) in &report.persona_days {
        said.push(format!(
            "Persona-days of {} {} {period}: {}",
            pool.product,
            place(pool),
            words::number(usize::try_from(*days).unwrap_or(usize::MAX))
        ));
    }
    if report.lines.iter().any(|line| line.money_due().is_some()) {
        let pricing = pricing(settings);
        said.push(format!("{}{}.", pricing[..1].to_uppercase(), &pricing[1..]));
    }
    if report.lines.iter().any(|line| line.held.is_some()) {
        let when = if report.knows_the_past {
            "Owned is what the contracts paid for at that time."
        } else {
            "Owned is what the contracts say today."
        };
        said.push(when.to_owned());
    }
    if report.lines.iter().any(|line| line.is_provisional) {
        said.push(format!(
            "Provisional: use may become known until {OFFLINE_TOLERANCE_DAYS} days after it, \
            when machines were offline."
        ));
    }
    if scope.of_some {
        said.push(
            "Only the use of some people is counted, so it is not held against what is owned.".to_owned(),
        );
    }
    said.extend(range_note(scope));
    for (setting, count) in &report.unapplied {
        said.push(format!(
            "`{}` of the policy could not be applied to {}: the export has trimmed them already.",
            setting.as_str(),
            row_count(*count)
        ));
    }
    for (usage_type, count) in &report.uncharged {
        said.push(format!(
            "Not charged: {} of `{}` use.",
            row_count(*count),
            clean_text(usage_type.as_str())
        ));
    }
    said
}

fn csv(report: &PeakReport) -> String {
    use Align::Left;
    let titles = [
        "product",
        "feature",
        "place",
        "period",
        "peak",
        "owned",
        "excess",
        "charge",
        "currency",
        "at",
        "provisional",
        "machines",
        "users",
    ];
    let mut table = ReportTable::new(&titles.map(|title| (title, Left)));
    for line in &report.lines {
        let number = |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
        let (amount, currency) = line
            .money_due()
            .map_or_else(Default::default, |due| (due.amount.to_string(), due.currency.to_string()));
        let mut users: Vec<String> = line.present.values().flatten().map(user).collect();
        users.sort();
        users.dedup();
        table.add_row([
            line.pool.product.to_string(),
            feature(&line.pool),
            place(&line.pool),
            line.period.to_string(),
            line.peak.to_string(),
            number(owned(line)),
            number(excess(line)),
            amount,
            currency,
            line.at.to_string(),
            line.is_provisional.to_string(),
            line.present.keys().map(|machine| &**machine).collect::<Vec<_>>().join(" "),
            users.join(" "),
        ]);
    }
    table.csv()
}

/// The peaks of all pools and periods.
#[derive(Serialize)]
struct PeaksJson<'a> {
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
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
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
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
    present: BTreeMap<&'a str, Vec<String>>,
}

/// The charge for the excess of a peak.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum PeakChargeJson<'a> {
    Nothing,
    Forgiven,
    Due { amount: String, currency: &'a str },
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

fn json(report: &PeakReport, settings: &UsageSettings, scope: &UsageReportScope) -> String {
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
    pretty_json(&PeaksJson {
        format: "seatwise-usage-peaks/1",
        from: scope.from.map(|day| day.to_string()),
        to: scope.to.map(|day| day.to_string()),
        rounding: pricing(settings),
        lines: report.lines.iter().map(line_json).collect(),
        totals: totals.collect(),
        persona_days: days.collect(),
        unapplied: report.unapplied.iter().map(|(setting, count)| (setting.as_str(), *count)).collect(),
        uncharged: report.uncharged.iter().map(|(usage_type, count)| (usage_type.as_str(), *count)).collect(),
    })
}

fn line_json(line: &PeakLine) -> PeakLineJson<'_> {
    let charge = line.held.as_ref().map(|held| match &held.assessment.charge {
        Charge::Nothing => PeakChargeJson::Nothing,
        Charge::Forgiven => PeakChargeJson::Forgiven,
        Charge::Due(money) => {
            PeakChargeJson::Due { amount: money.amount.to_string(), currency: &money.currency }
        }
        Charge::PriceUnknown => PeakChargeJson::PriceUnknown,
        Charge::TooLarge => PeakChargeJson::TooLarge,
    });
    PeakLineJson {
        product: line.pool.product.as_str(),
        feature: line.pool.feature.as_deref(),
        place: place(&line.pool),
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
            .map(|(machine, users)| (&**machine, users.iter().map(user).collect()))
            .collect(),
    }
}
