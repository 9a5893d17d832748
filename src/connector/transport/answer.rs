//! The outcome of a request: a complete answer, or the reason why there is none.

use std::borrow::Cow;

use reqwest::header::{AsHeaderName, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};

use super::describe_error;
use super::secret_mask::SecretMask;
use crate::model::Text;
use crate::wire::HttpProblem;
use crate::wire::scim::SCIM_JSON;

/// The protocol that a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::connector) enum ServiceDialect {
    /// The organization API.
    Api,
    /// SCIM 2.0.
    Scim,
}

impl ServiceDialect {
    /// Returns the value of the `Accept` header.
    pub(super) fn accept_header(self) -> &'static str {
        match self {
            Self::Api => "application/json",
            Self::Scim => "application/scim+json, application/json",
        }
    }

    /// Returns the media type of request bodies.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Api => "application/json",
            Self::Scim => SCIM_JSON,
        }
    }

    /// Returns kind and detail of a refusal.
    fn parse_refusal(self, body: &[u8]) -> (Option<String>, Option<String>) {
        match self {
            Self::Api => {
                let problem = serde_json::from_slice::<HttpProblem>(body).ok();
                let kind = problem.as_ref().map(|problem| problem.kind.clone());
                (
                    kind,
                    problem.and_then(|problem| {
                        problem.detail.or(Some(problem.title).filter(|title| !title.is_empty()))
                    }),
                )
            }
            // Members with a wrong JSON type, `status` above all, do not matter.
            Self::Scim => {
                let body = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
                let text = |name: &str| {
                    body.get(name)
                        .and_then(serde_json::Value::as_str)
                        .filter(|text| !text.is_empty())
                        .map(str::to_owned)
                };
                (text("scimType"), text("detail"))
            }
        }
    }
}

/// A complete answer.
#[derive(Debug)]
pub(in crate::connector) struct HttpAnswer {
    status: StatusCode,
    headers: HeaderMap,
    pub(in crate::connector) body: Vec<u8>,
}

/// The reason why a request has no usable answer. The texts are lower-case fragments.
#[derive(Debug, Clone, thiserror::Error)]
pub(in crate::connector) enum RequestFailure {
    /// There is no token to present; nothing was sent.
    #[error("{0}")]
    NoToken(Text),
    /// No token could be obtained now, but a later try may succeed; nothing was sent.
    #[error("{0}")]
    TokenLater(Text),
    /// There is no connection; nothing was sent.
    #[error("{0}")]
    NotSent(Text),
    /// The other side cannot be trusted: its certificate is of an unknown authority or for another host, or
    /// it does not speak TLS. Nothing was sent, and no new try changes it.
    #[error("{0}")]
    Untrusted(Text),
    /// The request was sent, and the answer did not arrive, or not completely.
    #[error("{0}")]
    Lost(Text),
    /// The service answered with a status that is no success.
    #[error("{}", .why)]
    Said {
        status: u16,
        /// The kind of problem, where the answer names one: a problem URI of the API, or a `scimType`.
        kind: Option<String>,
        /// Status and detail in words.
        why: Text,
    },
    /// The answer does not come from the API at all, such as a sign-in page.
    #[error("{0}")]
    Foreign(Text),
}

impl RequestFailure {
    /// Returns the failure for an answer that does not come from the API, because of `why`.
    pub(in crate::connector) fn foreign_answer(why: impl Into<Text>) -> Self {
        Self::Foreign(why.into())
    }

    /// Whether there was no connection at all.
    pub(super) fn is_without_connection(&self) -> bool {
        match self {
            Self::NotSent(_) => true,
            Self::NoToken(_)
            | Self::TokenLater(_)
            | Self::Untrusted(_)
            | Self::Lost(_)
            | Self::Said { .. }
            | Self::Foreign(_) => false,
        }
    }

    /// Whether a new try may succeed.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::Lost(_) | Self::TokenLater(_) => true,
            Self::Said { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::NoToken(_) | Self::Untrusted(_) | Self::Foreign(_) => false,
        }
    }
}

