//! Sinks that take rows of usage.

use super::present_columns::PresentColumns;
use crate::usage::{
    Attendance, LastUseCollector, NameRegister, RowFilter, TimeSpentCounter, UsageCounter, UsageWithoutUsers,
    UseDateRange, UseDays, UseRow,
};

/// A sink for rows: each thread has one, and the sinks are merged at the end.
pub trait RowSink: Send {
    /// Notes the optional columns of the rows that come next.
    fn note_columns(&mut self, _said: PresentColumns) {}

    /// Takes some rows; `register` gave them their numbers.
    fn take_rows(&mut self, register: &NameRegister, rows: &[UseRow]);

    /// Adds what `other` has taken.
    fn merge(&mut self, other: Self);
}

/// Makes sinks of the counters of [`crate::usage`]: those that look up names in the register while they
/// count, and those that do not.
macro_rules! row_sinks {
    ($($counter:ty $(, $register:ident)?;)*) => { $(
        impl RowSink for $counter {
            fn take_rows(&mut self, _register: &NameRegister, rows: &[UseRow]) {
                $(let $register = _register;)?
                rows.iter().for_each(|row| self.add($($register,)? row));
            }

            fn merge(&mut self, other: Self) {
                self.merge(other);
            }
        }
    )* };
}

row_sinks! {
    UsageCounter<'_>, register;
    LastUseCollector<'_>, register;
    TimeSpentCounter<'_>, register;
    Attendance<'_>;
    UsageWithoutUsers<'_>;
    UseDateRange;
    UseDays;
}

/// Two sinks that both take all rows.
impl<A: RowSink, B: RowSink> RowSink for (A, B) {
    fn note_columns(&mut self, said: PresentColumns) {
        self.0.note_columns(said);
        self.1.note_columns(said);
    }

    fn take_rows(&mut self, register: &NameRegister, rows: &[UseRow]) {
        self.0.take_rows(register, rows);
        self.1.take_rows(register, rows);
    }

    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
    }
}

/// A sink that passes on only the rows that a filter keeps.
#[derive(Debug)]
pub struct FilteredSink<'a, T> {
    keep: &'a RowFilter,
    /// The sink that takes the kept rows.
    pub inner: T,
    rows: Vec<UseRow>,
}

impl<'a, T> FilteredSink<'a, T> {
    /// Passes the rows that `keep` keeps to `inner`.
    pub fn new(keep: &'a RowFilter, inner: T) -> Self {
        Self { keep, inner, rows: Vec::new() }
    }
}

impl<T: RowSink> RowSink for FilteredSink<'_, T> {
    fn note_columns(&mut self, said: PresentColumns) {
        self.inner.note_columns(said);
    }

    fn take_rows(&mut self, register: &NameRegister, rows: &[UseRow]) {
        if self.keep.is_all() {
            return self.inner.take_rows(register, rows);
        }
        self.rows.clear();
        self.rows.extend(rows.iter().filter(|row| self.keep.keeps(register, row)));
        self.inner.take_rows(register, &self.rows);
    }

    fn merge(&mut self, other: Self) {
        self.inner.merge(other.inner);
    }
}
