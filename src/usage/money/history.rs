//! Values that hold from a day on: licences owned, list prices.

use std::collections::BTreeMap;

use crate::model::{Date, OwnedLicences};

/// A value that changes only at the beginning of UTC days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueHistory<T>(BTreeMap<Date, T>);

impl<T> ValueHistory<T> {
    /// Builds a history in which `value` has always held.
    pub fn constant(value: T) -> Self {
        Self(BTreeMap::from([(Date::MIN, value)]))
    }

    /// Returns the value on `day`; `None` before the first entry.
    pub fn value_on(&self, day: Date) -> Option<&T> {
        self.0.range(..=day).next_back().map(|(_, value)| value)
    }

    /// Returns the days on which the value changes, in order.
    pub(in crate::usage) fn change_days(&self) -> impl Iterator<Item = Date> {
        self.0.keys().copied()
    }
}

impl<T> Default for ValueHistory<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> FromIterator<(Date, T)> for ValueHistory<T> {
    fn from_iter<I: IntoIterator<Item = (Date, T)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl ValueHistory<OwnedLicences> {
    /// Returns the number of licences that cover use on `day`. A product that is not owned has none, and
    /// neither has one that is unlimited but not owned.
    pub fn covered_licences_on(&self, day: Date) -> u32 {
        match self.value_on(day) {
            Some(OwnedLicences::Quantity(quantity)) => *quantity,
            Some(OwnedLicences::Unlimited) | None => 0,
        }
    }
}
