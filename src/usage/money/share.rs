//! A part of an amount: what a term licence costs of a list price, what a discount takes off.

use rust_decimal::Decimal;

/// A share of an amount, from nothing to all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(Decimal);

impl Share {
    /// What a term licence for a quarter costs of the perpetual licence's list price.
    pub const TERM_LICENCE: Self = Self(Decimal::from_parts(16, 0, 0, false, 2));
    /// None of it.
    pub const NOTHING: Self = Self(Decimal::ZERO);

    /// So many percent; `None` outside 0 to 100.
    pub fn from_percent(percent: Decimal) -> Option<Self> {
        let share = percent.checked_div(Decimal::ONE_HUNDRED)?;
        (Decimal::ZERO <= share && share <= Decimal::ONE).then_some(Self(share))
    }

    /// As a fraction of one.
    pub fn fraction(self) -> Decimal {
        self.0
    }

    /// What is left without it.
    pub fn rest(self) -> Decimal {
        Decimal::ONE - self.0
    }
}
