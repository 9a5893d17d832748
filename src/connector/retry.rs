//! Waiting times between tries: doubled from try to try, jittered, within a deadline.

use std::time::Duration;

/// How a step or a read is tried again when the organization could not be reached.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// The first wait; each further wait is twice as long.
    pub first: Duration,
    /// The upper limit of one wait.
    pub longest: Duration,
    /// The time after which no further try is made.
    pub within: Duration,
    /// Spreads the waits of parallel steps; the same seed gives the same waits.
    pub seed: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            longest: Duration::from_secs(20),
            within: Duration::from_secs(300),
            seed: 0,
        }
    }
}

impl Retry {
    /// Returns the wait after the `tries`-th try of the step numbered `step`: between half of the doubled
    /// first wait and the whole of it.
    pub fn wait_time(&self, step: u32, tries: u32) -> Duration {
        let whole = self.first.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(self.longest);
        let draw = next_random(&mut (self.seed ^ u64::from(step) << 32 ^ u64::from(tries)));
        whole / 2 + (whole / 2).mul_f64(draw as f64 / u64::MAX as f64)
    }
}

/// Returns the next number of a stream whose state begins with a seed (SplitMix64: Steele, Lea, Flood 2014).
///
/// These few lines are ours because what was generated with them is frozen: seeds in scripts, tests and
/// reports stand for exact organizations and faults, and a library of random numbers may draw from a range
/// or a list in another way in its next version.
pub(crate) fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
