//! The address and the credentials of a service. They come from flags, then from `SEATWISE_*` variables, then
//! from the user's own connections file, and never from the policy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::Deserialize;

use crate::connector::Retry;
use crate::connector::transport::{
    BaseUrl, BaseUrlError, Credentials, CredentialsError, ServiceTarget, read_secret, shown_address,
};
use crate::disk::read_regular_file;
use crate::model::Date;

/// How a service is reached.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of connections (`kind: http` and `kind: scim`)")]
pub(super) struct ConnectionArgs {
    /// The address of the organization API, or of the SCIM service
    #[arg(long, global = true, env = "SEATWISE_URL", hide_env_values = true, value_name = "URL")]
    url: Option<String>,
    /// A file with the token, which only you may read; otherwise `SEATWISE_TOKEN`, `SEATWISE_TOKEN_FILE`,
    /// `SEATWISE_TOKEN_COMMAND`, or `SEATWISE_CLIENT_ID` with `SEATWISE_CLIENT_SECRET`
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Certificates (PEM) to trust instead of the system's
    #[arg(long, global = true, env = "SEATWISE_CA_FILE", hide_env_values = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// The address or the credentials of a service are missing or cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionArgsError {
    #[error("it is not said where the organization is")]
    NoUrl,
    #[error("`{0}` cannot be the address of the organization")]
    Url(String, #[source] BaseUrlError),
    #[error("it is not said what token is shown to {0}")]
    NoCredentials(String),
    #[error("`SEATWISE_CLIENT_ID` and `SEATWISE_CLIENT_SECRET` go together")]
    HalfAClient,
    #[error("{} says how to reach {known}, and its token is not sent to {asked}", .file.display())]
    OtherHost { file: PathBuf, known: String, asked: String },
    #[error("the secret of the client cannot be used")]
    Secret(#[from] CredentialsError),
    #[error("{} could not be read", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    #[error("{} may be written by others, and could make this program run what they want", .0.display())]
    Open(PathBuf),
    #[error("{} is not a file of connections", .0.display())]
    Form(PathBuf, #[source] serde_json::Error),
}

impl ConnectionArgsError {
    /// Returns what the user can do about the error.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::NoUrl => {
                "`--url`, `SEATWISE_URL`, or an entry of the organization's name in your connections file \
                    (see the README)"
            }
            Self::Url(..) => "such as `https://org.example/api`; the policy must not say it",
            Self::NoCredentials(_) | Self::HalfAClient => {
                "`--token-file`, `SEATWISE_TOKEN`, `SEATWISE_TOKEN_FILE`, `SEATWISE_TOKEN_COMMAND`, or \
                    `SEATWISE_CLIENT_ID` with `SEATWISE_CLIENT_SECRET`"
            }
            Self::OtherHost { .. } => "say what token is shown there, or leave the address out",
            Self::Secret(_) => "a file of a secret is one line, with mode 0600",
            Self::File(..) => "is the path right, and may you read it?",
            Self::Open(_) => "take the right to write from others: `chmod go-w`",
            Self::Form(..) => {
                "an object by organization: \
                    `{\"acme\": {\"url\": \"https://…\", \"token_file\": \"…\"}}` (see the README)"
            }
        }
    }
}

/// One organization's entry in the user's connections file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionRecord {
    url: Option<String>,
    token_file: Option<PathBuf>,
    token_command: Option<String>,
    client_id: Option<String>,
    client_secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    requests_per_second: Option<u32>,
    concurrency: Option<usize>,
    /// The last day on which the token is valid (UTC), as its issuer stated.
    token_until: Option<Date>,
}

/// Writes in flight at once, where the connections file sets no `concurrency`.
const CONCURRENCY: usize = 16;

impl ConnectionArgs {
    /// Returns the address, the credentials and the limits with which to reach `organization`.
    pub(super) fn target(&self, organization: &str) -> Result<ServiceTarget, ConnectionArgsError> {
        let file = connections_file();
        let entry = file
            .as_deref()
            .map_or(Ok(None), |file| read_connection_record(file, organization))?
            .unwrap_or_default();
        let address = self.url.clone().or_else(|| entry.url.clone()).ok_or(ConnectionArgsError::NoUrl)?;
        let parsed = |url: &str| {
            BaseUrl::parse(url).map_err(|error| ConnectionArgsError::Url(shown_address(url), error))
        };
        let base = parsed(&address)?;
        let credentials = match self.credentials()? {
            Some(credentials) => credentials,
            None => {
                let of_file = entry
                    .credentials()?
                    .ok_or_else(|| ConnectionArgsError::NoCredentials(base.host().to_owned()))?;
                // A token is only ever sent to the host it is kept for.
                let known = entry.url.as_deref().map(parsed).transpose()?;
                match (known, file) {
                    (Some(known), _) if known == base => of_file,
                    (known, file) => {
                        let known = known.map_or("nothing".to_owned(), |known| known.host().to_owned());
                        return Err(ConnectionArgsError::OtherHost {
                            file: file.unwrap_or_default(),
                            known,
                            asked: base.host().to_owned(),
                        });
                    }
                }
            }
        };
        let authorities = self.ca_file.clone().or(entry.ca_file);
        let authorities = authorities
            .map(|path| {
                read_regular_file(&path, LARGEST_FILE).map_err(|error| ConnectionArgsError::File(path, error))
            })
            .transpose()?;
        let concurrency = entry.concurrency.unwrap_or(CONCURRENCY);
        let retry = Retry {
            seed: u64::from(std::process::id()),
            within: std::time::Duration::from_secs(60),
            ..Retry::default()
        };
        Ok(ServiceTarget {
            base,
            credentials,
            authorities,
            per_second: entry.requests_per_second,
            concurrency,
            retry,
        })
    }

