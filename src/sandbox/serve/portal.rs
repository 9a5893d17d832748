//! A page to look at the organization with: people, groups, products, restrictions and the audit log.
//!
//! The page is a client of the API like any other and may do no more: it reads the lists with a token that
//! can only read. It has that token for a key that stands in its address behind `#`, which no browser sends,
//! and which opens once. It needs nothing from elsewhere, runs no script but its own, and writes every name
//! as text.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rustc_hash::FxBuildHasher;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;

use super::Shared;
use super::answer::{Refusal, json};
use super::auth::KeyError;
use crate::wire::{AccessToken, ProblemKind, TokenScope};

const PAGE: &str = include_str!("portal/page.html");
const SCRIPT: &str = include_str!("portal/page.js");
// Pages of reports and this one look alike.
const STYLE: &str = concat!(include_str!("../../render/page/style.css"), include_str!("portal/page.css"));

/// The page holds a working day; whoever looks longer takes another link.
const TOKEN_SECONDS: u32 = 12 * 3600;

const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
            base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Who may have the page's token: whoever shows a key that was not shown before.
#[derive(Default)]
pub(super) struct Door {
    /// Hashes of the keys, so that how long a look-up takes says nothing of them.
    keys: Mutex<HashSet<[u8; 32], FxBuildHasher>>,
    used: Notify,
}

impl Door {
    /// A new key.
    pub(super) fn key(&self) -> Result<SecretString, KeyError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(KeyError)?;
        let key = blake3::Hash::from_bytes(bytes).to_hex();
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(hash(key.as_bytes()));
        Ok(SecretString::from(key.as_str()))
    }

    /// Takes a key, which then opens nothing any longer.
    fn open(&self, key: &[u8]) -> bool {
        let opens = self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash(key));
        if opens {
            self.used.notify_one();
        }
        opens
    }

    /// Waits until a key was taken.
    pub(super) async fn opened(&self) {
        self.used.notified().await;
    }
}

fn hash(key: &[u8]) -> [u8; 32] {
    *blake3::hash(key).as_bytes()
}

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(|| async { shown("text/html; charset=utf-8", PAGE) }))
        .route("/portal.js", get(|| async { shown("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/portal.css", get(|| async { shown("text/css; charset=utf-8", STYLE) }))
        .route("/portal/token", post(token))
        .method_not_allowed_fallback(|| async { Refusal::bare(ProblemKind::Method) })
}

fn shown(kind: &'static str, text: &'static str) -> Response {
    (HEADERS, [(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn token(State(shared): State<Arc<Shared>>, key: Bytes) -> Result<Response, Refusal> {
    if !shared.door.open(&key) {
        return Err(Refusal::new(
            ProblemKind::Unauthorized,
            "the link has been opened already, or is of another run",
        ));
    }
    let token = shared.auth.token("portal", &[TokenScope::Read], (shared.clock)(), TOKEN_SECONDS);
    let token = AccessToken {
        access_token: token.expose_secret().to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: Some(TOKEN_SECONDS.into()),
        scope: Some(TokenScope::Read.as_str().to_owned()),
    };
    Ok((HEADERS, json(serde_json::to_vec(&token).expect("a token is JSON"))).into_response())
}
