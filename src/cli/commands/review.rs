//! `seatwise review`.

use clap::Args;

use crate::audit::access_review::access_review;
use crate::cli::days::DayWord;
use crate::cli::last_uses::UsageFileArgs;
use crate::cli::output::{OutputArgs, TableFormats};
use crate::cli::question::{OrganizationSides, blame_citations, read_sides, read_sides_at, refused_history};
use crate::cli::report_format::ReportFormat;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::git::Repository;
use crate::render::line_history::LineHistory;
use crate::render::review::ReviewEvidence;
use crate::render::words;
use crate::usage::LastUses;

/// Write the evidence of an access review: every person with all that is theirs, and why
///
/// Roles, groups, products by name, and every product they can start, each with the reason, the lines of the
/// policy that say so, who last set them and when, and until when it holds. People whom the policy does not
/// know or leaves alone are in it too. Entries of `audit.reviews` in `seatwise.yaml` say when somebody last
/// looked. Where a part of the organization could not be read nothing is written.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise review                                     (how much there is to look at)
  seatwise review --out review-2026-q4.html           (one file to search, sort and print)
  seatwise review --out review-2026-q4.pdf            (to be signed and filed)
  seatwise review --out review.csv                    (for a spreadsheet; no cell is a formula)
  seatwise review --usage usage.csv --out review.pdf  (and when everybody last used what they have)
  seatwise review --at 2026-09-30 --out review.json   (what the policy said that day)")]
pub(in crate::cli) struct ReviewArgs {
    /// The policy alone as it was at a commit or on a day (UTC), with the contracts of today: `HEAD~3`, a
    /// tag, `2026-09-30`
    #[arg(long, value_name = "REV|DAY", allow_hyphen_values = true)]
    at: Option<String>,
    /// Judge dated grants and stays as on this day (UTC); today by default
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    as_of: Option<DayWord>,
    #[command(flatten)]
    usage: UsageFileArgs,
    #[command(flatten)]
    output: OutputArgs<TableFormats>,
}

/// Writes the evidence of an access review.
pub(super) fn run_review(args: &ReviewArgs, context: &Context) -> Result<Exit, CliError> {
    // An unknown format is reported before anything is read.
    let names_lines = args.output.has_format(|format| format != ReportFormat::Text)?;
    let sides = match &args.at {
        Some(at) => read_sides_at(at, args.as_of, context)?,
        None => read_sides(args.as_of, context)?,
    };
    require_all_read(&sides)?;
    let used = args.usage.read(&sides, context)?;
    write_review(args, names_lines, &sides, used.as_ref().map(|used| &used.uses), context)?;
    Ok(used.map_or(Exit::Done, |used| used.exit))
}

/// Returns an error where a section was not read: the review would be incomplete without showing it.
fn require_all_read(sides: &OrganizationSides) -> Result<(), CliError> {
    let unread = sides.unread.iter().map(|(section, why)| {
        format!("{} was not read: {}", section.as_str(), words::unread_words(why).plain_text())
    });
    let unread: Vec<String> = unread.collect();
    if unread.is_empty() { Ok(()) } else { Err(CliError::NotWhole(unread.join("; "))) }
}

fn write_review(
    args: &ReviewArgs,
    names_lines: bool,
    sides: &OrganizationSides,
    uses: Option<&LastUses>,
    context: &Context,
) -> Result<(), CliError> {
    let (live, desired) = sides.pictures();
    let review = access_review(if sides.at.is_some() { desired } else { live }, sides.moment, uses);
    let root = Workspace::find(context)?;
    // The review does not depend on Git: without a repository, it does not show since when a line holds.
    let found = Repository::find(root.root().as_std_path());
    let repository = found.as_ref().ok().and_then(Option::as_ref);
    let head = repository.and_then(|repository| sides.at.clone().or_else(|| repository.commit("HEAD").ok()));
    let waiting = context.waiting("reading who set which line");
    let history = match &found {
        Ok(None) => None,
        Ok(Some(_)) if head.is_none() => None,
        // The summary in text names no lines.
        Ok(Some(_)) if !names_lines => Some(LineHistory::default()),
        Ok(Some(repository)) => Some(blame_citations(repository, review.cited_lines(), sides.at.as_ref())),
        Err(error) => Some(refused_history(error)),
    };
    drop(waiting);
    if let Some(gap) = history.as_ref().and_then(LineHistory::gap) {
        context.note(&format!("warning: {gap}"));
    }
    let evidence = ReviewEvidence {
        organization: &sides.policy.settings.organization,
        side: if sides.at.is_some() { "the policy alone" } else { "live" },
        commit: head.as_ref().map(|commit| commit.short_id()),
        review: &review,
        history,
    };
    args.output.write(context, |write| write(&evidence, context.width))
}
