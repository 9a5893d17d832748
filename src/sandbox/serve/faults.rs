//! What goes wrong on purpose, and at which call: a script, the same each time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::super::generate::Dice;
use super::Shared;
use super::answer::Refusal;
use crate::wire::ProblemKind;

/// A script of faults, as a file has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The same seed gives the same faults by chance.
    #[serde(default)]
    seed: u64,
    /// The first rule that speaks of a call decides.
    faults: Vec<Rule>,
}

/// The text is no script.
#[derive(Debug, thiserror::Error)]
#[error("not a script of faults")]
pub struct ScriptError(#[source] serde_json::Error);

impl Script {
    /// Reads a script, which is JSON.
    pub fn read(text: &[u8]) -> Result<Self, ScriptError> {
        serde_json::from_slice(text).map_err(ScriptError)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    fault: Fault,
    on: On,
    /// Numbers of calls, from 1; reads and writes are counted apart.
    #[serde(default)]
    at: Vec<u32>,
    /// How many of a thousand calls, by chance.
    #[serde(default)]
    per_mille: u16,
    /// How long a delay lasts, or in how many seconds to come again.
    #[serde(default)]
    seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum On {
    Reads,
    Writes,
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    /// 422; nothing is done.
    Refuse,
    /// The answer comes late.
    Delay,
    /// The connection breaks, and nothing is done.
    DropBefore,
    /// It is done, and then the connection breaks.
    DropAfter,
    /// 429; nothing is done.
    Throttle,
    /// 503; nothing is done.
    Busy,
    /// 502 from something in between, after it was done.
    GatewayAfter,
    /// A page ends early, and says that it is the last.
    Truncate,
    /// A page misses the row it begins with, as where pages are counted by rows and one before it went.
    Shift,
    /// The cursor is ignored: the first rows come again.
    Repeat,
    /// The filter is ignored: everything comes.
    IgnoreFilter,
    /// The answer is the one of the first time.
    Stale,
    /// Somebody wants one to sign in first: HTML, with 200.
    Portal,
}

/// A script under way.
pub(super) struct Faults {
    script: Script,
    reads: AtomicU32,
    writes: AtomicU32,
    /// The first answer to each read, where one will be stale.
    first: Mutex<HashMap<String, Bytes>>,
}

impl Faults {
    pub(super) fn new(script: Script) -> Self {
        Self { script, reads: AtomicU32::new(0), writes: AtomicU32::new(0), first: Mutex::default() }
    }

    /// What goes wrong with the next call.
    fn next(&self, on: On) -> Option<Rule> {
        let counter = if on == On::Reads { &self.reads } else { &self.writes };
        let call = counter.fetch_add(1, Ordering::Relaxed) + 1;
        // Each call has dice of its own: which calls fail does not depend on the order of others.
        let mut dice = Dice::new(self.script.seed ^ (u64::from(call) << 32) ^ u64::from(on == On::Reads));
        let thrown = dice.below(1000);
        let speaks =
            |rule: &&Rule| rule.on == on && (rule.at.contains(&call) || thrown < u64::from(rule.per_mille));
        self.script.faults.iter().find(speaks).cloned()
    }

    fn has_stale(&self) -> bool {
        self.script.faults.iter().any(|rule| rule.fault == Fault::Stale)
    }

    /// The first answer to a read, which is kept if it is this one.
    fn first(&self, uri: &Uri, body: &Bytes) -> Bytes {
        let mut known = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(uri.to_string()).or_insert_with(|| body.clone()).clone()
    }
}

pub(super) async fn faults(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let Some(faults) = &shared.faults else { return next.run(request).await };
    let on = if matches!(*request.method(), Method::GET | Method::HEAD) { On::Reads } else { On::Writes };
    let uri = request.uri().clone();
    let Some(Rule { fault, seconds, .. }) = faults.next(on) else {
        let response = next.run(request).await;
        if on == On::Writes || !faults.has_stale() {
            return response;
        }
        return changed(response, |body| {
            faults.first(&uri, &body);
            body
        })
        .await;
    };
    tracing::info!(?fault, path = uri.path(), "a fault on purpose");
    let later = seconds.ceil().max(0.0) as u64;
    match fault {
        Fault::Refuse => {
            Refusal::new(ProblemKind::Refused, "the organization does not want to").into_response()
        }
        Fault::Throttle => Refusal::bare(ProblemKind::Throttled).after(later).into_response(),
        Fault::Busy => Refusal::bare(ProblemKind::Busy).after(later).into_response(),
        Fault::DropBefore => broken(),
        Fault::Portal => {
            ([(header::CONTENT_TYPE, "text/html")], "<html><title>Sign in</title></html>").into_response()
        }
        Fault::Delay => {
            tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0))).await;
            next.run(request).await
        }
        Fault::DropAfter => {
            drop(next.run(request).await);
            broken()
        }
        Fault::GatewayAfter => {
            drop(next.run(request).await);
            (StatusCode::BAD_GATEWAY, "bad gateway").into_response()
        }
        Fault::Repeat => {
            *request.uri_mut() = without(&uri, &["cursor", "startIndex"]);
            next.run(request).await
        }
        Fault::IgnoreFilter => {
            *request.uri_mut() = without(&uri, &["filter"]);
            next.run(request).await
        }
        Fault::Truncate => edited(next.run(request).await, truncate).await,
        Fault::Shift => edited(next.run(request).await, shift).await,
        Fault::Stale => changed(next.run(request).await, |body| faults.first(&uri, &body)).await,
    }
}

/// An answer that breaks off: the connection is closed, or the stream reset.
fn broken() -> Response {
    let breaks = futures_util::stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(breaks).into_response()
}

async fn changed(response: Response, change: impl FnOnce(Bytes) -> Bytes) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return broken() };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(change(body)))
}

async fn edited(response: Response, edit: impl FnOnce(&mut Value)) -> Response {
    let edit = |body: Bytes| match serde_json::from_slice::<Value>(&body) {
        Ok(mut page) => {
            edit(&mut page);
            Bytes::from(page.to_string())
        }
        Err(_) => body,
    };
    changed(response, edit).await
}

fn truncate(page: &mut Value) {
    if let Some(items) = rows(page) {
        items.pop();
    }
    if let Some(page) = page.as_object_mut() {
        page.remove("next");
    }
}

fn shift(page: &mut Value) {
    if let Some(items) = rows(page).filter(|items| !items.is_empty()) {
        items.remove(0);
    }
}

/// The rows of a page, of the API or of SCIM.
fn rows(page: &mut Value) -> Option<&mut Vec<Value>> {
    let name = if page.get("items").is_some() { "items" } else { "Resources" };
    page.get_mut(name)?.as_array_mut()
}

fn without(uri: &Uri, parameters: &[&str]) -> Uri {
    let is_kept = |pair: &&str| !parameters.contains(&pair.split('=').next().unwrap_or_default());
    let kept: Vec<&str> = uri.query().unwrap_or_default().split('&').filter(is_kept).collect();
    format!("{}?{}", uri.path(), kept.join("&")).parse().unwrap_or_else(|_| uri.clone())
}
