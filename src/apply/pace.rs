//! When the next request may go out, and how long to wait before trying again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

// Timers tick in milliseconds, so a request may come late by one or two; that much is caught up with.
const CATCH_UP: Duration = Duration::from_millis(2);

/// Hands out the times at which requests may be sent, evenly spaced.
pub(super) struct Pacer {
    apart: Option<Duration>,
    next: Mutex<Instant>,
}

impl Pacer {
    /// At most `per_second` requests a second; `None` is as fast as they go.
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let apart = per_second.map(|rate| Duration::from_secs(1) / rate.max(1));
        Self { apart, next: Mutex::new(Instant::now()) }
    }

    /// Takes the next free time, if it is not now.
    pub(super) fn slot(&self) -> Option<Instant> {
        let apart = self.apart?;
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = (*next).max(now.checked_sub(CATCH_UP).unwrap_or(now));
        *next = slot + apart;
        (slot > now).then_some(slot)
    }
}

/// How a step is tried again when the organization could not be reached for it.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// The first wait, which doubles from try to try.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// How long a step is tried again.
    pub within: Duration,
    /// Spreads the waits of many steps; the same seed gives the same waits.
    pub seed: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_millis(200), longest: Duration::from_secs(20), within: Duration::from_secs(300), seed: 0 }
    }
}

impl Retry {
    /// The wait of step `step` after its `tries`-th try: between a half and the whole of the doubled first wait.
    pub(super) fn wait(&self, step: u32, tries: u32) -> Duration {
        let whole = self.first.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(self.longest);
        let draw = mix(self.seed ^ u64::from(step) << 32 ^ u64::from(tries));
        whole / 2 + (whole / 2).mul_f64(draw as f64 / u64::MAX as f64)
    }
}

// SplitMix64 (Steele, Lea, Flood 2014): a good spread from any seed, without state.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}
