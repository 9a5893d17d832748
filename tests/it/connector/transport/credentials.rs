//! Where connectors send tokens, and where tokens never appear.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use seatwise::connector::transport::{BaseUrlError, CredentialsError, read_secret, token_from_command};
use seatwise::connector::{FetchError, OrgWrite, WriteError};
use seatwise::wire::TokenScope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::folders::repository_path;
use crate::plain_act::PlainAct;
use crate::sandbox::serve::*;
use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::transport::{BaseUrl, Credentials, ServiceTarget};
use seatwise::connector::{OrgRead, Retry};
use seatwise::model::Interner;
use seatwise::sandbox::SandboxStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

#[test]
fn token_is_sent_over_tls_or_on_this_machine_only() {
    let parsed = |text: &str| BaseUrl::parse(text).map(|base| base.host().to_owned());
    assert_eq!(parsed("http://org.example/api"), Err(BaseUrlError::Plain));
    assert_eq!(parsed("http://127.0.0.1.example/"), Err(BaseUrlError::Plain));
    assert_eq!(parsed("http://10.0.0.1/"), Err(BaseUrlError::Plain));
    assert_eq!(parsed("ftp://127.0.0.1/"), Err(BaseUrlError::Scheme));
    assert_eq!(parsed("https://me:secret@org.example/"), Err(BaseUrlError::UserInfo));
    assert_eq!(parsed("https://org.example/?token=1"), Err(BaseUrlError::Query));
    assert_eq!(parsed("org.example"), Err(BaseUrlError::Unreadable));
    for (text, host) in [
        ("https://org.example/api/", "org.example"),
        ("http://127.0.0.1:8700", "127.0.0.1:8700"),
        ("http://[::1]:8700", "[::1]:8700"),
        ("http://localhost", "localhost"),
    ] {
        assert_eq!(parsed(text).as_deref(), Ok(host));
    }
}

#[test]
fn secret_is_in_nothing_that_is_printed() {
    let target = target("http://127.0.0.1:1", Credentials::Token("t0ken-of-this-test".into()));
    assert!(
        !format!("{target:?} {:?}", client_credentials()).contains("t0ken")
            && !format!("{:?}", client_credentials()).contains(SECRET)
    );
    assert!(
        !format!("{:?}", HttpConnector::new(target, ConnectionPurpose::Write).unwrap()).contains("t0ken")
    );
}

#[cfg(unix)]
#[test]
fn file_of_a_token_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "t0ken\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    assert!(matches!(read_secret(&path), Err(CredentialsError::Open(_))));
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&read_secret(&path).unwrap()), "t0ken");
    for text in ["t0ken\r\n", "\u{feff}t0ken", "t0ken\n\n"] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&read_secret(&path).unwrap()), "t0ken", "{text:?}");
    }
    std::fs::write(&path, "two\nlines\n").unwrap();
    let error = read_secret(&path).unwrap_err();
    assert!(
        matches!(error, CredentialsError::NoToken { .. }) && !error.to_string().contains("two"),
        "{error}"
    );
    assert!(error.to_string().contains("a line break in it"), "{error}");
}

