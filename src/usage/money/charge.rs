//! Prices excess: as term licences for the whole period, as one line of an invoice.

use rust_decimal::Decimal;

use crate::model::{Money, OwnedLicences};
use crate::usage::{Excess, Peak, Period, Tally, UsageSettings, ValueHistory};

/// The charge for the excess of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Charge {
    /// No charge: there was no excess.
    Nothing,
    /// No charge: there were no more days of overuse than the contract forgives.
    Forgiven,
    /// This amount is due.
    Due(Money),
    /// There was excess, but no list price is known for the first day of the period.
    PriceUnknown,
    /// The amount has more digits than a decimal can hold.
    TooLarge,
}

impl Charge {
    /// Returns the money that is due, if any.
    pub fn money_due(&self) -> Option<&Money> {
        match self {
            Self::Due(money) => Some(money),
            Self::Nothing | Self::Forgiven | Self::PriceUnknown | Self::TooLarge => None,
        }
    }
}

/// The use of one pool in one period, compared with what is owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The most machines at once; `None` where no use counted.
    pub peak: Option<Peak>,
    /// The excess with the most machines not covered; `None` where all were covered.
    pub excess: Option<Excess>,
    /// The number of UTC days with an interval in which a machine was not covered.
    pub overuse_days: u32,
    pub charge: Charge,
}

impl Assessment {
    /// Returns the most machines above owned.
    pub fn excess_machines(&self) -> u32 {
        self.excess.map_or(0, |excess| excess.machines)
    }
}

/// Compares the use counted in `tally` with `owned`, and prices the excess.
///
/// A single interval above owned is charged for the whole period.
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

/// Returns the charge for `excess` machines in `period`: for each, the price of a term licence on the first
/// day of the period; the total is one line, rounded once.
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
