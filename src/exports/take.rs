//! What becomes of rows.

use super::said::Said;
use crate::usage::{Attendance, Counter, Covered, Crowd, Keep, LastUse, Register, Row, Spending, UseDays};

/// What takes rows: each thread has one, and they come together in the end.
pub trait Take: Send {
    /// Is told which columns the rows have that come next.
    fn columns(&mut self, _said: Said) {}

    /// Takes some rows; `register` gave them their numbers.
    fn take(&mut self, register: &Register, rows: &[Row]);

    /// Takes over what `other` has taken.
    fn absorb(&mut self, other: Self);
}

impl Take for Counter<'_> {
    fn take(&mut self, register: &Register, rows: &[Row]) {
        rows.iter().for_each(|row| self.add(register, row));
    }

    fn absorb(&mut self, other: Self) {
        self.absorb(other);
    }
}

impl Take for Attendance<'_> {
    fn take(&mut self, _: &Register, rows: &[Row]) {
        rows.iter().for_each(|row| self.add(row));
    }

    fn absorb(&mut self, other: Self) {
        self.absorb(other);
    }
}

impl Take for Crowd<'_> {
    fn take(&mut self, _: &Register, rows: &[Row]) {
        rows.iter().for_each(|row| self.add(row));
    }

    fn absorb(&mut self, other: Self) {
        self.absorb(other);
    }
}

impl Take for LastUse<'_> {
    fn take(&mut self, register: &Register, rows: &[Row]) {
        rows.iter().for_each(|row| self.add(register, row));
    }

    fn absorb(&mut self, other: Self) {
        self.absorb(other);
    }
}

impl Take for Spending<'_> {
    fn take(&mut self, register: &Register, rows: &[Row]) {
        rows.iter().for_each(|row| self.add(register, row));
    }

    fn absorb(&mut self, other: Self) {
        self.absorb(other);
    }
}

impl Take for Covered {
    fn take(&mut self, _: &Register, rows: &[Row]) {
        rows.iter().for_each(|row| self.add(row));
    }

    fn absorb(&mut self, other: Self) {
        self.absorb(other);
    }
}

impl Take for UseDays {
    fn take(&mut self, _: &Register, rows: &[Row]) {
        rows.iter().for_each(|row| self.add(row));
    }

    fn absorb(&mut self, other: Self) {
        self.absorb(other);
    }
}

/// Both take all rows.
impl<A: Take, B: Take> Take for (A, B) {
    fn columns(&mut self, said: Said) {
        self.0.columns(said);
        self.1.columns(said);
    }

    fn take(&mut self, register: &Register, rows: &[Row]) {
        self.0.take(register, rows);
        self.1.take(register, rows);
    }

    fn absorb(&mut self, other: Self) {
        self.0.absorb(other.0);
        self.1.absorb(other.1);
    }
}

/// Passes on only the rows that are kept.
#[derive(Debug)]
pub struct Kept<'a, T> {
    keep: &'a Keep,
    /// What takes them.
    pub inner: T,
    rows: Vec<Row>,
}

impl<'a, T> Kept<'a, T> {
    /// Gives `inner` what `keep` keeps.
    pub fn new(keep: &'a Keep, inner: T) -> Self {
        Self { keep, inner, rows: Vec::new() }
    }
}

impl<T: Take> Take for Kept<'_, T> {
    fn columns(&mut self, said: Said) {
        self.inner.columns(said);
    }

    fn take(&mut self, register: &Register, rows: &[Row]) {
        if self.keep.is_all() {
            return self.inner.take(register, rows);
        }
        self.rows.clear();
        self.rows.extend(rows.iter().filter(|row| self.keep.keeps(register, row)));
        self.inner.take(register, &self.rows);
    }

    fn absorb(&mut self, other: Self) {
        self.inner.absorb(other.inner);
    }
}