#[tokio::test]
async fn token_of_a_file_is_read_again_when_it_does_not_hold_any_longer() {
    let served = ServedSandbox::with_firm(3).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    write_private(&path, "a-token-that-never-held");
    let http =
        HttpConnector::new(target(&served.url, Credentials::File(path.clone())), ConnectionPurpose::Read)
            .unwrap();
    assert!(http.fetch(&Interner::default()).await.is_err());
    write_private(&path, &served.token(&[TokenScope::Read]));
    assert!(http.fetch(&Interner::default()).await.unwrap().unread.is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn token_of_a_command_is_what_it_prints() {
    let served = ServedSandbox::with_firm(3).await;
    let command = format!("printf '%s\\n' {}", served.token(&[TokenScope::Read]));
    let read = |command: String| {
        let http =
            HttpConnector::new(target(&served.url, Credentials::Command(command)), ConnectionPurpose::Read)
                .unwrap();
        async move { http.fetch(&Interner::default()).await }
    };
    assert!(read(command).await.unwrap().unread.is_empty());
    let FetchError::Service(error) = read("exit 3".to_owned()).await.unwrap_err() else {
        panic!("the service is at fault")
    };
    assert!(error.to_string().contains("the token command failed: exit status: 3"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn token_command_that_hangs_is_ended_with_all_that_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let noted = folder.path().join("started");
    let command = format!("sleep 600 & echo $! >{}; sleep 600", noted.display());
    let error = token_from_command(&command, Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.to_string(), "the token command takes too long");
    let started = std::fs::read_to_string(&noted).unwrap();
    let stat = || std::fs::read_to_string(format!("/proc/{}/stat", started.trim())).unwrap_or_default();
    let is_running = || !stat().is_empty() && !stat().contains(") Z ");
    // A signal takes its time.
    let mut looks = 0..100_000;
    while is_running() && looks.next().is_some() {
        std::thread::yield_now();
    }
    assert!(!is_running(), "what it has started still runs: {}", stat());
    // One that has printed its token, and leaves somebody behind who holds the output, counts as hanging.
    let error = token_from_command("echo token; sleep 600 &", Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.to_string(), "the token command takes too long");
}

#[cfg(unix)]
#[test]
fn token_command_that_prints_for_ever_is_ended() {
    let error = token_from_command("yes token", Duration::from_secs(60)).unwrap_err();
    assert_eq!(error.to_string(), "the token command prints too much");
}

#[cfg(unix)]
#[test]
fn token_file_that_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(read_secret(&path).unwrap_err().to_string().contains("it is no file"));
}

/// A host that redirects every request to `location`, and counts its connections.
async fn redirecting_host(location: String) -> (String, Arc<AtomicI64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, asked) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(AtomicI64::new(0)));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: \
                    close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, asked)
}

#[tokio::test]
async fn redirect_to_another_host_is_not_followed() {
    let (thief, stolen) = redirecting_host("/".to_owned()).await;
    let (url, asked) = redirecting_host(format!("{thief}/v1/organization")).await;
    let http = HttpConnector::new(target(&url, Credentials::Token("t0ken".into())), ConnectionPurpose::Write)
        .unwrap();
    let FetchError::Service(error) = http.fetch(&Interner::default()).await.unwrap_err() else {
        panic!("the service is at fault")
    };
    assert!(error.to_string().ends_with("a redirect to 127.0.0.1, where the token is not sent"), "{error}");
    let step = seatwise::plan::Step {
        no: seatwise::plan::StepNo(1),
        phase: seatwise::plan::Phase::Loosen,
        act: PlainAct::Approve(seatwise::model::Email::new("ana@acme.example").unwrap()).into(),
        identities: Vec::new(),
        needs: Vec::new(),
        why: Vec::new(),
    };
    assert!(
        matches!(http.carry_out(&step, "key").await, Err(WriteError::InDoubt(_))),
        "a write follows no redirect at all"
    );
    assert_eq!((asked.load(Ordering::Relaxed), stolen.load(Ordering::Relaxed)), (2, 0));
}

