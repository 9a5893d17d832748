//! The credentials that seatwise presents to a service, and where they come from. No secret can be printed:
//! secrets are wrapped, and messages name places.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::answer::{HttpAnswer, RequestFailure, ServiceDialect};
use super::bounded_command::run_bounded_command;
use super::secret_mask::SecretMask;
use super::{BaseUrl, describe_error};
use crate::model::{Text, Timestamp};
use crate::wire::{AccessToken, TokenError, TokenScope};

/// The source of a token.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// The token itself.
    Token(SecretString),
    /// A file that only its owner may read. The file is read again when the token is no longer valid.
    File(PathBuf),
    /// A command that prints the token. The command is run again when the token is no longer valid. The user
    /// configures the command; a policy never does.
    Command(String),
    /// Client credentials (OAuth 2.0), for which the service issues tokens.
    Client {
        /// The client id.
        id: String,
        secret: SecretString,
    },
}

/// The part of a JSON Web Token (RFC 7519) that says when the token expires, in seconds since 1970.
#[derive(serde::Deserialize)]
struct TokenClaims {
    exp: i64,
}

impl Credentials {
    /// Returns when the stored token expires, if the token itself says so. The signature is not verified, so
    /// nothing may depend on the result.
    pub fn expiry(&self) -> Option<Timestamp> {
        let token = match self {
            Self::Token(token) => token.clone(),
            Self::File(path) => read_secret(path).ok()?,
            Self::Command(_) | Self::Client { .. } => return None,
        };
        let claims = token.expose_secret().split('.').nth(1)?;
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
        let TokenClaims { exp } = serde_json::from_slice(&claims).ok()?;
        Timestamp::from_second(exp).ok()
    }
}

/// No token can be obtained.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CredentialsError {
    /// The file cannot be read.
    #[error("{} could not be read: {why}", .path.display())]
    Unreadable { path: PathBuf, why: Text },
    /// Other users may read or write the file.
    #[error("{} may be read or written by others: give it mode 0600", .0.display())]
    Open(PathBuf),
    /// The content of the file, or the output of the command, is not a token.
    #[error("{place} holds no token: {why}")]
    NoToken { place: Text, why: &'static str },
    /// The command failed.
    #[error("the token command {0}")]
    Command(Text),
}

/// A new token is fetched this long before the old one expires, or a quarter of its lifetime before if that
/// is less, so that a request still arrives in time.
const SPARE: Duration = Duration::from_secs(30);
/// A token command that takes longer is abandoned.
const COMMAND: Duration = Duration::from_secs(60);
/// The longest token, in bytes.
const LONGEST_TOKEN: usize = 64 << 10;

/// Reads a secret from a file: one line, in a file that only its owner may read.
pub fn read_secret(path: &Path) -> Result<SecretString, CredentialsError> {
    let unreadable = |error: std::io::Error| CredentialsError::Unreadable {
        path: path.to_owned(),
        why: describe_error(&error),
    };
    // Looked at before it is opened: opening a FIFO waits for somebody who writes to it.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(CredentialsError::Unreadable { path: path.to_owned(), why: "it is no file".into() });
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !is_private(&meta) {
        return Err(CredentialsError::Open(path.to_owned()));
    }
    let mut text = String::new();
    let limit = LONGEST_TOKEN as u64 + 1;
    std::io::Read::read_to_string(&mut std::io::Read::take(file, limit), &mut text).map_err(unreadable)?;
    parse_token(text, &path.display().to_string())
}

#[cfg(unix)]
fn is_private(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.is_file() && meta.permissions().mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(meta: &std::fs::Metadata) -> bool {
    meta.is_file()
}

fn parse_token(text: String, place: &str) -> Result<SecretString, CredentialsError> {
    let token = text.trim_start_matches('\u{feff}').trim();
    let why = if token.is_empty() {
        Some("it is empty")
    } else if token.len() > LONGEST_TOKEN {
        Some("it is too long")
    } else if token.contains(['\n', '\r']) {
        Some("there is a line break in it, and a token is one line")
    } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("a token is one line of visible ASCII characters without spaces")
    } else {
        None
    };
    let token = why.map_or_else(|| Ok(SecretString::from(token)), Err);
    // Wrapping the rest of the text clears it from memory.
    drop(SecretString::from(text));
    token.map_err(|why| CredentialsError::NoToken { place: place.into(), why })
}

async fn run_token_command(command: &str) -> Result<SecretString, CredentialsError> {
    let command = command.to_owned();
    let running = tokio::task::spawn_blocking(move || token_from_command(&command, COMMAND));
    running.await.map_err(|_| CredentialsError::Command("could not be run".into()))?
}

/// Runs a command that prints a token, for at most `limit`, and ends it with all that it has started where it
/// takes longer or prints more than a token. Blocks.
pub fn token_from_command(command: &str, limit: Duration) -> Result<SecretString, CredentialsError> {
    let printed = run_bounded_command(command, limit, LONGEST_TOKEN)
        .map_err(|error| CredentialsError::Command(error.to_string().into()))?;
    parse_token(String::from_utf8(printed).unwrap_or_default(), "what the token command printed")
}

