//! Authentication and authorization: OAuth 2.0 client credentials (RFC 6749, section 4.4) and bearer tokens
//! (RFC 6750).
//!
//! A token contains its client, its scopes and its expiry, signed with a key that only this process has. So
//! the service stores no tokens.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::answer::{ApiRefusal, header_text};
use crate::model::Timestamp;
use crate::wire::{AccessToken, ProblemKind, TokenError, TokenScope};

/// A client that may have tokens.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    /// Letters, digits, `-` and `_`.
    pub id: String,
    pub secret: SecretString,
    /// The scopes that the client's tokens may have.
    pub scopes: Vec<TokenScope>,
}

/// The key that signs tokens.
pub struct SigningKey([u8; 32]);

/// The operating system has no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness could be had from the operating system: {0}")]
pub struct RandomnessError(pub(super) getrandom::Error);

impl SigningKey {
    /// Returns a new random key.
    pub fn generate() -> Result<Self, RandomnessError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(RandomnessError)?;
        Ok(Self(key))
    }

    /// Returns a key with these bytes, so that tests always have the same tokens.
    pub fn from_bytes(key: [u8; 32]) -> Self {
        Self(key)
    }
}

/// Issues and checks tokens. `seconds` is the lifetime of issued tokens.
pub(super) struct TokenAuthority {
    clients: Vec<RegisteredClient>,
    key: SigningKey,
    seconds: u32,
}

/// The client of a request, for the log and the rate limit.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) client: String,
}

/// Why the service gives no token: an error code of RFC 6749, and its explanation.
pub(super) struct TokenDenial {
    pub(super) error: &'static str,
    pub(super) why: &'static str,
}

impl IntoResponse for TokenDenial {
    fn into_response(self) -> Response {
        let body =
            Json(TokenError { error: self.error.to_owned(), error_description: Some(self.why.to_owned()) });
        if self.error == "invalid_client" {
            let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"seatwise\"")];
            (StatusCode::UNAUTHORIZED, challenge, body).into_response()
        } else {
            (StatusCode::BAD_REQUEST, body).into_response()
        }
    }
}

impl TokenAuthority {
    /// Returns an authority for `clients`, whose tokens are valid for `seconds`.
    pub(super) fn new(clients: Vec<RegisteredClient>, key: SigningKey, seconds: u32) -> Self {
        Self { clients, key, seconds }
    }

    /// Issues a token to a client that shows its secret. `scope` lists the requested scopes; without it the
    /// token has all scopes of the client.
    pub(super) fn grant(
        &self,
        id: &str,
        secret: &str,
        scope: Option<&str>,
        now: Timestamp,
    ) -> Result<AccessToken, TokenDenial> {
        let known = self
            .clients
            .iter()
            .find(|client| client.id == id && is_same(client.secret.expose_secret(), secret));
        let client = known.ok_or(TokenDenial {
            error: "invalid_client",
            why: "there is no client of this name with this secret",
        })?;
        let asked = scope.map_or_else(
            || Some(client.scopes.clone()),
            |scope| scope.split_whitespace().map(parse_scope).collect(),
        );
        let scopes = asked
            .filter(|asked| !asked.is_empty() && asked.iter().all(|scope| client.scopes.contains(scope)));
        let scopes = scopes
            .ok_or(TokenDenial { error: "invalid_scope", why: "the client may not have this scope" })?;
        Ok(self.access_token(id, &scopes, now, self.seconds))
    }

    /// Returns a token like [`Self::token`], in the form in which clients get it (RFC 6749, section 5.1).
    pub(super) fn access_token(
        &self,
        client: &str,
        scopes: &[TokenScope],
        now: Timestamp,
        seconds: u32,
    ) -> AccessToken {
        AccessToken {
            access_token: self.token(client, scopes, now, seconds).expose_secret().to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: Some(seconds.into()),
            scope: Some(scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")),
        }
    }

    /// Returns a token for a client, valid for `seconds` from `now`. The scopes are not checked.
    pub(super) fn token(
        &self,
        client: &str,
        scopes: &[TokenScope],
        now: Timestamp,
        seconds: u32,
    ) -> SecretString {
        let letters: String =
            TokenScope::ALL.into_iter().filter(|scope| scopes.contains(scope)).map(scope_letter).collect();
        let payload = format!("{client}.{letters}.{}", now.as_second() + i64::from(seconds));
        format!("{payload}.{}", self.sign(&payload).to_hex()).into()
    }

    /// Returns the client of a request if the request's token is valid and has the scope `wanted`.
    pub(super) fn admit(
        &self,
        headers: &HeaderMap,
        wanted: TokenScope,
        now: Timestamp,
    ) -> Result<Caller, ApiRefusal> {
        let bearer = header_text(headers, header::AUTHORIZATION).split_once(' ');
        let token =
            bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let token = token.ok_or_else(|| unauthorized_refusal("there is no bearer token", "Bearer"))?;
        let (client, scopes, expires) = self
            .read_token(token)
            .ok_or_else(|| unauthorized_refusal("the token is not one of this service's", INVALID))?;
        if expires <= now.as_second() {
            return Err(unauthorized_refusal("the token has expired", INVALID));
        }
        if !scopes.contains(scope_letter(wanted)) {
            return Err(ApiRefusal::new(
                ProblemKind::Forbidden,
                format!("the token has not the scope {}", wanted.as_str()),
            ));
        }
        Ok(Caller { client: client.to_owned() })
    }

    fn read_token<'t>(&self, token: &'t str) -> Option<(&'t str, &'t str, i64)> {
        let (payload, signature) = token.rsplit_once('.')?;
        let signature = blake3::Hash::from_hex(signature).ok()?;
        // `blake3::Hash` compares in constant time.
        let [client, scopes, expires] = payload.split('.').collect::<Vec<_>>().try_into().ok()?;
        (signature == self.sign(payload)).then_some((client, scopes, expires.parse().ok()?))
    }

    fn sign(&self, payload: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key.0, payload.as_bytes())
    }
}

const INVALID: &str = "Bearer error=\"invalid_token\"";

fn unauthorized_refusal(why: &str, challenge: &'static str) -> ApiRefusal {
    ApiRefusal::new(ProblemKind::Unauthorized, why)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

fn scope_letter(scope: TokenScope) -> char {
    match scope {
        TokenScope::Read => 'r',
        TokenScope::Write => 'w',
    }
}

fn parse_scope(word: &str) -> Option<TokenScope> {
    TokenScope::ALL.into_iter().find(|scope| scope.as_str() == word)
}

/// Compares hashes of the two texts, so that the duration does not tell how much of them is the same.
fn is_same(one: &str, other: &str) -> bool {
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}

/// Returns the client id and secret of HTTP Basic, where both are form-encoded (RFC 6749, section 2.3.1).
pub(super) fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, coded) = header_text(headers, header::AUTHORIZATION).split_once(' ')?;
    let text = String::from_utf8(BASE64_STANDARD.decode(coded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    Some((decode_form_value(id), decode_form_value(secret)))
}

fn decode_form_value(text: &str) -> String {
    serde_urlencoded::from_str::<Vec<(String, String)>>(&format!("x={text}"))
        .ok()
        .and_then(|mut pairs| Some(pairs.pop()?.1))
        .unwrap_or_default()
}
