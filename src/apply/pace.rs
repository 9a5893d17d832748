//! Limits the pace of requests.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

// Timers tick in milliseconds, so a request may be one or two milliseconds late; the next requests catch up
// by at most this much.
const CATCH_UP: Duration = Duration::from_millis(2);

/// Hands out the times at which requests may be sent, evenly spaced.
pub(super) struct Pacer {
    apart: Option<Duration>,
    next: Mutex<Instant>,
}

impl Pacer {
    /// Allows at most `per_second` requests per second; `None` means no limit.
    pub(super) fn new(per_second: Option<u32>) -> Self {
        let apart = per_second.map(|rate| Duration::from_secs(1) / rate.max(1));
        Self { apart, next: Mutex::new(Instant::now()) }
    }

    /// Takes the next free slot, and returns its time; `None` where the request may be sent now.
    pub(super) fn take_slot(&self) -> Option<Instant> {
        let apart = self.apart?;
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = (*next).max(now.checked_sub(CATCH_UP).unwrap_or(now));
        *next = slot + apart;
        (slot > now).then_some(slot)
    }
}
