//! The time from Usage Details in CSV to peaks for every product, country and interval, compared with DuckDB
//! on the same file.
//!
//! `cargo bench --bench usage -- [ROWS[,ROWS…]] [ROUNDS] [THREADS]`: by default 10 million rows, 3 rounds and
//! 2 threads; medians. Each round takes several numbers of rows in turn, and the report states how the
//! figures grow from the first to the last. The files are generated below `target/` and kept. Each
//! measurement runs in a process of its own, so that its peak memory is known, and the file is read once
//! before, so that it is in memory for every measurement. DuckDB runs from Python, in `target/engines` (made
//! by `sh tests/ci/engines.sh`); where that folder is missing, only seatwise is measured.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use seatwise::exports::{ProductCatalogue, UsageExports};
use seatwise::usage::{LicenceAssignments, NameRegister, TimeSpan, UsageCounter, UsageSettings};

const PRODUCTS: u64 = 12;
const COUNTRIES: [&str; 6] = ["DE", "FR", "NO", "PT", "SG", "US"];
/// Rows of one machine on one day: of a few products, with breaks.
const ROWS_A_MACHINE_AND_DAY: u64 = 8;
/// The days of a quarter.
const DAYS: u64 = 90;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let argument =
        |at: usize, otherwise: &'static str| arguments.get(at).map_or(otherwise, String::as_str).to_owned();
    if arguments.first().is_some_and(|first| first == "count") {
        return count(Path::new(&arguments[1]), arguments[2].parse().unwrap());
    }
    let (rounds, threads) = (argument(1, "3").parse::<usize>().unwrap(), argument(2, "2"));
    let mut sizes: Vec<MeasuredFile> = argument(0, "10000000")
        .split(',')
        .map(|rows| MeasuredFile::with_rows(rows.parse().unwrap()))
        .collect();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/engines/python/bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/usage/peer.py");
    for _ in 0..rounds {
        for MeasuredFile { file, own, other, .. } in &mut sizes {
            own.push(measure_command(
                file,
                Command::new(std::env::current_exe().unwrap()).arg("count").arg(&*file).arg(&threads),
            ));
            if python.exists() {
                other.push(measure_command(
                    file,
                    Command::new(&python).arg(&script).arg(&*file).arg(&threads),
                ));
            }
        }
    }
    for MeasuredFile { rows, file, own, other } in &sizes {
        println!(
            "{rows} rows, {:.2} GB, {threads} threads, {rounds} rounds",
            file.metadata().unwrap().len() as f64 / 1e9
        );
        report("seatwise", own);
        if other.is_empty() {
            println!("DuckDB is not in target/engines, and was not measured");
            continue;
        }
        report("DuckDB", other);
        assert_eq!(own[0].answer, other[0].answer, "both find the same");
        let [long, processors, memory] = ratios(other, own);
        println!(
            "DuckDB takes {long:.1} times as long, {processors:.1} times the processors, and {memory:.1} \
                times the memory"
        );
    }
    if let [first, .., last] = &sizes[..] {
        let ([long, processors, memory], rows) =
            (ratios(&last.own, &first.own), last.rows as f64 / first.rows as f64);
        println!(
            "{rows:.1} times the rows take {long:.2} times as long, {processors:.2} times the processors, \
                and {memory:.1} times the memory"
        );
    }
}

/// A file with the measurements of both programs.
struct MeasuredFile {
    rows: u64,
    file: PathBuf,
    own: Vec<ProcessMeasure>,
    other: Vec<ProcessMeasure>,
}

impl MeasuredFile {
    fn with_rows(rows: u64) -> Self {
        Self { rows, file: generated_file(rows), own: Vec::new(), other: Vec::new() }
    }
}

/// The ratios of `measures` to `base`, by their medians: seconds, processor seconds and memory.
fn ratios(measures: &[ProcessMeasure], base: &[ProcessMeasure]) -> [f64; 3] {
    [
        |one: &ProcessMeasure| one.seconds,
        |one: &ProcessMeasure| one.processors,
        |one: &ProcessMeasure| one.mebibytes,
    ]
    .map(|of| median(measures, of) / median(base, of))
}

/// The measurements and the answer of one process.
struct ProcessMeasure {
    seconds: f64,
    processors: f64,
    mebibytes: f64,
    answer: String,
}

