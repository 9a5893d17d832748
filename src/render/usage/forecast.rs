//! Renders the forecast of the current period.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use serde::Serialize;

use super::tabular_report::{Figure, TabularReport};
use super::{UsageReportFormat, UsageReportScope, charts, feature, place, pretty_json, pricing};
use crate::model::Money;
use crate::render::clean::clean_text;
use crate::render::report_table::{Align, ReportTable};
use crate::render::words;
use crate::usage::{
    Backtest, Charge, ExcessForecast, ExposureBacktest, ExposureForecast, Forecast, ForecastLine,
    ForecastRange, OFFLINE_TOLERANCE_DAYS, UsageSettings,
};

/// The most lines that get a figure: those with the highest charge.
const MOST_DRAWN: usize = 40;

/// Renders the forecast, with the most expensive lines first.
pub fn forecast_report(
    forecast: &Forecast,
    settings: &UsageSettings,
    scope: &UsageReportScope,
    form: UsageReportFormat,
) -> Vec<u8> {
    let mut lines: Vec<&ForecastLine> = forecast.lines.iter().collect();
    lines.sort_by_key(|line| Reverse((cost(line), line.peak.map_or(line.so_far, |peak| peak.likely))));
    let plain = || TabularReport {
        title: "Forecast",
        nothing: if lines.is_empty() {
            "No use that counts."
        } else {
            "Nothing is expected to exceed what is owned."
        }
        .to_owned(),
        table: short_table(&lines),
        beneath: Vec::new(),
        notes: left_out_note(&lines).into_iter().chain(forecast_notes(forecast, settings)).collect(),
        figures: Vec::new(),
    };
    let drawn = || TabularReport {
        figures: lines
            .iter()
            .filter(|line| !is_quiet(line))
            .take(MOST_DRAWN)
            .filter_map(|line| figure(line, forecast))
            .collect(),
        ..plain()
    };
    match form {
        UsageReportFormat::Text => plain().text().into(),
        UsageReportFormat::Csv => full_table(&lines).csv().into(),
        UsageReportFormat::Json => json(forecast, &lines, settings).into(),
        UsageReportFormat::Html => drawn().html(scope).into(),
        UsageReportFormat::Pdf => drawn().pdf(scope),
    }
}

fn cost(line: &ForecastLine) -> Decimal {
    let charge = line.held.as_ref().map(|held| &held.charge.likely);
    charge.and_then(due_amount).map_or(Decimal::ZERO, |money| money.amount)
}

fn due_amount(charge: &Charge) -> Option<&Money> {
    match charge {
        Charge::Due(money) => Some(money),
        Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown | Charge::TooLarge => None,
    }
}

/// Returns whether the line is compared with what is owned and even its high estimate has no excess.
fn is_quiet(line: &ForecastLine) -> bool {
    line.held.as_ref().is_some_and(|held| held.excess.high == 0)
}

fn left_out_note(lines: &[&ForecastLine]) -> Option<String> {
    let quiet = lines.iter().filter(|line| is_quiet(line)).count();
    let are = if quiet == 1 { "product and place is" } else { "products and places are" };
    (quiet > 0).then(|| {
        format!(
            "{} more {are} not expected to exceed what is owned; CSV and JSON have all.",
            words::number(quiet)
        )
    })
}

/// Returns a table for people: only the lines that may have excess, as narrow as paper.
fn short_table(lines: &[&ForecastLine]) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("product", Left),
        ("feature", Left),
        ("where", Left),
        ("so far", Right),
        ("at the end", Right),
        ("80 %", Right),
        ("owned", Right),
        ("excess", Right),
        ("charge", Right),
        ("at most", Right),
    ];
    let mut table = ReportTable::new(&head);
    for line in lines.iter().filter(|line| !is_quiet(line)) {
        let end = line.peak.map_or_else(String::new, |peak| peak.likely.to_string());
        let interval =
            line.peak.map_or_else(String::new, |peak| format!("{}\u{2013}{}", peak.low, peak.high));
        let held = |of: &dyn Fn(&ExcessForecast) -> String| line.held.as_ref().map_or_else(String::new, of);
        let charge = held(&|held| {
            due_amount(&held.charge.likely).map_or_else(|| amount(&held.charge.likely), ToString::to_string)
        });
        let (owned, excess) =
            (held(&|held| held.owned.to_string()), held(&|held| held.excess.likely.to_string()));
        let most = held(&|held| amount(&held.charge.high));
        let (product, so_far) = (line.pool.product.to_string(), line.so_far.to_string());
        table.add_row([
            product,
            feature(&line.pool),
            place(&line.pool),
            so_far,
            end,
            interval,
            owned,
            excess,
            charge,
            most,
        ]);
    }
    table
}