/// Returns a text as forms code it, which is how client credentials are sent (RFC 6749, section 2.3.1).
fn form_coded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Keeps the valid token and fetches a new one when it is needed.
#[derive(Debug)]
pub(super) struct Keyring {
    credentials: Credentials,
    scopes: &'static [TokenScope],
    /// The address that issues tokens for client credentials.
    granting: BaseUrl,
    held: Mutex<Option<CachedToken>>,
}

#[derive(Debug, Clone)]
struct CachedToken {
    token: SecretString,
    until: Option<Instant>,
}

impl Keyring {
    /// Builds a keyring. `scopes` are the scopes that a token for client credentials is requested with: no
    /// more than needed.
    pub(super) fn new(credentials: Credentials, scopes: &'static [TokenScope], granting: BaseUrl) -> Self {
        Self { credentials, scopes, granting, held: Mutex::default() }
    }

    /// Returns the token, or a new one if the service did not accept `refused`. Concurrent callers cause only
    /// one request.
    pub(super) async fn token(
        &self,
        client: &Client,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, RequestFailure> {
        let mut held = self.held.lock().await;
        let now = Instant::now();
        let holds = |held: &CachedToken| {
            held.until.is_none_or(|until| until > now)
                && refused.is_none_or(|refused| refused.expose_secret() != held.token.expose_secret())
        };
        if let Some(held) = held.as_ref().filter(|held| holds(held)) {
            return Ok(held.token.clone());
        }
        let fresh = self.fetch(client).await?;
        *held = Some(fresh.clone());
        Ok(fresh.token)
    }

    /// Returns what blanks the secrets that are in use: the token, and the secret of a client, which is sent
    /// with the client's id.
    pub(super) fn mask(&self, token: Option<&SecretString>) -> SecretMask {
        let mut mask = SecretMask::default();
        if let Credentials::Client { id, secret } = &self.credentials {
            let secret = secret.expose_secret();
            mask.add(&format!("{}:{}", form_coded(id), form_coded(secret)));
            mask.add(secret);
        }
        token.into_iter().for_each(|token| mask.add(token.expose_secret()));
        mask
    }

    async fn fetch(&self, client: &Client) -> Result<CachedToken, RequestFailure> {
        let none = |error: CredentialsError| RequestFailure::NoToken(error.to_string().into());
        let token = match &self.credentials {
            Credentials::Token(token) => token.clone(),
            Credentials::File(path) => read_secret(path).map_err(none)?,
            Credentials::Command(command) => run_token_command(command).await.map_err(none)?,
            Credentials::Client { id, secret } => return self.request_token(client, id, secret).await,
        };
        Ok(CachedToken { token, until: None })
    }

    /// Requests a token from the service (RFC 6749, section 4.4).
    async fn request_token(
        &self,
        client: &Client,
        id: &str,
        secret: &SecretString,
    ) -> Result<CachedToken, RequestFailure> {
        let scope = self.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        let form = [("grant_type", "client_credentials"), ("scope", &scope)];
        let body = serde_urlencoded::to_string(form).expect("a form of texts is a form");
        let request = client
            .post(self.granting.join("/oauth/token", &[]))
            .basic_auth(form_coded(id), Some(form_coded(secret.expose_secret())));
        let asked = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).send().await;
        let later = |why: RequestFailure| {
            let says = format!("no token came: {why}").into();
            match why {
                RequestFailure::NotSent(_) => RequestFailure::NotSent(says),
                RequestFailure::Untrusted(_) => RequestFailure::Untrusted(says),
                RequestFailure::NoToken(_)
                | RequestFailure::TokenLater(_)
                | RequestFailure::Lost(_)
                | RequestFailure::Said { .. }
                | RequestFailure::Foreign(_) => RequestFailure::TokenLater(says),
            }
        };
        let answer = HttpAnswer::receive(asked, LONGEST_TOKEN, &self.mask(None)).await.map_err(later)?;
        let problem = serde_json::from_slice::<TokenError>(&answer.body).ok();
        let answer = match answer.require_success(ServiceDialect::Api) {
            Ok(answer) => answer,
            Err(failure) if failure.is_transient() => return Err(later(failure)),
            Err(failure) => {
                let why = problem.map_or_else(
                    || failure.to_string(),
                    |problem| problem.error_description.unwrap_or(problem.error),
                );
                return Err(RequestFailure::NoToken(format!("no token is given: {why}").into()));
            }
        };
        let token: AccessToken = serde_json::from_slice(&answer.body)
            .map_err(|_| RequestFailure::NoToken("no token is given: the answer is none".into()))?;
        drop(SecretString::from(String::from_utf8(answer.body).unwrap_or_default()));
        let holds = token.expires_in.map(|seconds| Duration::from_secs(seconds.min(u64::from(u32::MAX))));
        let until = holds.map(|holds| Instant::now() + holds - SPARE.min(holds / 4));
        Ok(CachedToken { token: SecretString::from(token.access_token), until })
    }
}
