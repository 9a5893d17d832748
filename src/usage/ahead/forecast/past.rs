//! How pools developed in earlier periods: what was known of them on a given day of the period, and how they
//! ended.

use std::collections::{BTreeMap, BTreeSet};

use super::ForecastRange;
use crate::usage::{Period, Pool, Tally, UsageCounts, days_between};

/// The quantiles of growth at the lower and upper end of the forecast interval.
const LOW: f64 = 0.1;
const HIGH: f64 = 0.9;
/// A period is known from its first day if the first known use is at most this many days after that day:
/// there are weekends and holidays.
const LONGEST_START_DAYS: i64 = 4;

/// What is known of one pool in one period.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PoolPeaks {
    /// The peak up to the day of the forecast.
    pub(super) running: u32,
    /// The peak of the whole period.
    pub(super) end: u32,
    /// The peak of the whole period before.
    pub(super) before: u32,
}

impl PoolPeaks {
    /// Returns the machines that growth is counted from: at the beginning of the period the peak of the
    /// period before, at the end the peak so far. `passed` is the part of the period that has passed, 0 to 1.
    pub(super) fn growth_base(self, passed: f64) -> f64 {
        let (running, before) = (f64::from(self.running), f64::from(self.before));
        running.max(running * passed + before * (1.0 - passed))
    }

    /// Returns by how much the final peak was above the base, in units of the square root of the base.
    fn sample(self, period: Period, passed: f64) -> GrowthSample {
        let base = self.growth_base(passed);
        GrowthSample { period, base, growth: (f64::from(self.end) - base) / growth_unit(base) }
    }

    /// Returns the final peak after a growth of `growth` units.
    pub(super) fn peak_after_growth(self, passed: f64, growth: f64) -> u32 {
        let base = self.growth_base(passed);
        round_machines(base + growth * growth_unit(base)).max(self.running)
    }

    /// Returns the final peak after growth like that of `samples`, which are sorted by growth and not empty.
    pub(super) fn likely_peak(self, passed: f64, samples: &[GrowthSample]) -> ForecastRange<u32> {
        let growth = ForecastRange {
            low: quantile(samples, LOW),
            likely: quantile(samples, 0.5),
            high: quantile(samples, HIGH),
        };
        growth.map(|growth| self.peak_after_growth(passed, growth))
    }
}

/// Returns by how much a peak of `base` machines varies if machines come and go independently: its square
/// root.
fn growth_unit(base: f64) -> f64 {
    base.max(1.0).sqrt()
}

/// The growth of one pool in one earlier period.
#[derive(Debug, Clone, Copy)]
pub(super) struct GrowthSample {
    pub(super) period: Period,
    base: f64,
    pub(super) growth: f64,
}

/// The growth of all pools in earlier periods; quantiles are known only of many samples.
#[derive(Debug)]
pub(super) struct GrowthSamples(Vec<GrowthSample>);

/// Where fewer pools than this are of about the same size, those next in size are added.
const LEAST_SIMILAR: usize = 30;

impl GrowthSamples {
    /// Collects the growth of every pool in `periods` from the day after `elapsed` days to the end.
    pub(super) fn from_periods(
        past: &PastTallies<'_>,
        periods: &[Period],
        elapsed: u32,
        passed: f64,
    ) -> Self {
        let of = |period: &Period| {
            past.pool_peaks(*period, elapsed)
                .into_values()
                .map(|known| known.sample(*period, passed))
                .collect::<Vec<_>>()
        };
        Self(periods.iter().flat_map(of).collect())
    }

    /// Returns the samples of pools of about this size (at most twice as large or as small), the least growth
    /// first; none where nothing is known.
    pub(super) fn similar_samples(&self, base: f64) -> Vec<GrowthSample> {
        let apart = |sample: &GrowthSample| (growth_unit(sample.base) / growth_unit(base)).ln().abs();
        let mut samples = self.0.clone();
        samples.sort_by(|one, other| {
            apart(one).total_cmp(&apart(other)).then(one.growth.total_cmp(&other.growth))
        });
        // Sizes are compared by their square roots, so twice as large is the square root of two here.
        let twice = 2.0_f64.sqrt().ln();
        let similar = samples.iter().take_while(|sample| apart(sample) <= twice).count();
        samples.truncate(similar.max(LEAST_SIMILAR));
        samples.sort_by(|one, other| one.growth.total_cmp(&other.growth));
        samples
    }
}

