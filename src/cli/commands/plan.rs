//! `seatwise plan`.

use clap::Args;

use crate::cli::files;
use crate::cli::output::{FormatOffer, OutputArgs, OutputTarget};
use crate::cli::plan_seal::make_plan_seal;
use crate::cli::planning::{self, PlanningArgs};
use crate::cli::report_format::{OfferedFormat, ReportFormat};
use crate::cli::shell::{shell_word, shown_path};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::plan::approval::admit_plan;
use crate::plan::{Plan, file};
use crate::reach::Connection;
use crate::render::inert::{TextSyntax, inert_text};
use crate::render::plan_text::{PlanTextOptions, approvals_yaml};
use crate::render::{plan_json, plan_markdown, plan_text};

/// Show what would be done, and do nothing
///
/// Reads the policy and the organization, and shows each difference with the line of the policy it comes
/// from, who gains or loses access to which product, the licences that needs, what is withheld and why, and
/// what the guards say. Nothing is created or written but the file of `--out`.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise plan
  seatwise plan --out plan.json && seatwise apply plan.json       (apply exactly what was reviewed)
  seatwise plan --out plan.json --out plan.md                     (and as Markdown, for a pull request)")]
pub(in crate::cli) struct PlanArgs {
    #[command(flatten)]
    judging: PlanningArgs,
    /// The saved plan may be applied for so many hours
    #[arg(long, value_name = "HOURS", default_value_t = file::DEFAULT_MAX_AGE_HOURS,
        value_parser = clap::value_parser!(u32).range(1..=8_784))]
    max_age: u32,
    /// Exit with 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    output: OutputArgs<PlanFormats>,
    /// Show every step on a line of its own, and every name of those concerned
    #[arg(long)]
    full: bool,
    /// Show what is withheld, line by line
    #[arg(long)]
    withheld: bool,
    /// Show only the `approvals` that would let this plan pass, to be written into `seatwise.yaml`
    #[arg(long, conflicts_with_all = ["format", "full", "withheld"])]
    approvals: bool,
}

type PlanWriter = fn(&Plan, PlanTextOptions<'_>) -> String;

/// The formats of a plan. A file of a plan is a saved plan, whatever it is called.
#[derive(Debug, Clone)]
struct PlanFormats;

impl FormatOffer for PlanFormats {
    type Writer = PlanWriter;
    const FORMATS: &'static [OfferedFormat<PlanWriter>] = &[
        ReportFormat::Text.offer("For people at a terminal", plan_text::plan_text),
        ReportFormat::Json.offer("For programs: versioned, one line", |plan, _| plan_json::plan_json(plan)),
        ReportFormat::Markdown
            .offer("For pull requests: what hurts first, at most 60,000 characters", |plan, _| {
                plan_markdown::plan_markdown(plan, plan_markdown::BUDGET)
            }),
    ];
    const OF_OTHER_FILES: Option<ReportFormat> = Some(ReportFormat::Json);
}

/// Makes a plan and shows it, and saves it where `--out` is given.
pub(super) fn run_plan(args: &PlanArgs, context: &Context) -> Result<Exit, CliError> {
    let targets = args.output.targets()?;
    let plan = make_plan(args, context)?;
    let options = planning::text_options(context);
    let options = PlanTextOptions { full: args.full, withheld: args.withheld, ..options };
    if args.approvals {
        context.report(&approvals_yaml(&plan))?;
    } else if targets.iter().all(|target| target.file.is_some()) {
        // A plan that is only written to files is shown as well: nobody should save what they have not seen.
        context.report(&plan_text::plan_text(&plan, options))?;
    }
    for target in targets {
        write_plan(&target, &plan, options, args, context)?;
    }
    let changes = !plan.steps.is_empty();
    let compared = if plan.not_compared.is_empty() { Exit::Done } else { Exit::NotCompared };
    match admit_plan(plan, None, args.judging.approve.as_deref()) {
        Ok(_) if changes && args.detailed_exitcode => Ok(Exit::Differs.first_of(compared)),
        Ok(_) => Ok(compared),
        Err(plan) => {
            context.note(&planning::refused_hint(&plan, "apply", context));
            Ok(Exit::Refused)
        }
    }
}

/// Writes the plan in one of the formats that are asked for; in a file, JSON is a saved plan.
fn write_plan(
    target: &OutputTarget<'_, PlanWriter>,
    plan: &Plan,
    options: PlanTextOptions<'_>,
    args: &PlanArgs,
    context: &Context,
) -> Result<(), CliError> {
    let saved = target.file.filter(|_| target.offered.format == ReportFormat::Json);
    let Some(file) = saved else {
        return if args.approvals {
            Ok(())
        } else {
            target.write((target.offered.write)(plan, options), context)
        };
    };
    let workspace = Workspace::find(context)?;
    let mut is_sealed = false;
    let saved = file::write_sealed_plan(plan, args.max_age, |text| {
        let seal = make_plan_seal(workspace.state(), text);
        is_sealed = seal.is_some();
        seal
    });
    // It is read back as the same plan; a log that it is printed to finds no command in it.
    files::write_file(file, inert_text(&saved, TextSyntax::Json).as_bytes())?;
    context.note(&format!(
        "saved to {}{}; `{} apply {} --approve {}` carries out exactly this",
        shown_path(file),
        if is_sealed { "" } else { " without a seal, as no key is here to make one" },
        context.program(),
        shell_word(&file.to_string_lossy()),
        file::plan_digest(plan).approval_hex()
    ));
    Ok(())
}

fn make_plan(args: &PlanArgs, context: &Context) -> Result<Plan, CliError> {
    let moment = context.moment(args.judging.as_of);
    let workspace = Workspace::find(context)?;
    let read = |connection: &Connection| {
        planning::fetch_snapshot(connection, &workspace, &args.judging.accept_shrink, context)
    };
    let (mut policy, connection, snapshot) =
        planning::read_policy_and_live(&workspace, context, moment.as_of, read)?;
    planning::plan_policy(&workspace, &mut policy, &connection, snapshot, moment)
}
