//! A service that gives back what it is sent, or says something hostile, before one that is in order.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use tokio::net::TcpListener;

use crate::cli::ProgramOutcome;
use crate::sandbox::serve::{ServedSandbox, bare_client};

/// How a service gives back what it was sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Echo {
    /// In the detail of a problem with this status.
    Problem(u16),
    /// In a redirect to this status, to another host.
    Redirect(u16),
    /// In a sign-in page, with success.
    Page,
    /// In a JSON body that is not what was asked for, and in headers.
    Body,
    /// In the refusal of writes; reads are answered as they should be.
    Writes,
    /// In the refusal of a token for client credentials.
    Token,
}

/// Every form in which the words of the `Authorization` header could be given back.
fn echoed_forms(header: &str) -> String {
    let (scheme, secret) = header.split_once(' ').unwrap_or(("", header));
    let decoded = STANDARD.decode(secret).ok().filter(|_| scheme == "Basic");
    let plain = decoded.map_or(secret.to_owned(), |bytes| String::from_utf8(bytes).unwrap());
    let inner = plain.split_once(':').map_or("", |(_, password)| password);
    let sent = if scheme == "Basic" { inner } else { secret };
    let coded: String = url::form_urlencoded::byte_serialize(sent.as_bytes()).collect();
    let bases = [STANDARD.encode(sent), URL_SAFE_NO_PAD.encode(sent)];
    format!("{header} {secret} {plain} {inner} {coded} {} {}", bases[0], bases[1])
}

/// A service that gives back what it is sent, before one that is in order.
pub(super) struct EchoingService {
    pub(super) url: String,
    /// The forms that were sent back, for the proof that they were.
    pub(super) echoed: Arc<Mutex<Vec<String>>>,
}

impl EchoingService {
    /// A service before `served` that gives back what it is sent.
    pub(super) async fn new(served: &ServedSandbox, echo: Echo) -> Self {
        Self::with_words(served, echo, None).await
    }

    /// The same service, which says `words` where it would give back what it is sent.
    pub(super) async fn with_words(served: &ServedSandbox, echo: Echo, words: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (echoed, behind) = (Arc::<Mutex<Vec<String>>>::default(), served.url.clone());
        let kept = Arc::clone(&echoed);
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (kept, behind) = (Arc::clone(&kept), behind.clone());
            async move {
                let is_token = uri.path().ends_with("/oauth/token");
                let passes = match echo {
                    Echo::Writes => method == Method::GET || is_token,
                    Echo::Token => !is_token,
                    Echo::Problem(_) | Echo::Redirect(_) | Echo::Page | Echo::Body => is_token,
                };
                if passes {
                    return forward(&behind, method, &uri, headers, body).await;
                }
                let sent = || echoed_forms(headers["authorization"].to_str().unwrap());
                let forms = words.map_or_else(sent, str::to_owned);
                kept.lock().unwrap().push(forms.clone());
                echo_response(echo, &forms)
            }
        };
        tokio::spawn(axum::serve(listener, Router::new().fallback(any(answer))).into_future());
        Self { url, echoed }
    }
}

async fn forward(behind: &str, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let mut headers = headers;
    headers.remove("host");
    let request = bare_client().request(method, format!("{behind}{uri}")).headers(headers).body(body);
    let answer = request.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for name in ["content-type", "etag"] {
        if let Some(value) = answer.headers().get(name) {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

fn echo_response(echo: Echo, forms: &str) -> Response<Body> {
    let in_header = |c: char| if c.is_control() || !c.is_ascii() { '?' } else { c };
    let in_header: String = forms.chars().map(in_header).collect();
    let first = in_header.split(' ').nth(1).unwrap();
    let status = match echo {
        Echo::Problem(status) | Echo::Redirect(status) => status,
        Echo::Page | Echo::Body => 200,
        Echo::Writes => 422,
        Echo::Token => 401,
    };
    let mut response = Response::builder().status(status).header("etag", format!("\"{first}\""));
    response = response.header("x-request-id", first).header("www-authenticate", &in_header);
    if let Echo::Redirect(_) = echo {
        return response
            .header("location", format!("http://{}.example/?token={first}#{first}", first.to_lowercase()))
            .body(Body::empty())
            .unwrap();
    }
    if echo == Echo::Page {
        return response
            .header("content-type", format!("text/html; {first}"))
            .body(Body::from(forms.to_owned()))
            .unwrap();
    }
    let body = json!({
        "type": "urn:seatwise:problem:refused", "title": forms, "status": status, "detail": forms, "scimType": forms,
        "error": "invalid_client", "error_description": forms, "items": [forms], "next": forms, "total": 1,
        "schemas": [forms], "Resources": [{"id": forms, "userName": forms}], "name": forms,
    });
    let kind = if echo == Echo::Body { "application/json" } else { "application/problem+json" };
    response.header("content-type", kind).body(Body::from(body.to_string())).unwrap()
}

/// Calls the program with these variables, and returns how it ended.
pub(super) async fn call(folder: &Path, args: &[&str], variables: &BTreeMap<&str, String>) -> ProgramOutcome {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:30:00Z")
        .envs(variables);
    program.args(args).current_dir(folder).stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    ProgramOutcome {
        code: ended.status.code().unwrap(),
        out: String::from_utf8(ended.stdout).unwrap(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}
