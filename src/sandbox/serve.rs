//! The sandbox behind HTTP: the organization API, as a service keeps it.
//!
//! Tokens with scopes that expire, a limit on requests, problems by RFC 9457, one log line a request that
//! names no secret. What is written and refused is the store's to say; here it is only put into HTTP. The
//! clock is given.

mod answer;
mod auth;
mod fault_script;
mod log;
mod portal;
mod rate_limiter;
mod routes;
mod scim;

use std::future::Future;
use std::io;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::net::TcpListener;

use super::SandboxStore;
use crate::model::Timestamp;
use crate::wire::TokenScope;
use auth::TokenAuthority;
use fault_script::FaultInjector;
use portal::PortalKeys;
use rate_limiter::RateLimiter;

pub use auth::{RandomnessError, RegisteredClient, SigningKey};
pub use fault_script::{FaultScript, FaultScriptError};

/// What time it is, whenever it is asked.
pub type ServiceClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How the service is kept.
pub struct SandboxServiceConfig {
    /// The time that writes are made at and tokens expire by.
    pub clock: ServiceClock,
    /// Who may have tokens.
    pub clients: Vec<RegisteredClient>,
    /// What tokens are signed with.
    pub key: SigningKey,
    /// How long a token holds, in seconds.
    pub token_seconds: u32,
    /// Requests that each client may make a second.
    pub per_second: Option<u32>,
    /// What goes wrong on purpose.
    pub faults: Option<FaultScript>,
}

/// The organization API on a store.
#[derive(Clone)]
pub struct SandboxService(Arc<ServiceState>);

/// What all requests share.
struct ServiceState {
    store: Arc<SandboxStore>,
    clock: ServiceClock,
    auth: TokenAuthority,
    limit: Option<RateLimiter>,
    faults: Option<FaultInjector>,
    door: PortalKeys,
}

impl SandboxService {
    /// The service of `store`.
    pub fn new(store: Arc<SandboxStore>, config: SandboxServiceConfig) -> Self {
        let SandboxServiceConfig { clock, clients, key, token_seconds, per_second, faults } = config;
        let auth = TokenAuthority::new(clients, key, token_seconds);
        let (limit, faults) = (per_second.map(RateLimiter::new), faults.map(FaultInjector::new));
        Self(Arc::new(ServiceState { store, clock, auth, limit, faults, door: PortalKeys::default() }))
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
    pub fn portal_key(&self) -> Result<SecretString, RandomnessError> {
        self.0.door.issue_key()
    }

    /// Waits until a key of the portal page has been used, after which it opens nothing any longer.
    pub async fn wait_for_portal(&self) {
        self.0.door.wait_for_use().await;
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
