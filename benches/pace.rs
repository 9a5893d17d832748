//! Whether the pace of a service is kept on a real clock: by default a plan of a thousand writes, and a
//! service that allows ten requests a second. The report states the speed of the writes, the number of 429
//! answers, and the duration that the plan had estimated. `cargo bench --bench pace [-- WRITES PER_SECOND]`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use seatwise::apply::journal::JournalMedium;
use seatwise::apply::{ApplyOptions, OpenRun, RunId, execute_plan, stop_channel};
use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::connector::transport::{BaseUrl, Credentials, ServiceTarget};
use seatwise::connector::{OrgRead, OrgWrite, Retry};
use seatwise::load;
use seatwise::model::{Interner, Organization, Timestamp};
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Plan, PlanContext, ReadCounts};
use seatwise::policy::Moment;
use seatwise::policy::scope::scope_policy;
use seatwise::sandbox::serve::{ConnectionLimits, SandboxService, SandboxServiceConfig, SigningKey};
use seatwise::sandbox::{SandboxStore, Seed, StoreOptions};
use seatwise::wire::TokenScope;
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

const NOW: Timestamp = Timestamp::constant(1_793_606_400, 0);

struct BenchMedium;

impl JournalMedium for BenchMedium {
    fn append(&mut self, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Counts the answers that the connector logs.
#[derive(Default, Clone)]
struct AnswerCounter {
    all: Arc<AtomicUsize>,
    throttled: Arc<AtomicUsize>,
}

impl<S: tracing::Subscriber> Layer<S> for AnswerCounter {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "seatwise::connector::transport" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for AnswerCounter {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.all.fetch_add(1, Ordering::Relaxed);
            self.throttled.fetch_add(usize::from(value == 429), Ordering::Relaxed);
        }
    }
}

const SETTINGS: &str = "version: 1\norganization: bench\nconnector: {kind: http}\nmanage: {users: exact}\n";

/// A policy that invites `people` people.
fn policy(people: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let one = |number| format!("  p{number}@bench.example: {{first_name: P, last_name: N, country: PT}}\n");
    let people: String = (0..people).map(one).collect();
    std::fs::write(folder.path().join(load::SETTINGS), SETTINGS).unwrap();
    std::fs::write(folder.path().join("people.yaml"), format!("users:\n{people}")).unwrap();
    folder
}

/// Serves an empty organization that allows `per_second` requests a second. Returns the connector to the
/// service.
async fn serve(per_second: usize) -> HttpConnector {
    let (organization, facts) = Seed::default().found_organization("bench", &Organization::default());
    let store =
        Arc::new(SandboxStore::in_memory("bench", &organization, &facts, StoreOptions::new(NOW)).unwrap());
    let config = SandboxServiceConfig {
        clock: Arc::new(|| NOW),
        clients: vec![],
        key: SigningKey::generate().unwrap(),
        token_seconds: 900,
        per_second: Some(u32::try_from(per_second).unwrap()),
        faults: None,
        connections: ConnectionLimits::default(),
    };
    let service = SandboxService::new(store, config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let credentials = Credentials::Token(service.token("bench", &TokenScope::ALL, 900));
    tokio::spawn(service.run(listener, std::future::pending()));

    let retry = Retry { within: Duration::from_secs(60), ..Retry::default() };
    HttpConnector::new(
        ServiceTarget { base, credentials, authorities: None, per_second: None, concurrency: 16, retry },
        ConnectionPurpose::Write,
    )
    .unwrap()
}

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    let (writes, per_second) = (numbers.next().unwrap_or(1000), numbers.next().unwrap_or(10));
    let heard = AnswerCounter::default();
    tracing_subscriber::registry().with(heard.clone()).init();

    let (names, moment) = (Interner::default(), Moment { as_of: "2026-11-02".parse().unwrap(), now: NOW });
    let folder = policy(writes);
    let mut policy = load::load_policy(folder.path(), moment.as_of, &names).unwrap().policy.unwrap();
    let http = serve(per_second).await;
    let live = http.fetch(&names).await.unwrap();
    let read = ReadCounts::from_snapshot(&live);
    let scoped = scope_policy(&mut policy, live, moment);
    assert!(scoped.clashes.is_empty(), "{:?}", scoped.clashes);
    let plan = approve_plan(Plan::new(
        &policy,
        &scoped,
        moment,
        PlanContext { read, per_second: http.pace().per_second, ..PlanContext::default() },
    ))
    .unwrap();
    let (steps, said) = (plan.plan().steps.len(), plan.plan().impact.seconds.unwrap());
    println!("{steps} writes, {per_second} requests a second are allowed: {said:.1} s, says the plan");

    let (began, before) = (Instant::now(), heard.all.load(Ordering::Relaxed));
    let run = OpenRun::with_medium(RunId::new(NOW, "pace").unwrap(), &plan, Box::new(BenchMedium));
    let outcome = execute_plan(&plan, run, &http, &ApplyOptions::default(), &(), stop_channel().1).await;
    let took = began.elapsed().as_secs_f64();
    assert!(outcome.summary().is_complete(), "{:?}", outcome.summary());
    let (answers, throttled) =
        (heard.all.load(Ordering::Relaxed) - before, heard.throttled.load(Ordering::Relaxed));
    let (rate, off) = (steps as f64 / took / per_second as f64, took / said - 1.0);
    println!(
        "took {took:.1} s: {:.1} % of the allowed rate, {throttled} of {answers} answers 429, {:+.1} % of \
            what the plan said",
        rate * 100.0,
        off * 100.0
    );
    assert!(rate > 0.95 && throttled * 100 <= answers && off.abs() < 0.15);
}
