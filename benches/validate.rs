//! The time of reading and validating a policy, compared with the bare events of the YAML parser over the
//! same files with the same threads.
//!
//! `cargo bench --bench validate -- FOLDER [AS_OF] [ROUNDS]`: medians and their ratio, in one run.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "bare/events.rs"]
mod bare;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bare::{events, files};
use seatwise::load::{self, LoadOutcome};
use seatwise::model::{Date, Interner};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("validate: no folder given, nothing measured");
        return;
    };
    let as_of: Date =
        arguments.next().map_or_else(|| "2026-12-01".parse().unwrap(), |date| date.parse().unwrap());
    let rounds: usize = arguments.next().map_or(11, |rounds| rounds.parse().unwrap());

    // This measurement comes first, while nothing else has been allocated.
    let (loaded, _names) = validate(&folder, as_of);
    let peak = peak_kib();
    assert!(
        loaded.problems.is_empty() && loaded.unknown_products.is_empty(),
        "{:?}",
        loaded.problems.first()
    );
    let people = loaded.policy.unwrap().users.len();
    let files = files(&folder);
    let bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();

    let (mut bare, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        bare.push(time_work(|| events(&files)));
        whole.push(time_work(|| validate(&folder, as_of)));
    }
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{people} people, {} files, {megabytes:.1} MB, {} threads, {rounds} rounds",
        files.len(),
        rayon::current_num_threads()
    );
    let (bare, whole) = (TimeSummary::from_times(&bare), TimeSummary::from_times(&whole));
    println!("             median ms   best ms    cpu ms");
    println!("bare events  {:>9.1} {:>9.1} {:>9.1}", bare.median, bare.best, bare.cpu);
    println!("validate     {:>9.1} {:>9.1} {:>9.1}", whole.median, whole.best, whole.cpu);
    println!(
        "ratio        {:>9.2} {:>9.2} {:>9.2}",
        whole.median / bare.median,
        whole.best / bare.best,
        whole.cpu / bare.cpu
    );
    println!("{:.0} people a second", people as f64 / whole.median * 1e3);
    if let Some(peak) = peak {
        println!(
            "peak memory  {:>8.1} MB  {:.2} times the YAML",
            peak as f64 * 1.024e-3,
            peak as f64 * 1024.0 / bytes as f64
        );
    }
}

/// Returns the names with the policy, because freeing either is no part of the measured time.
fn validate(folder: &Path, as_of: Date) -> (LoadOutcome, Interner) {
    let names = Interner::default();
    (load::load_policy(folder, as_of, &names).unwrap(), names)
}

/// Wall time and processor time (in milliseconds) of one piece of work.
struct WorkTime {
    wall: Duration,
    cpu: f64,
}

/// Times in milliseconds.
struct TimeSummary {
    median: f64,
    best: f64,
    /// The mean processor time of all threads, which a busy machine distorts least.
    cpu: f64,
}

impl TimeSummary {
    fn from_times(times: &[WorkTime]) -> Self {
        let mut walls: Vec<f64> = times.iter().map(|time| time.wall.as_secs_f64() * 1e3).collect();
        walls.sort_unstable_by(f64::total_cmp);
        Self {
            median: walls[walls.len() / 2],
            best: walls[0],
            cpu: times.iter().map(|time| time.cpu).sum::<f64>() / times.len() as f64,
        }
    }
}

fn time_work<T>(work: impl FnOnce() -> T) -> WorkTime {
    let (start, cpu) = (Instant::now(), cpu_ms());
    let result = std::hint::black_box(work());
    let time = WorkTime { wall: start.elapsed(), cpu: cpu_ms() - cpu };
    drop(result);
    time
}

/// The processor time of all threads so far in milliseconds, in steps of ten; 0 where the system does not
/// report it.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) * 10.0
}

/// The peak memory of this process in KiB; `None` where the system does not report it.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
