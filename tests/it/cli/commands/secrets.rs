//! Secrets in use are printed nowhere and kept nowhere, even where the service answers with them.

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
use seatwise::wire::TokenScope;
use serde_json::json;
use tokio::net::TcpListener;

use crate::connector::transport::credentials::{founded_store, http_quickstart};
use crate::sandbox::serve::*;

/// How a service gives back what it was sent.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Echo {
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

const ECHOES: [Echo; 13] = [
    Echo::Problem(400),
    Echo::Problem(401),
    Echo::Problem(403),
    Echo::Problem(404),
    Echo::Problem(409),
    Echo::Problem(422),
    Echo::Problem(501),
    Echo::Redirect(302),
    Echo::Redirect(308),
    Echo::Page,
    Echo::Body,
    Echo::Writes,
    Echo::Token,
];

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
struct EchoingService {
    url: String,
    /// The forms that were sent back, for the proof that they were.
    echoed: Arc<Mutex<Vec<String>>>,
}

impl EchoingService {
    async fn new(served: &ServedSandbox, echo: Echo) -> Self {
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
                let forms = echoed_forms(headers["authorization"].to_str().unwrap());
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
    let first = forms.split(' ').nth(1).unwrap();
    let status = match echo {
        Echo::Problem(status) | Echo::Redirect(status) => status,
        Echo::Page | Echo::Body => 200,
        Echo::Writes => 422,
        Echo::Token => 401,
    };
    let mut response = Response::builder().status(status).header("etag", format!("\"{first}\""));
    response = response.header("x-request-id", first).header("www-authenticate", forms);
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

/// Calls the program with these variables, and returns what it printed.
async fn call(folder: &Path, args: &[&str], variables: &BTreeMap<&str, String>) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program.env_clear().env("SEATWISE_NOW", "2026-11-24T09:30:00Z").envs(variables);
    program.args(args).current_dir(folder).stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    String::from_utf8(ended.stdout).unwrap() + &String::from_utf8(ended.stderr).unwrap()
}

/// The text of every file below a folder, journals and saved plans included.
fn kept_below(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            all += &kept_below(&entry.path());
        } else {
            all += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap());
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secret_that_a_service_gives_back_is_blank_in_all_that_is_printed_and_kept() {
    let served = ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await;
    let token = served.token(&TokenScope::ALL);
    let mut cases = 0;
    for echo in ECHOES {
        for scim in [false, true] {
            let service = EchoingService::new(&served, echo).await;
            let folder = http_quickstart();
            let mut variables = BTreeMap::new();
            if echo == Echo::Token {
                variables.insert("SEATWISE_CLIENT_ID", "admin".to_owned());
                variables.insert("SEATWISE_CLIENT_SECRET", SECRET.to_owned());
            } else {
                variables.insert("SEATWISE_TOKEN", format!("{token}\n"));
            }
            let mut url = service.url.clone();
            if scim {
                url += "/scim/v2";
                let settings = std::fs::read_to_string(folder.path().join("seatwise.yaml")).unwrap();
                std::fs::write(
                    folder.path().join("seatwise.yaml"),
                    settings.replace("{kind: http}", "{kind: scim}"),
                )
                .unwrap();
            }
            variables.insert("SEATWISE_URL", url);
            let mut said = String::new();
            for args in [
                &["plan", "-vvv"][..],
                &["plan", "--format", "json", "-vvv", "--log-format", "json"],
                &["apply", "--yes", "-v"],
                &["apply", "--yes", "--format", "json"],
                &["resume"],
                &["audit", "--format", "sarif"],
                &["runs", "--format", "json"],
            ] {
                said += &call(folder.path(), args, &variables).await;
            }
            said += &kept_below(folder.path());
            let echoed = service.echoed.lock().unwrap().join(" ");
            assert!(!echoed.is_empty(), "{echo:?}, SCIM {scim}: nothing was given back: {said}");
            for form in echoed.split_whitespace().filter(|form| form.len() > 8) {
                assert!(!said.contains(form), "{echo:?}, SCIM {scim}: `{form}` in {said}");
                cases += 1;
            }
            assert!(!said.contains(SECRET), "{echo:?}, SCIM {scim}: {said}");
            if matches!(echo, Echo::Problem(403) | Echo::Writes | Echo::Token) {
                assert!(
                    said.contains("[secret]"),
                    "{echo:?}, SCIM {scim}: the echo is told of, blank: {said}"
                );
            }
        }
    }
    assert!(cases > 200, "{cases}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_hold_the_token_are_shown_without_it() {
    let store = founded_store();
    let served = ServedSandbox::with_quirks(store, ServiceQuirks::default()).await;
    let token = served.token(&TokenScope::ALL);
    let invite = json!({"act": {"invite": {"email": "echo@harbour.example", "first_name": token, "last_name": "E",
        "country": "PT", "entitlement_country": null}}});
    assert_eq!(served.change("k", invite).await.status, 200);
    let folder = http_quickstart();
    let variables = BTreeMap::from([("SEATWISE_URL", served.url.clone()), ("SEATWISE_TOKEN", token.clone())]);
    let mut said = String::new();
    for args in [
        &["plan"][..],
        &["plan", "--format", "json"],
        &["plan", "--out", "plan.json"],
        &["audit"],
        &["what", "echo@harbour.example"],
        &["import", "--out", "imported"],
        &["review", "--format", "csv"],
    ] {
        said += &call(folder.path(), args, &variables).await;
    }
    said += &kept_below(folder.path());
    assert!(said.contains("echo@harbour.example") && said.contains("[secret]"), "{said}");
    assert!(!said.contains(&token), "{said}");
}

/// Addresses that hold a secret, with every command line that could repeat them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn address_is_told_without_what_could_be_secret_in_it() {
    let folder = http_quickstart();
    const ADDRESSES: [&str; 8] = [
        "http://127.0.0.1:1/?token=t0psecret",
        "http://127.0.0.1:1/api#t0psecret",
        "http://me:t0psecret@127.0.0.1:1/",
        "http://t0psecret@127.0.0.1:1/",
        "https://org.example/?a=b@c&token=t0psecret",
        "https://me:p/t0psecret@org.example/",
        "htps://org.example/?token=t0psecret",
        "http://org.example:port/?token=t0psecret",
    ];
    for address in ADDRESSES {
        let of_line = [
            vec!["plan", "--url", address],
            vec!["plna", "--url", address],
            vec!["plan", address],
            vec!["plan", "--ulr", address],
            vec!["--url", address, "who", "use", "x"],
            vec!["what", "--url", address],
            vec!["validate", address],
            vec!["usage", "peaks", address],
        ];
        let token = || ("SEATWISE_TOKEN", "a-token-of-mine".to_owned());
        for args in &of_line {
            let said = call(folder.path(), args, &BTreeMap::from([token()])).await;
            assert!(!said.contains("t0psecret") && !said.is_empty(), "{args:?}: {said}");
        }
        let joined = format!("--url={address}");
        let variables = BTreeMap::from([token()]);
        let said = call(folder.path(), &["plan", &joined, "--nothing"], &variables).await;
        assert!(!said.contains("t0psecret"), "{joined}: {said}");
        let variables = BTreeMap::from([token(), ("SEATWISE_URL", address.to_owned())]);
        for args in [&["plan", "-vvv"][..], &["apply", "--yes"], &["audit", "--format", "json"]] {
            let said = call(folder.path(), args, &variables).await;
            assert!(!said.contains("t0psecret"), "{address}: {said}");
            assert!(said.contains("cannot be the address"), "{address}: {said}");
        }
    }
}
