//! Renders the forecast of the current period.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    NO_USE, PoolJson, UsageReportScope, charge_words, charts, pool_json, pool_title, pricing, sentence,
};
use crate::model::{Money, Text};
use crate::render::clean::clean_text;
use crate::render::report_notes::ReportNote;
use crate::render::report_table::{ReportTable, TableOfLines, text_or_empty};
use crate::render::table_report::{Figure, TableReport};
use crate::render::words;
use crate::usage::{
    Backtest, Charge, ExcessForecast, ExposureBacktest, ExposureForecast, Forecast, ForecastLine,
    ForecastRange, OFFLINE_TOLERANCE_DAYS, UsageSettings,
};

/// The most lines that get a figure: those with the highest charge.
const MOST_DRAWN: usize = 40;

/// Renders the forecast, with the most expensive lines first.
pub fn forecast_report<'a>(
    forecast: &'a Forecast,
    settings: &'a UsageSettings,
    scope: &UsageReportScope,
) -> TableReport<'a> {
    let mut lines: Vec<&ForecastLine> = forecast.lines.iter().collect();
    lines.sort_by_key(|line| Reverse((cost(line), line.peak.map_or(line.so_far, |peak| peak.likely))));
    let nothing = if lines.is_empty() {
        scope.empty_text(NO_USE)
    } else {
        "Nothing is expected to exceed what is owned.".to_owned()
    };
    let loud: Vec<&ForecastLine> = lines.iter().copied().filter(|line| !is_quiet(line)).collect();
    let (table, sheet) = (short_table(&loud), full_table(&lines));
    let notes =
        left_out_note(lines.len() - loud.len()).into_iter().chain(forecast_notes(forecast, settings, scope));
    TableReport {
        sheet: Some(sheet),
        notes: notes.collect(),
        figures: Box::new(move || {
            loud.iter().take(MOST_DRAWN).filter_map(|line| figure(line, forecast)).collect()
        }),
        ..TableReport::new(scope, "Forecast", nothing, table, move || {
            forecast_json(forecast, &lines, settings)
        })
    }
}

fn cost(line: &ForecastLine) -> Decimal {
    let charge = line.held.as_ref().map(|held| &held.charge.likely);
    charge.and_then(Charge::money_due).map_or(Decimal::ZERO, |money| money.amount)
}

/// Returns whether the line is compared with what is owned and even its high estimate has no excess.
fn is_quiet(line: &ForecastLine) -> bool {
    line.held.as_ref().is_some_and(|held| held.excess.high == 0)
}

fn left_out_note(quiet: usize) -> Option<ReportNote> {
    let are = if quiet == 1 { "product and place is" } else { "products and places are" };
    (quiet > 0).then(|| {
        ReportNote::remark(format!(
            "{} more {are} not expected to exceed what is owned; CSV and JSON have all.",
            words::number(quiet)
        ))
    })
}

/// Returns a text about the comparison with what is owned; nothing where there is none.
fn excess_text<C: ToString>(line: &ForecastLine, of: impl Fn(&ExcessForecast) -> C) -> String {
    text_or_empty(line.held.as_ref().map(of))
}

/// Returns a table for people, as narrow as paper.
fn short_table(lines: &[&ForecastLine]) -> ReportTable {
    TableOfLines::new(lines.iter().copied())
        .pool("where", |line| &line.pool)
        .right("so far", |line| line.so_far)
        .right("at the end", |line| text_or_empty(line.peak.map(|peak| peak.likely)))
        .right("80 %", |line| {
            text_or_empty(line.peak.map(|peak| format!("{}\u{2013}{}", peak.low, peak.high)))
        })
        .right("owned", |line| excess_text(line, |held| held.owned))
        .right("excess", |line| excess_text(line, |held| held.excess.likely))
        .right("charge", |line| excess_text(line, |held| amount_with_currency(&held.charge.likely)))
        .right("at most", |line| excess_text(line, |held| amount_with_currency(&held.charge.high)))
        .table()
}

fn full_table(lines: &[&ForecastLine]) -> ReportTable {
    let currency =
        |held: &ExcessForecast| text_or_empty(held.charge.high.money_due().map(|due| &due.currency));
    TableOfLines::new(lines.iter().copied())
        .pool("place", |line| &line.pool)
        .right("so_far", |line| line.so_far)
        .right("peak", |line| text_or_empty(line.peak.map(|peak| peak.likely)))
        .right("low", |line| text_or_empty(line.peak.map(|peak| peak.low)))
        .right("high", |line| text_or_empty(line.peak.map(|peak| peak.high)))
        .right("owned", |line| excess_text(line, |held| held.owned))
        .right("excess", |line| excess_text(line, |held| held.excess.likely))
        .right("charge_so_far", |line| excess_text(line, |held| amount(&held.so_far)))
        .right("charge", |line| excess_text(line, |held| amount(&held.charge.likely)))
        .right("charge_low", |line| excess_text(line, |held| amount(&held.charge.low)))
        .right("charge_high", |line| excess_text(line, |held| amount(&held.charge.high)))
        .left("currency", |line| excess_text(line, currency))
        .table()
}

fn amount(charge: &Charge) -> String {
    charge_words(charge, |money| money.amount.to_string())
}

fn amount_with_currency(charge: &Charge) -> String {
    charge_words(charge, Money::to_string)
}

