//! Services that mean harm: whatever they answer, reading ends, nothing is believed, and the token goes nowhere
//! else.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::scim::ScimConnector;
use seatwise::connector::transport::{Credentials, ServiceTarget};
use seatwise::connector::{OrgRead, Retry};
use seatwise::model::{Interner, Snapshot};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::sandbox::serve::{quick_retry, target};

const TOKEN: &str = "s3cret-t0ken";

/// What a service answers to every request.
#[derive(Clone)]
enum HostileAnswer {
    /// These bytes, and the end of the connection.
    Whole(Vec<u8>),
    /// A beginning, and then this again and again.
    Endless(Vec<u8>, Vec<u8>),
}

/// A service with one answer, and what it was asked.
struct HostileService {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HostileService {
    /// Starts a service. `HERE` in its answer stands for its own address, and `ELSEWHERE` for another one.
    async fn start(answer: HostileAnswer, elsewhere: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, here, elsewhere) = (Arc::clone(&asked), url.clone(), elsewhere.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, answer) = (Arc::clone(&noted), answer.clone());
                let named = [("HERE", here.clone()), ("ELSEWHERE", elsewhere.clone())];
                tokio::spawn(answer_one(stream, answer, named, noted));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer_one(
    mut stream: TcpStream,
    answer: HostileAnswer,
    named: [(&str, String); 2],
    noted: Arc<Mutex<Vec<String>>>,
) {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(bytes) => request.extend(&chunk[..bytes]),
        }
    }
    noted.lock().unwrap().push(String::from_utf8_lossy(&request).to_lowercase());
    let resolve = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) => named.iter().fold(text, |text, (name, is)| text.replace(name, is)).into_bytes(),
        Err(error) => error.into_bytes(),
    };
    match answer {
        HostileAnswer::Whole(bytes) => _ = stream.write_all(&resolve(bytes)).await,
        HostileAnswer::Endless(head, again) => {
            _ = stream.write_all(&resolve(head)).await;
            while stream.write_all(&again).await.is_ok() {}
        }
    }
}

/// An answer of JSON with more headers.
fn json(headers: &str, body: impl AsRef<[u8]>) -> HostileAnswer {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    HostileAnswer::Whole([head.as_bytes(), body].concat())
}

fn text(answer: &str) -> HostileAnswer {
    HostileAnswer::Whole(answer.replace('\n', "\r\n").into_bytes())
}

fn redirect(location: &str) -> HostileAnswer {
    text(&format!("HTTP/1.1 307 Temporary Redirect\nlocation: {location}\ncontent-length: 0\n\n"))
}

/// Answers that are wrong as messages of HTTP, or lead elsewhere, each with its name.
fn hostile_messages() -> Vec<(&'static str, HostileAnswer)> {
    let endless = |head: &str, again: &str| {
        HostileAnswer::Endless(head.replace('\n', "\r\n").into_bytes(), again.into())
    };
    let block = " ".repeat(1 << 16);
    let chunked = "HTTP/1.1 200 OK\ncontent-type: application/json\ntransfer-encoding: chunked\n\n";
    vec![
        ("a body that never ends", endless("HTTP/1.1 200 OK\ncontent-type: application/json\n\n", &block)),
        ("chunks that never end", endless(chunked, &format!("10000\r\n{block}\r\n"))),
        ("a refusal that never ends", endless("HTTP/1.1 500 No\ncontent-type: application/json\n\n", &block)),
        ("a chunk of a wrong size", text(&(chunked.to_owned() + "FFFFFFFFFFFFFFFFF\n{}\n"))),
        ("a header that never ends", endless("HTTP/1.1 200 OK\nx: ", &block)),
        ("headers that never end", endless("HTTP/1.1 200 OK\n", "x: y\r\n")),
        ("a status line that never ends", endless("HTTP/1.1 200 ", &block)),
        ("nothing at all", HostileAnswer::Whole(Vec::new())),
        ("no HTTP", text("SSH-2.0-OpenSSH_9.6\n")),
        ("an unknown version", text("HTTP/7.3 200 OK\n\n{}")),
        ("a status beyond all", text("HTTP/1.1 999 What\ncontent-length: 0\n\n")),
        ("two lengths", text("HTTP/1.1 200 OK\ncontent-length: 2\ncontent-length: 9\n\n{}")),
        ("a negative length", text("HTTP/1.1 200 OK\ncontent-length: -1\n\n{}")),
        ("a length beyond all", text("HTTP/1.1 200 OK\ncontent-length: 99999999999999999999999\n\n{}")),
        (
            "less than its length",
            text("HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: 99\n\n{}"),
        ),
        ("a redirect to another host", redirect("ELSEWHERE/v1/organization")),
        ("a redirect to another host without a scheme", redirect("//localhost:1/v1/organization")),
        ("a redirect to a file", redirect("file:///etc/passwd")),
        ("a redirect to a script", redirect("javascript:alert(1)")),
        ("a redirect to data", redirect("data:application/json,{}")),
        ("a redirect with a user", redirect("http://user:word@localhost:1/")),
        ("a redirect to itself", redirect("HERE/v1/organization")),
        ("a redirect to nowhere", redirect("")),
        (
            "another token",
            text("HTTP/1.1 401 Unauthorized\nwww-authenticate: Basic realm=ELSEWHERE\ncontent-length: 0\n\n"),
        ),
    ]
}

