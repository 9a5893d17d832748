//! `seatwise audit`.

use clap::Args;

use crate::audit::finding::Severity;
use crate::audit::rules::{RULES, RULES_OF_THE_AUDIT};
use crate::audit::{AuditInput, AuditReport, AuxiliaryFacts, audit_organization, known_rules};
use crate::cli::days::DayWord;
use crate::cli::last_uses::UsageFileArgs;
use crate::cli::option_words::{OptionWord, words_parser};
use crate::cli::output::{FormatOffer, OutputArgs};
use crate::cli::question::{OrganizationSides, read_sides, unknown_name_error};
use crate::cli::report_format::{OfferedFormat, ReportFormat, policy_folder};
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::model::UnreadReason;
use crate::policy::settings::Connector;
use crate::render::code_annotations::{self, CodeAnnotation};
use crate::render::findings;
use crate::render::report::Report;
use crate::render::table_report::{ReportOrigin, TableReport};

/// Look for what is risky in the organization, or in what the policy makes of it
///
/// Open products that nobody pays for, too few administrators, people from outside who stay for ever, locked
/// people who can still work, grants that end soon, exceptions that do nothing, and more. Each finding has an
/// item, the line of the policy to look at, and what to do; `audit.ignore` in `seatwise.yaml` accepts one
/// with a reason and an end. Exits with 7 when there is a finding of `--fail-on` or worse.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  seatwise -C examples/acme-engineering audit --policy
  seatwise audit --usage usage-details.csv        (and who uses what they hold, and what they do not)
  seatwise audit --format sarif > audit.sarif     (for code scanning)
  seatwise audit --out audit.pdf                  (to be filed)
  seatwise audit --explain open-exposure")]
pub(in crate::cli) struct AuditArgs {
    /// What the policy makes of the organization, and not what is live
    #[arg(long)]
    policy: bool,
    /// Judge dated grants and stays as on this day (UTC); today by default
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    as_of: Option<DayWord>,
    /// The least severity that makes the command exit with 7
    #[arg(long, value_parser = words_parser(&THRESHOLDS), value_name = "SEVERITY", default_value = "error")]
    fail_on: FailThreshold,
    #[command(flatten)]
    usage: UsageFileArgs,
    #[command(flatten)]
    output: OutputArgs<FindingFormats>,
    /// Explain one rule and do nothing else
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
}

/// The least severity that fails; `None` where nothing does.
type FailThreshold = Option<Severity>;

const THRESHOLDS: [OptionWord<FailThreshold>; 4] = [
    ("error", "", Some(Severity::Error)),
    ("warning", "", Some(Severity::Warning)),
    ("note", "", Some(Severity::Note)),
    ("never", "", None),
];

/// The findings of an audit, with what the formats say beside them.
struct AuditDocument<'a> {
    /// The side of the organization in words.
    side: &'a str,
    /// The policy's folder, relative to the folder in which seatwise was called.
    root: &'a str,
    report: &'a AuditReport<'a>,
    origin: ReportOrigin,
}

impl AuditDocument<'_> {
    fn annotations(&self) -> Vec<CodeAnnotation<'_>> {
        findings::finding_annotations(self.report)
    }

    fn table_report(&self) -> TableReport<'_> {
        findings::findings_report(self.side, self.report, self.origin.clone())
    }
}

