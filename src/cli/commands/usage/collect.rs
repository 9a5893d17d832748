//! `seatwise usage collect`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::output::OutputArgs;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::question::read_sides;
use crate::cli::usage_inputs::report_damages;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::http::ConnectionPurpose;
use crate::exports::store::{CollectOutcome, MonthChange};
use crate::exports::{ProductCatalogue, UsageExports};
use crate::render::words;

/// Keep what exports say: the portal forgets its details after 90 days, and a quarter is longer
///
/// In `.seatwise/usage` beside `seatwise.yaml`, or where `usage.store` says: Parquet files, one for each
/// month, which any engine reads. An export that is collected again, or that overlaps another, adds what is
/// new in it and nothing else; a checkout that was given back replaces what was known of it, and a row that
/// says its country or feature string the same row without. The other usage commands read what was collected
/// where no file is named.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise usage collect usage-details.csv checkouts.csv && seatwise usage peaks
  seatwise usage collect --live                          (what the organization itself reports of use)")]
pub(super) struct UsageCollectArgs {
    /// Usage exports as CSV: Usage Details, sessions, checkouts; each is known by its columns
    #[arg(required_unless_present = "live", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Read what the organization itself reports: the sandbox, or a service that has `/v1/usage`
    #[arg(long, conflicts_with = "files")]
    live: bool,
    /// End at the first damaged line, and keep nothing, instead of leaving the line out
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// What `seatwise usage collect --format json` writes.
#[derive(Serialize)]
struct CollectJson {
    /// `seatwise-usage-collect/1`.
    format: &'static str,
    /// The rows that were read.
    rows: u64,
    /// The rows that were not known before.
    new: u64,
    /// The months that changed.
    months: Vec<CollectedMonthJson>,
    /// The lines that were left out, as they are damaged.
    damaged_lines: u64,
}

/// A month to which something was added.
#[derive(Serialize)]
struct CollectedMonthJson {
    month: String,
    /// The rows that were not known before.
    new: u64,
    /// The rows that say more than was known before.
    replaced: u64,
    /// All rows of the month.
    all: u64,
}

/// Adds exports, or the usage that the organization reports, to the usage store.
pub(super) fn run_usage_collect(args: &UsageCollectArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let sides = read_sides(None, context)?;
    let settings = &sides.policy.settings;
    let workspace = Workspace::find(context)?;
    let store = workspace.usage_store(settings)?;
    let catalogue = ProductCatalogue::new(&sides.scoped.facts.products);
    if args.live {
        let connection = workspace.connection(settings, ConnectionPurpose::Read, context)?;
        let uses = context.runtime()?.block_on(connection.usage(&context.names))?;
        let collected = store.collect_reported(&uses, &catalogue)?;
        write_report(args, &collected, "that the organization reports", context)?;
        return Ok(Exit::Done);
    }
    let exports = UsageExports {
        files: &args.files,
        columns: &settings.usage.columns,
        catalogue: &catalogue,
        strict: args.strict,
    };
    let waiting = context.waiting("collecting the use");
    let collected = store.collect(&exports)?;
    drop(waiting);
    let whence = format!("of {}", words::count(args.files.len(), "file", "files"));
    write_report(args, &collected, &whence, context)?;
    Ok(report_damages(&args.files, &collected.damages, context))
}

fn write_report(
    args: &UsageCollectArgs,
    collected: &CollectOutcome,
    whence: &str,
    context: &Context,
) -> Result<(), CliError> {
    args.output.write_plain(context, || report(collected, whence), || collect_document(collected))
}

fn new_rows(collected: &CollectOutcome) -> u64 {
    collected.months.iter().map(|month| month.new).sum()
}

fn collect_document(collected: &CollectOutcome) -> CollectJson {
    let month_json = |change: &MonthChange| {
        let MonthChange { month, new, replaced, all } = *change;
        CollectedMonthJson { month: month.to_string(), new, replaced, all }
    };
    CollectJson {
        format: "seatwise-usage-collect/1",
        rows: collected.read,
        new: new_rows(collected),
        months: collected.months.iter().map(month_json).collect(),
        damaged_lines: collected.damages.count,
    }
}

fn report(collected: &CollectOutcome, whence: &str) -> String {
    let rows = words::count(collected.read, "row", "rows");
    let new = new_rows(collected);
    let mut out = format!("{rows} {whence}: {} new\n", words::number(new));
    for MonthChange { month, new, replaced, all } in &collected.months {
        let replaced =
            if *replaced == 0 { String::new() } else { format!(", {} replaced", words::number(*replaced)) };
        let (new, all) = (words::number(*new), words::number(*all));
        out += &format!("  {month}: {new} new{replaced}, {all} in all\n");
    }
    out
}
