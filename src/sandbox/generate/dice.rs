//! Seeded random numbers (SplitMix64): the same seed gives the same organization on every machine and in
//! every version.

/// A stream of random numbers from a seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Returns the stream of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        // Constants of SplitMix64 (Steele, Lea, Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`, which is at least 1.
    pub fn number_below(&mut self, end: u64) -> u64 {
        // The high half of the product has no bias that a test could see and needs no division.
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
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
}
