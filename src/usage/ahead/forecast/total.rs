//! The forecast of what all pools together cost.
//!
//! The likely sum is the sum of the pools' mean charges, not of their medians: a few pools that grow cost
//! more than many that do not grow save. The uncertainty of the sum has two parts. Within a period some pools
//! grow more than others; these deviations are added as those of independent variables. And some periods are
//! busier than others for all pools at once; the deviation is measured by what the sum would have been if
//! each pool had grown as in each of the earlier periods.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{ExposureForecast, ForecastLine, ForecastRange};
use crate::model::Text;
use crate::usage::{Charge, Period};

/// The distribution of one pool's charge, in whole units of a currency.
#[derive(Debug, Clone)]
pub(super) struct ChargeSpread {
    currency: Text,
    mean: Decimal,
    /// The mean charge if the pool grows as pools did in that earlier period.
    as_in: BTreeMap<Period, Decimal>,
    /// The variance within a period.
    variance: Decimal,
}

impl ChargeSpread {
    /// Builds the distribution from the charges that follow from the growth of similar pools, each with the
    /// earlier period of that growth; `None` where no charge is due.
    pub(super) fn from_charges(charges: &[(Period, Charge)]) -> Option<Self> {
        let currency =
            charges.iter().find_map(|(_, charge)| charge.money_due().map(|money| money.currency.clone()))?;
        let mut amounts = BTreeMap::<Period, Vec<Decimal>>::new();
        for (period, charge) in charges {
            // The ends of an interval are not known to the cent.
            amounts
                .entry(*period)
                .or_default()
                .push(charge.money_due().map_or(Decimal::ZERO, |money| money.amount.round()));
        }
        let mean = mean(amounts.values().flatten().copied())?;
        let as_in: BTreeMap<Period, Decimal> = amounts
            .iter()
            .filter_map(|(period, amounts)| Some((*period, self::mean(amounts.iter().copied())?)))
            .collect();
        let from_mean = |(period, amounts): (&Period, &Vec<Decimal>)| {
            amounts.iter().map(|amount| square_rounded(*amount - as_in[period])).collect::<Vec<_>>()
        };
        let variance = self::mean(amounts.iter().flat_map(from_mean))?;
        Some(Self { currency, mean, as_in, variance })
    }

    fn mean_as_in(&self, period: Period) -> Decimal {
        self.as_in.get(&period).copied().unwrap_or(self.mean)
    }
}

/// Returns the forecast sums of all lines, by currency.
pub(super) fn exposure_by_currency(lines: &[ForecastLine]) -> BTreeMap<Text, ExposureForecast> {
    let mut sums = BTreeMap::<&Text, (Decimal, Vec<&ChargeSpread>)>::new();
    for held in lines.iter().filter_map(|line| line.held.as_ref()) {
        let Some(spread) = &held.spread else { continue };
        let (so_far, spreads) = sums.entry(&spread.currency).or_default();
        *so_far = so_far.saturating_add(held.so_far.money_due().map_or(Decimal::ZERO, |money| money.amount));
        spreads.push(spread);
    }
    sums.into_iter()
        .map(|(currency, (so_far, spreads))| (currency.clone(), total_exposure(so_far, &spreads)))
        .collect()
}

fn total_exposure(so_far: Decimal, spreads: &[&ChargeSpread]) -> ExposureForecast {
    let periods: BTreeSet<Period> = spreads.iter().flat_map(|spread| spread.as_in.keys().copied()).collect();
    let likely = sum(spreads.iter().map(|spread| spread.mean));
    let within = sum(spreads.iter().map(|spread| spread.variance)).saturating_mul(square_of(TENTH));
    let between = common_variance(
        &periods
            .iter()
            .map(|period| sum(spreads.iter().map(|spread| spread.mean_as_in(*period))))
            .collect::<Vec<_>>(),
    );
    let apart = square_root(within.saturating_add(between.unwrap_or_default()));
    let whole = |amount: Decimal| amount.round().max(so_far.floor());
    ExposureForecast {
        so_far,
        end: ForecastRange { low: whole(likely - apart), likely: whole(likely), high: whole(likely + apart) },
        periods: periods.len(),
    }
}

/// Returns the square of the distance from the mean beyond which a tenth of the sums lie, for what all pools
/// have in common; `sums` are those of the earlier periods. `None` for a single period, from which nothing
/// can be said of it.
fn common_variance(sums: &[Decimal]) -> Option<Decimal> {
    let (count, mean) = (Decimal::from(sums.len()), mean(sums.iter().copied())?);
    let squares = sum(sums.iter().map(|sum| square_rounded(*sum - mean)));
    let variance = squares.checked_div(count - Decimal::ONE)?;
    let tenth = TENTHS_OF_FEW.get(sums.len().checked_sub(2)?).map_or(TENTH, |tenth| Decimal::new(*tenth, 4));
    // The mean of so few sums is itself uncertain.
    let of_the_mean = variance.checked_div(count)?;
    Some(variance.saturating_add(of_the_mean).saturating_mul(square_of(tenth)))
}

/// A tenth of a normal distribution lies more than this many standard deviations above the mean.
const TENTH: Decimal = Decimal::from_parts(12_816, 0, 0, false, 4);
/// The same number in ten-thousandths where the standard deviation is estimated from 2, 3, 4, … values: the
/// 90 % quantile of Student's distribution with one degree of freedom fewer than values.
const TENTHS_OF_FEW: [i64; 11] =
    [30_777, 18_856, 16_377, 15_332, 14_759, 14_398, 14_149, 13_968, 13_830, 13_722, 13_634];

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.fold(Decimal::ZERO, Decimal::saturating_add)
}

/// Returns the mean of `amounts`; `None` where there are none.
pub(super) fn mean(amounts: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    let (sum, count) =
        amounts.fold((Decimal::ZERO, 0_u64), |(sum, count), amount| (sum.saturating_add(amount), count + 1));
    sum.checked_div(Decimal::from(count))
}

/// Squares the amount in whole units: with more digits the square would overflow.
fn square_rounded(amount: Decimal) -> Decimal {
    square_of(amount.round())
}

fn square_of(amount: Decimal) -> Decimal {
    amount.saturating_mul(amount)
}

fn square_root(amount: Decimal) -> Decimal {
    let whole = u128::try_from(amount).unwrap_or(u128::MAX);
    Decimal::from_i128_with_scale(i128::try_from(whole.isqrt()).unwrap_or(0), 0)
}
