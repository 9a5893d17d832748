//! Scripted faults of the service: what goes wrong, and at which call. The same script gives the same faults
//! every time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::super::generate::Dice;
use super::SharedState;
use super::answer::ApiRefusal;
use crate::wire::ProblemKind;

/// A script of faults, which a JSON file states.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultScript {
    /// The seed of random faults.
    #[serde(default)]
    seed: u64,
    /// The first rule that matches a call decides.
    faults: Vec<FaultRule>,
}

/// The text is not a script.
#[derive(Debug, thiserror::Error)]
#[error("not a script of faults")]
pub struct FaultScriptError(#[source] serde_json::Error);

impl FaultScript {
    /// Parses the JSON of a script.
    pub fn parse(text: &[u8]) -> Result<Self, FaultScriptError> {
        serde_json::from_slice(text).map_err(FaultScriptError)
    }
}

/// A rule of a script: a fault, and the calls that get it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRule {
    fault: ServiceFault,
    on: CallKind,
    /// The numbers of calls, from 1. Reads and writes are counted separately.
    #[serde(default)]
    at: Vec<u32>,
    /// The number of calls in a thousand that get the fault at random.
    #[serde(default)]
    per_mille: u16,
    /// Only calls whose path begins so, such as `/v1/memberships`; all calls where it is absent. Calls are
    /// counted before it is looked at.
    #[serde(default)]
    path: Option<String>,
    /// The length of a delay, or the value of `Retry-After`, in seconds.
    #[serde(default)]
    seconds: f64,
}

/// Reads are `GET` and `HEAD`; all other calls are writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CallKind {
    Reads,
    Writes,
}

/// A fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ServiceFault {
    /// The answer is 422, and nothing is done.
    Refuse,
    /// The answer comes late.
    Delay,
    /// The connection breaks, and nothing is done.
    DropBefore,
    /// The request is carried out, and then the connection breaks.
    DropAfter,
    /// The answer is 429, and nothing is done.
    Throttle,
    /// The answer is 503, and nothing is done.
    Busy,
    /// The request is carried out, and the answer is a 502 of a gateway in between.
    GatewayAfter,
    /// A page ends early and has no link to a next page.
    Truncate,
    /// A page lacks its first row, as if pages were counted by rows and an earlier row had been deleted.
    Shift,
    /// The service ignores the cursor, so that the first rows come again.
    Repeat,
    /// The service ignores the filter, so that all rows come.
    IgnoreFilter,
    /// The answer to the first read of the same address comes again.
    Stale,
    /// The answer is the HTML of a captive portal's sign-in page, with status 200.
    Portal,
}

/// Injects the faults of a script and counts the calls.
pub(super) struct FaultInjector {
    script: FaultScript,
    reads: AtomicU32,
    writes: AtomicU32,
    /// The first answer to each read by address, kept only if the script has stale reads.
    first: Mutex<HashMap<String, Bytes>>,
}

impl FaultInjector {
    /// Returns the injector of a script, before the first call.
    pub(super) fn new(script: FaultScript) -> Self {
        Self { script, reads: AtomicU32::new(0), writes: AtomicU32::new(0), first: Mutex::default() }
    }

    /// Counts the next call and returns the rule that matches it, if there is one.
    fn next(&self, on: CallKind, path: &str) -> Option<FaultRule> {
        let counter = if on == CallKind::Reads { &self.reads } else { &self.writes };
        let call = counter.fetch_add(1, Ordering::Relaxed) + 1;
        // Each call has its own dice, so that which calls fail does not depend on the order of other calls.
        let mut dice =
            Dice::new(self.script.seed ^ (u64::from(call) << 32) ^ u64::from(on == CallKind::Reads));
        let thrown = dice.number_below(1000);
        let speaks = |rule: &&FaultRule| {
            let is_on_path = rule.path.as_ref().is_none_or(|prefix| path.starts_with(prefix));
            rule.on == on && is_on_path && (rule.at.contains(&call) || thrown < u64::from(rule.per_mille))
        };
        self.script.faults.iter().find(speaks).cloned()
    }

    fn has_stale(&self) -> bool {
        self.script.faults.iter().any(|rule| rule.fault == ServiceFault::Stale)
    }

    /// Returns the first answer to a read of `uri`, and keeps `body` if it is the first answer.
    fn first_answer(&self, uri: &Uri, body: &Bytes) -> Bytes {
        let mut known = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(uri.to_string()).or_insert_with(|| body.clone()).clone()
    }
}