fn full_table(lines: &[&ForecastLine]) -> ReportTable {
    use Align::{Left, Right};
    let head = [
        ("product", Left),
        ("feature", Left),
        ("place", Left),
        ("so_far", Right),
        ("peak", Right),
        ("low", Right),
        ("high", Right),
        ("owned", Right),
        ("excess", Right),
        ("charge_so_far", Right),
        ("charge", Right),
        ("charge_low", Right),
        ("charge_high", Right),
        ("currency", Left),
    ];
    let mut table = ReportTable::new(&head);
    for line in lines {
        let peak = |of: fn(ForecastRange<u32>) -> u32| {
            line.peak.map_or_else(String::new, |peak| of(peak).to_string())
        };
        let held = |of: &dyn Fn(&ExcessForecast) -> String| line.held.as_ref().map_or_else(String::new, of);
        table.add_row([
            line.pool.product.to_string(),
            feature(&line.pool),
            place(&line.pool),
            line.so_far.to_string(),
            peak(|peak| peak.likely),
            peak(|peak| peak.low),
            peak(|peak| peak.high),
            held(&|held| held.owned.to_string()),
            held(&|held| held.excess.likely.to_string()),
            held(&|held| amount(&held.so_far)),
            held(&|held| amount(&held.charge.likely)),
            held(&|held| amount(&held.charge.low)),
            held(&|held| amount(&held.charge.high)),
            held(&|held| {
                due_amount(&held.charge.high).map_or_else(String::new, |money| money.currency.to_string())
            }),
        ]);
    }
    table
}

fn amount(charge: &Charge) -> String {
    match charge {
        Charge::Nothing => String::new(),
        Charge::Forgiven => "forgiven".to_owned(),
        Charge::Due(money) => money.amount.to_string(),
        Charge::PriceUnknown => "price unknown".to_owned(),
        Charge::TooLarge => "too large".to_owned(),
    }
}

fn figure(line: &ForecastLine, forecast: &Forecast) -> Option<Figure> {
    let (load, peak) = (line.load.as_ref()?, line.peak?);
    let product = line.pool.feature.as_ref().map_or_else(
        || line.pool.product.to_string(),
        |feature| format!("{} ({feature})", line.pool.product),
    );
    let heading =
        clean_text(&format!("{product} in {}, {}", place(&line.pool), forecast.period)).into_owned();
    let held = line.held.as_ref().map_or_else(String::new, |held| {
        let cost = due_amount(&held.charge.likely).map_or_else(String::new, |money| format!(" ({money})"));
        format!("; owned {}, excess {}{cost}", held.owned, held.excess.likely)
    });
    let lead = format!(
        "Peak so far {}, at the end likely {} ({} to {}){held}",
        line.so_far, peak.likely, peak.low, peak.high
    );
    Some(Figure { lead, drawings: vec![charts::days_chart(load, &heading)], who: Vec::new(), heading })
}

fn forecast_notes(forecast: &Forecast, settings: &UsageSettings) -> Vec<String> {
    let Forecast { period, elapsed, days, .. } = forecast;
    let mut said = vec![format!("{period}: use of {elapsed} of {days} days is known.")];
    for (currency, ExposureForecast { so_far, end: ForecastRange { low, likely, high }, periods }) in
        &forecast.totals
    {
        let alone = if *periods < 2 {
            " if products vary independently: one earlier period does not say what they have in common"
        } else {
            ""
        };
        said.push(format!(
            "Exposure of {period}: {so_far} {currency} so far; at the end about {likely}, with \
            80 % between {low} and {high}{alone}."
        ));
    }
    match &forecast.backtest {
        Some(backtest) => {
            said.push(backtest_note(backtest));
            said.extend(backtest.totals.iter().map(|(currency, test)| totals_test_note(currency, test)));
        }
        None => said.push(
            "Too few earlier periods are known from their first day for a back-test: three are needed."
                .to_owned(),
        ),
    }
    if forecast.lines.iter().all(|line| line.peak.is_none()) {
        said.push("No forecast: two earlier periods must be known from their first day.".to_owned());
    } else {
        said.push(METHOD.to_owned());
        let pricing = pricing(settings);
        said.push(format!("{}{}.", pricing[..1].to_uppercase(), &pricing[1..]));
    }
    said.push(format!("Use of the last {OFFLINE_TOLERANCE_DAYS} days may still become known."));
    said
}

const METHOD: &str = "The interval of 80 % is by how much peaks of about the same size have grown in earlier \
    periods from this day to the end; charges \
                      follow from it and from what is owned on the last day, and what was above what was \
                      owned once stays charged.";