    /// Returns the last day (UTC) on which the token of `organization` is valid, from the connections file or
    /// else from the token itself; `None` where neither states it.
    pub(super) fn token_last_day(&self, organization: &str) -> Option<Date> {
        let entry = connections_file()
            .and_then(|file| read_connection_record(&file, organization).ok().flatten())
            .unwrap_or_default();
        let given = self.credentials().ok().flatten();
        // The day in the file is that of the token in the file, and not of one from flags or variables.
        let stated = entry.token_until.filter(|_| given.is_none());
        let credentials = || given.or_else(|| entry.credentials().ok().flatten());
        stated.or_else(|| Some(TimeZone::UTC.to_datetime(credentials()?.expiry()?).date()))
    }

    /// Returns the path given by `--token-file`.
    pub(super) fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref()
    }

    /// Returns the credentials from flags, or else from variables; `None` where neither gives any.
    fn credentials(&self) -> Result<Option<Credentials>, ConnectionArgsError> {
        let given =
            |name, credentials: fn(String) -> Credentials| environment_variable(name).map(credentials);
        let file = self.token_file.clone().map(Credentials::File);
        let credentials = file
            .or_else(|| given("SEATWISE_TOKEN", |token| Credentials::Token(token.into())))
            .or_else(|| given("SEATWISE_TOKEN_FILE", |file| Credentials::File(file.into())))
            .or_else(|| given("SEATWISE_TOKEN_COMMAND", Credentials::Command));
        credentials.map_or_else(environment_client, |credentials| Ok(Some(credentials)))
    }
}

/// Returns the client credentials from `SEATWISE_CLIENT_ID` and `SEATWISE_CLIENT_SECRET`, if both are set.
pub(super) fn environment_client() -> Result<Option<Credentials>, ConnectionArgsError> {
    match (environment_variable("SEATWISE_CLIENT_ID"), environment_variable("SEATWISE_CLIENT_SECRET")) {
        (Some(id), Some(secret)) => Ok(Some(Credentials::Client { id, secret: SecretString::from(secret) })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(ConnectionArgsError::HalfAClient),
    }
}

impl ConnectionRecord {
    fn credentials(&self) -> Result<Option<Credentials>, ConnectionArgsError> {
        if let Some(file) = &self.token_file {
            return Ok(Some(Credentials::File(file.clone())));
        }
        if let Some(command) = &self.token_command {
            return Ok(Some(Credentials::Command(command.clone())));
        }
        match (&self.client_id, &self.client_secret_file) {
            (Some(id), Some(file)) => {
                Ok(Some(Credentials::Client { id: id.clone(), secret: read_secret(file)? }))
            }
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(ConnectionArgsError::HalfAClient),
        }
    }
}

/// Returns the value of a variable without line breaks at its end: a secret that was piped into a CI's store
/// ends with one.
pub(super) fn environment_variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    let value = value.trim_end_matches(['\n', '\r']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// Returns the path of the user's connections file; `None` where no absolute configuration folder is known.
fn connections_file() -> Option<PathBuf> {
    let given = |name| environment_variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = if cfg!(windows) {
        given("APPDATA")
    } else {
        given("XDG_CONFIG_HOME").or_else(|| Some(given("HOME")?.join(".config")))
    };
    Some(folder?.join("seatwise").join("connections.json"))
}

/// The size of the largest file of connections or of authorities that is read, in bytes.
const LARGEST_FILE: u64 = 4 << 20;

fn read_connection_record(
    file: &Path,
    organization: &str,
) -> Result<Option<ConnectionRecord>, ConnectionArgsError> {
    let text = match read_regular_file(file, LARGEST_FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ConnectionArgsError::File(file.to_owned(), error)),
    };
    if is_writable_by_others(file).map_err(|error| ConnectionArgsError::File(file.to_owned(), error))? {
        return Err(ConnectionArgsError::Open(file.to_owned()));
    }
    let mut entries: BTreeMap<String, ConnectionRecord> =
        serde_json::from_slice(&text).map_err(|error| ConnectionArgsError::Form(file.to_owned(), error))?;
    Ok(entries.remove(organization))
}

#[cfg(unix)]
fn is_writable_by_others(file: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn is_writable_by_others(_: &Path) -> std::io::Result<bool> {
    Ok(false)
}
