//! What excess costs: term licences for the whole period, as one line of an invoice.

use rust_decimal::Decimal;

use crate::model::{Money, OwnedLicences};
use crate::usage::{Excess, Peak, Period, Tally, UsageSettings, ValueHistory};

/// What the excess of a period costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Charge {
    /// Nothing: there was no excess.
    Nothing,
    /// Nothing: no more days of overuse than the contract forgives.
    Forgiven,
    /// This much.
    Due(Money),
    /// There was excess, and no list price is known for the first day of the period.
    PriceUnknown,
    /// The amount has more digits than are calculated with.
    TooLarge,
}

/// Use of one pool in one period against what is owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The most machines at once; `None` where no use counted.
    pub peak: Option<Peak>,
    /// Where the most machines were not covered; `None` where all were.
    pub excess: Option<Excess>,
    /// UTC days with an interval in which a machine was not covered.
    pub overuse_days: u32,
    /// What it costs.
    pub charge: Charge,
}

/// Holds the use that `tally` counted against `owned`, and prices what is above it.
///
/// One interval above, once, is a whole period's charge.
pub fn assess_use(
    tally: &Tally,
    owned: &ValueHistory<OwnedLicences>,
    prices: &ValueHistory<Money>,
    settings: &UsageSettings,
) -> Assessment {
    let excess = tally.excess(owned);
    let overuse_days = tally.overuse_days(owned);
    let charge = match &excess {
        None => Charge::Nothing,
        Some(_) if overuse_days <= settings.forgive => Charge::Forgiven,
        Some(excess) => price_excess(excess.machines, tally.period(), prices, settings),
    };
    Assessment { peak: tally.peak(), excess, overuse_days, charge }
}

/// What `excess` machines cost in `period`: the term licence's price on its first day for each, as one line,
/// rounded once.
pub fn price_excess(
    excess: u32,
    period: Period,
    prices: &ValueHistory<Money>,
    settings: &UsageSettings,
) -> Charge {
    if excess == 0 {
        return Charge::Nothing;
    }
    let Some(list_price) = prices.value_on(period.first_day()) else { return Charge::PriceUnknown };
    let factors = [list_price.amount, settings.term_share.fraction(), settings.discount.rest()];
    let amount = factors.into_iter().try_fold(Decimal::from(excess), Decimal::checked_mul);
    amount.map_or(Charge::TooLarge, |amount| {
        Charge::Due(Money { amount, currency: list_price.currency.clone() }.round())
    })
}
