//! The pace that a service asks for, on a clock that only moves when everybody waits for it.

use std::fmt::Write;
use std::sync::atomic::AtomicUsize;

use seatwise::apply::journal::Medium;
use seatwise::apply::{Options, Run, RunId, execute, stopper};
use seatwise::connector::OrgWrite;
use seatwise::model::Organization;
use seatwise::plan::guard::approve;
use seatwise::plan::{Given, Plan, Read};
use seatwise::policy::scope::scope;
use seatwise::sandbox::Seed;
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::*;
use crate::folders::{moment, policy, repository};

struct Nowhere;

impl Medium for Nowhere {
    fn append(&mut self, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Counts the answers that the connector tells its log of.
#[derive(Default, Clone)]
struct Heard {
    all: Arc<AtomicUsize>,
    throttled: Arc<AtomicUsize>,
}

impl<S: tracing::Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "seatwise::connector::transport" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Heard {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.all.fetch_add(1, Ordering::Relaxed);
            self.throttled.fetch_add(usize::from(value == 429), Ordering::Relaxed);
        }
    }
}

/// The survey office of the example, and so many more people.
fn crowded(people: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["people.yaml", "seatwise.yaml"] {
        std::fs::copy(repository("examples/http").join(file), folder.path().join(file)).unwrap();
    }
    let mut more = "users:\n".to_owned();
    (0..people).for_each(|number| writeln!(more, "  p{number}@survey.example: {{first_name: P, last_name: N, country: NO}}").unwrap());
    std::fs::write(folder.path().join("more.yaml"), more).unwrap();
    folder
}

const WRITES: usize = 1000;
const PER_SECOND: u32 = 10;

#[tokio::test(start_paused = true)]
async fn thousand_writes_keep_the_pace_of_the_service_and_the_plan_said_how_long() {
    let heard = Heard::default();
    let _listening = tracing::subscriber::set_default(tracing_subscriber::registry().with(heard.clone()));
    let folder = crowded(WRITES);
    let policy = policy(folder.path(), moment("2026-11-24T09:12:00Z"), &Interner::default());
    let (organization, facts) = Seed::default().found("http", &Organization::default());
    let store = Store::in_memory("http", &organization, &facts, opening()).unwrap();
    let served = Served::odd(store, Odd { per_second: Some(PER_SECOND), token_seconds: Some(86_400), ..Odd::default() }).await;
    let http = served.http(Purpose::Write);
    let live = http.fetch(&Interner::default()).await.unwrap();
    assert!(live.unread.is_empty(), "{:?}", live.unread);
    let read = Read::of(&live);
    let scoped = scope(&policy, live, moment("2026-11-24T09:12:00Z"));
    assert_eq!(scoped.clashes, []);
    let given = Given { read, outlook: None, per_second: http.pace().per_second };
    let plan = approve(Plan::new(&policy, &scoped, moment("2026-11-24T09:12:00Z"), given)).unwrap();
    let steps = plan.plan().steps.len();
    assert!(steps > WRITES, "{steps}");
    let (began, before) = (tokio::time::Instant::now(), heard.all.load(Ordering::Relaxed));
    let run = Run::on(RunId::new(now(), "paced").unwrap(), &plan, Box::new(Nowhere));
    let (_stopper, stop) = stopper();
    let outcome = execute(&plan, run, &http, &Options { retry: quick() }, &(), stop).await;
    assert!(outcome.summary().is_complete(), "{:?}", outcome.summary());
    let took = began.elapsed().as_secs_f64();
    let (rate, said) = (steps as f64 / took, plan.plan().impact.seconds.unwrap());
    let (answers, throttled) = (heard.all.load(Ordering::Relaxed) - before, heard.throttled.load(Ordering::Relaxed));
    #[expect(clippy::print_stdout, reason = "the figures belong to what was shown")]
    let () = println!("{steps} writes in {took:.1} s, said {said:.1} s: {rate:.2} of {PER_SECOND} a second, {throttled} of {answers} answers 429");
    assert!(rate > 0.95 * f64::from(PER_SECOND) && answers >= steps, "{rate} a second, {answers} answers");
    assert!(throttled * 100 <= answers, "{throttled} of {answers} answers were 429");
    assert!((took / said - 1.0).abs() < 0.15, "said {said}, took {took}");
}
