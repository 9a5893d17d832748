//! Gateways between seatwise and a service: TLS, HTTP/2, compressed answers, a proxy.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use seatwise::wire::TokenScope;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::rustls;

use super::credentials::{founded_store, http_quickstart, run_program};
use crate::folders::repository_path;
use crate::sandbox::serve::*;
use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::transport::Credentials;
use seatwise::connector::transport::ServiceTarget;
use seatwise::connector::{FetchError, OrgRead, Retry};
use seatwise::model::Interner;
use std::sync::Arc;
use tokio::net::TcpListener;

const H2: &[u8] = b"h2";
const H1: &[u8] = b"http/1.1";

/// A gateway that terminates TLS before a service, as a company's gateway does.
struct TlsGateway {
    port: u16,
    /// The number of connections that were begun.
    begun: Arc<AtomicU32>,
    seen: Arc<Mutex<GatewayTraffic>>,
}

#[derive(Default)]
struct GatewayTraffic {
    /// The protocol that each connection negotiated.
    spoken: Vec<Vec<u8>>,
    asked: Vec<u8>,
    answered: Vec<u8>,
}

impl GatewayTraffic {
    fn has_line(bytes: &[u8], line: &str) -> bool {
        bytes.to_ascii_lowercase().windows(line.len()).any(|part| part == line.as_bytes())
    }
}

/// Forwards all bytes, and passes each piece to `keep`.
pub(crate) async fn pass_bytes(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    keep: impl Fn(&[u8]),
) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        keep(&piece[..length]);
        if to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}

impl TlsGateway {
    /// A gateway to `served` that can speak `protocols`.
    async fn new(served: &ServedSandbox, protocols: &[&[u8]]) -> Self {
        Self::with_address(served, protocols, "127.0.0.1").await
    }

    /// A gateway that listens at an address of this machine, whichever its certificate is for.
    async fn with_address(served: &ServedSandbox, protocols: &[&[u8]], address: &str) -> Self {
        use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificate = CertificateDer::from_pem_file(repository_path("tests/tls/service.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(repository_path("tests/tls/service.key")).unwrap();
        let mut config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let (acceptor, listener) = (
            tokio_rustls::TlsAcceptor::from(Arc::new(config)),
            TcpListener::bind((address, 0)).await.unwrap(),
        );
        let (port, seen) =
            (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(GatewayTraffic::default())));
        let begun = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&begun);
        let (behind, kept) = (served.url.trim_start_matches("http://").to_owned(), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let (acceptor, behind, seen) = (acceptor.clone(), behind.clone(), Arc::clone(&kept));
                tokio::spawn(async move {
                    let Ok(client) = acceptor.accept(stream).await else { return };
                    seen.lock()
                        .unwrap()
                        .spoken
                        .push(client.get_ref().1.alpn_protocol().unwrap_or_default().to_vec());
                    let (from, to) = tokio::io::split(client);
                    let (back, on) = TcpStream::connect(behind).await.unwrap().into_split();
                    let asked = pass_bytes(from, on, |piece| seen.lock().unwrap().asked.extend(piece));
                    tokio::join!(
                        asked,
                        pass_bytes(back, to, |piece| seen.lock().unwrap().answered.extend(piece))
                    );
                });
            }
        });
        Self { port, begun, seen }
    }

    fn with_traffic<T>(&self, of: impl FnOnce(&GatewayTraffic) -> T) -> T {
        of(&self.seen.lock().unwrap())
    }
}

fn authority() -> std::path::PathBuf {
    repository_path("tests/tls/authority.pem")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_that_speaks_http_2_is_read_over_one_connection() {
    let served = ServedSandbox::with_firm(1_100).await;
    let gateway = TlsGateway::new(&served, &[H2, H1]).await;
    let target = ServiceTarget {
        authorities: Some(std::fs::read(authority()).unwrap()),
        ..target(&format!("https://127.0.0.1:{}", gateway.port), client_credentials())
    };
    let read = HttpConnector::new(target, ConnectionPurpose::Read)
        .unwrap()
        .fetch(&Interner::default())
        .await
        .unwrap();
    assert_eq!((read.live, read.unread.len()), (served.truth().live, 0));
    assert_eq!(gateway.with_traffic(|seen| seen.spoken.clone()), [H2]);
}

/// What no new try changes is told at once, also where tries would go on for minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificate_that_cannot_be_trusted_is_told_after_one_try() {
    let served = ServedSandbox::with_firm(10).await;
    let own = Some(std::fs::read(authority()).unwrap());
    let token = || Credentials::Token("t0ken".into());
    for (host, authorities, credentials, why) in [
        ("127.0.0.1", None, token(), "UnknownIssuer"),
        ("127.0.0.1", None, client_credentials(), "UnknownIssuer"),
        ("127.0.0.2", own, token(), "not valid for name"),
    ] {
        let gateway = TlsGateway::with_address(&served, &[H1], host).await;
        let target = ServiceTarget {
            authorities,
            retry: Retry::default(),
            ..target(&format!("https://{host}:{}", gateway.port), credentials)
        };
        let read = HttpConnector::new(target, ConnectionPurpose::Read).unwrap();
        let error = read.fetch(&Interner::default()).await.unwrap_err();
        let FetchError::Service(error) = error else { panic!("{error}") };
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(gateway.begun.load(Ordering::Relaxed), 1, "{why}");
    }
}

