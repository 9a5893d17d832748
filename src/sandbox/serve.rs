//! The sandbox as an HTTP service: the organization API, SCIM, and a page to look at the organization.
//!
//! The service has tokens with scopes that expire, a limit on the rate of requests, problems by RFC 9457, and
//! one log line a request, which contains no secret. The store decides what is written or refused; this
//! module only translates between the store and HTTP. The caller passes the clock.

mod answer;
mod auth;
mod connections;
mod fault_script;
mod log;
mod portal;
mod rate_limiter;
mod routes;
mod scim;

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::extract::State;
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::SandboxStore;
use crate::model::Timestamp;
use crate::wire::TokenScope;
use auth::TokenAuthority;
use connections::serve_connections;
use fault_script::FaultInjector;
use portal::PortalKeys;
use rate_limiter::RateLimiter;

pub use auth::{RandomnessError, RegisteredClient, SigningKey};
pub use connections::ConnectionLimits;
pub use fault_script::{FaultScript, FaultScriptError};

/// A function that returns the current time.
pub type ServiceClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The settings of the service.
pub struct SandboxServiceConfig {
    /// The clock for the times of writes and the expiry of tokens.
    pub clock: ServiceClock,
    /// The clients that may have tokens.
    pub clients: Vec<RegisteredClient>,
    pub key: SigningKey,
    /// The lifetime of a token, in seconds.
    pub token_seconds: u32,
    /// The requests that each client may make in a second; `None` sets no limit.
    pub per_second: Option<u32>,
    /// The faults to inject, if any.
    pub faults: Option<FaultScript>,
    pub connections: ConnectionLimits,
}

/// The HTTP service of one store.
#[derive(Clone)]
pub struct SandboxService(Arc<ServiceState>);

/// How a request gets the state that all share.
type SharedState = State<Arc<ServiceState>>;

/// The state that all requests share.
struct ServiceState {
    store: Arc<SandboxStore>,
    clock: ServiceClock,
    auth: TokenAuthority,
    limit: Option<RateLimiter>,
    faults: Option<FaultInjector>,
    door: PortalKeys,
    connections: ConnectionLimits,
}

impl SandboxService {
    /// Returns the service of `store`.
    pub fn new(store: Arc<SandboxStore>, config: SandboxServiceConfig) -> Self {
        let SandboxServiceConfig { clock, clients, key, token_seconds, per_second, faults, connections } =
            config;
        let auth = TokenAuthority::new(clients, key, token_seconds);
        let (limit, faults) = (per_second.map(RateLimiter::new), faults.map(FaultInjector::new));
        let door = PortalKeys::default();
        Self(Arc::new(ServiceState { store, clock, auth, limit, faults, door, connections }))
    }

    /// Returns a token that is valid for `seconds`, without a check of a client secret. The caller hands the
    /// token over in a file, and whoever may read that file may use the token.
    pub fn token(&self, client: &str, scopes: &[TokenScope], seconds: u32) -> SecretString {
        self.0.auth.token(client, scopes, (self.0.clock)(), seconds)
    }

    /// Returns a key that opens the portal page once: the page at `/#key=…` exchanges the key for a token
    /// that can only read.
    ///
    /// # Errors
    ///
    /// [`RandomnessError`] where the operating system has no randomness.
    pub fn portal_key(&self) -> Result<SecretString, RandomnessError> {
        self.0.door.issue_key()
    }

    /// Waits until a key of the portal page has been used. A used key is no longer valid.
    pub async fn wait_for_portal(&self) {
        self.0.door.wait_for_use().await;
    }

    /// Answers requests until `stop` completes, then finishes the requests in progress.
    ///
    /// # Errors
    ///
    /// The errors of the listener.
    pub async fn run(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let limits = self.0.connections;
        serve_connections(listener, routes::router(self.0), limits, stop).await
    }
}
