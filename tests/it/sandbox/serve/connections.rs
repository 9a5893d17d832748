//! Clients that take their time: none keeps its connection for ever, and none keeps others out.

use std::time::Duration;

use seatwise::sandbox::serve::ConnectionLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ServedSandbox, ServiceQuirks, firm};

/// A service that waits for a request for a tenth of a second, and has two connections.
async fn impatient_service() -> ServedSandbox {
    let connections = ConnectionLimits { receive: Duration::from_millis(100), connections: 2 };
    ServedSandbox::with_quirks(firm(3), ServiceQuirks { connections, ..ServiceQuirks::default() }).await
}

impl ServedSandbox {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.url.trim_start_matches("http://")).await.unwrap()
    }
}

/// Sends `drop` again and again, until the other side has ended the connection; returns what it said.
async fn drip(mut stream: TcpStream, drop: &[u8]) -> String {
    let (mut said, mut chunk) = (Vec::new(), [0; 1024]);
    loop {
        tokio::select! {
            read = stream.read(&mut chunk) => match read {
                Ok(0) | Err(_) => return String::from_utf8(said).unwrap(),
                Ok(bytes) => said.extend(&chunk[..bytes]),
            },
            () = tokio::time::sleep(Duration::from_millis(5)) => { _ = stream.write_all(drop).await; }
        }
    }
}

#[tokio::test]
async fn head_that_never_ends_ends_the_connection() {
    let service = impatient_service().await;
    let mut stream = service.connect().await;
    stream.write_all(b"GET /v1/organization HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let said = drip(stream, b"x: y\r\n").await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    // Nothing at all, and the beginning of HTTP/2.
    for said in ["", "PRI * HT"] {
        let mut stream = service.connect().await;
        stream.write_all(said.as_bytes()).await.unwrap();
        assert_eq!(drip(stream, b"").await, "");
    }
    service.stop().await;
}

#[tokio::test]
async fn flood_of_headers_is_refused() {
    let service = impatient_service().await;
    let mut stream = service.connect().await;
    let flood = format!("GET /v1/organization HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    _ = stream.write_all(flood.as_bytes()).await;
    let said = drip(stream, b"").await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
}

#[tokio::test]
async fn body_that_never_ends_is_refused_and_ends_the_connection() {
    let service = impatient_service().await;
    let token = service.token(&seatwise::wire::TokenScope::ALL);
    for path in ["/v1/changes", "/scim/v2/Users", "/oauth/token"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             idempotency-key: a\r\n"
        );
        for (form, drop) in [
            ("content-length: 100000\r\n\r\n", &b" "[..]),
            ("transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        ] {
            let mut stream = service.connect().await;
            stream.write_all((head.clone() + form).as_bytes()).await.unwrap();
            let said = drip(stream, drop).await;
            assert!(said.starts_with("HTTP/1.1 4"), "{path}: {said}");
        }
    }
    assert_eq!(service.truth().live, impatient_service().await.truth().live);
}

#[tokio::test]
async fn connections_that_say_nothing_keep_nobody_out() {
    let service = impatient_service().await;
    let held: Vec<TcpStream> =
        [service.connect().await, service.connect().await, service.connect().await].into();
    assert_eq!(service.get("/v1/organization").await.status, 200);
    drop(held);
    service.stop().await;
}
