//! A careful HTTP client: it speaks to one host, sends the token only there, keeps a pace, retries reads, and
//! tells a request that was not sent from one that may have been carried out.
//!
//! Reads are retried here, within a deadline. A write is sent once and its outcome is reported; `apply`
//! decides whether to send it again.

mod answer;
mod base_url;
mod bounded_command;
mod credentials;
mod secret_mask;
mod throttle;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, Method, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::Retry;
use crate::model::Text;
use crate::wire::TokenScope;

pub(super) use base_url::with_query;
pub use base_url::{BaseUrl, BaseUrlError, shown_address};
pub use credentials::{Credentials, CredentialsError, read_secret, token_from_command};

pub(super) use answer::{HttpAnswer, RequestFailure, ServiceDialect};
use credentials::Keyring;
use throttle::Throttle;

/// Where the organization is and how it is reached. A policy never contains any of this.
#[derive(Debug)]
pub struct ServiceTarget {
    pub base: BaseUrl,
    /// The credentials that seatwise presents to the service.
    pub credentials: Credentials,
    /// The certificates (PEM) to trust instead of the system's.
    pub authorities: Option<Vec<u8>>,
    /// The maximum number of requests a second; the service may allow fewer.
    pub per_second: Option<u32>,
    /// The maximum number of writes in flight at once.
    pub concurrency: usize,
    /// How reads are retried.
    pub retry: Retry,
}

/// The service could not be used. In every variant, `why` is a lower-case fragment.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// The HTTP client for the service cannot be built.
    #[error("no connection to {host} can be set up: {why}")]
    SetUp { host: Text, why: Text },
    /// There is no token to present.
    #[error("there is no token for {host}: {why}")]
    Credentials { host: Text, why: Text },
    /// The service did not answer.
    #[error("{host} could not be reached: {why}")]
    Unreachable { host: Text, why: Text },
    /// The service answered with something other than what was asked for.
    #[error("{host} answered: {why}")]
    Answered {
        host: Text,
        /// Status and detail.
        why: Text,
    },
}

/// A host that has never answered is not waited for longer: most often its address is wrong.
const FIRST_CONTACT: Duration = Duration::from_secs(3);
/// The limit for making a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// A service that sends no byte for this long has not answered.
const SILENCE: Duration = Duration::from_secs(30);
/// The limit for a request as a whole.
const REQUEST: Duration = Duration::from_secs(120);
/// The longest answer, in bytes: a page of a thousand rows of the longest kind fits.
const LONGEST_ANSWER: usize = 64 << 20;
/// The most redirects that are followed for one request.
const MOST_REDIRECTS: usize = 5;
/// The most new tokens that are fetched for one request.
const MOST_RENEWALS: usize = 2;

/// The HTTP client of one host.
#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    base: BaseUrl,
    keyring: Keyring,
    throttle: Throttle,
    retry: Retry,
    dialect: ServiceDialect,
    requests: AtomicU32,
    /// Whether the host has ever answered.
    has_answered: AtomicBool,
}

/// The answer to a request, or why there is none.
type AnswerResult = Result<HttpAnswer, RequestFailure>;

/// A request to the host, but for its token.
#[derive(Clone, Copy)]
pub(super) struct HostRequest<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

impl Transport {
    /// Builds the client for `target`. Nothing is sent yet. `scopes` are the scopes that a token is requested
    /// with.
    pub(super) fn new(
        target: ServiceTarget,
        scopes: &'static [TokenScope],
        dialect: ServiceDialect,
    ) -> Result<Self, ServiceError> {
        let ServiceTarget { base, credentials, authorities, per_second, concurrency: _, retry } = target;
        let client = build_client(&base, authorities.as_deref())
            .map_err(|why| ServiceError::SetUp { host: base.host().into(), why })?;
        // A SCIM service has a path below its host; the token endpoint is at the root of the host.
        let granting = if dialect == ServiceDialect::Scim { base.root() } else { base.clone() };
        let keyring = Keyring::new(credentials, scopes, granting);
        Ok(Self {
            client,
            base,
            keyring,
            throttle: Throttle::new(per_second),
            retry,
            dialect,
            requests: AtomicU32::new(0),
            has_answered: AtomicBool::new(false),
        })
    }

    /// Returns the host of the address, for messages.
    pub(super) fn host(&self) -> Text {
        self.base.host().into()
    }

