//! Shares of an amount: the price of a term licence as a share of the list price, a discount.

use rust_decimal::Decimal;

/// A share of an amount, from nothing to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(Decimal);

impl Share {
    /// The price of a term licence for a quarter, as a share of the perpetual licence's list price: 16 %.
    pub const TERM_LICENCE: Self = Self(Decimal::from_parts(16, 0, 0, false, 2));
    /// Nothing of the amount.
    pub const NOTHING: Self = Self(Decimal::ZERO);

    /// Builds a share of `percent`; `None` outside 0 to 100.
    pub fn from_percent(percent: Decimal) -> Option<Self> {
        let share = percent.checked_div(Decimal::ONE_HUNDRED)?;
        (Decimal::ZERO <= share && share <= Decimal::ONE).then_some(Self(share))
    }

    /// The share as a fraction of one.
    pub fn fraction(self) -> Decimal {
        self.0
    }

    /// The fraction of one that is left without this share.
    pub fn rest(self) -> Decimal {
        Decimal::ONE - self.0
    }
}