/// Middleware that gives each call the fault that the script has for it.
pub(super) async fn inject_faults(State(shared): SharedState, request: Request, next: Next) -> Response {
    let Some(faults) = &shared.faults else { return next.run(request).await };
    let on = if matches!(*request.method(), Method::GET | Method::HEAD) {
        CallKind::Reads
    } else {
        CallKind::Writes
    };
    match faults.next(on, request.uri().path()) {
        Some(rule) => apply_fault(faults, &rule, request, next).await,
        None => answer_unharmed(faults, on, request, next).await,
    }
}

/// Answers a call without a fault, and keeps the answer to a read if the script has stale reads.
async fn answer_unharmed(faults: &FaultInjector, on: CallKind, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let response = next.run(request).await;
    if on == CallKind::Writes || !faults.has_stale() {
        return response;
    }
    change_body(response, |body| {
        faults.first_answer(&uri, &body);
        body
    })
    .await
}

/// Answers a call with the fault of a rule.
async fn apply_fault(faults: &FaultInjector, rule: &FaultRule, mut request: Request, next: Next) -> Response {
    let (fault, seconds, uri) = (rule.fault, rule.seconds, request.uri().clone());
    tracing::info!(?fault, path = uri.path(), "a fault on purpose");
    let later = seconds.ceil().max(0.0) as u64;
    match fault {
        ServiceFault::Refuse => {
            ApiRefusal::new(ProblemKind::Refused, "the organization does not want to").into_response()
        }
        ServiceFault::Throttle => {
            ApiRefusal::without_detail(ProblemKind::Throttled).retry_after(later).into_response()
        }
        ServiceFault::Busy => {
            ApiRefusal::without_detail(ProblemKind::Busy).retry_after(later).into_response()
        }
        ServiceFault::DropBefore => broken_response(),
        ServiceFault::Portal => {
            ([(header::CONTENT_TYPE, "text/html")], "<html><title>Sign in</title></html>").into_response()
        }
        ServiceFault::Delay => {
            tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0))).await;
            next.run(request).await
        }
        ServiceFault::DropAfter => {
            drop(next.run(request).await);
            broken_response()
        }
        ServiceFault::GatewayAfter => {
            drop(next.run(request).await);
            (StatusCode::BAD_GATEWAY, "bad gateway").into_response()
        }
        ServiceFault::Repeat => {
            *request.uri_mut() = without_parameters(&uri, &["cursor", "startIndex"]);
            next.run(request).await
        }
        ServiceFault::IgnoreFilter => {
            *request.uri_mut() = without_parameters(&uri, &["filter"]);
            next.run(request).await
        }
        ServiceFault::Truncate => edit_json(next.run(request).await, truncate_page).await,
        ServiceFault::Shift => edit_json(next.run(request).await, shift_page).await,
        ServiceFault::Stale => {
            change_body(next.run(request).await, |body| faults.first_answer(&uri, &body)).await
        }
    }
}

/// Returns an answer that breaks off: HTTP/1 closes the connection, HTTP/2 resets the stream.
fn broken_response() -> Response {
    let breaks = futures_util::stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(breaks).into_response()
}

async fn change_body(response: Response, change: impl FnOnce(Bytes) -> Bytes) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return broken_response() };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(change(body)))
}

async fn edit_json(response: Response, edit: impl FnOnce(&mut Value)) -> Response {
    let edit = |body: Bytes| match serde_json::from_slice::<Value>(&body) {
        Ok(mut page) => {
            edit(&mut page);
            Bytes::from(page.to_string())
        }
        Err(_) => body,
    };
    change_body(response, edit).await
}

fn truncate_page(page: &mut Value) {
    if let Some(items) = page_rows(page) {
        items.pop();
    }
    if let Some(page) = page.as_object_mut() {
        page.remove("next");
    }
}

fn shift_page(page: &mut Value) {
    if let Some(items) = page_rows(page).filter(|items| !items.is_empty()) {
        items.remove(0);
    }
}

/// Returns the rows of a page, which is either of the API or of SCIM.
fn page_rows(page: &mut Value) -> Option<&mut Vec<Value>> {
    let name = if page.get("items").is_some() { "items" } else { "Resources" };
    page.get_mut(name)?.as_array_mut()
}

fn without_parameters(uri: &Uri, parameters: &[&str]) -> Uri {
    let is_kept = |pair: &&str| !parameters.contains(&pair.split('=').next().unwrap_or_default());
    let kept: Vec<&str> = uri.query().unwrap_or_default().split('&').filter(is_kept).collect();
    format!("{}?{}", uri.path(), kept.join("&")).parse().unwrap_or_else(|_| uri.clone())
}
