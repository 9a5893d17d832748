//! How long reading and validating a policy takes against the bare events of the YAML parser, over the same files with the same threads.
//!
//! `cargo bench --bench validate -- FOLDER [AS_OF] [ROUNDS]`: medians and their ratio, in one run.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use granit_parser::Parser;
use rayon::prelude::*;
use seatwise::load;
use seatwise::model::{Date, Interner};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("validate: no folder given, nothing measured");
        return;
    };
    let as_of: Date = arguments.next().map_or_else(|| "2026-12-01".parse().unwrap(), |date| date.parse().unwrap());
    let rounds: usize = arguments.next().map_or(11, |rounds| rounds.parse().unwrap());

    // First, while nothing else has been allocated.
    let people = validate(&folder, as_of);
    let peak = peak_kib();
    let files = files(&folder);
    let bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();

    let (mut bare, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        bare.push(timed(|| events(&files)));
        whole.push(timed(|| validate(&folder, as_of)));
    }
    let (bare, whole) = (median(bare), median(whole));
    let megabytes = bytes as f64 / 1e6;
    println!("{people} people, {} files, {megabytes:.1} MB, {} threads, medians of {rounds}", files.len(), rayon::current_num_threads());
    println!("bare events  {:>8.1} ms", bare.as_secs_f64() * 1e3);
    println!(
        "validate     {:>8.1} ms  {:.2} times; {:.0} people a second",
        whole.as_secs_f64() * 1e3,
        whole.as_secs_f64() / bare.as_secs_f64(),
        people as f64 / whole.as_secs_f64()
    );
    if let Some(peak) = peak {
        println!("peak memory  {:>8.1} MB  {:.2} times the YAML", peak as f64 * 1.024e-3, peak as f64 * 1024.0 / bytes as f64);
    }
}

fn validate(folder: &Path, as_of: Date) -> usize {
    let loaded = load::load(folder, as_of, &Interner::default()).unwrap();
    assert!(loaded.problems.is_empty() && loaded.unknown_products.is_empty(), "{:?}", loaded.problems.first());
    loaded.policy.unwrap().users.len()
}

/// The same files, largest first as the loader takes them.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|extension| extension == "yaml") {
                files.push((entry.path(), entry.metadata().unwrap().len()));
            }
        }
    }
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    files
}

fn events(files: &[(PathBuf, u64)]) -> usize {
    let count = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut parser = Parser::new_from_str(&text);
        let mut events = 0;
        while let Some(event) = parser.next_event() {
            event.unwrap();
            events += 1;
        }
        events
    };
    files.par_iter().with_max_len(1).map(|(path, _)| count(path)).sum()
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The most memory this process has had, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
