//! `seatwise validate`.

use clap::Args;

use crate::cli::days::DayWord;
use crate::cli::output::{FormatOffer, OutputArgs};
use crate::cli::report_format::{OfferedFormat, ReportFormat};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::load::LoadOutcome;
use crate::policy::Policy;
use crate::policy::problem::{Problem, ProblemLocation};
use crate::render::{problems, words};

/// Check a policy folder, without the organization
///
/// Reads every file, and shows all problems at once, each with its place, the text underlined, and what to do
/// about it. Needs no organization and changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise -C examples/quickstart validate
  seatwise validate --format short | head        (one line a problem: file:line:column: message)")]
pub(in crate::cli) struct ValidateArgs {
    /// Judge dated grants as on this day (UTC); today by default
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    as_of: Option<DayWord>,
    #[command(flatten)]
    output: OutputArgs<ProblemFormats>,
}

type ProblemWriter = fn(&[Problem<ProblemLocation>], &Context) -> String;

/// The formats of the problems of a policy.
#[derive(Debug, Clone)]
struct ProblemFormats;

impl FormatOffer for ProblemFormats {
    type Writer = ProblemWriter;
    const FORMATS: &'static [OfferedFormat<ProblemWriter>] = &[
        ReportFormat::Text.offer("Drawn, with the lines they stand in", |found, context| {
            problems::draw_problems(found, context.width, context.colour_of_report())
        }),
        ReportFormat::Short
            .offer("One line each, for editors and CI", |found, _| problems::problem_lines(found)),
    ];
}

/// Checks a policy folder, and reports its problems or what it declares.
pub(super) fn run_validate(args: &ValidateArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let LoadOutcome { policy, mut problems, unknown_products } =
        workspace.load(context.moment(args.as_of).as_of, context)?;
    problems.extend(unknown_products);
    match policy.filter(|_| problems.is_empty()) {
        Some(policy) => {
            args.output.write(context, |_| policy_counts(&policy))?;
            Ok(Exit::Done)
        }
        None => {
            problems.sort_by(|a, b| (&a.place, a.code).cmp(&(&b.place, b.code)));
            args.output.write(context, |write| write(&problems, context))?;
            Ok(Exit::Problems)
        }
    }
}

fn policy_counts(policy: &Policy) -> String {
    let counts = [
        words::count(policy.sources.files.len(), "file", "files"),
        words::count(policy.users.len(), "user", "users"),
        words::count(policy.groups.len(), "group", "groups"),
        words::count(policy.catalogue.len(), "product", "products"),
        words::count(policy.restrictions.len() + policy.defaults.len(), "restriction", "restrictions"),
    ];
    format!("{}: {}: no problems\n", policy.settings.organization, counts.join(", "))
}
