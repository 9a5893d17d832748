//! Forecasts the running period from how earlier periods developed.
//!
//! A pool's final peak is forecast from its peak so far and from the peak of the period before, which counts
//! less the more of the period has passed. Pools of about the same size show how far the final peak was above
//! that base in earlier periods, in units of the square root of the machines: the median growth gives the
//! forecast, the tenth and ninetieth percentiles its 80 % interval. The sum of charges is forecast in
//! [`total`]. The back-test makes the same forecast for every earlier period from the use that was known on
//! that day of it and nothing later, but with owned licences and prices as they became later. Nothing is
//! random: the same rows give the same figures.

mod past;
mod total;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use past::{GrowthSample, GrowthSamples, PastTallies, days_of, period_before};
use total::{ChargeSpread, exposure_by_currency, mean};

use crate::model::{Date, Text};
use crate::usage::money::charge::{Charge, assess_use, price_excess};
use crate::usage::people::pool_load::PoolLoad;
use crate::usage::{Assessment, LicenceTerms, Period, Pool, Tally, UsageCounts, UsageSettings, days_between};

/// The forecast of the running period.
#[derive(Debug, Clone)]
pub struct Forecast {
    pub period: Period,
    /// The number of days of the period of which use is known.
    pub elapsed: u32,
    /// The number of days in the period.
    pub days: u32,
    /// In order of pools.
    pub lines: Vec<ForecastLine>,
    /// By currency.
    pub totals: BTreeMap<Text, ExposureForecast>,
    /// `None` where fewer than three earlier periods are known from their first day.
    pub backtest: Option<Backtest>,
}

/// The forecast exposure of all pools in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExposureForecast {
    /// The charges due so far.
    pub so_far: Decimal,
    /// At the end of the period, in whole units of the currency.
    pub end: ForecastRange<Decimal>,
    /// The number of earlier periods the forecast is based on. With only one, the interval leaves out how
    /// busy a period is for all pools at once.
    pub periods: usize,
}

/// The forecast of one pool.
#[derive(Debug, Clone)]
pub struct ForecastLine {
    pub pool: Pool,
    pub so_far: u32,
    /// The final peak; `None` where fewer than two earlier periods are known from their first day.
    pub peak: Option<ForecastRange<u32>>,
    /// Excess and charge at that peak; `None` where the peak is not compared with what is owned.
    pub held: Option<ExcessForecast>,
    /// Use on the days so far.
    pub load: Option<PoolLoad>,
}

/// A forecast compared with what is owned.
#[derive(Debug, Clone)]
pub struct ExcessForecast {
    pub owned: u32,
    /// Machines above owned.
    pub excess: ForecastRange<u32>,
    pub so_far: Charge,
    /// The charge for the whole period.
    pub charge: ForecastRange<Charge>,
    /// `None` where no charge is possible.
    spread: Option<ChargeSpread>,
}

/// A forecast with the ends of its 80 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastRange<T> {
    /// Nine of ten outcomes are not below this.
    pub low: T,
    pub likely: T,
    /// Nine of ten outcomes are not above this.
    pub high: T,
}

impl<T> ForecastRange<T> {
    fn map<U>(self, each: impl Fn(T) -> U) -> ForecastRange<U> {
        ForecastRange { low: each(self.low), likely: each(self.likely), high: each(self.high) }
    }
}

/// How well earlier periods would have been forecast, on the same day of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    pub periods: Vec<Period>,
    /// The number of forecasts: one for each pool and period.
    pub forecasts: usize,
    /// The number of forecasts whose interval contains the final peak.
    pub covered: usize,
    /// The mean distance of final peaks from their forecasts (machines).
    pub error: f64,
    /// The mean distance if the peak of the period before is taken as the forecast (machines).
    pub naive_error: f64,
    /// How the exposure of all pools was forecast, by currency: one forecast for each period that had
    /// exposure or was forecast to have some.
    pub totals: BTreeMap<Text, ExposureBacktest>,
}

/// How well the exposure of all pools in one currency was forecast.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExposureBacktest {
    pub forecasts: usize,
    /// The number of forecasts whose interval contains the exposure.
    pub covered: usize,
    /// The mean distance of exposures from their forecasts, in whole units of the currency.
    pub error: Decimal,
    /// The mean distance if the exposure of the period before is taken as the forecast, in whole units of the
    /// currency.
    pub naive_error: Decimal,
}

