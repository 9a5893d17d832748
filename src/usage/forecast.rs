//! What the running period will come to, from how earlier ones went on.
//!
//! A pool's peak at the end of the period is forecast from its peak so far and from that of the period before, which counts the less the
//! more of the period has passed. Pools and periods before say by how much the end was above that, in units of the square root of the
//! machines: the median of it makes the forecast, and the tenth and ninetieth percentile its 80 % interval. The back-test does the same for
//! every earlier period with what was known at that day of it, and nothing later. No chance is in it: the same rows give the same figures.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::charge::{Charge, assess, charge};
use super::load::Load;
use super::{Counted, Excess, Period, Pool, Settings, Tally, Terms};
use crate::model::{Date, Money, Text};

/// A forecast of one period.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The running period.
    pub period: Period,
    /// Days of it of which use is known.
    pub elapsed: u32,
    /// Days that it has.
    pub days: u32,
    /// By pool.
    pub lines: Vec<ForecastLine>,
    /// The exposure of all pools, by currency.
    pub totals: BTreeMap<Text, Likely<Decimal>>,
    /// How the same went in earlier periods; `None` where there are fewer than three that are known from their first day.
    pub backtest: Option<Backtest>,
}

/// One pool.
#[derive(Debug, Clone)]
pub struct ForecastLine {
    /// Whose machines.
    pub pool: Pool,
    /// The peak up to now.
    pub so_far: u32,
    /// What the peak of the whole period will be; `None` where fewer than two earlier periods are known from their first day.
    pub peak: Option<Likely<u32>>,
    /// What that costs; `None` where it is not held against what is owned.
    pub held: Option<HeldForecast>,
    /// The days up to now.
    pub load: Option<Load>,
}

/// A forecast held against what is owned.
#[derive(Debug, Clone)]
pub struct HeldForecast {
    /// Licences owned at the end of the period.
    pub owned: u32,
    /// Machines above it.
    pub excess: Likely<u32>,
    /// What the period costs up to now.
    pub so_far: Charge,
    /// What it will cost.
    pub charge: Likely<Charge>,
}

/// A forecast with the ends of its 80 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likely<T> {
    /// Nine of ten are not below it.
    pub low: T,
    /// The forecast.
    pub likely: T,
    /// Nine of ten are not above it.
    pub high: T,
}

impl<T> Likely<T> {
    fn map<U>(self, each: impl Fn(T) -> U) -> Likely<U> {
        Likely { low: each(self.low), likely: each(self.likely), high: each(self.high) }
    }
}

/// How well earlier periods were forecast, at the same day of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// The periods.
    pub periods: Vec<Period>,
    /// Forecasts: one for each pool and period.
    pub forecasts: usize,
    /// Those whose peak was in the interval.
    pub covered: usize,
    /// The mean of how far peaks were from their forecasts (machines).
    pub error: f64,
    /// The same where the peak of the period before is the forecast.
    pub naive_error: f64,
}

/// The parts of growth that the interval leaves out below and above.
const LOW: f64 = 0.1;
const HIGH: f64 = 0.9;
/// A period is known from its first day if use is known after so many days of it: there are weekends and holidays.
const LONGEST_START_DAYS: i64 = 4;

/// What is known of one pool in one period.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The peak at the day of the forecast.
    running: u32,
    /// The peak of the whole period.
    end: u32,
    /// The peak of the whole period before.
    before: u32,
}

impl Known {
    /// What growth is counted from: at the beginning the peak of the period before, at the end the peak so far.
    fn base(self, passed: f64) -> f64 {
        let (running, before) = (f64::from(self.running), f64::from(self.before));
        running.max(running * passed + before * (1.0 - passed))
    }

    fn growth(self, passed: f64) -> f64 {
        let base = self.base(passed);
        (f64::from(self.end) - base) / base.max(1.0).sqrt()
    }

    fn likely(self, passed: f64, growth: Likely<f64>) -> Likely<u32> {
        let base = self.base(passed);
        growth.map(|growth| machines(base + growth * base.max(1.0).sqrt()).max(self.running))
    }
}

/// A whole number of machines.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped, and there are fewer machines than numbers")]
fn machines(about: f64) -> u32 {
    about.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// All tallies, by period and pool.
struct Past<'a> {
    tallies: BTreeMap<Period, BTreeMap<&'a Pool, &'a Tally>>,
    /// Closed periods that are known from their first day, one after the other, the last one before the running one.
    whole: Vec<Period>,
}

