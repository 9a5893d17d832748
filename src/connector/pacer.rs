//! Hands out the times at which requests may go out, evenly spaced.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

// Timers tick in milliseconds, so a request may go out one or two milliseconds late. The next request goes
// out that much earlier, otherwise the configured pace would not be reached.
const CATCH_UP: Duration = Duration::from_millis(2);

/// The next free time for a request, shared by all who send.
#[derive(Debug)]
pub struct Pacer {
    next: Mutex<Instant>,
}

impl Default for Pacer {
    fn default() -> Self {
        Self { next: Mutex::new(Instant::now()) }
    }
}

impl Pacer {
    /// Takes the next free time at `per_second` requests a second, and not before `hold`; `None` where the
    /// request may go out now. Without a rate, requests go out as fast as they come.
    pub fn take_slot(&self, per_second: Option<u32>, hold: Option<Instant>) -> Option<Instant> {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = (*next).max(hold.unwrap_or(*next)).max(now.checked_sub(CATCH_UP).unwrap_or(now));
        if let Some(rate) = per_second {
            *next = slot + Duration::from_secs(1) / rate.max(1);
        }
        (slot > now).then_some(slot)
    }
}
