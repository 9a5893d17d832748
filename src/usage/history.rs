//! What holds from a day on: licences owned, list prices.

use std::collections::BTreeMap;

use crate::model::{Date, Owned};

/// A value that changes at the beginning of UTC days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History<T>(BTreeMap<Date, T>);

impl<T> History<T> {
    /// `value`, always.
    pub fn always(value: T) -> Self {
        Self(BTreeMap::from([(Date::MIN, value)]))
    }

    /// What holds on `day`; `None` before the first entry.
    pub fn on(&self, day: Date) -> Option<&T> {
        self.0.range(..=day).next_back().map(|(_, value)| value)
    }

    /// The days on which it changes, in order.
    pub(super) fn days(&self) -> impl Iterator<Item = Date> {
        self.0.keys().copied()
    }
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> FromIterator<(Date, T)> for History<T> {
    fn from_iter<I: IntoIterator<Item = (Date, T)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl History<Owned> {
    /// The licences that cover use on `day`. A product that is not owned has none, and neither has one that
    /// is unlimited but not owned.
    pub fn covered_on(&self, day: Date) -> u32 {
        match self.on(day) {
            Some(Owned::Quantity(quantity)) => *quantity,
            Some(Owned::Unlimited) | None => 0,
        }
    }
}