type FindingWriter = fn(&AuditDocument<'_>, width: usize) -> Vec<u8>;

/// The formats of findings.
#[derive(Debug, Clone)]
struct FindingFormats;

impl FormatOffer for FindingFormats {
    type Writer = FindingWriter;
    const FORMATS: &'static [OfferedFormat<FindingWriter>] = &[
        ReportFormat::Text.offer("For people", |audit, width| audit.table_report().text(width).into()),
        ReportFormat::Short.offer("One line each, for editors and CI", |audit, _| {
            code_annotations::annotation_lines(&audit.annotations()).into()
        }),
        ReportFormat::Csv
            .offer("For a spreadsheet; no cell is a formula", |audit, _| audit.table_report().csv().into()),
        ReportFormat::Json.offer("For programs", |audit, _| audit.table_report().json().into()),
        ReportFormat::Markdown.offer("For a pull request", |audit, _| {
            findings::findings_markdown(audit.side, audit.report).into()
        }),
        ReportFormat::Html.offer("One page to search, sort and print, without a network", |audit, _| {
            audit.table_report().html().into()
        }),
        ReportFormat::Pdf.offer("For paper", |audit, _| audit.table_report().pdf()),
        ReportFormat::Sarif.offer("SARIF 2.1.0, for code scanning", |audit, _| {
            code_annotations::sarif_log(audit.root, &audit.report.rules, &audit.annotations()).into()
        }),
        ReportFormat::Github.offer("Annotations of a GitHub Actions run", |audit, _| {
            code_annotations::github_annotations(audit.root, &audit.annotations()).into()
        }),
        ReportFormat::Gitlab.offer("A code quality report of GitLab", |audit, _| {
            code_annotations::gitlab_report(audit.root, &audit.annotations()).into()
        }),
    ];
}

/// Audits the live or the desired organization and reports the findings, or explains one rule.
pub(super) fn run_audit(args: &AuditArgs, context: &Context) -> Result<Exit, CliError> {
    if let Some(id) = &args.explain {
        return explain_rule(id, args, context);
    }
    args.output.targets()?;
    let sides = read_sides(args.as_of, context)?;
    let (side, picture) = audited_picture(&sides, args.policy);
    let used = args.usage.read(&sides, context)?;
    let settings = &sides.policy.settings;
    let token_until = match settings.connector {
        Connector::Sandbox { .. } => None,
        Connector::Http | Connector::Scim => context.connecting.token_last_day(&settings.organization),
    };
    let known = AuxiliaryFacts {
        uses: used.as_ref().map(|used| &used.uses),
        token_until,
        unread: Some(&sides.unread),
    };
    let report =
        audit_organization(&AuditInput::new(picture, &sides.scoped, context.moment(args.as_of), known));
    if used.is_none() && args.output.has_format(|format| format == ReportFormat::Text)? {
        let unlooked: Vec<_> = RULES.iter().filter(|rule| rule.needs_usage()).map(|rule| rule.id).collect();
        context
            .note(&format!("note: no usage is known, so nothing is looked for by {}", unlooked.join(", ")));
    }
    let audit =
        AuditDocument { side, root: &policy_folder(context), report: &report, origin: sides.origin(context) };
    args.output.write(context, |write| write(&audit, context.width))?;
    let fails = args.fail_on.is_some_and(|least| report.has_severity(least));
    let found = if fails { Exit::Findings } else { Exit::Done };
    let is_failure = |section| sides.unread.get(section).is_some_and(UnreadReason::is_failure);
    let is_blind = report.blind.iter().any(|(_, section)| is_failure(section));
    let looked = if is_blind { Exit::NotCompared } else { sides.exit() };
    Ok(used.map_or(found, |used| used.exit.first_of(found)).first_of(looked))
}

/// Explains one rule. seatwise's own rules are explained without a policy; a firm's own rule is in the
/// policy.
fn explain_rule(id: &str, args: &AuditArgs, context: &Context) -> Result<Exit, CliError> {
    if let Some(rule) = RULES.iter().chain(&RULES_OF_THE_AUDIT).find(|rule| rule.id == id) {
        context.report(&findings::explain_rule(&rule.summary(), context.width))?;
        return Ok(Exit::Done);
    }
    let policy = Workspace::find(context)?.policy(context.moment(args.as_of).as_of, context)?;
    let rule = known_rules(&policy).find(|rule| rule.id == id);
    let rule =
        rule.ok_or_else(|| unknown_name_error("rule", id, known_rules(&policy).map(|rule| rule.id)))?;
    context.report(&findings::explain_rule(&rule, context.width))?;
    Ok(Exit::Done)
}

fn audited_picture(
    sides: &OrganizationSides,
    policy: bool,
) -> (&'static str, crate::audit::OrganizationView<'_>) {
    let (live, desired) = sides.pictures();
    if policy { ("desired", desired) } else { ("live", live) }
}