fn backtest_note(backtest: &Backtest) -> String {
    let Backtest { periods, forecasts, covered, error, naive_error, totals: _ } = backtest;
    let periods = periods.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let percent = 100 * covered / forecasts.max(&1);
    let verdict = if error < naive_error { "better than" } else { "not better than" };
    format!(
        "Back-test at the same day of {periods}: {percent} % of {forecasts} peaks were in their interval; \
            forecasts were off by {error:.2} machines \
         in the mean, {verdict} taking the peak of the period before ({naive_error:.2})."
    )
}

fn totals_test_note(currency: &str, test: &ExposureBacktest) -> String {
    let ExposureBacktest { forecasts, covered, error, naive_error } = test;
    let verdict = if error < naive_error { "better than" } else { "not better than" };
    format!(
        "Back-test of the exposure: {covered} of {forecasts} were in their interval; forecasts were off by \
            {error} {currency} in the mean, {verdict} \
         taking the exposure of the period before ({naive_error})."
    )
}

/// The forecast of the current period.
#[derive(Serialize)]
struct ForecastJson<'a> {
    format: &'static str,
    period: String,
    days_known: u32,
    days: u32,
    rounding: String,
    lines: Vec<ForecastLineJson<'a>>,
    totals: Vec<ForecastTotalJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backtest: Option<BacktestJson<'a>>,
}

/// The forecast of one pool.
#[derive(Serialize)]
struct ForecastLineJson<'a> {
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    place: String,
    so_far: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak: Option<LikelyJson<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owned: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excess: Option<LikelyJson<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<LikelyJson<String>>,
}

/// A likely value with the ends of its interval.
#[derive(Serialize)]
struct LikelyJson<T> {
    low: T,
    likely: T,
    high: T,
}

/// The forecast charges of one currency.
#[derive(Serialize)]
struct ForecastTotalJson<'a> {
    currency: &'a str,
    so_far: String,
    low: String,
    likely: String,
    high: String,
}

/// How well forecasts of earlier periods met their peaks.
#[derive(Serialize)]
struct BacktestJson<'a> {
    periods: Vec<String>,
    forecasts: usize,
    covered: usize,
    error: String,
    naive_error: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    totals: Vec<TotalsTestJson<'a>>,
}

/// How well forecasts of earlier periods met the charges of one currency.
#[derive(Serialize)]
struct TotalsTestJson<'a> {
    currency: &'a str,
    forecasts: usize,
    covered: usize,
    error: String,
    naive_error: String,
}

fn json(forecast: &Forecast, lines: &[&ForecastLine], settings: &UsageSettings) -> String {
    let whole = |ForecastRange { low, likely, high }: ForecastRange<u32>| LikelyJson { low, likely, high };
    let money = |charge: &Charge| due_amount(charge).map_or_else(|| amount(charge), ToString::to_string);
    let line = |line: &&'_ ForecastLine| {
        (line.so_far, line.peak.map(whole), line.held.as_ref().map(|held| (held.owned, whole(held.excess))))
    };
    let charge = |line: &ForecastLine| {
        let ForecastRange { low, likely, high } = &line.held.as_ref()?.charge;
        Some(LikelyJson { low: money(low), likely: money(likely), high: money(high) })
    };
    let forms = lines.iter().map(|one| {
        let (so_far, peak, held) = line(one);
        let (owned, excess) = held.unzip();
        let (product, feature) = (one.pool.product.as_str(), one.pool.feature.as_deref());
        ForecastLineJson {
            product,
            feature,
            place: place(&one.pool),
            so_far,
            peak,
            owned,
            excess,
            charge: charge(one),
        }
    });
    let totals = forecast.totals.iter().map(
        |(currency, ExposureForecast { so_far, end: ForecastRange { low, likely, high }, periods: _ })| {
            ForecastTotalJson {
                currency,
                so_far: so_far.to_string(),
                low: low.to_string(),
                likely: likely.to_string(),
                high: high.to_string(),
            }
        },
    );
    let backtest = forecast.backtest.as_ref().map(|test| BacktestJson {
        periods: test.periods.iter().map(ToString::to_string).collect(),
        forecasts: test.forecasts,
        covered: test.covered,
        error: format!("{:.4}", test.error),
        naive_error: format!("{:.4}", test.naive_error),
        totals: test.totals.iter().map(|(currency, test)| totals_test_json(currency, test)).collect(),
    });
    pretty_json(&ForecastJson {
        format: "seatwise-usage-forecast/1",
        period: forecast.period.to_string(),
        days_known: forecast.elapsed,
        days: forecast.days,
        rounding: pricing(settings),
        lines: forms.collect(),
        totals: totals.collect(),
        backtest,
    })
}

fn totals_test_json<'a>(
    currency: &'a str,
    ExposureBacktest { forecasts, covered, error, naive_error }: &ExposureBacktest,
) -> TotalsTestJson<'a> {
    let (error, naive_error) = (error.to_string(), naive_error.to_string());
    TotalsTestJson { currency, forecasts: *forecasts, covered: *covered, error, naive_error }
}