impl HttpAnswer {
    /// Waits for the complete answer, whose body has at most `longest` bytes, and blanks what `mask` knows.
    pub(super) async fn receive(
        response: Result<Response, reqwest::Error>,
        longest: usize,
        mask: &SecretMask,
    ) -> Result<Self, RequestFailure> {
        let describe = |error: reqwest::Error| describe_error(&error.without_url());
        let mut response = response.map_err(|error| {
            if is_trust_error(&error) {
                RequestFailure::Untrusted(describe(error))
            } else if error.is_connect() || error.is_builder() {
                RequestFailure::NotSent(describe(error))
            } else {
                RequestFailure::Lost(describe(error))
            }
        })?;
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| RequestFailure::Lost(describe(error)))?
        {
            if body.len() + chunk.len() > longest {
                return Err(RequestFailure::foreign_answer("an answer that does not end"));
            }
            body.extend_from_slice(&chunk);
        }
        if let Cow::Owned(blanked) = mask.blank_bytes(&body) {
            body = blanked;
        }
        for value in response.headers_mut().values_mut() {
            if let Cow::Owned(blanked) = mask.blank_bytes(value.as_bytes()) {
                *value = HeaderValue::from_bytes(&blanked).expect("a blank is of visible letters");
            }
        }
        Ok(Self { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
    }

    /// Returns the status code.
    pub(super) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Returns the text of a header; `None` where the header is missing or is no text.
    pub(in crate::connector) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is a redirect that has a `Location`.
    pub(super) fn is_redirect(&self) -> bool {
        matches!(self.status(), 301 | 302 | 303 | 307 | 308)
    }

    /// Whether the service did not accept the token.
    pub(super) fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// Whether the service asks to send fewer requests.
    pub(super) fn is_throttled(&self) -> bool {
        matches!(self.status(), 429 | 503)
    }

    fn media_type(&self) -> &str {
        self.header(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim()
    }

    /// Whether the body is JSON. SCIM services label their JSON with many media types, so their body is
    /// parsed instead.
    fn is_json(&self, dialect: ServiceDialect) -> bool {
        match dialect {
            ServiceDialect::Api => self.media_type().eq_ignore_ascii_case("application/json"),
            ServiceDialect::Scim => serde_json::from_slice::<serde::de::IgnoredAny>(&self.body).is_ok(),
        }
    }

    /// Returns the answer if it is a success with a JSON body or none.
    pub(super) fn require_success(self, dialect: ServiceDialect) -> Result<Self, RequestFailure> {
        let status = self.status();
        // A portal that wants the user to sign in answers every request with 200 and a web page.
        if self.status.is_success() {
            let is_json = self.body.is_empty() || self.is_json(dialect);
            let why = || {
                RequestFailure::foreign_answer(format!(
                    "{} where JSON was asked for",
                    if self.media_type().is_empty() { "something" } else { self.media_type() }
                ))
            };
            return if is_json { Ok(self) } else { Err(why()) };
        }
        let (kind, detail) = dialect.parse_refusal(&self.body);
        let reason = self.status.canonical_reason().unwrap_or("no status of HTTP");
        let why =
            detail.map_or_else(|| format!("{status} {reason}"), |detail| format!("{detail} ({status})"));
        Err(RequestFailure::Said { status, kind, why: why.into() })
    }
}

/// Whether the other side is not who it should be, or does not speak TLS at all.
fn is_trust_error(error: &reqwest::Error) -> bool {
    let mut behind = std::error::Error::source(error);
    while let Some(error) = behind {
        // An I/O error names what its inner error has behind it, and not the inner error itself.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let of_tls = inner.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref());
        if let Some(of_tls) = of_tls {
            return matches!(
                of_tls,
                rustls::Error::InvalidCertificate(_)
                    | rustls::Error::NoCertificatesPresented
                    | rustls::Error::InvalidMessage(_)
            );
        }
        behind = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Sends a body that is packed, as a service elsewhere may, and returns what came of it.
    async fn receive_packed(unpacked: usize, longest: usize) -> Result<HttpAnswer, RequestFailure> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let block = vec![b' '; 1 << 16];
        (0..unpacked >> 16).for_each(|_| packer.write_all(&block).expect("a vector takes everything"));
        let packed = packer.finish().expect("a vector takes everything");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("the client comes");
            _ = stream.read(&mut [0; 4096]).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                packed.len()
            );
            _ = stream.write_all(&[head.as_bytes(), &packed].concat()).await;
        });
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("the client is plain");
        HttpAnswer::receive(client.get(url).send().await, longest, &SecretMask::default()).await
    }

    #[tokio::test]
    async fn packed_answer_counts_as_what_it_unpacks_to() {
        let fits = receive_packed(1 << 20, 1 << 20).await.expect("it fits");
        assert_eq!(fits.body.len(), 1 << 20);
        // Packed, it has a hundredth of the limit.
        let bomb = receive_packed(64 << 20, 8 << 20).await.expect_err("it does not fit");
        assert_eq!(bomb.to_string(), "an answer that does not end");
    }
}
