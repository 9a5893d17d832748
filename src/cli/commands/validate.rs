//! `seatwise validate`.

use clap::Args;

use crate::cli::days::DayWord;
use crate::cli::output::{FormatOffer, OutputArgs};
use crate::cli::report_format::{OfferedFormat, ReportFormat, policy_folder};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::git::{GitError, Repository};
use crate::load::LoadOutcome;
use crate::policy::problem::{Problem, ProblemLocation};
use crate::policy::{Policy, passed_over_words};
use crate::render::clean::clean_text;
use crate::render::code_annotations::{self, CodeAnnotation};
use crate::render::problem_documents::{self, PolicyCounts};
use crate::render::prose::fit_prose;
use crate::render::{problems, words};

/// Check a policy folder, without the organization
///
/// Reads every file, and shows all problems at once, each with its place, the text underlined, and what to do
/// about it. Needs no organization and changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise -C examples/quickstart validate
  seatwise validate --format short | head        (one line a problem: file:line:column: message)
  seatwise validate --format github              (in a GitHub Actions run)")]
pub(in crate::cli) struct ValidateArgs {
    /// Judge dated grants and stays as on this day (UTC); today by default
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    as_of: Option<DayWord>,
    #[command(flatten)]
    output: OutputArgs<ProblemFormats>,
}

/// What is wrong with a policy, or else what it declares.
struct PolicyCheck<'a> {
    /// The organization that the settings name; `None` where they cannot be read.
    organization: Option<&'a str>,
    /// In the order of their places.
    problems: &'a [Problem<ProblemLocation>],
    /// What the policy declares; `None` where it has problems.
    counts: Option<PolicyCounts>,
}

type ProblemWriter = fn(&PolicyCheck<'_>, &Context) -> String;

/// The formats of the problems of a policy.
#[derive(Debug, Clone)]
struct ProblemFormats;

impl FormatOffer for ProblemFormats {
    type Writer = ProblemWriter;
    const FORMATS: &'static [OfferedFormat<ProblemWriter>] = &[
        ReportFormat::Text.offer("Drawn, with the lines they stand in", |check, context| {
            let drawn = || problems::draw_problems(check.problems, context.width, context.colour_of_report());
            check.counts.map_or_else(drawn, |_| fit_prose(&check.counts_or(String::new), context.width))
        }),
        ReportFormat::Short.offer("One line each, for editors and CI", |check, _| {
            check.counts_or(|| problems::problem_lines(check.problems))
        }),
        ReportFormat::Json.offer("For programs", |check, _| {
            problem_documents::problems_json(check.organization, check.problems, check.counts)
        }),
        ReportFormat::Sarif.offer("SARIF 2.1.0, for code scanning", |check, context| {
            let rules = problem_documents::problem_rules();
            code_annotations::sarif_log(&policy_folder(context), &rules, &check.annotations())
        }),
        ReportFormat::Github.offer("Annotations of a GitHub Actions run", |check, context| {
            code_annotations::github_annotations(&policy_folder(context), &check.annotations())
        }),
        ReportFormat::Gitlab.offer("A code quality report of GitLab", |check, context| {
            code_annotations::gitlab_report(&policy_folder(context), &check.annotations())
        }),
    ];
}

/// Checks a policy folder, and reports its problems or what it declares.
pub(super) fn run_validate(args: &ValidateArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let LoadOutcome { policy, mut problems, unknown_products, dated_problems, passed_over } =
        workspace.load(context.moment(args.as_of).as_of, context)?;
    for path in &passed_over {
        context.note(&format!("warning: {}", clean_text(&passed_over_words(path))));
    }
    if let Err(error @ GitError::Embedded(_)) = Repository::find(workspace.root().as_std_path()) {
        context.note(&format!("warning: {}", clean_text(&error.to_string())));
    }
    problems.extend(unknown_products.into_iter().chain(dated_problems));
    problems.sort_by(|a, b| (&a.place, a.code).cmp(&(&b.place, b.code)));
    let settings = workspace.settings(context).ok();
    let check = PolicyCheck {
        organization: settings.as_ref().map(|settings| &*settings.organization),
        problems: &problems,
        counts: policy.filter(|_| problems.is_empty()).as_ref().map(policy_counts),
    };
    args.output.write(context, |write| write(&check, context))?;
    Ok(if check.counts.is_some() { Exit::Done } else { Exit::Problems })
}

impl PolicyCheck<'_> {
    fn annotations(&self) -> Vec<CodeAnnotation<'_>> {
        problem_documents::problem_annotations(self.problems)
    }

    /// Returns what the policy declares as text, or else what `problems` renders.
    fn counts_or(&self, problems: impl Fn() -> String) -> String {
        let Some(counts) = self.counts else { return problems() };
        let PolicyCounts { files, users, groups, products, restrictions } = counts;
        let counts = [
            words::count(files, "file", "files"),
            words::count(users, "user", "users"),
            words::count(groups, "group", "groups"),
            words::count(products, "product", "products"),
            words::count(restrictions, "restriction", "restrictions"),
        ];
        format!("{}: {}: no problems\n", self.organization.unwrap_or_default(), counts.join(", "))
    }
}

fn policy_counts(policy: &Policy) -> PolicyCounts {
    PolicyCounts {
        files: policy.sources.files.len(),
        users: policy.users.len(),
        groups: policy.groups.len(),
        products: policy.catalogue.len(),
        restrictions: policy.restrictions.len() + policy.defaults.len(),
    }
}
