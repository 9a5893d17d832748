//! `seatwise runs prune`.

use std::str::FromStr;

use clap::Args;
use jiff::ToSpan;
use serde::Serialize;

use super::run_list::{run_line, size_text};
use crate::apply::{JournalFolder, KeptRun, KeptRunState};
use crate::cli::output::OutputArgs;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::render::words::count;

/// The most runs that are listed before it is asked.
const MOST_RUNS_LISTED: usize = 20;

/// Remove old runs
///
/// Lists them, asks, and removes them: those that began longer ago than `keep.runs` of `seatwise.yaml` says
/// (400 days by default), or than is said here. The last run and one that is unfinished always stay. What was
/// removed can no longer be undone.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise runs prune
  seatwise runs prune --keep 100 --yes          (all but the last hundred)
  seatwise runs prune --older-than 90d")]
pub(super) struct RunsPruneArgs {
    /// Remove all but the last N runs
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Remove runs that began more than so many days ago
    #[arg(long, value_name = "DAYS")]
    older_than: Option<AgeInDays>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// A number of days, written as `90d`.
#[derive(Debug, Clone, Copy)]
struct AgeInDays(u32);

impl FromStr for AgeInDays {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let days = word.strip_suffix('d').unwrap_or(word).parse();
        days.map(Self).map_err(|_| "write a number of days as `90d`")
    }
}

/// What `seatwise runs prune` writes with `--format json`.
#[derive(Serialize)]
struct PrunedRunsJson {
    /// `seatwise-pruned-runs/1`.
    format: &'static str,
    /// The runs that were removed, oldest first.
    removed: Vec<String>,
    /// The size of their files in bytes.
    bytes: u64,
    /// The number of runs that are left.
    kept: usize,
}

/// Lists old runs, asks, and removes them.
pub(super) fn run_runs_prune(args: &RunsPruneArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let days = match (args.older_than, args.keep) {
        (Some(AgeInDays(days)), _) => Some(days),
        (None, Some(_)) => None,
        (None, None) => Some(workspace.settings(context)?.keep.run_days),
    };
    let journals = workspace.journals();
    // Runs of earlier versions may be whole: packing them may be all that is wanted.
    let lock = (!journals.runs()?.is_empty()).then(|| workspace.lock(context)).transpose()?;
    if lock.is_some() {
        let _waiting = context.waiting("packing runs");
        journals.pack_ended_runs(usize::MAX)?;
    }
    let kept = journals.kept_runs()?;
    let old = old_runs(&kept, days, args.keep, context);
    if !old.is_empty() {
        context.note(&listing(&old));
        if !args.yes {
            context.ask(&format!("Remove {}?", count(old.len(), "run", "runs")))?;
        }
        remove_runs(&journals, &old)?;
    }
    let (removed, bytes) = (old.len(), old.iter().map(|run| run.bytes).sum());
    let left = kept.len() - removed;
    args.output.write_plain(
        context,
        || match removed {
            0 => format!("No run is that old; {} kept.\n", count(left, "run is", "runs are")),
            _ => format!(
                "Removed {}, {}; {} left.\n",
                count(removed, "run", "runs"),
                size_text(bytes),
                count(left, "run is", "runs are")
            ),
        },
        || PrunedRunsJson {
            format: "seatwise-pruned-runs/1",
            removed: old.iter().map(|run| run.run.to_string()).collect(),
            bytes,
            kept: left,
        },
    )?;
    Ok(Exit::Done)
}

/// Returns the runs that began more than `days` ago, or are not among the last `keep`, the oldest first. The
/// last run and unfinished ones are never among them.
fn old_runs<'a>(
    kept: &'a [KeptRun],
    days: Option<u32>,
    keep: Option<usize>,
    context: &Context,
) -> Vec<&'a KeptRun> {
    let first_kept = days.map(|days| {
        let hours = i64::from(days).saturating_mul(24);
        context.now.checked_sub(hours.hours()).unwrap_or(crate::model::Timestamp::MIN)
    });
    let beyond = keep.map_or(0, |keep| kept.len().saturating_sub(keep));
    let others = kept.iter().enumerate().take(kept.len().saturating_sub(1));
    let is_old = |(at, run): &(usize, &KeptRun)| {
        *at < beyond || first_kept.is_some_and(|first| run.run.time() < first)
    };
    let old = others.filter(is_old).filter(|(_, run)| match run.state {
        KeptRunState::Ended | KeptRunState::GivenUp => true,
        KeptRunState::Unfinished => false,
    });
    old.map(|(_, run)| run).collect()
}

fn listing(old: &[&KeptRun]) -> String {
    let lines = old.iter().take(MOST_RUNS_LISTED).map(|run| format!("  {}\n", run_line(run)));
    let more = old.len().saturating_sub(MOST_RUNS_LISTED);
    let more = if more > 0 {
        format!("  … and {}\n", count(more, "more run", "more runs"))
    } else {
        String::new()
    };
    format!("To remove:\n{}{more}", lines.collect::<String>())
}

// The snapshot of a run is told by the next run's, so the oldest go first: whatever stops this, what is left
// can be read.
fn remove_runs(journals: &JournalFolder, old: &[&KeptRun]) -> Result<(), CliError> {
    Ok(old.iter().try_for_each(|run| journals.remove_run(&run.run))?)
}
