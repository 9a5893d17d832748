//! Answers: JSON, and problems by RFC 9457.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::StoreError;
use super::super::write::Stop;
use crate::wire::{PROBLEM_JSON, ProblemKind};

/// A request that is not carried out.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    kind: ProblemKind,
    detail: Option<String>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// With what it is here, as a lower-case fragment.
    pub(super) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: Some(detail.into()), header: None }
    }

    /// Where there is no more to say than the kind.
    pub(super) fn bare(kind: ProblemKind) -> Self {
        Self { kind, detail: None, header: None }
    }

    pub(super) fn with(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// Status and words.
    pub(super) fn said(&self) -> (u16, String) {
        let (status, _, title) = self.kind.status_slug_and_title();
        (status, self.detail.clone().unwrap_or_else(|| title.to_owned()))
    }

    /// Asks the client to come back after so many seconds.
    pub(super) fn after(self, seconds: u64) -> Self {
        self.with(header::RETRY_AFTER, seconds.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let told = self.clone();
        let problem = self.kind.problem(self.detail);
        let status = StatusCode::from_u16(problem.status).expect("kinds have statuses that there are");
        let body = serde_json::to_vec(&problem).expect("a problem is JSON");
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        // For services that tell it otherwise.
        response.extensions_mut().insert(told);
        response
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked(_) => {
                Self::new(ProblemKind::Busy, "another process holds the organization").after(1)
            }
            StoreError::Refused(why) => Self::new(ProblemKind::Refused, why.to_string()),
            // Where the file lies is nobody's matter but of who serves it.
            error => {
                tracing::error!(%error, "the store failed");
                Self::new(ProblemKind::Broken, "the organization could not be reached")
            }
        }
    }
}

impl Refusal {
    /// What a write that stopped is to its client.
    pub(super) fn of_write(stop: Stop, failed: impl FnOnce(rusqlite::Error) -> StoreError) -> Self {
        match stop {
            Stop::Changed(what) => Self::new(ProblemKind::Changed, what.to_string()),
            Stop::Refused(why) => Self::new(ProblemKind::Refused, why.to_string()),
            Stop::Version(what) => Self::new(ProblemKind::Precondition, what.to_string()),
            Stop::Failed(source) => failed(source).into(),
        }
    }
}

/// JSON that is written already.
pub(super) fn json(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