#[tokio::test]
async fn redirects_on_the_same_host_end() {
    let (url, asked) = redirecting_host("/v1/organization".to_owned()).await;
    let http = HttpConnector::new(target(&url, Credentials::Token("t0ken".into())), ConnectionPurpose::Read)
        .unwrap();
    let FetchError::Service(error) = http.fetch(&Interner::default()).await.unwrap_err() else {
        panic!("the service is at fault")
    };
    assert!(error.to_string().ends_with("redirects without an end"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 6);
}

/// A service behind TLS that answers what the organization is, and nothing else.
async fn tls_service() -> String {
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_file(repository_path("tests/tls/service.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(repository_path("tests/tls/service.key")).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (acceptor, listener) =
        (tokio_rustls::TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let about = "{\"name\":\"acme\",\"federated\":false,\"revision\":1}";
            let (status, body) = if request[..length].starts_with(b"GET /v1/organization ") {
                ("200 OK", about)
            } else {
                ("404 Not Found", "{}")
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: \
                    close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

#[tokio::test]
async fn private_authority_is_trusted_when_it_is_named_and_only_then() {
    let url = tls_service().await;
    let read = async |authorities: Option<Vec<u8>>| {
        let retry = Retry { within: Duration::ZERO, ..quick_retry() };
        let target = ServiceTarget { authorities, retry, ..target(&url, Credentials::Token("t0ken".into())) };
        HttpConnector::new(target, ConnectionPurpose::Read).unwrap().fetch(&Interner::default()).await
    };
    let authority = std::fs::read(repository_path("tests/tls/authority.pem")).unwrap();
    let named = read(Some(authority)).await.unwrap();
    assert_eq!(named.unread.len(), 10, "the service was reached, and knows no list");
    assert!(matches!(read(None).await, Err(FetchError::Service(_))));
    let no_pem =
        ServiceTarget { authorities: Some(b"nothing".to_vec()), ..target(&url, client_credentials()) };
    assert!(HttpConnector::new(no_pem, ConnectionPurpose::Read).is_err());
}

pub(crate) fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// A copy of the quickstart whose settings use the HTTP connector.
pub(crate) fn http_quickstart() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = repository_path("examples/quickstart");
    for file in ["people.yaml", "access.yaml"] {
        std::fs::copy(from.join(file), folder.path().join(file)).unwrap();
    }
    let settings = std::fs::read_to_string(from.join("seatwise.yaml")).unwrap();
    let over_http = settings.replace("{kind: sandbox, path: .seatwise/quickstart.db}", "{kind: http}");
    assert_ne!(settings, over_http);
    std::fs::write(folder.path().join("seatwise.yaml"), over_http).unwrap();
    folder
}

/// The quickstart whose organization is reached over SCIM.
pub(crate) fn scim_quickstart() -> tempfile::TempDir {
    let folder = http_quickstart();
    let settings = std::fs::read_to_string(folder.path().join("seatwise.yaml")).unwrap();
    let over_scim = settings.replace("{kind: http}", "{kind: scim}");
    std::fs::write(folder.path().join("seatwise.yaml"), over_scim).unwrap();
    folder
}

pub(crate) async fn run_program(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", now().to_string())
        .envs(variables.iter().copied());
    program.current_dir(folder).args(args).stdin(Stdio::null());
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    (
        status.code().unwrap(),
        format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap()),
    )
}

/// The bytes of every file below `folder`.
pub(crate) fn all_bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { all_bytes_below(&path) } else { std::fs::read(path).unwrap() });
    }
    all
}

pub(crate) fn contains_secret(all: &[u8], secret: &str) -> bool {
    all.windows(secret.len()).any(|bytes| bytes == secret.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_is_in_no_output_journal_or_plan_at_the_highest_verbosity() {
    let served = ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await;
    let folder = http_quickstart();
    let token = served.token(&TokenScope::ALL);
    let url = ("SEATWISE_URL", served.url.as_str());
    let shown = [url, ("SEATWISE_TOKEN", &token)];
    let secret = [url, ("SEATWISE_CLIENT_ID", "admin"), ("SEATWISE_CLIENT_SECRET", SECRET)];
    let wrong = [url, ("SEATWISE_TOKEN", "a-wrong-t0ken")];
    let mut said = String::new();
    let mut ask = async |code: i32, args: &[&str], variables: &[(&str, &str)]| {
        let (ended, told) = run_program(folder.path(), &[args, &["-vvv"]].concat(), variables).await;
        assert_eq!(ended, code, "{args:?}: {told}");
        said += &told;
    };
    ask(0, &["plan", "--out", "plan.json"], &shown).await;
    ask(0, &["apply", "plan.json"], &shown).await;
    ask(0, &["plan"], &secret).await;
    ask(0, &["import", "--out", ".imported", "--yes"], &secret).await;
    // A secret that was piped into the store of a CI ends with a line break.
    for end in ["\n", "\r\n"] {
        let ended = format!("{token}{end}");
        ask(0, &["plan"], &[url, ("SEATWISE_TOKEN", &ended)]).await;
        let ended = format!("{SECRET}{end}");
        ask(0, &["plan"], &[url, ("SEATWISE_CLIENT_ID", "admin"), ("SEATWISE_CLIENT_SECRET", &ended)]).await;
    }
    let torn = format!("{}\n{}", &token[..9], &token[9..]);
    ask(1, &["plan"], &[url, ("SEATWISE_TOKEN", &torn)]).await;
    ask(1, &["plan"], &wrong).await;
    ask(1, &["plan", "--url", "http://me:pa55@127.0.0.1:1"], &shown).await;
    assert!(
        said.contains("/v1/changes") && said.contains("Nothing to do"),
        "the requests are told of: {said}"
    );
    assert!(said.contains("does that token hold") || said.contains("does the token hold"), "{said}");
    assert!(said.contains("there is a line break in the token"), "{said}");
    let kept = all_bytes_below(folder.path());
    assert!(kept.len() > 10_000, "plan, journal and snapshot are there");
    for secret in [token.as_str(), token.rsplit_once('.').unwrap().1, SECRET, "a-wrong-t0ken", "pa55"] {
        assert!(!said.contains(secret) && !contains_secret(&kept, secret), "{secret}");
    }
}

/// A store with the organization that the quickstart begins with.
pub(crate) fn founded_store() -> SandboxStore {
    let seed =
        seatwise::sandbox::read_seed(&repository_path("examples/quickstart/sandbox-seed.json")).unwrap();
    let (organization, facts) =
        seed.found_organization("quickstart", &seatwise::model::Organization::default());
    SandboxStore::in_memory("quickstart", &organization, &facts, opening()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn token_of_the_users_own_file_goes_to_its_host_alone() {
    let (served, other) = (
        ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await,
        ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await,
    );
    let (folder, home) = (http_quickstart(), tempfile::tempdir().unwrap());
    let own = home.path().join("seatwise");
    std::fs::create_dir_all(&own).unwrap();
    write_private(&own.join("token"), &served.token(&TokenScope::ALL));
    let entry = serde_json::json!({"quickstart": {"url": served.url, "token_file": own.join("token"),
        "requests_per_second": 500}});
    write_private(&own.join("connections.json"), &entry.to_string());
    let home = [("XDG_CONFIG_HOME", home.path().to_str().unwrap())];
    let (code, told) = run_program(folder.path(), &["plan"], &home).await;
    assert!(code == 0 && told.contains(" requests, about "), "{told}");
    let (code, told) = run_program(folder.path(), &["plan", "--url", &other.url], &home).await;
    assert!(code == 1 && told.contains("its token is not sent to"), "{told}");
    let (code, told) = run_program(folder.path(), &["plan"], &[]).await;
    assert!(code == 1 && told.contains("it is not said where the organization is"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audit_tells_of_a_token_near_its_end() {
    use base64::Engine;
    let served = ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await;
    let (folder, home) = (http_quickstart(), tempfile::tempdir().unwrap());
    let own = home.path().join("seatwise");
    std::fs::create_dir_all(&own).unwrap();
    write_private(&own.join("token"), &served.token(&TokenScope::ALL));
    let entry = |until: &str| {
        serde_json::json!({"quickstart": {"url": served.url, "token_file": own.join("token"),
            "token_until": until}})
        .to_string()
    };
    let home = [("XDG_CONFIG_HOME", home.path().to_str().unwrap())];
    let args = ["audit", "--as-of", "2026-11-24", "--fail-on", "never"];
    for (until, is_near) in [("2026-12-10", true), ("2027-12-10", false)] {
        write_private(&own.join("connections.json"), &entry(until));
        let (code, told) = run_program(folder.path(), &args, &home).await;
        assert!(
            code == 0
                && told.contains("the token that the organization is read with ends on 2026-12-10")
                    == is_near,
            "{told}"
        );
    }
    let coded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"exp": 1796083200, "sub": "x"}"#);
    assert_eq!(
        Credentials::Token(format!("e30.{coded}.c2ln").into()).expiry(),
        "2026-12-01T00:00:00Z".parse().ok()
    );
    assert_eq!(Credentials::Token("opaque".into()).expiry(), None);
}