    /// Turns the failure of one request into an error of the service as a whole.
    pub(super) fn service_error(&self, failure: RequestFailure) -> ServiceError {
        let host = self.host();
        match failure {
            RequestFailure::NoToken(why) | RequestFailure::TokenLater(why) => {
                ServiceError::Credentials { host, why }
            }
            RequestFailure::NotSent(why) | RequestFailure::Untrusted(why) | RequestFailure::Lost(why) => {
                ServiceError::Unreachable { host, why }
            }
            RequestFailure::Said { why, .. } | RequestFailure::Foreign(why) => {
                ServiceError::Answered { host, why }
            }
        }
    }

    /// Returns the requests a second, as configured or as the service allows.
    pub(super) fn per_second(&self) -> Option<u32> {
        self.throttle.per_second()
    }

    /// Returns the number of requests sent so far.
    pub(super) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Returns the address of `path`, which begins with a slash.
    pub(super) fn url(&self, path: &str) -> Url {
        self.base.join(path, &[])
    }

    /// Resolves an address that the service itself gave: a path below the service's address, or a full
    /// address on the same host. Returns `None` for an address on another host or with a user name or
    /// password in it.
    pub(super) fn resolve_url(&self, address: &str) -> Option<Url> {
        match Url::parse(address) {
            Ok(url) => Some(url).filter(|url| {
                self.base.has_origin_of(url) && url.username().is_empty() && url.password().is_none()
            }),
            Err(_) if address.starts_with("//") => None,
            Err(_) => Some(self.base.resolve_path(address)),
        }
    }

    /// Returns the wait after the `tries`-th try; `seed` tells apart callers that wait at the same time.
    pub(super) fn wait_time(&self, seed: u32, tries: u32) -> Duration {
        self.retry.wait_time(seed, tries)
    }