impl Forecast {
    /// Forecasts the period that `today` lies in from what was counted, compared with `terms` where there are
    /// any.
    pub fn new(
        counted: &UsageCounts,
        terms: Option<LicenceTerms<'_>>,
        settings: &UsageSettings,
        today: Date,
    ) -> Self {
        let period = Period::from_day(settings.period, today);
        let (past, days) = (PastTallies::new(counted, period), days_of(period));
        let elapsed = elapsed_days(&past, period, today);
        let view =
            ForecastBasis { past, elapsed, passed: f64::from(elapsed) / f64::from(days), terms, settings };
        let lines = view.lines(period, &view.past.whole);
        let totals = exposure_by_currency(&lines);
        Self { period, elapsed, days, lines, totals, backtest: view.backtest() }
    }
}

/// What a period is forecast from, on one day of it.
struct ForecastBasis<'a> {
    past: PastTallies<'a>,
    /// The number of days of the period that have passed.
    elapsed: u32,
    /// The part of the period that has passed, 0 to 1.
    passed: f64,
    terms: Option<LicenceTerms<'a>>,
    settings: &'a UsageSettings,
}

impl ForecastBasis<'_> {
    /// Forecasts every pool in `period` from the `earlier` periods.
    fn lines(&self, period: Period, earlier: &[Period]) -> Vec<ForecastLine> {
        // The first of the earlier periods has no period before it.
        let samples = GrowthSamples::from_periods(
            &self.past,
            earlier.get(1..).unwrap_or_default(),
            self.elapsed,
            self.passed,
        );
        let lines = self.past.pool_peaks(period, self.elapsed).into_iter().map(|(pool, known)| {
            let similar = samples.similar_samples(known.growth_base(self.passed));
            let peak = (!similar.is_empty()).then(|| known.likely_peak(self.passed, &similar));
            let ends =
                |sample: &GrowthSample| (sample.period, known.peak_after_growth(self.passed, sample.growth));
            let tally = self.past.tally_until(period, pool, self.elapsed);
            let held = self.terms.zip(peak).and_then(|(terms, peak)| {
                let ends = PossiblePeaks { peak, all: similar.iter().map(ends).collect() };
                forecast_excess(pool, period, tally.as_ref(), ends, terms, self.settings)
            });
            let owned = self.terms.and_then(|terms| terms.owned_licences(pool));
            let load = tally.map(|tally| PoolLoad::new(&tally, owned.as_ref()));
            ForecastLine { pool: pool.clone(), so_far: known.running, peak, held, load }
        });
        lines.collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean of as many as are in memory")]
    fn backtest(&self) -> Option<Backtest> {
        let (mut peaks, mut exposures) = (Vec::new(), BTreeMap::<Text, Vec<TestedForecast<Decimal>>>::new());
        let periods = self.past.whole.get(2..).unwrap_or_default();
        for (at, period) in (2..).zip(periods) {
            let lines = self.lines(*period, &self.past.whole[..at]);
            peaks.extend(lines.iter().filter_map(|line| self.test_line(line, *period)));
            self.test_totals(&lines, *period)
                .into_iter()
                .for_each(|(currency, tested)| exposures.entry(currency).or_default().push(tested));
        }
        let off = |of: fn(&TestedForecast<u32>) -> u32| {
            peaks.iter().map(|tested| f64::from(of(tested))).sum::<f64>() / peaks.len() as f64
        };
        (!peaks.is_empty()).then(|| Backtest {
            periods: periods.to_vec(),
            forecasts: peaks.len(),
            covered: count_covered(&peaks),
            error: off(|tested| tested.forecast.likely.abs_diff(tested.came)),
            naive_error: off(|tested| tested.before.abs_diff(tested.came)),
            totals: exposures
                .into_iter()
                .map(|(currency, tested)| (currency, ExposureBacktest::from_tests(&tested)))
                .collect(),
        })
    }

    fn test_line(&self, line: &ForecastLine, period: Period) -> Option<TestedForecast<u32>> {
        let end = |period| self.past.end_peak(period, &line.pool);
        Some(TestedForecast {
            forecast: line.peak?,
            came: end(Some(period)),
            before: end(period_before(period)),
        })
    }

    fn test_totals(&self, lines: &[ForecastLine], period: Period) -> BTreeMap<Text, TestedForecast<Decimal>> {
        let (forecast, came) = (exposure_by_currency(lines), self.exposure(Some(period)));
        let nothing = ForecastRange { low: Decimal::ZERO, likely: Decimal::ZERO, high: Decimal::ZERO };
        let before = self.exposure(period_before(period));
        let currencies: BTreeSet<&Text> = forecast.keys().chain(came.keys()).collect();
        let tested = |currency: &Text| TestedForecast {
            forecast: forecast.get(currency).map_or(nothing, |total| total.end),
            came: came.get(currency).copied().unwrap_or_default().round(),
            before: before.get(currency).copied().unwrap_or_default().round(),
        };
        currencies.into_iter().map(|currency| (currency.clone(), tested(currency))).collect()
    }

    /// Returns the charges of a whole period, by currency.
    fn exposure(&self, period: Option<Period>) -> BTreeMap<Text, Decimal> {
        let mut exposure = BTreeMap::<Text, Decimal>::new();
        let tallies = period.and_then(|period| self.past.tallies.get(&period)).into_iter().flatten();
        for (pool, tally) in tallies {
            let terms = self.terms.filter(|terms| terms.owned_licences(pool).is_some());
            let charge = terms.map(|terms| terms.assess(pool, tally, self.settings).charge);
            if let Some(money) = charge.as_ref().and_then(Charge::money_due) {
                let sum = exposure.entry(money.currency.clone()).or_default();
                *sum = sum.saturating_add(money.amount);
            }
        }
        exposure
    }
}

