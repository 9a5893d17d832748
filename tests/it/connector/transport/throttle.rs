//! The pace that a service asks for, on a clock that moves only when every task waits.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::Mutex;

use seatwise::apply::ApplyOptions;
use seatwise::connector::OrgRead;
use seatwise::connector::OrgWrite;
use seatwise::connector::http::{ConnectionPurpose, HttpConnector};
use seatwise::model::Interner;
use seatwise::model::Organization;
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Plan, PlanContext, ReadCounts};
use seatwise::policy::scope::scope_policy;
use seatwise::sandbox::SandboxStore;
use seatwise::sandbox::Seed;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use super::gateways::pass_bytes;
use crate::folders::{moment, policy, repository_path};
use crate::run::run_plan;
use crate::sandbox::serve::*;

/// A proxy before the service that records every byte of the answers.
async fn recording_proxy(served: &ServedSandbox) -> (String, Arc<Mutex<Vec<u8>>>) {
    let (listener, answered) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), Arc::new(Mutex::new(Vec::new())));
    let (url, behind) = (
        format!("http://{}", listener.local_addr().unwrap()),
        served.url.trim_start_matches("http://").to_owned(),
    );
    let kept = Arc::clone(&answered);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (behind, kept) = (behind.clone(), Arc::clone(&kept));
            tokio::spawn(async move {
                let ((from, to), (back, on)) =
                    (client.into_split(), TcpStream::connect(behind).await.unwrap().into_split());
                tokio::join!(
                    pass_bytes(from, on, |_| {}),
                    pass_bytes(back, to, |piece| kept.lock().unwrap().extend(piece))
                );
            });
        }
    });
    (url, answered)
}

fn count_occurrences(said: &str, answered: &Mutex<Vec<u8>>) -> usize {
    answered.lock().unwrap().windows(said.len()).filter(|part| *part == said.as_bytes()).count()
}

/// A policy folder with the survey office of the example and `people` more people.
fn crowded_folder(people: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["people.yaml", "seatwise.yaml"] {
        std::fs::copy(repository_path("examples/http").join(file), folder.path().join(file)).unwrap();
    }
    let mut more = "users:\n".to_owned();
    (0..people).for_each(|number| {
        writeln!(more, "  p{number}@survey.example: {{first_name: P, last_name: N, country: NO}}").unwrap()
    });
    std::fs::write(folder.path().join("more.yaml"), more).unwrap();
    folder
}

const WRITES: usize = 1000;

const PER_SECOND: u32 = 10;

#[tokio::test(start_paused = true)]
async fn thousand_writes_keep_the_pace_of_the_service_and_the_plan_said_how_long() {
    let folder = crowded_folder(WRITES);
    let mut policy = policy(folder.path(), moment("2026-11-24T09:12:00Z"), &Interner::default());
    let (organization, facts) = Seed::default().found_organization("http", &Organization::default());
    let store = SandboxStore::in_memory("http", &organization, &facts, opening()).unwrap();
    let served = ServedSandbox::with_quirks(
        store,
        ServiceQuirks {
            per_second: Some(PER_SECOND),
            token_seconds: Some(86_400),
            ..ServiceQuirks::default()
        },
    )
    .await;
    let (url, answered) = recording_proxy(&served).await;
    let http = HttpConnector::new(target(&url, client_credentials()), ConnectionPurpose::Write).unwrap();
    let live = http.fetch(&Interner::default()).await.unwrap();
    assert!(live.unread.is_empty(), "{:?}", live.unread);
    let read = ReadCounts::from_snapshot(&live);
    let scoped = scope_policy(&mut policy, live, moment("2026-11-24T09:12:00Z"));
    assert_eq!(scoped.clashes, []);
    let given = PlanContext { read, per_second: http.pace().per_second, ..PlanContext::default() };
    let plan = approve_plan(Plan::new(&policy, &scoped, moment("2026-11-24T09:12:00Z"), given)).unwrap();
    let steps = plan.plan().steps.len();
    assert!(steps > WRITES, "{steps}");
    let (began, before) = (tokio::time::Instant::now(), count_occurrences("HTTP/1.1 ", &answered));
    let outcome = run_plan(&http, &plan, "paced", &ApplyOptions { retry: quick_retry() }).await;
    assert!(outcome.summary().is_complete(), "{:?}", outcome.summary());
    let took = began.elapsed().as_secs_f64();
    let (rate, said) = (steps as f64 / took, plan.plan().impact.seconds.unwrap());
    let (answers, throttled) =
        (count_occurrences("HTTP/1.1 ", &answered) - before, count_occurrences("HTTP/1.1 429 ", &answered));
    #[expect(clippy::print_stdout, reason = "the figures belong to what was shown")]
    let () = println!(
        "{steps} writes in {took:.1} s, said {said:.1} s: {rate:.2} of {PER_SECOND} a second, {throttled} of \
            {answers} answers 429"
    );
    assert!(rate > 0.95 * f64::from(PER_SECOND) && answers >= steps, "{rate} a second, {answers} answers");
    assert!(throttled * 100 <= answers, "{throttled} of {answers} answers were 429");
    assert!((took / said - 1.0).abs() < 0.15, "said {said}, took {took}");
}
