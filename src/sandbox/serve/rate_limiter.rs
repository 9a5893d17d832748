//! The limit on each client's rate of requests: a bucket that holds the requests of one second and fills
//! evenly.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use rustc_hash::FxBuildHasher;
use tokio::time::Instant;

use crate::wire::RATE_HEADERS;

/// The buckets of all clients.
pub(super) struct RateLimiter {
    per_second: u32,
    buckets: Mutex<HashMap<String, RequestBucket, FxBuildHasher>>,
}

/// The requests left in a bucket at a time.
#[derive(Debug, Clone, Copy)]
struct RequestBucket {
    left: f64,
    at: Instant,
}

/// Whether a request may pass, and how many requests are left after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestAllowance {
    limit: u32,
    remaining: u32,
    /// Seconds until the bucket holds one more request.
    next: f64,
    pub(super) passes: bool,
}

impl RateLimiter {
    /// Returns a limiter with full buckets of `per_second` requests, at least one.
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second: per_second.max(1), buckets: Mutex::default() }
    }

    /// Takes one request out of the bucket of `client`, if the bucket holds one.
    pub(super) fn take(&self, client: &str) -> RequestAllowance {
        let (rate, now) = (f64::from(self.per_second), Instant::now());
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(client.to_owned()).or_insert(RequestBucket { left: rate, at: now });
        let left = (bucket.left + now.duration_since(bucket.at).as_secs_f64() * rate).min(rate);
        let passes = left >= 1.0;
        *bucket = RequestBucket { left: if passes { left - 1.0 } else { left }, at: now };
        let next = ((1.0 - bucket.left) / rate).max(0.0);
        // Only whole requests count; a fraction is cut off.
        RequestAllowance { limit: self.per_second, remaining: bucket.left as u32, next, passes }
    }
}

impl RequestAllowance {
    /// Returns the time to wait, rounded up to the whole seconds of HTTP headers.
    pub(super) fn seconds(self) -> u64 {
        (self.next.ceil() as u64).max(u64::from(!self.passes))
    }

    /// Writes the limit, the remaining requests and the seconds to wait into the headers of an answer.
    pub(super) fn write_headers(self, headers: &mut HeaderMap) {
        let values = [self.limit.into(), self.remaining.into(), self.seconds()];
        for (name, value) in RATE_HEADERS.into_iter().zip(values) {
            headers.insert(name, value.into());
        }
    }
}