/// Rounds to a whole number of machines.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped, and there are fewer machines than numbers"
)]
fn round_machines(about: f64) -> u32 {
    about.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// All tallies, by period and pool.
pub(super) struct PastTallies<'a> {
    pub(super) tallies: BTreeMap<Period, BTreeMap<&'a Pool, &'a Tally>>,
    /// Periods known from their first day, one after the other; the last one is just before the running
    /// period.
    pub(super) whole: Vec<Period>,
}

impl<'a> PastTallies<'a> {
    /// Arranges `counted` by period; `running` is the running period.
    pub(super) fn new(counted: &'a UsageCounts, running: Period) -> Self {
        let mut tallies = BTreeMap::<Period, BTreeMap<&Pool, &Tally>>::new();
        for ((pool, period), tally) in &counted.tallies {
            tallies.entry(*period).or_default().insert(pool, tally);
        }
        let (mut whole, mut period) = (Vec::new(), period_before(running));
        while let Some(of) = period.filter(|period| is_whole(&tallies, *period)) {
            whole.push(of);
            period = period_before(of);
        }
        whole.reverse();
        Self { tallies, whole }
    }

    /// Returns the peak of the whole period; 0 where no use counted.
    pub(super) fn end_peak(&self, period: Option<Period>, pool: &Pool) -> u32 {
        let tally = period.and_then(|period| self.tallies.get(&period)?.get(pool));
        tally.map_or(0, |tally| tally.peak_machines())
    }

    /// Returns the use of a pool in the first `elapsed` days of a period; `None` where the period has no use
    /// of it.
    pub(super) fn tally_until(&self, period: Period, pool: &Pool, elapsed: u32) -> Option<Tally> {
        let tally = self.tallies.get(&period)?.get(pool)?;
        Some(tally.part_before(period.first_day().saturating_add(jiff::Span::new().days(elapsed))))
    }

    /// Returns the peaks of every pool with use in `period` or the one before, as known after `elapsed` days.
    pub(super) fn pool_peaks(&self, period: Period, elapsed: u32) -> BTreeMap<&'a Pool, PoolPeaks> {
        let periods = [period_before(period), Some(period)].into_iter().flatten();
        let pools: BTreeSet<&Pool> = periods
            .filter_map(|period| self.tallies.get(&period))
            .flat_map(|pools| pools.keys().copied())
            .collect();
        let known = |pool| PoolPeaks {
            running: self.tally_until(period, pool, elapsed).map_or(0, |tally| tally.peak_machines()),
            end: self.end_peak(Some(period), pool),
            before: self.end_peak(period_before(period), pool),
        };
        pools.into_iter().map(|pool| (pool, known(pool))).collect()
    }
}

/// Returns the period before; `None` at the beginning of the calendar.
pub(super) fn period_before(period: Period) -> Option<Period> {
    Some(Period::from_day(period.kind(), period.first_day().yesterday().ok()?))
}

fn is_whole(tallies: &BTreeMap<Period, BTreeMap<&Pool, &Tally>>, period: Period) -> bool {
    let days = tallies
        .get(&period)
        .into_iter()
        .flat_map(|pools| pools.values())
        .filter_map(|tally| tally.daily_peaks().first().map(|(day, _)| *day));
    days.min().is_some_and(|first| {
        first <= period.first_day().saturating_add(jiff::Span::new().days(LONGEST_START_DAYS))
    })
}

/// Returns the number of days in `period`.
pub(super) fn days_of(period: Period) -> u32 {
    u32::try_from(days_between(period.first_day(), period.last_day()) + 1).expect("a period has some days")
}

/// Returns the quantile at `share` (0 to 1) of `sorted`, interpolated between the two nearest samples.
/// `sorted` is not empty.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in a list in memory"
)]
fn quantile(sorted: &[GrowthSample], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below].growth + (sorted[above].growth - sorted[below].growth) * (place - place.floor())
}