    /// Reads `path`, and tries again until there is an answer or the deadline has passed.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> AnswerResult {
        self.get_url(&self.base.join(path, query)).await
    }

    /// Reads a full address like [`Self::get`].
    pub(super) async fn get_url(&self, url: &Url) -> AnswerResult {
        self.get_with_tries(url, u32::MAX).await
    }

    /// Reads a full address like [`Self::get`], with at most `most` tries.
    pub(super) async fn get_with_tries(&self, url: &Url, most: u32) -> AnswerResult {
        let path = url.path();
        let (began, mut tries) = (Instant::now(), 0);
        let headers = HeaderMap::new();
        let request = HostRequest { method: &Method::GET, url, headers: &headers, body: &[] };
        loop {
            let failure = match self.follow_redirects(request).await {
                Err(failure) if failure.is_transient() => failure,
                read => return read,
            };
            tries += 1;
            let next = Instant::now() + self.retry.wait_time(tries, tries);
            let is_unknown = failure.is_without_connection() && !self.has_answered.load(Ordering::Relaxed);
            let within = if is_unknown { FIRST_CONTACT.min(self.retry.within) } else { self.retry.within };
            if next > began + within || tries >= most {
                return Err(failure);
            }
            tracing::debug!(path, tries, %failure, "reading again");
            tokio::time::sleep_until(next).await;
        }
    }

    /// Returns the target of a redirect if it is on the host that the token is for.
    fn redirect_location(&self, answer: &HttpAnswer, from: &Url) -> Result<Url, RequestFailure> {
        let location = answer
            .header(LOCATION)
            .and_then(|place| from.join(place).ok())
            .ok_or_else(|| RequestFailure::foreign_answer("a redirect to nowhere"))?;
        if self.base.has_origin_of(&location) {
            return Ok(location);
        }
        Err(RequestFailure::foreign_answer(format!(
            "a redirect to {}, where the token is not sent",
            location.host_str().unwrap_or("nowhere")
        )))
    }

    /// Sends `body` to `path` once. A redirect is an error, because no write follows it.
    pub(super) async fn post(&self, path: &str, headers: HeaderMap, body: &[u8]) -> AnswerResult {
        let url = self.base.join(path, &[]);
        let request = HostRequest { method: &Method::POST, url: &url, headers: &headers, body };
        let answer = self.send(request).await?;
        if answer.is_redirect() {
            Err(RequestFailure::foreign_answer("a redirect, and writes follow none"))
        } else {
            answer.require_success(self.dialect)
        }
    }

    /// Sends a request once, and again only for redirects on the same host. A write follows only those that
    /// keep method and body (307 and 308: RFC 9110, 15.4.8 and 15.4.9), because a service that answers with
    /// such a redirect has carried out nothing.
    pub(super) async fn follow_redirects(&self, request: HostRequest<'_>) -> AnswerResult {
        let mut url = request.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send(HostRequest { url: &url, ..request }).await?;
            if !answer.is_redirect() {
                return answer.require_success(self.dialect);
            }
            if *request.method != Method::GET && !matches!(answer.status(), 307 | 308) {
                return Err(RequestFailure::foreign_answer("a redirect that loses what is written"));
            }
            url = self.redirect_location(&answer, &url)?;
        }
        Err(RequestFailure::foreign_answer("redirects without an end"))
    }

    /// Sends a request with a token when the pace allows it. Where the service no longer accepts the token,
    /// the request is sent again with a new one.
    async fn send(&self, request: HostRequest<'_>) -> AnswerResult {
        let mut shown = self.token(None).await?;
        for _ in 0..MOST_RENEWALS {
            let answer = self.send_once(request, &shown).await?;
            if !answer.is_unauthorized() {
                return Ok(answer);
            }
            let renewed = self.token(Some(&shown)).await?;
            if renewed.expose_secret() == shown.expose_secret() {
                return Ok(answer);
            }
            shown = renewed;
        }
        self.send_once(request, &shown).await
    }

    async fn token(&self, refused: Option<&SecretString>) -> Result<SecretString, RequestFailure> {
        self.keyring.token(&self.client, refused).await
    }

    async fn send_once(
        &self,
        HostRequest { method, url, headers, body }: HostRequest<'_>,
        token: &SecretString,
    ) -> AnswerResult {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| RequestFailure::NoToken(unsendable_token(token.expose_secret()).into()))?;
        bearer.set_sensitive(true);
        let mut request = self
            .client
            .request(method.clone(), url.clone())
            .headers(headers.clone())
            .header(AUTHORIZATION, bearer);
        request = request.header(ACCEPT, self.dialect.accept_header());
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, self.dialect.media_type()).body(body.to_vec());
        }
        let mask = self.keyring.mask(Some(token));
        let path = mask.blank(url.path());
        self.throttle.wait_for_slot().await;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let answer = HttpAnswer::receive(request.send().await, LONGEST_ANSWER, &mask).await;
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        match &answer {
            Ok(answer) => {
                tracing::info!(%method, %path, status = answer.status(),
                    bytes = answer.body.len(), micros, "answered")
            }
            Err(failure) => tracing::info!(%method, %path, %failure, micros, "not answered"),
        }
        if let Ok(answer) = &answer {
            self.has_answered.store(true, Ordering::Relaxed);
            self.throttle.learn_from_answer(answer);
        }
        answer
    }
}

fn build_client(base: &BaseUrl, authorities: Option<&[u8]>) -> Result<Client, Text> {
    // Several clients may install a provider; the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("seatwise/", env!("CARGO_PKG_VERSION")))
        // The token goes to one host only, so the target of a redirect is checked before it is followed.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .timeout(REQUEST)
        .pool_idle_timeout(Duration::from_secs(60));
    if base.is_loopback() {
        // On the same machine no proxy belongs in between, and compression costs more than it saves.
        builder = builder.no_proxy().gzip(false);
    }
    if let Some(pem) = authorities {
        let certificates =
            reqwest::Certificate::from_pem_bundle(pem).map_err(|error| describe_error(&error))?;
        if certificates.is_empty() {
            return Err("there is no certificate in the file of authorities".into());
        }
        builder = builder.tls_certs_only(certificates);
    }
    builder.build().map_err(|error| describe_error(&error))
}

/// Describes an error and its sources, without the address.
fn describe_error(error: &dyn std::error::Error) -> Text {
    let mut message = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let more = error.to_string();
        // Libraries often repeat the message of the source in their own.
        if !message.contains(&more) {
            message = format!("{message}: {more}");
        }
        behind = error.source();
    }
    message.into()
}

/// Returns why a token cannot stand in the header of a request, without a part of it.
fn unsendable_token(token: &str) -> &'static str {
    if token.contains(['\n', '\r']) {
        "there is a line break in the token, which is one line"
    } else {
        "the token has a control character in it"
    }
}
