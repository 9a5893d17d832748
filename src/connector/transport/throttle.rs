//! At which pace requests go out: as configured, as the service says it allows, and not before it wants to be
//! asked again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use tokio::time::Instant;

use super::answer::HttpAnswer;
use crate::model::Timestamp;
use crate::wire::RATE_HEADERS;

/// A service that says nothing is asked again after this, doubled each time by who tries again.
const UNSAID: Duration = Duration::from_millis(500);
/// A service that wants to be left alone for longer is asked all the same: who waits has a deadline of their
/// own.
const LONGEST: Duration = Duration::from_secs(300);

// Timers tick in milliseconds, so a request may go out late by one or two; that much is caught up with, or
// the pace is not kept.
const CATCH_UP: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(super) struct Throttle {
    configured: Option<u32>,
    state: Mutex<ThrottleState>,
}

#[derive(Debug)]
struct ThrottleState {
    /// What the service said it allows.
    learnt: Option<u32>,
    next: Instant,
    /// Not before this.
    hold: Option<Instant>,
}

impl Throttle {
    pub(super) fn new(configured: Option<u32>) -> Self {
        Self {
            configured,
            state: Mutex::new(ThrottleState { learnt: None, next: Instant::now(), hold: None }),
        }
    }

    fn state(&self) -> MutexGuard<'_, ThrottleState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests a second: the fewer of what is configured and what the service allows.
    pub(super) fn per_second(&self) -> Option<u32> {
        let learnt = self.state().learnt;
        [self.configured, learnt].into_iter().flatten().min()
    }

    /// Waits until the next request may go out.
    pub(super) async fn wait_for_slot(&self) {
        loop {
            let Some(until) = self.reserve_slot() else { return };
            tokio::time::sleep_until(until).await;
            if self.state().hold.is_none_or(|hold| hold <= Instant::now()) {
                return;
            }
        }
    }

    fn reserve_slot(&self) -> Option<Instant> {
        let apart = self.per_second().map(|rate| Duration::from_secs(1) / rate.max(1));
        let now = Instant::now();
        let mut state = self.state();
        let slot =
            state.next.max(state.hold.unwrap_or(state.next)).max(now.checked_sub(CATCH_UP).unwrap_or(now));
        state.next = apart.map_or(state.next, |apart| slot + apart);
        (slot > now).then_some(slot)
    }

    /// Learns from an answer.
    pub(super) fn learn_from_answer(&self, answer: &HttpAnswer) {
        let allowed = answer
            .header(RATE_HEADERS[0])
            .and_then(|limit| limit.trim().parse().ok())
            .filter(|limit| *limit > 0);
        let wait = answer.is_throttled().then(|| {
            answer.header(RETRY_AFTER).and_then(|said| retry_delay(said, Timestamp::now())).unwrap_or(UNSAID)
        });
        let mut state = self.state();
        state.learnt = allowed.or(state.learnt);
        if let Some(wait) = wait {
            let hold = Instant::now() + wait.min(LONGEST);
            state.hold = Some(state.hold.map_or(hold, |known| known.max(hold)));
        }
    }
}

/// How long `Retry-After` asks to wait: seconds, or until a date.
fn retry_delay(said: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = said.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(said.trim()).ok()?.timestamp();
    // A date that has passed: now.
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().expect("the time is a constant");
        assert_eq!(retry_delay("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_delay("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_delay("Sun, 06 Nov 1994 08:49:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_delay("soon", now), None);
    }
}