/// A forecast with the actual outcome, and the outcome of the period before.
struct TestedForecast<T> {
    forecast: ForecastRange<T>,
    came: T,
    before: T,
}

fn count_covered<T: PartialOrd>(tested: &[TestedForecast<T>]) -> usize {
    tested
        .iter()
        .filter(|TestedForecast { forecast, came, .. }| (&forecast.low..=&forecast.high).contains(&came))
        .count()
}

impl ExposureBacktest {
    fn from_tests(tested: &[TestedForecast<Decimal>]) -> Self {
        let off = |of: fn(&TestedForecast<Decimal>) -> Decimal| {
            mean(tested.iter().map(|tested| (of(tested) - tested.came).abs())).unwrap_or_default().round()
        };
        let (error, naive_error) = (off(|tested| tested.forecast.likely), off(|tested| tested.before));
        Self { forecasts: tested.len(), covered: count_covered(tested), error, naive_error }
    }
}

/// Returns the number of days of `period` up to the last one with known use.
fn elapsed_days(past: &PastTallies<'_>, period: Period, today: Date) -> u32 {
    let tallies = past.tallies.get(&period).into_iter().flat_map(|pools| pools.values());
    let last = tallies.filter_map(|tally| tally.daily_peaks().last().map(|(day, _)| *day)).max();
    let days = last.map_or(0, |last| days_between(period.first_day(), last.min(today)) + 1);
    u32::try_from(days).unwrap_or(0)
}

/// The possible final peaks of a pool.
struct PossiblePeaks {
    peak: ForecastRange<u32>,
    /// The final peak after each growth seen in earlier periods, with that period.
    all: Vec<(Period, u32)>,
}

fn forecast_excess(
    pool: &Pool,
    period: Period,
    tally: Option<&Tally>,
    ends: PossiblePeaks,
    terms: LicenceTerms<'_>,
    settings: &UsageSettings,
) -> Option<ExcessForecast> {
    let (history, prices) = (terms.owned_licences(pool)?, terms.prices(&pool.product));
    let assessed = tally.map(|tally| assess_use(tally, &history, &prices, settings));
    let now = assessed.as_ref().map_or(0, Assessment::excess_machines);
    let owned = history.covered_licences_on(period.last_day());
    // Excess that has happened is charged, however the period goes on.
    let above = |peak: u32| peak.saturating_sub(owned).max(now);
    let so_far = assessed.map_or(Charge::Nothing, |assessed| assessed.charge);
    let cost = |machines: u32| {
        if machines == now { so_far.clone() } else { price_excess(machines, period, &prices, settings) }
    };
    let excess = ends.peak.map(above);
    let spread = ChargeSpread::from_charges(
        &ends.all.into_iter().map(|(period, peak)| (period, cost(above(peak)))).collect::<Vec<_>>(),
    );
    Some(ExcessForecast { owned, excess, charge: excess.map(cost), so_far, spread })
}
