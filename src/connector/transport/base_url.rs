//! The one address that a token is sent to.

use std::fmt;

use reqwest::Url;
use url::Host;

/// The address of a service: `https`, or `http` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// The text is not an address that a token may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// The text cannot be parsed as a URL.
    #[error("it is no address, such as `https://org.example/api`")]
    Unreadable,
    /// The scheme is neither `https` nor `http`.
    #[error("it is neither `https` nor `http`")]
    Scheme,
    /// Plain `http` to another machine: others could read the token on the way.
    #[error(
        "plain `http` is for this machine only (127.0.0.1, ::1, localhost): a token would be readable on the \
            way"
    )]
    Plain,
    /// The address contains a user name or password, which would be shown wherever the address is shown.
    #[error("it has a name or password in it: credentials have places of their own")]
    UserInfo,
    /// The address has a query or a fragment.
    #[error("it has a query or a fragment")]
    Query,
}

impl BaseUrl {
    /// Parses an address.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let mut url = Url::parse(text).map_err(|_| BaseUrlError::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(BaseUrlError::Plain),
            _ => return Err(BaseUrlError::Scheme),
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Returns host and port, for messages.
    pub fn host(&self) -> &str {
        &self.0[url::Position::BeforeHost..url::Position::AfterPort]
    }

    /// Whether the service is on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Returns the address of `path`, which begins with a slash, below this address.
    pub(super) fn join(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Resolves a path that the service itself gave: from the root of the host if the path begins with this
    /// address's own path, otherwise below this address.
    pub(super) fn resolve_path(&self, path: &str) -> Url {
        let (own, path) = (self.0.path().trim_end_matches('/'), format!("/{}", path.trim_start_matches('/')));
        let from_root = !own.is_empty() && path.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'));
        if from_root { self.root().join(&path, &[]) } else { self.join(&path, &[]) }
    }

    /// Returns the root of the host.
    pub(super) fn root(&self) -> Self {
        let mut url = self.0.clone();
        url.set_path("");
        Self(url)
    }

    /// Whether `url` has the same host, scheme and port.
    pub(super) fn has_origin_of(&self, url: &Url) -> bool {
        url.origin() == self.0.origin()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Returns an address, or what was meant to be one, as it may be shown: without a name, a password, a query
/// and a fragment, in which secrets come.
pub fn shown_address(address: &str) -> String {
    let (scheme, rest) = address.split_at(address.find("://").map_or(0, |at| at + 3));
    let (rest, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    // What stands before an `@` in what looks like a query may be a password.
    if query.contains('@') {
        return format!("{scheme}…");
    }
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("…@", rest));
    format!("{scheme}{user}{rest}{}", if query.is_empty() { "" } else { "?…" })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Returns `url` with the parameters of `query` added.
pub(in crate::connector) fn with_query(url: &Url, query: &[(&'static str, String)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(query);
    url
}
