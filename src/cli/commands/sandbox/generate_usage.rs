//! `seatwise sandbox generate-usage`.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Span;
use serde::Serialize;

use crate::cli::files;
use crate::cli::output::OutputArgs;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::shell::shown_path;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::model::OrganizationFacts;
use crate::render::{usage, words};
use crate::sandbox::generate::{self, GenerationWindow};
use crate::sandbox::{SandboxStore, StoreOptions};
use crate::usage::{Period, PeriodKind, ReportedUse};

/// Have the people of the organization work, so that there is use to count
///
/// Sessions and checkouts of everybody, on the products they may start, in the time of their country: with
/// working hours, lunch, leave, holidays, seasons, and a firm that grows. List prices and owned quantities
/// get a past too, with changes in the middle of quarters. Replaces what there is of use.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise sandbox init --users 500
  seatwise sandbox generate-usage --months 12 --exports exports
  seatwise usage collect exports/*.csv")]
pub(super) struct SandboxGenerateUsageArgs {
    /// So many months before the running quarter, and the running quarter up to now
    #[arg(long, value_name = "M", default_value_t = 12, value_parser = clap::value_parser!(u8).range(1..=60))]
    months: u8,
    /// The same seed generates the same use
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Write it to this folder as well, as the portal exports it: `usage-details.csv`, `sessions.csv`,
    /// `checkouts.csv`
    #[arg(long, value_name = "FOLDER")]
    exports: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// What `seatwise sandbox generate-usage --format json` writes.
#[derive(Serialize)]
struct GeneratedUsageJson {
    /// `seatwise-sandbox-usage/1`.
    format: &'static str,
    /// The number of sessions and checkouts.
    rows: usize,
    /// The number of machines that they are on.
    machines: usize,
    /// The first day of the use.
    from: String,
    /// The folder of the exports; `null` where none were asked for.
    exports: Option<String>,
}

/// Replaces the usage in the sandbox with generated usage, and writes it as exports where `--exports` is
/// given.
pub(super) fn run_sandbox_generate_usage(
    args: &SandboxGenerateUsageArgs,
    context: &Context,
) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let settings = workspace.settings(context)?;
    let path = workspace.sandbox_path(&settings)?;
    let _lock = workspace.lock(context)?;
    let store = SandboxStore::open(&path, StoreOptions::new(context.now))?;
    let live = store.fetch(&context.names)?;
    let stretch = stretch(args.months, context);
    let today = context.moment(None).as_of;
    let waiting = context.waiting("having everybody work");
    let uses = generate::generate_usage(&live.live.0, &live.facts, stretch, args.seed);
    store.keep_usage(&generate::generate_past(&live.facts, stretch.first, today, args.seed), &uses)?;
    drop(waiting);
    if let Some(folder) = &args.exports {
        write_exports(folder, &uses, &live.facts)?;
    }
    let folder = args.exports.as_ref().map(|folder| folder.display().to_string());
    let text = || {
        let folder = args.exports.as_ref().map(|folder| shown_path(folder));
        let written = folder.map(|folder| format!("written to {folder}\n")).unwrap_or_default();
        generation_summary(&uses, stretch) + &written
    };
    let json = || GeneratedUsageJson {
        format: "seatwise-sandbox-usage/1",
        rows: uses.len(),
        machines: machine_count(&uses),
        from: stretch.first.to_string(),
        exports: folder.clone(),
    };
    args.output.write_plain(context, text, json)?;
    Ok(Exit::Done)
}

fn stretch(months: u8, context: &Context) -> GenerationWindow {
    let quarter = Period::from_day(PeriodKind::Quarter, context.moment(None).as_of).first_day();
    GenerationWindow { first: quarter.saturating_sub(Span::new().months(months)), until: context.now }
}

fn machine_count(uses: &[ReportedUse]) -> usize {
    uses.iter().map(|one| &*one.machine).collect::<std::collections::BTreeSet<&str>>().len()
}

fn generation_summary(uses: &[ReportedUse], stretch: GenerationWindow) -> String {
    let rows = words::count(uses.len(), "session or checkout", "sessions and checkouts");
    format!(
        "{rows} on {} from {} on\n",
        words::count(machine_count(uses), "machine", "machines"),
        stretch.first
    )
}

fn write_exports(folder: &Path, uses: &[ReportedUse], facts: &OrganizationFacts) -> Result<(), CliError> {
    let usage::PortalUsageExports { details, sessions, checkouts } = usage::portal_exports(uses, facts);
    for (name, text) in
        [("usage-details.csv", details), ("sessions.csv", sessions), ("checkouts.csv", checkouts)]
    {
        files::write_file(&folder.join(name), text)?;
    }
    Ok(())
}
