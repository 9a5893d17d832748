//! What the running period will come to, from how earlier ones went on.
//!
//! A pool's peak at the end of the period is forecast from its peak so far and from that of the period before, which counts the less the
//! more of the period has passed. Pools of about the same size say by how much the end was above that in earlier periods, in units of the
//! square root of the machines: the median of it makes the forecast, and the tenth and ninetieth percentile its 80 % interval. The sum of
//! charges is that of their means, as a few pools that grow cost more than many that do not save. The back-test does the same for every
//! earlier period with what was known at that day of it, and nothing later. No chance is in it: the same rows give the same figures.

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
    pub totals: BTreeMap<Text, Total>,
    /// How the same went in earlier periods; `None` where there are fewer than three that are known from their first day.
    pub backtest: Option<Backtest>,
}

/// The exposure of all pools in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// Up to now.
    pub so_far: Decimal,
    /// At the end of the period, in whole units of the currency.
    pub end: Likely<Decimal>,
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
    /// The mean of what it may cost, and how far from it that may be.
    spread: Option<Spread>,
}

/// A mean with its variance, in whole units of a currency.
#[derive(Debug, Clone)]
struct Spread {
    currency: Text,
    mean: Decimal,
    variance: Decimal,
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

    /// What the end was above it, in units of its square root.
    fn sample(self, passed: f64) -> Sample {
        let base = self.base(passed);
        Sample { base, growth: (f64::from(self.end) - base) / unit(base) }
    }

    /// The peak at the end, if it grows by so much.
    fn grown(self, passed: f64, growth: f64) -> u32 {
        let base = self.base(passed);
        machines(base + growth * unit(base)).max(self.running)
    }

    fn likely(self, passed: f64, growths: &[f64]) -> Likely<u32> {
        let growth = Likely { low: quantile(growths, LOW), likely: quantile(growths, 0.5), high: quantile(growths, HIGH) };
        growth.map(|growth| self.grown(passed, growth))
    }
}

/// By how much a peak of so many machines varies, if machines come and go by themselves.
fn unit(base: f64) -> f64 {
    base.max(1.0).sqrt()
}

/// How one pool has grown in one period.
#[derive(Debug, Clone, Copy)]
struct Sample {
    base: f64,
    growth: f64,
}

/// How pools have grown in earlier periods; of a few no quantile is known.
#[derive(Debug)]
struct Samples(Vec<Sample>);

/// Fewer pools of about the same size are joined by those that come next.
const LEAST_SIMILAR: usize = 30;

impl Samples {
    /// Of `periods`, as they were after so many days.
    fn of(past: &Past<'_>, periods: &[Period], elapsed: u32, passed: f64) -> Self {
        let known = periods.iter().flat_map(|period| past.known(*period, elapsed).into_values());
        Self(known.map(|known| known.sample(passed)).collect())
    }