/// Runs `command` on `file`, which is read into memory before. The command prints its seconds, its processor
/// seconds, its peak memory in MiB, and its answer.
fn measure_command(file: &Path, command: &mut Command) -> ProcessMeasure {
    std::io::copy(&mut std::fs::File::open(file).unwrap(), &mut std::io::sink()).unwrap();
    let output = command.stderr(std::process::Stdio::inherit()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let mut number =
        || lines.next().and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("not measured: {text}"));
    let (seconds, processors, mebibytes) = (number(), number(), number());
    ProcessMeasure { seconds, processors, mebibytes, answer: lines.collect::<Vec<_>>().join("\n") }
}

fn median(measures: &[ProcessMeasure], of: impl Fn(&ProcessMeasure) -> f64) -> f64 {
    let mut values: Vec<f64> = measures.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(name: &str, measures: &[ProcessMeasure]) {
    let [seconds, processors, mebibytes] = [
        |one: &ProcessMeasure| one.seconds,
        |one: &ProcessMeasure| one.processors,
        |one: &ProcessMeasure| one.mebibytes,
    ]
    .map(|of| median(measures, of));
    println!("{name}: {seconds:.2} s, {processors:.2} s of processors, {mebibytes:.0} MiB at most");
}

/// Counts the use in `file`, and prints the lines that [`measure_command`] reads: the peak of every product
/// and country, and the moment at which it began.
fn count(file: &Path, threads: usize) {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let began = Instant::now();
    let (settings, assigned, mut register) =
        (UsageSettings::default(), LicenceAssignments::default(), NameRegister::default());
    let files = [file.to_owned()];
    let exports = UsageExports {
        files: &files,
        columns: &settings.columns,
        catalogue: &ProductCatalogue::default(),
        strict: true,
    };
    let reading =
        exports.read(&mut register, || UsageCounter::new(&settings, &assigned, TimeSpan::ALWAYS)).unwrap();
    let counted = reading.taken.finish(&register);
    // The count includes every interval of every pool, not only the peaks.
    let intervals: usize = counted.tallies.values().map(|tally| tally.intervals().count()).sum();
    let seconds = began.elapsed().as_secs_f64();
    println!("{seconds}\n{}\n{}\n{intervals} intervals", processor_seconds(), peak_memory());
    for ((pool, period), tally) in &counted.tallies {
        let (peak, seatwise::usage::PoolPlace::Country(country)) = (tally.peak().unwrap(), &pool.place)
        else {
            panic!("no country")
        };
        println!(
            "{} {country} {period} {} {}",
            pool.product,
            peak.machines,
            peak.at.strftime("%Y-%m-%d %H:%M")
        );
    }
}

/// The processor time of all threads of this process, in seconds; 0 where the system does not report it.
fn processor_seconds() -> f64 {
    let said = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The ticks follow the program's name in brackets; a tick is a hundredth of a second.
    let ticks = said.rsplit(')').next().unwrap_or_default().split_ascii_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The peak memory of this process in MiB; 0 where the system does not report it.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kibibytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kibibytes.unwrap_or(0.0) / 1024.0
}

/// A file with `rows` rows, created if it is missing. Machines work on weekdays, and the rows are in order of
/// days, as in an export.
fn generated_file(rows: u64) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/usage-{rows}.csv"));
    if path.exists() {
        return path;
    }
    let unfinished = path.with_extension("unfinished");
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(&unfinished).unwrap());
    writeln!(
        out,
        "Country,Product,Feature String,Machine Name,User,Email,Usage Type,First Interval,Last \
        Interval,Version"
    )
    .unwrap();
    let machines = (rows / (DAYS * ROWS_A_MACHINE_AND_DAY)).max(1);
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = |below: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % below
    };
    let first_day: seatwise::model::Date = "2026-01-01".parse().unwrap();
    let (mut written, mut day) = (0, 0);
    while written < rows {
        let date = first_day.checked_add(jiff::Span::new().days(i64::try_from(day % DAYS).unwrap())).unwrap();
        for machine in 0..machines {
            let country = COUNTRIES[(machine % COUNTRIES.len() as u64) as usize];
            for _ in 0..ROWS_A_MACHINE_AND_DAY.min(rows - written) {
                let most = roll(PRODUCTS) + 1;
                let product = 2500 + roll(most);
                let first = 36 + roll(80);
                let last = (first + roll(12)).min(143);
                let clock = |interval: u64| format!("{:02}:{:02}", interval / 6, interval % 6 * 10);
                writeln!(
                    out,
                    "{country},{product},,WS-{machine:06},u{machine:06},user.{machine:06}@firm.example,\
                    Production,{date} {},{date} {},24.00",
                    clock(first),
                    clock(last)
                )
                .unwrap();
                written += 1;
            }
        }
        day += 1;
    }
    out.into_inner().unwrap().sync_all().unwrap();
    std::fs::rename(&unfinished, &path).unwrap();
    path
}
