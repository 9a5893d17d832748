//! Answers of the API: JSON, and problems by RFC 9457.

use std::sync::Arc;

use axum::http::header::{self, AsHeaderName};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::SandboxStoreError;
use super::ServiceState;
use crate::sandbox::acts::write_transaction::WriteStop;
use crate::wire::{PROBLEM_JSON, ProblemKind};

/// The answer to a request that is not carried out: a problem by RFC 9457.
#[derive(Debug, Clone)]
pub(super) struct ApiRefusal {
    kind: ProblemKind,
    detail: Option<String>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl ApiRefusal {
    /// Returns a refusal with a detail, which is a lower-case fragment.
    pub(super) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: Some(detail.into()), header: None }
    }

    /// Returns a refusal that says no more than its kind.
    pub(super) fn without_detail(kind: ProblemKind) -> Self {
        Self { kind, detail: None, header: None }
    }

    /// Adds a header to the answer.
    pub(super) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// Returns the HTTP status and the detail; the detail defaults to the title of the kind.
    pub(super) fn status_and_detail(&self) -> (u16, String) {
        let (status, title) = self.kind.status_and_title();
        (status, self.detail.clone().unwrap_or_else(|| title.to_owned()))
    }

    /// Asks the client to try again after `seconds`.
    pub(super) fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, seconds.into())
    }
}

impl IntoResponse for ApiRefusal {
    fn into_response(self) -> Response {
        let refusal = self.clone();
        let problem = self.kind.problem(self.detail);
        let status = StatusCode::from_u16(problem.status).expect("kinds have statuses that there are");
        let body = serde_json::to_vec(&problem).expect("a problem is JSON");
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        // SCIM takes the refusal from here to write it in its own form.
        response.extensions_mut().insert(refusal);
        response
    }
}

impl From<SandboxStoreError> for ApiRefusal {
    fn from(error: SandboxStoreError) -> Self {
        match error {
            SandboxStoreError::Locked(_) => {
                Self::new(ProblemKind::Busy, "another process holds the organization").retry_after(1)
            }
            SandboxStoreError::Refused(why) => Self::new(ProblemKind::Refused, why.to_string()),
            // The error contains the path of the file, which only the operator of the service may see, in the
            // log.
            error @ (SandboxStoreError::Missing(_)
            | SandboxStoreError::Exists(_)
            | SandboxStoreError::NotAFile(_)
            | SandboxStoreError::Foreign(_)
            | SandboxStoreError::Format { .. }
            | SandboxStoreError::Corrupt { .. }
            | SandboxStoreError::Full(_)
            | SandboxStoreError::ReadOnly(_)
            | SandboxStoreError::File { .. }
            | SandboxStoreError::Database { .. }) => {
                tracing::error!(%error, "the store failed");
                Self::new(ProblemKind::Broken, "the organization could not be reached")
            }
        }
    }
}

impl ApiRefusal {
    /// Returns the refusal that tells the client why a write stopped.
    pub(super) fn from_write_stop(
        stop: WriteStop,
        failed: impl FnOnce(rusqlite::Error) -> SandboxStoreError,
    ) -> Self {
        match stop {
            WriteStop::Changed(what) => Self::new(ProblemKind::Changed, what.to_string()),
            WriteStop::Refused(why) => Self::new(ProblemKind::Refused, why.to_string()),
            WriteStop::Version(what) => Self::new(ProblemKind::Precondition, what.to_string()),
            WriteStop::Failed(source) => failed(source).into(),
        }
    }
}

/// Returns a response with a body that is JSON text already.
pub(super) fn json_response(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Returns the text of a header; empty where the header is missing or is no text.
pub(super) fn header_text(headers: &HeaderMap, name: impl AsHeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns the media type of a body, without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> &str {
    header_text(headers, header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim()
}

/// Returns the version that `If-Match` names, behind what `strong` takes off a tag. `None` accepts any
/// version, as does `*`.
pub(super) fn expected_version(
    headers: &HeaderMap,
    strong: fn(&str) -> &str,
) -> Result<Option<u32>, &'static str> {
    let Some(tag) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let tag = tag.to_str().unwrap_or_default().trim();
    let version = strong(tag).strip_prefix('"').and_then(|tag| tag.strip_suffix('"')?.parse().ok());
    if version.is_none() && tag != "*" {
        return Err("`If-Match` names no version of this service");
    }
    Ok(version)
}

/// Runs blocking work on a thread where blocking is allowed.
pub(super) async fn run_blocking<T: Send + 'static>(
    shared: Arc<ServiceState>,
    work: impl FnOnce(&ServiceState) -> Result<T, ApiRefusal> + Send + 'static,
) -> Result<T, ApiRefusal> {
    let done = tokio::task::spawn_blocking(move || work(&shared)).await;
    done.unwrap_or_else(|error| {
        tracing::error!(%error, "a request broke");
        Err(ApiRefusal::without_detail(ProblemKind::Broken))
    })
}
