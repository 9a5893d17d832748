//! The sandbox behind HTTP: the organization API, as a service keeps it.
//!
//! Tokens with scopes that expire, a limit on requests, problems by RFC 9457, one log line a request that
//! names no secret. What is written and refused is the store's to say; here it is only put into HTTP. The
//! clock is given.

mod answer;
mod auth;
mod faults;
mod limit;
mod log;
mod portal;
mod routes;
mod scim;

use std::future::Future;
use std::io;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::net::TcpListener;

use super::Store;
use crate::model::Timestamp;
use crate::wire::TokenScope;
use auth::Auth;
use faults::Faults;
use limit::Limit;
use portal::Door;

pub use auth::{Client, KeyError, SigningKey};
pub use faults::{Script, ScriptError};

/// What time it is, whenever it is asked.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How the service is kept.
pub struct Config {
    /// The time that writes are made at and tokens expire by.
    pub clock: Clock,
    /// Who may have tokens.
    pub clients: Vec<Client>,
    /// What tokens are signed with.
    pub key: SigningKey,
    /// How long a token holds, in seconds.
    pub token_seconds: u32,
    /// Requests that each client may make a second.
    pub per_second: Option<u32>,
    /// What goes wrong on purpose.
    pub faults: Option<Script>,
}

/// The organization API on a store.
#[derive(Clone)]
pub struct Service(Arc<Shared>);

/// What all requests share.
struct Shared {
    store: Arc<Store>,
    clock: Clock,
    auth: Auth,
    limit: Option<Limit>,
    faults: Option<Faults>,
    door: Door,
}

impl Service {
    /// The service of `store`.
    pub fn new(store: Arc<Store>, config: Config) -> Self {
        let Config { clock, clients, key, token_seconds, per_second, faults } = config;
        let auth = Auth::new(clients, key, token_seconds);
        let (limit, faults) = (per_second.map(Limit::new), faults.map(Faults::new));
        Self(Arc::new(Shared { store, clock, auth, limit, faults, door: Door::default() }))
    }

    /// A token that holds for so many seconds, for who may read the file that it is handed over in.
    pub fn token(&self, client: &str, scopes: &[TokenScope], seconds: u32) -> SecretString {
        self.0.auth.token(client, scopes, (self.0.clock)(), seconds)
    }

    /// A key that opens the portal page once: the page at `/#key=…` has a token for it that can only read.
    ///
    /// # Errors
    ///
    /// Where the operating system has no randomness.
    pub fn portal_key(&self) -> Result<SecretString, KeyError> {
        self.0.door.key()
    }

    /// Waits until a key of the portal page has been used, after which it opens nothing any longer.
    pub async fn portal_opened(&self) {
        self.0.door.opened().await;
    }

    /// Answers requests until `stop`; then those under way are finished.
    ///
    /// # Errors
    ///
    /// The listener's.
    pub async fn run(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        axum::serve(listener, routes::router(self.0)).with_graceful_shutdown(stop).await
    }
}