impl<'a> Past<'a> {
    fn new(counted: &'a Counted, running: Period) -> Self {
        let mut tallies = BTreeMap::<Period, BTreeMap<&Pool, &Tally>>::new();
        for ((pool, period), tally) in &counted.tallies {
            tallies.entry(*period).or_default().insert(pool, tally);
        }
        let (mut whole, mut period) = (Vec::new(), before(running));
        while let Some(of) = period.filter(|period| is_whole(&tallies, *period)) {
            whole.push(of);
            period = before(of);
        }
        whole.reverse();
        Self { tallies, whole }
    }

    fn end(&self, period: Option<Period>, pool: &Pool) -> u32 {
        let tally = period.and_then(|period| self.tallies.get(&period)?.get(pool));
        tally.and_then(|tally| tally.peak()).map_or(0, |peak| peak.machines)
    }

    /// The peak of a pool in the first days of a period.
    fn running(&self, period: Period, pool: &Pool, elapsed: u32) -> u32 {
        let Some(tally) = self.tallies.get(&period).and_then(|pools| pools.get(pool)) else { return 0 };
        let end = period.first_day().saturating_add(jiff::Span::new().days(elapsed));
        tally.days().into_iter().filter(|(day, _)| *day < end).map(|(_, peak)| peak.machines).max().unwrap_or(0)
    }

    /// Every pool with use in `period` or the one before it, as it was after so many days.
    fn known(&self, period: Period, elapsed: u32) -> BTreeMap<&'a Pool, Known> {
        let periods = [before(period), Some(period)].into_iter().flatten();
        let pools: BTreeSet<&Pool> = periods.filter_map(|period| self.tallies.get(&period)).flat_map(|pools| pools.keys().copied()).collect();
        let known =
            |pool| Known { running: self.running(period, pool, elapsed), end: self.end(Some(period), pool), before: self.end(before(period), pool) };
        pools.into_iter().map(|pool| (pool, known(pool))).collect()
    }
}

fn before(period: Period) -> Option<Period> {
    Some(Period::of(period.kind(), period.first_day().yesterday().ok()?))
}

fn is_whole(tallies: &BTreeMap<Period, BTreeMap<&Pool, &Tally>>, period: Period) -> bool {
    let days = tallies.get(&period).into_iter().flat_map(|pools| pools.values()).filter_map(|tally| tally.days().first().map(|(day, _)| *day));
    days.min().is_some_and(|first| first <= period.first_day().saturating_add(jiff::Span::new().days(LONGEST_START_DAYS)))
}

fn days_of(period: Period) -> u32 {
    let days = period.last_day().duration_since(period.first_day()).as_hours() / 24 + 1;
    u32::try_from(days).expect("a period has some days")
}

/// What the growth of earlier periods is like; `None` where there were none.
fn growth(mut growths: Vec<f64>) -> Option<Likely<f64>> {
    growths.sort_by(f64::total_cmp);
    (!growths.is_empty()).then(|| Likely { low: quantile(&growths, LOW), likely: quantile(&growths, 0.5), high: quantile(&growths, HIGH) })
}

/// Between the two nearest of `sorted`, which is not empty.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in a list in memory")]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

impl Forecast {
    /// Of what was counted, for the period that `today` lies in, held against `terms` where there are any.
    pub fn new(counted: &Counted, terms: Option<Terms<'_>>, settings: &Settings, today: Date) -> Self {
        let period = Period::of(settings.period, today);
        let (past, days) = (Past::new(counted, period), days_of(period));
        let elapsed = elapsed(&past, period, today);
        let passed = f64::from(elapsed) / f64::from(days);
        // The first of the whole periods has none before it.
        let growth = growth(growths(&past, past.whole.get(1..).unwrap_or_default(), elapsed, passed));
        let known = past.known(period, elapsed);
        let lines = known.into_iter().map(|(pool, known)| {
            let peak = growth.map(|growth| known.likely(passed, growth));
            let tally = past.tallies.get(&period).and_then(|pools| pools.get(pool)).copied();
            let held = terms.zip(peak).and_then(|(terms, peak)| held(pool, period, tally, peak, terms, settings));
            let owned = terms.and_then(|terms| terms.owned(pool));
            let load = tally.map(|tally| Load::new(tally, owned.as_ref()));
            ForecastLine { pool: pool.clone(), so_far: known.running, peak, held, load }
        });
        let lines: Vec<ForecastLine> = lines.collect();
        let totals = totals(&lines);
        Self { period, elapsed, days, lines, totals, backtest: backtest(&past, elapsed, passed) }
    }
}

