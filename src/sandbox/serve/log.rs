//! The log of requests, one line for each: method, path, status, client, idempotency key, duration. Query,
//! other headers and body are left out, so that no line contains a secret.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::auth::Caller;

/// Middleware that logs each request.
pub(super) async fn log_request(request: Request, next: Next) -> Response {
    let (method, path, began) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let key =
        request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).map(ToOwned::to_owned);
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let client = response.extensions().get::<Caller>().map_or("-", |caller| &caller.client);
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::warn!(%method, path, status, client, key, micros, "answered");
    } else {
        tracing::info!(%method, path, status, client, key, micros, "answered");
    }
    response
}
