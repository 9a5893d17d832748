//! Seeded random choices: the same seed gives the same organization on every machine and in every version.

use crate::connector::next_random;

/// A stream of random numbers from a seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Returns the stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below `end`, which is at least 1.
    pub fn number_below(&mut self, end: u64) -> u64 {
        // The high half of the product has no bias that a test could see and needs no division.
        ((u128::from(next_random(&mut self.0)) * u128::from(end)) >> 64) as u64
    }

    /// Returns an index below `end`. Small indices come much more often, because sizes of groups follow
    /// Zipf's law.
    pub fn skewed_index(&mut self, end: usize) -> usize {
        let within = self.number_below(end as u64) + 1;
        self.number_below(within) as usize
    }

    /// Returns `true` in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.number_below(100) < percent
    }

    /// Returns one of the values of `from`, which is not empty.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.number_below(from.len() as u64) as usize]
    }

    /// Returns one of `words`, which are separated by commas.
    pub(super) fn pick_word<'a>(&mut self, words: &'a str) -> &'a str {
        self.pick::<&str>(&words.split(", ").collect::<Vec<_>>())
    }
}
