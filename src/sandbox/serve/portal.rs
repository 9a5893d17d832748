//! The portal page, which shows the organization: users, groups, products, restrictions and the audit log.
//!
//! The page is a client of the API like any other: it reads the lists with a token that can only read. It
//! gets that token in exchange for a key, which stands in its address behind `#`, where browsers do not send
//! it to a server, and which is valid once. The page loads nothing from other hosts, runs only its own
//! script, and writes every name as text.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rustc_hash::FxBuildHasher;
use secrecy::SecretString;
use tokio::sync::Notify;

use super::answer::ApiRefusal;
use super::auth::RandomnessError;
use super::{ServiceState, SharedState};
use crate::wire::{ProblemKind, TokenScope};

const PAGE: &str = include_str!("portal/page.html");
const SCRIPT: &str = include_str!("portal/page.js");
// The page has the same look as the HTML reports.
const STYLE: &str = concat!(include_str!("../../render/page/style.css"), include_str!("portal/page.css"));

/// The page's token is valid for a working day; after that it takes a new link.
const TOKEN_SECONDS: u32 = 12 * 3600;

const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
            base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// The keys that can be exchanged for the page's token, each once.
#[derive(Default)]
pub(super) struct PortalKeys {
    /// Hashes of the keys, so that the duration of a look-up tells nothing about them.
    keys: Mutex<HashSet<[u8; 32], FxBuildHasher>>,
    used: Notify,
}

impl PortalKeys {
    /// Issues a new key.
    pub(super) fn issue_key(&self) -> Result<SecretString, RandomnessError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(RandomnessError)?;
        let key = blake3::Hash::from_bytes(bytes).to_hex();
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key_hash(key.as_bytes()));
        Ok(SecretString::from(key.as_str()))
    }

    /// Uses up a key. Returns whether the key was valid.
    fn open(&self, key: &[u8]) -> bool {
        let opens = self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&key_hash(key));
        if opens {
            self.used.notify_one();
        }
        opens
    }

    /// Waits until a key has been used.
    pub(super) async fn wait_for_use(&self) {
        self.used.notified().await;
    }
}

fn key_hash(key: &[u8]) -> [u8; 32] {
    *blake3::hash(key).as_bytes()
}

/// Returns the paths of the page, its script, its style and its token.
pub(super) fn router() -> Router<Arc<ServiceState>> {
    Router::new()
        .route("/", get(|| async { asset_response("text/html; charset=utf-8", PAGE) }))
        .route("/portal.js", get(|| async { asset_response("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/portal.css", get(|| async { asset_response("text/css; charset=utf-8", STYLE) }))
        .route("/portal/token", post(exchange_key))
        .method_not_allowed_fallback(|| async { ApiRefusal::without_detail(ProblemKind::Method) })
}

fn asset_response(kind: &'static str, text: &'static str) -> Response {
    (HEADERS, [(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn exchange_key(State(shared): SharedState, key: Bytes) -> Result<Response, ApiRefusal> {
    if !shared.door.open(&key) {
        return Err(ApiRefusal::new(
            ProblemKind::Unauthorized,
            "the link has been opened already, or is of another run",
        ));
    }
    let token = shared.auth.access_token("portal", &[TokenScope::Read], (shared.clock)(), TOKEN_SECONDS);
    Ok((HEADERS, Json(token)).into_response())
}
