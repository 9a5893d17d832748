//! What all pools together may cost.
//!
//! The sum of charges is that of their means, as a few pools that grow cost more than many that do not save.
//! How far it may be from that has two parts. Within a period some pools grow more than others, and those
//! distances are added as those of independent things are. And some periods are busier than others for all
//! pools at once: how the sum would have come out as each earlier period went says by how much.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{ExposureForecast, ForecastLine, ForecastRange};
use crate::model::{Money, Text};
use crate::usage::{Charge, Period};

/// What one pool may cost, in whole units of a currency.
#[derive(Debug, Clone)]
pub(super) struct ChargeSpread {
    currency: Text,
    mean: Decimal,
    /// The mean, if it goes as in that period.
    as_in: BTreeMap<Period, Decimal>,
    /// Within a period.
    variance: Decimal,
}

impl ChargeSpread {
    /// Of what it costs as pools of about its size went in earlier periods; `None` where it costs nothing.
    pub(super) fn from_charges(charges: &[(Period, Charge)]) -> Option<Self> {
        let currency =
            charges.iter().find_map(|(_, charge)| money_due(charge).map(|money| money.currency.clone()))?;
        let mut amounts = BTreeMap::<Period, Vec<Decimal>>::new();
        for (period, charge) in charges {
            // Ends of an interval are not known to the cent.
            amounts
                .entry(*period)
                .or_default()
                .push(money_due(charge).map_or(Decimal::ZERO, |money| money.amount.round()));
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

/// The sums of all lines, by currency.
pub(super) fn exposure_by_currency(lines: &[ForecastLine]) -> BTreeMap<Text, ExposureForecast> {
    let mut sums = BTreeMap::<&Text, (Decimal, Vec<&ChargeSpread>)>::new();
    for held in lines.iter().filter_map(|line| line.held.as_ref()) {
        let Some(spread) = &held.spread else { continue };
        let (so_far, spreads) = sums.entry(&spread.currency).or_default();
        *so_far = so_far.saturating_add(money_due(&held.so_far).map_or(Decimal::ZERO, |money| money.amount));
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

/// The square of how far a tenth of sums lie from their mean, for what all pools have in common; `sums` are
/// those of earlier periods. One period alone says nothing of it.
fn common_variance(sums: &[Decimal]) -> Option<Decimal> {
    let (count, mean) = (Decimal::from(sums.len()), mean(sums.iter().copied())?);
    let squares = sum(sums.iter().map(|sum| square_rounded(*sum - mean)));
    let variance = squares.checked_div(count - Decimal::ONE)?;
    let tenth = TENTHS_OF_FEW.get(sums.len().checked_sub(2)?).map_or(TENTH, |tenth| Decimal::new(*tenth, 4));
    // The mean of so few is not known for certain either.
    let of_the_mean = variance.checked_div(count)?;
    Some(variance.saturating_add(of_the_mean).saturating_mul(square_of(tenth)))
}

/// Tenths of a normal distribution lie so many standard deviations out.
const TENTH: Decimal = Decimal::from_parts(12_816, 0, 0, false, 4);
/// The same, in ten thousandths, where the standard deviation is that of 2, 3, 4, … values: the 90 % quantile
/// of Student's distribution with one degree of freedom less.
const TENTHS_OF_FEW: [i64; 11] =
    [30_777, 18_856, 16_377, 15_332, 14_759, 14_398, 14_149, 13_968, 13_830, 13_722, 13_634];

pub(super) fn money_due(charge: &Charge) -> Option<&Money> {
    match charge {
        Charge::Due(money) => Some(money),
        Charge::Nothing | Charge::Forgiven | Charge::PriceUnknown | Charge::TooLarge => None,
    }
}

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.fold(Decimal::ZERO, Decimal::saturating_add)
}

pub(super) fn mean(amounts: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    let (sum, count) =
        amounts.fold((Decimal::ZERO, 0_u64), |(sum, count), amount| (sum.saturating_add(amount), count + 1));
    sum.checked_div(Decimal::from(count))
}

/// In whole units: squares of more would not fit.
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