/// Answers whose bodies are none of an organization, each with its name.
fn hostile_bodies() -> Vec<(&'static str, HostileAnswer)> {
    let page = |rest: &str| {
        format!(
            "{{\"items\":[],\"revision\":1,\"totalResults\":9,\"Resources\":[],\"itemsPerPage\":1,{rest}}}"
        )
    };
    vec![
        ("a sign-in page", text("HTTP/1.1 200 OK\ncontent-type: text/html\n\n<form action=ELSEWHERE>")),
        ("a web page that is called JSON", json("", "<html>")),
        ("a packed body that is none", json("content-encoding: gzip\r\n", "{}")),
        ("arrays within arrays", json("", "[".repeat(1 << 20))),
        ("objects within objects", json("", "{\"a\":".repeat(1 << 20))),
        ("a number beyond all", json("", page(&format!("\"total\":1{}", "0".repeat(9_999))))),
        ("a number below zero", json("", page("\"total\":-1"))),
        ("infinity", json("", page("\"total\":1e999"))),
        ("a text that is not UTF-8", json("", b"{\"name\":\"\xff\xfe\"}")),
        ("half a pair", json("", "{\"organization\":\"\\ud800\"}")),
        ("UTF-16", json("", b"\xff\xfe{\0}\0")),
        ("a key twice", json("", "{\"organization\":\"a\",\"organization\":\"b\"}")),
        ("nothing in it", json("", "")),
        ("null", json("", "null")),
        ("a total that is never reached", json("", page("\"total\":1000000000000,\"next\":\"a\""))),
        ("the same page for ever", json("", page("\"total\":9,\"next\":\"a\""))),
        ("cookies", json("set-cookie: a=b; Domain=localhost\r\n", page("\"total\":9"))),
    ]
}

/// Whether nothing of a snapshot is believed.
fn is_empty(snapshot: &Snapshot) -> bool {
    let organization = &snapshot.live.0;
    organization.users.is_empty() && organization.groups.is_empty()
}

/// Reads the service by both connectors; `None` where nothing at all could be read.
async fn read_both(url: &str) -> [Option<Snapshot>; 2] {
    let retry =
        Retry { first: Duration::from_millis(50), within: Duration::from_millis(500), ..quick_retry() };
    let target = |path: &str| {
        let target = target(&format!("{url}{path}"), Credentials::Token(TOKEN.into()));
        ServiceTarget { retry, ..target }
    };
    let http = HttpConnector::new(target(""), ConnectionPurpose::Read).unwrap();
    let scim = ScimConnector::new(target("/scim/v2"), ConnectionPurpose::Read).unwrap();
    let names = Interner::default();
    [http.fetch(&names).await.ok(), scim.fetch(&names).await.ok()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_ends_whatever_a_service_answers_and_nothing_is_believed() {
    let connections = Arc::new(AtomicU64::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}", listener.local_addr().unwrap());
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let cases = hostile_messages().into_iter().chain(hostile_bodies()).map(|(name, answer)| {
        let elsewhere = elsewhere.clone();
        tokio::spawn(async move { assert_nothing_is_believed(name, answer, &elsewhere).await })
    });
    for case in cases.collect::<Vec<_>>() {
        case.await.unwrap();
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0, "somebody else was asked");
}

async fn assert_nothing_is_believed(name: &str, answer: HostileAnswer, elsewhere: &str) {
    let service = HostileService::start(answer, elsewhere).await;
    let read = tokio::time::timeout(Duration::from_secs(120), read_both(&service.url)).await;
    let read = read.unwrap_or_else(|_| panic!("{name}: reading does not end"));
    for (connector, snapshot) in ["http", "scim"].iter().zip(&read) {
        let believed = snapshot.as_ref().is_some_and(|read| !is_empty(read) || read.unread.is_empty());
        assert!(!believed, "{name}: {connector} believes {snapshot:?}");
    }
    let asked = service.asked();
    assert!((1..1_000).contains(&asked.len()), "{name}: it was asked {} times", asked.len());
    for request in &asked {
        assert!(request.contains(&format!("authorization: bearer {TOKEN}")), "{name}: {request}");
        assert!(!request.contains("cookie:"), "{name}: {request}");
    }
}