fn figure(line: &ForecastLine, forecast: &Forecast) -> Option<Figure> {
    let (load, peak) = (line.load.as_ref()?, line.peak?);
    let heading = clean_text(&format!("{}, {}", pool_title(&line.pool), forecast.period)).into_owned();
    let held = line.held.as_ref().map_or_else(String::new, |held| {
        let cost = held.charge.likely.money_due().map_or_else(String::new, |money| format!(" ({money})"));
        format!("; owned {}, excess {}{cost}", held.owned, held.excess.likely)
    });
    let lead = format!(
        "Peak so far {}, at the end likely {} ({} to {}){held}",
        line.so_far, peak.likely, peak.low, peak.high
    );
    Some(Figure { lead, drawings: vec![charts::days_chart(load, &heading)], who: Vec::new(), heading })
}

fn forecast_notes(
    forecast: &Forecast,
    settings: &UsageSettings,
    scope: &UsageReportScope,
) -> Vec<ReportNote> {
    let Forecast { period, elapsed, days, .. } = forecast;
    let of_all = if scope.filters.is_empty() { "" } else { " of all products and places" };
    let known = format!("{period}: use of {elapsed} of {days} days is known.");
    let mut said = vec![ReportNote::source(known)];
    for (currency, ExposureForecast { so_far, end: ForecastRange { low, likely, high }, periods }) in
        &forecast.totals
    {
        let alone = if *periods < 2 {
            " if products vary independently: one earlier period does not say what they have in common"
        } else {
            ""
        };
        let money = |amount: &Decimal| words::money(&Money { amount: *amount, currency: currency.clone() });
        let [so_far, low, likely, high] = [so_far, low, likely, high].map(money);
        said.push(ReportNote::answer(format!(
            "Exposure of {period}{of_all}: {so_far} so far; at the end about {likely}, with 80 % between \
            {low} and {high}{alone}."
        )));
    }
    match &forecast.backtest {
        Some(backtest) => {
            said.push(ReportNote::remark(backtest_note(backtest)));
            let totals = backtest.totals.iter().map(|(currency, test)| totals_test_note(currency, test));
            said.extend(totals.map(ReportNote::remark));
        }
        None => said.push(ReportNote::source(
            "Too few earlier periods are known from their first day for a back-test: three are needed.",
        )),
    }
    if forecast.lines.iter().any(|line| line.peak.is_some()) {
        said.push(ReportNote::remark(METHOD));
        said.push(ReportNote::remark(sentence(&pricing(settings))));
    } else if scope.filters.is_empty() || !forecast.lines.is_empty() {
        said.push(ReportNote::source("No forecast: two earlier periods must be known from their first day."));
    }
    said.push(ReportNote::remark(format!(
        "Use of the last {OFFLINE_TOLERANCE_DAYS} days may still become known."
    )));
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

fn totals_test_note(currency: &Text, test: &ExposureBacktest) -> String {
    let ExposureBacktest { forecasts, covered, error, naive_error } = test;
    let money = |amount: &Decimal| words::money(&Money { amount: *amount, currency: currency.clone() });
    let (error, naive_error) = (money(error), money(naive_error));
    let verdict = if test.error < test.naive_error { "better than" } else { "not better than" };
    format!(
        "Back-test of the exposure: {covered} of {forecasts} were in their interval; forecasts were off by \
            {error} in the mean, {verdict} \
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
    #[serde(flatten)]
    pool: PoolJson<'a>,
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

fn likely_json<T, J>(
    ForecastRange { low, likely, high }: &ForecastRange<T>,
    of: impl Fn(&T) -> J,
) -> LikelyJson<J> {
    LikelyJson { low: of(low), likely: of(likely), high: of(high) }
}

/// The forecast charges of one currency.
#[derive(Serialize)]
struct ForecastTotalJson<'a> {
    currency: &'a str,
    so_far: String,
    #[serde(flatten)]
    end: LikelyJson<String>,
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

fn forecast_json<'a>(
    forecast: &'a Forecast,
    lines: &[&'a ForecastLine],
    settings: &UsageSettings,
) -> ForecastJson<'a> {
    let whole = |range: &ForecastRange<u32>| likely_json(range, |machines| *machines);
    let lines = lines.iter().map(|line| ForecastLineJson {
        pool: pool_json(&line.pool),
        so_far: line.so_far,
        peak: line.peak.as_ref().map(whole),
        owned: line.held.as_ref().map(|held| held.owned),
        excess: line.held.as_ref().map(|held| whole(&held.excess)),
        charge: line.held.as_ref().map(|held| likely_json(&held.charge, amount_with_currency)),
    });
    let totals = forecast.totals.iter().map(|(currency, total)| ForecastTotalJson {
        currency,
        so_far: total.so_far.to_string(),
        end: likely_json(&total.end, ToString::to_string),
    });
    let backtest = forecast.backtest.as_ref().map(|test| BacktestJson {
        periods: test.periods.iter().map(ToString::to_string).collect(),
        forecasts: test.forecasts,
        covered: test.covered,
        error: format!("{:.4}", test.error),
        naive_error: format!("{:.4}", test.naive_error),
        totals: test.totals.iter().map(|(currency, test)| totals_test_json(currency, test)).collect(),
    });
    ForecastJson {
        format: "seatwise-usage-forecast/1",
        period: forecast.period.to_string(),
        days_known: forecast.elapsed,
        days: forecast.days,
        rounding: pricing(settings),
        lines: lines.collect(),
        totals: totals.collect(),
        backtest,
    }
}

fn totals_test_json<'a>(
    currency: &'a str,
    ExposureBacktest { forecasts, covered, error, naive_error }: &ExposureBacktest,
) -> TotalsTestJson<'a> {
    let (error, naive_error) = (error.to_string(), naive_error.to_string());
    TotalsTestJson { currency, forecasts: *forecasts, covered: *covered, error, naive_error }
}
