//! Paces the requests: as configured, as the service allows, and not before the service accepts requests
//! again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use tokio::time::Instant;

use super::answer::HttpAnswer;
use crate::connector::Pacer;
use crate::model::Timestamp;
use crate::wire::RATE_HEADERS;

/// The wait for a throttling service that does not send `Retry-After`. The retry above this layer adds waits
/// of its own, which double each time.
const UNSAID: Duration = Duration::from_millis(500);
/// The longest wait that is honoured, even if the service asks for a longer one: callers have deadlines of
/// their own.
const LONGEST: Duration = Duration::from_secs(300);

/// The pace of one host, shared by all requests.
#[derive(Debug)]
pub(super) struct Throttle {
    configured: Option<u32>,
    pacer: Pacer,
    state: Mutex<ThrottleState>,
}

/// What answers have said so far.
#[derive(Debug, Default)]
struct ThrottleState {
    /// Requests a second that the service allows; `None` while no answer has named a limit.
    learnt: Option<u32>,
    /// No request goes out before this time.
    hold: Option<Instant>,
}

impl Throttle {
    /// Builds a throttle with the configured requests a second; `None` means no limit.
    pub(super) fn new(configured: Option<u32>) -> Self {
        Self { configured, pacer: Pacer::default(), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, ThrottleState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the requests a second: the lower of the configured number and what the service allows.
    pub(super) fn per_second(&self) -> Option<u32> {
        let learnt = self.state().learnt;
        [self.configured, learnt].into_iter().flatten().min()
    }

    /// Waits until the next request may go out.
    pub(super) async fn wait_for_slot(&self) {
        loop {
            let hold = self.state().hold;
            let Some(until) = self.pacer.take_slot(self.per_second(), hold) else { return };
            tokio::time::sleep_until(until).await;
            if self.state().hold.is_none_or(|hold| hold <= Instant::now()) {
                return;
            }
        }
    }

    /// Takes the rate limit and `Retry-After` from an answer.
    pub(super) fn learn_from_answer(&self, answer: &HttpAnswer) {
        let allowed = answer
            .header(RATE_HEADERS[0])
            .and_then(|limit| limit.trim().parse().ok())
            .filter(|limit| *limit > 0);
        let wait = answer.is_throttled().then(|| {
            answer.header(RETRY_AFTER).and_then(|text| retry_delay(text, Timestamp::now())).unwrap_or(UNSAID)
        });
        let mut state = self.state();
        state.learnt = allowed.or(state.learnt);
        if let Some(wait) = wait {
            let hold = Instant::now() + wait.min(LONGEST);
            state.hold = Some(state.hold.map_or(hold, |known| known.max(hold)));
        }
    }
}

/// Returns how long `Retry-After` asks to wait: a number of seconds, or until a date.
fn retry_delay(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    // A date in the past means no wait.
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