/// Days of `period` up to the last one of which any use is known.
fn elapsed(past: &Past<'_>, period: Period, today: Date) -> u32 {
    let tallies = past.tallies.get(&period).into_iter().flat_map(|pools| pools.values());
    let last = tallies.filter_map(|tally| tally.days().last().map(|(day, _)| *day)).max();
    let days = last.map_or(0, |last| last.min(today).duration_since(period.first_day()).as_hours() / 24 + 1);
    u32::try_from(days).unwrap_or(0)
}

fn growths(past: &Past<'_>, periods: &[Period], elapsed: u32, passed: f64) -> Vec<f64> {
    periods.iter().flat_map(|period| past.known(*period, elapsed).into_values()).map(|known| known.growth(passed)).collect()
}

fn held(pool: &Pool, period: Period, tally: Option<&Tally>, peak: Likely<u32>, terms: Terms<'_>, settings: &Settings) -> Option<HeldForecast> {
    let (history, prices) = (terms.owned(pool)?, terms.prices(&pool.product));
    let assessed = tally.map(|tally| assess(tally, &history, &prices, settings));
    let now = assessed.as_ref().and_then(|assessed| assessed.excess).map_or(0, |Excess { machines, .. }| machines);
    let owned = history.covered_on(period.last_day());
    // What was above once is charged, however the period goes on.
    let excess = peak.map(|peak| peak.saturating_sub(owned).max(now));
    let so_far = assessed.map_or(Charge::Nothing, |assessed| assessed.charge);
    let cost = |machines: u32| if machines == now { so_far.clone() } else { charge(machines, period, &prices, settings) };
    Some(HeldForecast { owned, excess, charge: excess.map(cost), so_far })
}

/// The sums of all lines. Pools do not all go high at once: the distances of the ends are added as those of independent things are.
fn totals(lines: &[ForecastLine]) -> BTreeMap<Text, Likely<Decimal>> {
    let mut sums = BTreeMap::<Text, (Decimal, Decimal, Decimal)>::new();
    for held in lines.iter().filter_map(|line| line.held.as_ref()) {
        let Likely { low, likely, high } = &held.charge;
        let Some(currency) = [high, likely, low].into_iter().find_map(|charge| due(charge).map(|money| money.currency.clone())) else { continue };
        let amount = |charge: &Charge| due(charge).map_or(Decimal::ZERO, |money| money.amount);
        let (low, likely, high) = (amount(low), amount(likely), amount(high));
        let (sum, below, above) = sums.entry(currency).or_default();
        *sum = sum.saturating_add(likely);
        *below = below.saturating_add(square(likely - low));
        *above = above.saturating_add(square(high - likely));
    }
    let total = |(sum, below, above): (Decimal, Decimal, Decimal)| Likely { low: sum - root(below), likely: sum, high: sum + root(above) };
    sums.into_iter().map(|(currency, sums)| (currency, total(sums))).collect()
}

fn due(charge: &Charge) -> Option<&Money> {
    match charge {
        Charge::Due(money) => Some(money),
        Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown | Charge::TooLarge => None,
    }
}

/// In whole units of the currency: ends of an interval are not known to the cent.
fn square(amount: Decimal) -> Decimal {
    let whole = amount.round();
    whole.saturating_mul(whole)
}

fn root(amount: Decimal) -> Decimal {
    let whole = u128::try_from(amount).unwrap_or(u128::MAX);
    Decimal::from_i128_with_scale(i128::try_from(whole.isqrt()).unwrap_or(0), 0)
}

/// Forecasts each earlier period from those before it.
#[expect(clippy::cast_precision_loss, reason = "a mean of as many as are in memory")]
fn backtest(past: &Past<'_>, elapsed: u32, passed: f64) -> Option<Backtest> {
    let mut test = Backtest { periods: Vec::new(), forecasts: 0, covered: 0, error: 0.0, naive_error: 0.0 };
    for at in 2..past.whole.len() {
        let Some(growth) = growth(growths(past, &past.whole[1..at], elapsed, passed)) else { continue };
        for known in past.known(past.whole[at], elapsed).into_values() {
            let Likely { low, likely, high } = known.likely(passed, growth);
            test.forecasts += 1;
            test.covered += usize::from((low..=high).contains(&known.end));
            test.error += f64::from(likely.abs_diff(known.end));
            test.naive_error += f64::from(known.before.abs_diff(known.end));
        }
        test.periods.push(past.whole[at]);
    }
    (test.forecasts > 0).then(|| Backtest {
        error: test.error / test.forecasts as f64,
        naive_error: test.naive_error / test.forecasts as f64,
        ..test
    })
}