    /// The growth of pools of about this size, the least first: up to twice as large or as small; none where nothing is known.
    fn similar(&self, base: f64) -> Vec<f64> {
        let apart = |sample: &Sample| (unit(sample.base) / unit(base)).ln().abs();
        let mut samples = self.0.clone();
        samples.sort_by(|one, other| apart(one).total_cmp(&apart(other)).then(one.growth.total_cmp(&other.growth)));
        // The units are square roots.
        let twice = 2.0_f64.sqrt().ln();
        let similar = samples.iter().take_while(|sample| apart(sample) <= twice).count();
        let mut growths: Vec<f64> = samples.iter().take(similar.max(LEAST_SIMILAR)).map(|sample| sample.growth).collect();
        growths.sort_by(f64::total_cmp);
        growths
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
        let samples = Samples::of(&past, past.whole.get(1..).unwrap_or_default(), elapsed, passed);
        let known = past.known(period, elapsed);
        let lines = known.into_iter().map(|(pool, known)| {
            let growths = samples.similar(known.base(passed));
            let peak = (!growths.is_empty()).then(|| known.likely(passed, &growths));
            let tally = past.tallies.get(&period).and_then(|pools| pools.get(pool)).copied();
            let ends = growths.iter().map(|growth| known.grown(passed, *growth)).collect();
            let held = terms.zip(peak).and_then(|(terms, peak)| held(pool, period, tally, Ends { peak, all: ends }, terms, settings));
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

/// What the peak may be at the end.
struct Ends {
    peak: Likely<u32>,
    /// As it would be after each growth that was seen.
    all: Vec<u32>,
}

fn held(pool: &Pool, period: Period, tally: Option<&Tally>, ends: Ends, terms: Terms<'_>, settings: &Settings) -> Option<HeldForecast> {
    let (history, prices) = (terms.owned(pool)?, terms.prices(&pool.product));
    let assessed = tally.map(|tally| assess(tally, &history, &prices, settings));
    let now = assessed.as_ref().and_then(|assessed| assessed.excess).map_or(0, |Excess { machines, .. }| machines);
    let owned = history.covered_on(period.last_day());
    // What was above once is charged, however the period goes on.
    let above = |peak: u32| peak.saturating_sub(owned).max(now);
    let so_far = assessed.map_or(Charge::Nothing, |assessed| assessed.charge);
    let cost = |machines: u32| if machines == now { so_far.clone() } else { charge(machines, period, &prices, settings) };
    let excess = ends.peak.map(above);
    let spread = spread(&ends.all.into_iter().map(|peak| cost(above(peak))).collect::<Vec<_>>());
    Some(HeldForecast { owned, excess, charge: excess.map(cost), so_far, spread })
}

fn spread(charges: &[Charge]) -> Option<Spread> {
    let currency = charges.iter().find_map(|charge| due(charge).map(|money| money.currency.clone()))?;
    // Ends of an interval are not known to the cent.
    let amounts = charges.iter().map(|charge| due(charge).map_or(Decimal::ZERO, |money| money.amount.round()));
    let amounts: Vec<Decimal> = amounts.collect();
    let mean = mean(&amounts)?;
    let squares: Vec<Decimal> = amounts.iter().map(|amount| square(*amount - mean)).collect();
    Some(Spread { currency, mean, variance: self::mean(&squares)? })
}

fn mean(amounts: &[Decimal]) -> Option<Decimal> {
    let sum = amounts.iter().fold(Decimal::ZERO, |sum, amount| sum.saturating_add(*amount));
    sum.checked_div(Decimal::from(amounts.len()))
}

/// Tenths of a normal distribution lie so many standard deviations out.
const TENTH: Decimal = Decimal::from_parts(12816, 0, 0, false, 4);

/// The sums of all lines. Pools do not all go high at once: distances from the means are added as those of independent things are.
fn totals(lines: &[ForecastLine]) -> BTreeMap<Text, Total> {
    let mut sums = BTreeMap::<Text, (Decimal, Decimal, Decimal)>::new();
    for held in lines.iter().filter_map(|line| line.held.as_ref()) {
        let Some(Spread { currency, mean, variance }) = &held.spread else { continue };
        let (so_far, sum, all) = sums.entry(currency.clone()).or_default();
        *so_far = so_far.saturating_add(due(&held.so_far).map_or(Decimal::ZERO, |money| money.amount));
        *sum = sum.saturating_add(*mean);
        *all = all.saturating_add(*variance);
    }
    let total = |(so_far, mean, variance): (Decimal, Decimal, Decimal)| {
        let apart = root(variance).saturating_mul(TENTH);
        let whole = |amount: Decimal| amount.round().max(so_far.floor());
        Total { so_far, end: Likely { low: whole(mean - apart), likely: whole(mean), high: whole(mean + apart) } }
    };
    sums.into_iter().map(|(currency, sums)| (currency, total(sums))).collect()
}

fn due(charge: &Charge) -> Option<&Money> {
    match charge {
        Charge::Due(money) => Some(money),
        Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown | Charge::TooLarge => None,
    }
}

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
        let samples = Samples::of(past, &past.whole[1..at], elapsed, passed);
        for known in past.known(past.whole[at], elapsed).into_values() {
            let growths = samples.similar(known.base(passed));
            if growths.is_empty() {
                continue;
            }
            let Likely { low, likely, high } = known.likely(passed, &growths);
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
