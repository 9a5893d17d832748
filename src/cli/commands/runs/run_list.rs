//! The list of runs, as text and for programs.

use serde::Serialize;

use crate::apply::{KeptRun, KeptRunState, RunOrigin};
use crate::cli::run::summary_phrase;
use crate::render::clean::clean_text;
use crate::render::words::{count, number};

/// What `seatwise runs` writes with `--format json`.
#[derive(Serialize)]
pub(super) struct RunListJson {
    /// `seatwise-runs/1`.
    format: &'static str,
    /// The size of all files in bytes.
    bytes: u64,
    /// The runs, oldest first.
    runs: Vec<KeptRunJson>,
}

/// A run that is kept.
#[derive(Serialize)]
struct KeptRunJson {
    /// The run, as `undo` takes it.
    run: String,
    /// When it began.
    began: String,
    /// `ended`, `given_up` or `unfinished`.
    state: &'static str,
    /// The number of steps; `null` where its files are damaged.
    steps: Option<usize>,
    /// The number of steps that were carried out; `null` where its files are damaged.
    done: Option<usize>,
    bytes: u64,
    /// Whether its files carry a seal of the key here, and so are believed.
    sealed: bool,
    /// Whose change it carried out, as far as its surroundings named it.
    #[serde(skip_serializing_if = "RunOrigin::is_empty")]
    origin: RunOrigin,
}

impl RunListJson {
    pub(super) fn new(kept: &[KeptRun]) -> Self {
        let run = |kept: &KeptRun| KeptRunJson {
            run: kept.run.to_string(),
            began: kept.run.time().to_string(),
            state: match kept.state {
                KeptRunState::Ended => "ended",
                KeptRunState::GivenUp => "given_up",
                KeptRunState::Unfinished => "unfinished",
            },
            steps: kept.summary.map(|summary| summary.steps()),
            done: kept.summary.map(|summary| summary.done),
            bytes: kept.bytes,
            sealed: kept.is_sealed,
            origin: kept.origin.clone(),
        };
        Self {
            format: "seatwise-runs/1",
            bytes: kept.iter().map(|run| run.bytes).sum(),
            runs: kept.iter().map(run).collect(),
        }
    }
}

/// Returns the list of runs as text, newest first.
pub(super) fn run_list_text(kept: &[KeptRun]) -> String {
    if kept.is_empty() {
        return "No runs are kept: nothing was ever applied from here.\n".to_owned();
    }
    let bytes = kept.iter().map(|run| run.bytes).sum();
    let mut text = format!("{}, {}.\n\n", count(kept.len(), "run", "runs"), size_text(bytes));
    for run in kept.iter().rev() {
        text += &format!("  {}\n", run_line(run));
    }
    text
}

/// Returns one run on a line: its name, when it began, what came of its steps, how it ended and its size.
pub(super) fn run_line(kept: &KeptRun) -> String {
    let state = match kept.state {
        KeptRunState::Ended => "",
        KeptRunState::GivenUp => ", given up",
        KeptRunState::Unfinished => ", unfinished",
    };
    let steps = match kept.summary {
        Some(summary) => {
            format!("{}: {}", count(summary.steps(), "step", "steps"), summary_phrase(summary))
        }
        None => "its files are damaged".to_owned(),
    };
    let seal = if kept.is_sealed { "" } else { ", unsealed" };
    let origin = origin_text(&kept.origin);
    let began = kept.run.time().strftime("%Y-%m-%d %H:%M UTC");
    format!("{}  {began}  {steps}{state}{seal}; {}{origin}", kept.run, size_text(kept.bytes))
}

/// Returns whose change a run carried out, such as `; by ana, pull request 12, commit 5f2c81ab`.
fn origin_text(origin: &RunOrigin) -> String {
    let short = |commit: &String| commit.chars().take(8).collect::<String>();
    let parts = [
        origin.actor.as_ref().map(|actor| format!("by {actor}")),
        origin.approver.as_ref().map(|approver| format!("approved by {approver}")),
        origin.pull_request.as_ref().map(|request| format!("pull request {request}")),
        origin.commit.as_ref().map(|commit| format!("commit {}", short(commit))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("; {}", clean_text(&parts.join(", "))) }
}

/// Returns a size in words, such as `12 KB`.
pub(super) fn size_text(bytes: u64) -> String {
    let whole = |unit: u64| number(usize::try_from(bytes.div_ceil(unit)).unwrap_or(usize::MAX));
    match bytes {
        0..10_000_000 => format!("{} KB", whole(1_000)),
        _ => format!("{} MB", whole(1_000_000)),
    }
}
