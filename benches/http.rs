//! The time of reading an organization over HTTP on this machine, compared with a bare client that downloads
//! the same pages with the same concurrency and parses the JSON. `cargo bench --bench http [-- USERS]`. The
//! service and each client run in processes of their own, so that each has its own peak memory and its own
//! processor time.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::transport::{BaseUrl, Credentials, ServiceTarget};
use seatwise::connector::{OrgRead, Retry};
use seatwise::model::{Interner, Timestamp};
use seatwise::sandbox::serve::{ConnectionLimits, SandboxService, SandboxServiceConfig, SigningKey};
use seatwise::sandbox::{SandboxStore, StoreOptions, generate_firm};
use seatwise::wire::{ApiList, MOST_ROWS, TokenScope};
use secrecy::ExposeSecret;
use serde::de::IgnoredAny;
use serde_json::Value;

const NOW: Timestamp = Timestamp::constant(1_793_606_400, 0);
const ROUNDS: usize = 5;
/// The environment variables for the role of a process, the service's address and the token. They are not on
/// the command line, where others could read the token.
const PART: &str = "SEATWISE_BENCH_PART";
const URL: &str = "SEATWISE_BENCH_URL";
const TOKEN: &str = "SEATWISE_BENCH_TOKEN";

fn main() {
    let users = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100_000);
    match std::env::var(PART).as_deref() {
        Ok("serve") => serve(users),
        Ok(part) => run_client(part),
        Err(_) => compare(users),
    }
}

fn part_command(name: &str, users: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(users.to_string()).env(PART, name).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// A child process that is killed when the value is dropped.
struct PartProcess(Child);

impl Drop for PartProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn compare(users: usize) {
    let mut service = PartProcess(part_command("serve", users).spawn().unwrap());
    let mut lines = BufReader::new(service.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (url, token) = (lines.next().unwrap(), lines.next().unwrap());
    // The first round of each client also warms up the service's pages.
    let told = ["values", "seatwise", "ignored"].map(|name| {
        let output = part_command(name, users).env(URL, &url).env(TOKEN, &token).output().unwrap();
        assert!(output.status.success(), "{name}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    });
    for (told, name) in told.iter().zip([
        "bare client, parsed to values",
        "seatwise, to an organization",
        "bare client, parsed and thrown away",
    ]) {
        println!(
            "{name:36} {:.2} s, {:.2} s on the processor, peak {} MiB, {} MB in {} pages",
            told["seconds"].as_f64().unwrap(),
            told["cpu"].as_f64().unwrap(),
            told["peak"],
            told["bytes"].as_u64().unwrap_or(0) / 1_000_000,
            told["pages"]
        );
    }
    let seconds = |at: usize| told[at]["seconds"].as_f64().unwrap();
    let (times, against) = (seconds(1) / seconds(0), seconds(1) / seconds(2));
    println!(
        "{users} users: {times:.2} times the bare client ({against:.2} times one that throws away what it \
            parses)"
    );
    service.0.stdin.take().unwrap().write_all(b"end\n").unwrap();
    println!("service peak {} MiB", lines.next().unwrap());
    assert!(times <= 3.0, "at most 3 times what a bare client needs");
}

#[tokio::main]
async fn serve(users: usize) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (organization, facts) = generate_firm(users, 1);
    let store = SandboxStore::create(
        &folder.path().join("bench.db"),
        "bench",
        &organization,
        &facts,
        StoreOptions::new(NOW),
    )
    .unwrap();
    let config = SandboxServiceConfig {
        clock: Arc::new(|| NOW),
        clients: vec![],
        key: SigningKey::generate().unwrap(),
        token_seconds: 900,
        per_second: None,
        faults: None,
        connections: ConnectionLimits::default(),
    };
    let service = SandboxService::new(Arc::new(store), config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!(
        "http://{}\n{}",
        listener.local_addr().unwrap(),
        service.token("bench", &[TokenScope::Read], 86_400).expose_secret()
    );
    drop((organization, facts));
    let asked = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    service.run(listener, async { drop(asked.await) }).await.unwrap();
    println!("{}", peak_mebibytes());
}

#[tokio::main]
async fn run_client(part: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (url, token) = (std::env::var(URL).unwrap(), std::env::var(TOKEN).unwrap());
    let (mut rounds, mut came) = (Vec::new(), (0, 0));
    for _ in 0..ROUNDS {
        let (began, before) = (Instant::now(), processor_time());
        came = match part {
            "seatwise" => read(&url, &token).await,
            "values" => download(&url, &token, |page| serde_json::from_slice::<Value>(page).map(drop)).await,
            _ => download(&url, &token, |page| serde_json::from_slice::<IgnoredAny>(page).map(drop)).await,
        };
        rounds.push((began.elapsed(), processor_time().saturating_sub(before)));
    }
    rounds.sort();
    let (wall, cpu) = rounds[ROUNDS / 2];
    let told = serde_json::json!({"seconds": wall.as_secs_f64(), "cpu": cpu.as_secs_f64(),
        "peak": peak_mebibytes(),
        "bytes": came.0, "pages": came.1});
    println!("{told}");
}

/// Reads the organization as `plan` does.
async fn read(url: &str, token: &str) -> (usize, usize) {
    let retry = Retry { within: Duration::from_secs(60), ..Retry::default() };
    let (base, credentials) = (BaseUrl::parse(url).unwrap(), Credentials::Token(token.into()));
    let http = HttpConnector::new(
        ServiceTarget { base, credentials, authorities: None, per_second: None, concurrency: 16, retry },
        ConnectionPurpose::Read,
    )
    .unwrap();
    let snapshot = http.fetch(&Interner::default()).await.unwrap();
    assert!(snapshot.unread.is_empty() && !snapshot.live.0.users.is_empty());
    (0, snapshot.requests as usize)
}

/// Downloads all lists at the same time, but the pages of a list in turn: each page gives the cursor of the
/// next. Returns the numbers of bytes and pages.
async fn download(url: &str, token: &str, parse: impl Fn(&[u8]) -> serde_json::Result<()>) -> (usize, usize) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (client, parse) = (&client, &parse);
    let list = |list: ApiList| async move {
        let (mut bytes, mut pages, mut cursor) = (0, 0, String::new());
        loop {
            let url = format!("{url}{}?limit={MOST_ROWS}{cursor}", list.path());
            let page = client
                .get(url)
                .bearer_auth(token)
                .send()
                .await
                .unwrap()
                .error_for_status()
                .unwrap()
                .bytes()
                .await
                .unwrap();
            parse(&page).unwrap();
            (bytes, pages) = (bytes + page.len(), pages + 1);
            match next_cursor(&page) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (bytes, pages),
            }
        }
    };
    let came = futures_util::future::join_all(ApiList::ALL.map(list)).await;
    came.into_iter().fold((0, 0), |sum, list| (sum.0 + list.0, sum.1 + list.1))
}

/// The cursor of the next page. The cursor is at the end of a page, after its rows, so finding it costs
/// nothing.
fn next_cursor(page: &[u8]) -> Option<&str> {
    let end = std::str::from_utf8(&page[page.len().saturating_sub(200)..]).ok()?;
    end.rsplit_once("],\"next\":\"")?.1.split('"').next()
}

/// The peak memory of this process in MiB; 0 where the system does not report it (only Linux does).
fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kib| kib >> 10)
}

/// The processor time of all threads of this process; 0 where the system does not report it (only Linux
/// does).
fn processor_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|task| {
        std::fs::read_to_string(task.path().join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}
