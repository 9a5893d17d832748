//! `seatwise usage collect`.

use std::path::PathBuf;

use clap::Args;

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
}

/// Adds exports, or the usage that the organization reports, to the usage store.
pub(super) fn run_usage_collect(args: &UsageCollectArgs, context: &Context) -> Result<Exit, CliError> {
    let sides = read_sides(None, context)?;
    let settings = &sides.policy.settings;
    let workspace = Workspace::find(context)?;
    let store = workspace.usage_store(settings)?;
    let catalogue = ProductCatalogue::new(&sides.scoped.facts.products);
    if args.live {
        let connection = workspace.connection(settings, ConnectionPurpose::Read, context)?;
        let uses = context.runtime()?.block_on(connection.usage(&context.names))?;
        let collected = store.collect_reported(&uses, &catalogue)?;
        context.report(&report(&collected, "that the organization reports"))?;
        return Ok(Exit::Done);
    }
    let exports = UsageExports {
        files: &args.files,
        columns: &settings.usage.columns,
        catalogue: &catalogue,
        strict: args.strict,
    };
    let collected = store.collect(&exports)?;
    context
        .report(&report(&collected, &format!("of {}", words::count(args.files.len(), "file", "files"))))?;
    Ok(report_damages(&args.files, &collected.damages, context))
}

fn report(collected: &CollectOutcome, whence: &str) -> String {
    let rows = words::count(collected.read, "row", "rows");
    let new: u64 = collected.months.iter().map(|month| month.new).sum();
    let mut out = format!("{rows} {whence}: {} new\n", words::number(new));
    for MonthChange { month, new, replaced, all } in &collected.months {
        let replaced =
            if *replaced == 0 { String::new() } else { format!(", {} replaced", words::number(*replaced)) };
        let (new, all) = (words::number(*new), words::number(*all));
        out += &format!("  {month}: {new} new{replaced}, {all} in all\n");
    }
    out
}
