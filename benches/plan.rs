//! The time and memory of a plan, compared with the bare events of the YAML parser over the same files with
//! the same threads.
//!
//! `cargo bench --bench plan -- BEFORE AFTER [AS_OF] [ROUNDS]`: BEFORE is a policy folder, from which the
//! live organization is created in bulk; AFTER is the same folder with some changes. Each measurement runs in
//! a process of its own; medians and ratios, in one run.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "bare/events.rs"]
mod bare;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use bare::{events, files};
use seatwise::load;
use seatwise::model::{Date, Interner, Organization, Timestamp};
use seatwise::plan::{Plan, PlanContext, ReadCounts, file};
use seatwise::policy::Moment;
use seatwise::policy::scope::scope_policy;
use seatwise::reach::SandboxConnector;
use seatwise::sandbox::{SandboxStore, Seed, StoreOptions};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["events", folder] => measure_work(|| events(&files(Path::new(folder)))),
        ["validate", folder, as_of] => measure_work(|| validate(Path::new(folder), as_of.parse().unwrap())),
        ["plan", folder, as_of, store] => {
            measure_work(|| plan(Path::new(folder), as_of.parse().unwrap(), Path::new(store)))
        }
        ["fill", folder, as_of, store] => fill(Path::new(folder), as_of.parse().unwrap(), Path::new(store)),
        [before, after, rest @ ..] => compare(before, after, rest),
        _ => println!("plan: no folders given, nothing measured"),
    }
}

/// Prints the milliseconds that `work` takes, its count, and the peak memory of the process in KiB.
fn measure_work(work: impl FnOnce() -> usize) {
    let began = Instant::now();
    let count = work();
    println!("{} {count} {}", began.elapsed().as_secs_f64() * 1e3, peak_kib());
    // Freeing memory is no part of the measurement.
    std::process::exit(0);
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn validate(folder: &Path, as_of: Date) -> usize {
    let names = Interner::default();
    let loaded = load::load_policy(folder, as_of, &names).unwrap();
    let users = loaded.policy.as_ref().unwrap().users.len();
    std::mem::forget((loaded, names));
    users
}

fn now(as_of: Date) -> Timestamp {
    format!("{as_of}T08:00:00Z").parse().unwrap()
}

/// Plans as the command does: reads the settings first, then the policy and the organization at the same
/// time.
fn plan(folder: &Path, as_of: Date, store: &Path) -> usize {
    let names = Interner::default();
    let _settings = load::load_settings(folder, as_of, &names).unwrap().unwrap();
    let (mut policy, snapshot) = std::thread::scope(|threads| {
        let read = threads.spawn(|| {
            SandboxConnector::new(store, "generated", Seed::default(), StoreOptions::new(now(as_of)))
                .read(&names)
                .unwrap()
        });
        (load::load_policy(folder, as_of, &names).unwrap().policy.unwrap(), read.join().unwrap())
    });
    let moment = Moment { as_of, now: now(as_of) };
    let read = ReadCounts::from_snapshot(&snapshot);
    let scoped = scope_policy(&mut policy, snapshot, moment);
    assert!(scoped.clashes.is_empty(), "{:?}", scoped.clashes.first());
    let plan = Plan::new(&policy, &scoped, moment, PlanContext { read, ..PlanContext::default() });
    let _digest = file::plan_digest(&plan);
    let steps = plan.steps.len();
    std::mem::forget((plan, scoped, policy, names));
    steps
}

fn fill(folder: &Path, as_of: Date, store: &Path) {
    let names = Interner::default();
    let mut policy = load::load_policy(folder, as_of, &names).unwrap().policy.unwrap();
    let moment = Moment { as_of, now: now(as_of) };
    let (empty, facts) = Seed::default().found_organization("generated", &Organization::default());
    let snapshot =
        seatwise::model::Snapshot { live: seatwise::model::Live(empty), facts, ..Default::default() };
    let scoped = scope_policy(&mut policy, snapshot, moment);
    SandboxStore::create(store, "generated", &scoped.desired.0, &scoped.facts, StoreOptions::new(moment.now))
        .unwrap();
}

struct Measurement {
    milliseconds: f64,
    count: usize,
    peak_kib: u64,
}

fn run_part(arguments: &[&str]) -> Measurement {
    let output = Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    Measurement {
        milliseconds: words[0].parse().unwrap(),
        count: words[1].parse().unwrap(),
        peak_kib: words[2].parse().unwrap(),
    }
}

fn compare(before: &str, after: &str, rest: &[&str]) {
    let as_of = rest.first().copied().unwrap_or("2026-12-01");
    let rounds: usize = rest.get(1).map_or(7, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("live.db");
    let store = store.to_str().unwrap();
    let filled =
        Command::new(std::env::current_exe().unwrap()).args(["fill", before, as_of, store]).status().unwrap();
    assert!(filled.success());
    let commands: [(&str, Vec<&str>); 4] = [
        ("bare events", vec!["events", before]),
        ("validate", vec!["validate", before, as_of]),
        ("plan, unchanged", vec!["plan", before, as_of, store]),
        ("plan, changed", vec!["plan", after, as_of, store]),
    ];
    // The measurements alternate, so that a slow moment of the machine affects all of them.
    let mut rows: [Vec<Measurement>; 4] = Default::default();
    for _ in 0..rounds {
        for (rows, (_, arguments)) in rows.iter_mut().zip(&commands) {
            rows.push(run_part(arguments));
        }
    }
    let bytes: u64 = files(Path::new(before)).iter().map(|(_, bytes)| bytes).sum();
    let people = rows[1][0].count;
    println!(
        "{people} people, {:.1} MB of YAML, {} threads, {rounds} rounds, as of {as_of}",
        bytes as f64 / 1e6,
        rayon::current_num_threads()
    );
    println!("                 median ms   ratio   peak MB   times the YAML   people a second   steps");
    let bare = median(&rows[0]);
    for ((name, _), rows) in commands.iter().zip(&rows) {
        let (time, peak) = (median(rows), rows.iter().map(|row| row.peak_kib).max().unwrap_or(0) * 1024);
        let steps = if name.starts_with("plan") { rows[0].count.to_string() } else { String::new() };
        println!(
            "{name:<16} {time:>9.1} {:>7.2} {:>9.1} {:>16.2} {:>17.0}   {steps}",
            time / bare,
            peak as f64 / 1e6,
            peak as f64 / bytes as f64,
            people as f64 / time * 1e3
        );
    }
}

fn median(rows: &[Measurement]) -> f64 {
    let mut times: Vec<f64> = rows.iter().map(|row| row.milliseconds).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
