//! The embedded organization served over HTTP, and the clients that the tests send to it.

mod connections;
mod no_store;
mod portal;
mod routes;
mod scim;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::transport::{BaseUrl, Credentials, ServiceTarget};
use seatwise::connector::{OrgRead, Retry};
use seatwise::model::{Interner, Snapshot, Timestamp};
use seatwise::sandbox::generate::GenerationWindow;
use seatwise::sandbox::serve::{
    ConnectionLimits, FaultScript, RegisteredClient, SandboxService, SandboxServiceConfig, SigningKey,
};
use seatwise::sandbox::{SandboxStore, StoreOptions, generate, generate_firm};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub(crate) const SECRET: &str = "s3cret-of-the-client";

pub(crate) fn now() -> Timestamp {
    "2026-11-24T09:12:00Z".parse().unwrap()
}

pub(crate) fn opening() -> StoreOptions {
    StoreOptions { now: now(), patience: Duration::from_millis(100) }
}

/// A running service on this machine, with its store.
pub(crate) struct ServedSandbox {
    pub(crate) url: String,
    pub(crate) store: Arc<SandboxStore>,
    pub(crate) service: SandboxService,
    /// Seconds by which the clock of the service is ahead.
    pub(crate) ahead: Arc<AtomicI64>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) running: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// How the service of a test differs from one without limits and faults.
#[derive(Default)]
pub(crate) struct ServiceQuirks {
    pub(crate) per_second: Option<u32>,
    pub(crate) faults: Option<FaultScript>,
    pub(crate) token_seconds: Option<u32>,
    /// Seconds by which the clock moves on each time it is read.
    pub(crate) ticks: i64,
    pub(crate) connections: ConnectionLimits,
}

impl ServedSandbox {
    pub(crate) async fn with_firm(people: usize) -> Self {
        Self::with_quirks(firm(people), ServiceQuirks::default()).await
    }

    pub(crate) async fn with_quirks(store: SandboxStore, odd: ServiceQuirks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let ahead = Arc::new(AtomicI64::new(0));
        let clock = {
            let ahead = Arc::clone(&ahead);
            Arc::new(move || {
                now() + jiff::SignedDuration::from_secs(ahead.fetch_add(odd.ticks, Ordering::Relaxed))
            })
        };
        let client = |id: &str, scopes: &[seatwise::wire::TokenScope]| RegisteredClient {
            id: id.to_owned(),
            secret: SECRET.into(),
            scopes: scopes.to_vec(),
        };
        let clients = vec![
            client("admin", &seatwise::wire::TokenScope::ALL),
            client("reader", &[seatwise::wire::TokenScope::Read]),
        ];
        let (key, token_seconds) = (SigningKey::from_bytes([7; 32]), odd.token_seconds.unwrap_or(900));
        let store = Arc::new(store);
        let config = SandboxServiceConfig {
            clock,
            clients,
            key,
            token_seconds,
            per_second: odd.per_second,
            faults: odd.faults,
            connections: odd.connections,
        };
        let service = SandboxService::new(Arc::clone(&store), config);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(service.clone().run(listener, async { drop(stopped.await) }));
        Self { url, store, service, ahead, stop: Some(stop), running }
    }

    pub(crate) fn http(&self, purpose: ConnectionPurpose) -> HttpConnector {
        HttpConnector::new(target(&self.url, client_credentials()), purpose).unwrap()
    }

    pub(crate) async fn read(&self) -> Snapshot {
        self.http(ConnectionPurpose::Read).fetch(&Interner::default()).await.unwrap()
    }

    pub(crate) fn truth(&self) -> Snapshot {
        self.store.fetch(&Interner::default()).unwrap()
    }

    /// Ends the service after it has answered every request under way.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.running.await.unwrap().unwrap();
    }

    pub(crate) fn token(&self, scopes: &[seatwise::wire::TokenScope]) -> String {
        secrecy::ExposeSecret::expose_secret(&self.service.token("test", scopes, 3600)).to_owned()
    }

    /// Sends a request, as any client can.
    pub(crate) async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        edit: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> ServiceAnswer {
        let request = bare_client()
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(self.token(&seatwise::wire::TokenScope::ALL));
        ServiceAnswer::send(edit(request)).await
    }

    pub(crate) async fn get(&self, path: &str) -> ServiceAnswer {
        self.ask(reqwest::Method::GET, path, |request| request).await
    }

    /// Sends a change under an idempotency key.
    pub(crate) async fn change(&self, key: &str, change: Value) -> ServiceAnswer {
        let edit = |request: reqwest::RequestBuilder| {
            request
                .header("idempotency-key", key)
                .header("content-type", "application/json")
                .body(change.to_string())
        };
        self.ask(reqwest::Method::POST, "/v1/changes", edit).await
    }
}

/// A whole answer of the service.
pub(crate) struct ServiceAnswer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl ServiceAnswer {
    pub(crate) async fn send(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that the answer is a problem of this kind, in the media type of problems.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, kind: &str) {
        assert_eq!(
            (self.status, &self.body["type"]),
            (status, &Value::from(format!("urn:seatwise:problem:{kind}"))),
            "{}",
            self.body
        );
        assert_eq!(
            (self.header("content-type"), &self.body["status"]),
            ("application/problem+json", &status.into())
        );
    }
}

pub(crate) fn bare_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) fn firm(people: usize) -> SandboxStore {
    let (organization, facts) = generate_firm(people, 7);
    SandboxStore::in_memory("firm", &organization, &facts, opening()).unwrap()
}

/// A firm with use on some days of a closed quarter, so that there are an invoice and a payment.
pub(crate) fn working_firm() -> SandboxStore {
    let (organization, facts) = generate_firm(60, 7);
    let first = "2026-07-01".parse().unwrap();
    let mut uses =
        generate::generate_usage(&organization, &facts, GenerationWindow { first, until: now() }, 1);
    uses.truncate(120);
    let store = SandboxStore::in_memory("firm", &organization, &facts, opening()).unwrap();
    store
        .keep_usage(&generate::generate_past(&facts, first, "2026-11-24".parse().unwrap(), 1), &uses)
        .unwrap();
    store
}

pub(crate) fn client_credentials() -> Credentials {
    Credentials::Client { id: "admin".to_owned(), secret: SECRET.into() }
}

/// Retries without waiting.
pub(crate) fn quick_retry() -> Retry {
    Retry {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(2),
        within: Duration::from_secs(20),
        seed: 7,
    }
}

pub(crate) fn target(url: &str, credentials: Credentials) -> ServiceTarget {
    ServiceTarget {
        base: BaseUrl::parse(url).unwrap(),
        credentials,
        authorities: None,
        per_second: None,
        concurrency: 8,
        retry: quick_retry(),
    }
}

pub(crate) fn fault_script(text: Value) -> Option<FaultScript> {
    Some(FaultScript::parse(text.to_string().as_bytes()).unwrap())
}