/// A host that has never answered most often has another address, or another port.
#[tokio::test(start_paused = true)]
async fn refused_connection_is_told_within_seconds() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let target = ServiceTarget {
        retry: Retry::default(),
        ..target(&format!("http://{closed}"), Credentials::Token("t0ken".into()))
    };
    let began = tokio::time::Instant::now();
    let read = HttpConnector::new(target, ConnectionPurpose::Read).unwrap();
    let error = read.fetch(&Interner::default()).await.unwrap_err();
    assert!(matches!(error, FetchError::Service(_)), "{error}");
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

/// A proxy that connects to the requested address, and records each request.
async fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, told) =
        (format!("http://{}", listener.local_addr().unwrap()), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let told = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut client = BufReader::new(stream);
                let (mut line, mut more) = (String::new(), String::new());
                client.read_line(&mut line).await.unwrap();
                while client.read_line(&mut more).await.unwrap() > 2 {}
                told.lock().unwrap().push(format!("{line}{more}"));
                let Some(place) = line.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next())
                else {
                    return;
                };
                let mut server = TcpStream::connect(place).await.unwrap();
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (url, told)
}

/// An address of this machine that does not count as local: seatwise sends no token there without TLS, and
/// may use a proxy for the address.
fn foreign_address(gateway: &TlsGateway) -> String {
    format!("https://0.0.0.0:{}", gateway.port)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxy_of_the_environment_is_asked_sees_no_token_and_answers_come_packed() {
    let served = ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await;
    let (gateway, folder) = (TlsGateway::new(&served, &[H1]).await, http_quickstart());
    let ((proxy, told), token) = (proxy().await, served.token(&[TokenScope::Read]));
    let (url, authority) = (foreign_address(&gateway), authority());
    let reached = [
        ("SEATWISE_URL", url.as_str()),
        ("SEATWISE_TOKEN", &token),
        ("SEATWISE_CA_FILE", authority.to_str().unwrap()),
    ];
    let plan = async |variables: &[(&str, &str)]| {
        run_program(folder.path(), &["plan"], &[&reached, variables].concat()).await
    };
    let (code, said) = plan(&[("HTTPS_PROXY", &proxy)]).await;
    assert_eq!(code, 0, "{said}");
    let asked = std::mem::take(&mut *told.lock().unwrap());
    assert!(
        !asked.is_empty() && asked.iter().all(|asked| asked.starts_with("CONNECT 0.0.0.0:")),
        "{asked:?}"
    );
    assert!(!asked.concat().contains(&token), "{asked:?}");
    assert!(gateway.with_traffic(|seen| GatewayTraffic::has_line(
        &seen.asked,
        "\r\naccept-encoding: gzip\r\n"
    ) && GatewayTraffic::has_line(
        &seen.answered,
        "\r\ncontent-encoding: gzip\r\n"
    )));

    let direct = gateway.with_traffic(|seen| seen.spoken.len());
    let (code, said) = plan(&[("HTTPS_PROXY", &proxy), ("NO_PROXY", "example.com,0.0.0.0")]).await;
    assert_eq!((code, told.lock().unwrap().len()), (0, 0), "{said}");
    assert!(
        gateway.with_traffic(|seen| seen.spoken.len()) > direct,
        "the service was reached without the proxy"
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_on_this_machine_is_reached_without_a_proxy() {
    let served = ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await;
    let ((proxy, told), token, folder) =
        (proxy().await, served.token(&[TokenScope::Read]), http_quickstart());
    let variables = [
        ("SEATWISE_URL", served.url.as_str()),
        ("SEATWISE_TOKEN", &token),
        ("HTTP_PROXY", &proxy),
        ("http_proxy", &proxy),
        ("ALL_PROXY", &proxy),
    ];
    let (code, said) = run_program(folder.path(), &["plan"], &variables).await;
    assert_eq!((code, told.lock().unwrap().len()), (0, 0), "{said}");
}
