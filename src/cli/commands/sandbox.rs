//! `seatwise sandbox`.

mod generate_usage;
mod sandbox_document;
mod serve;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::files;
use crate::cli::output::OutputArgs;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::planning::scope_without_clashes;
use crate::cli::shell::shown_path;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::model::{Organization, OrganizationFacts};
use crate::policy::{Moment, Policy};
use crate::render::clean::clean_text;
use crate::render::words;
use crate::sandbox::{SandboxStore, Seed, StoreOptions, generate_firm};

use sandbox_document::SandboxJson;

/// Make or look at the embedded organization
///
/// The sandbox is a whole organization in one file, which behaves like the service: it holds every rule
/// itself, keeps a log of every write, and an outbox of the invitations it "sent". Where it lies is
/// `connector.path` in `seatwise.yaml`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SandboxArgs {
    #[command(subcommand)]
    command: SandboxCommand,
}

#[derive(Debug, Subcommand)]
enum SandboxCommand {
    Init(SandboxInitArgs),
    Show(SandboxShowArgs),
    Serve(serve::SandboxServeArgs),
    GenerateUsage(generate_usage::SandboxGenerateUsageArgs),
}

/// Make the organization's file
///
/// Empty but for its Account Administrator and what `sandbox-seed.json` beside `seatwise.yaml` says;
/// `seatwise apply` makes the same where there is none. With `--fill` it is as the policy wants it, in bulk;
/// with `--users` a generated firm.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise -C examples/quickstart sandbox init
  seatwise sandbox init --users 10000 --seed 7 --yes")]
struct SandboxInitArgs {
    /// Fill it with what the policy declares
    #[arg(long, conflicts_with = "users")]
    fill: bool,
    /// Fill it with a generated firm of so many people
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    users: Option<u32>,
    /// The same seed generates the same firm
    #[arg(long, value_name = "S", default_value_t = 1, requires = "users")]
    seed: u64,
    /// Do not ask before an organization that is there is overwritten
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// Show what the organization holds, without changing it
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise sandbox show --outbox
  seatwise sandbox show --audit 20")]
struct SandboxShowArgs {
    /// The invitations it "sent"
    #[arg(long)]
    outbox: bool,
    /// The last N writes
    #[arg(long, value_name = "N")]
    audit: Option<u32>,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// Runs the subcommand of `seatwise sandbox`.
pub(super) fn run_sandbox(args: &SandboxArgs, context: &Context) -> Result<Exit, CliError> {
    match &args.command {
        SandboxCommand::Init(args) => run_sandbox_init(args, context),
        SandboxCommand::Show(args) => run_sandbox_show(args, context),
        SandboxCommand::Serve(args) => serve::run_sandbox_serve(args, context),
        SandboxCommand::GenerateUsage(args) => generate_usage::run_sandbox_generate_usage(args, context),
    }
}

fn run_sandbox_init(args: &SandboxInitArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let moment = context.moment(None);
    let workspace = Workspace::find(context)?;
    let mut policy = workspace.policy(moment.as_of, context)?;
    let path = workspace.sandbox_path(&policy.settings)?;
    let _lock = workspace.lock(context)?;
    let seed = workspace.seed()?;
    let (organization, facts) = match args.users {
        Some(users) => generate_firm(users as usize, args.seed),
        None if args.fill => fill_organization(&workspace, &mut policy, &seed, moment)?,
        None => seed.found_organization(&policy.settings.organization, &Organization::default()),
    };
    if path.symlink_metadata().is_ok() && !args.yes {
        context.ask_for_word(&format!(
            "{} is there already, and everything in it is lost.",
            shown_path(&path)
        ))?;
    }
    let waiting = context.waiting("founding the organization");
    let store = create_store(&path, &policy.settings.organization, &organization, &facts, context)?;
    drop(waiting);
    let (text, document) = (sandbox_summary(&store, &path)?, SandboxJson::new(&store, &path)?);
    args.output.write_plain(context, || text.clone(), || &document)?;
    Ok(Exit::Done)
}

/// Returns the organization as the policy declares it, on top of what the seed creates.
fn fill_organization(
    workspace: &Workspace,
    policy: &mut Policy,
    seed: &Seed,
    moment: Moment,
) -> Result<(Organization, OrganizationFacts), CliError> {
    let (organization, facts) =
        seed.found_organization(&policy.settings.organization, &Organization::default());
    let live = crate::model::Snapshot { live: crate::model::Live(organization), facts, ..Default::default() };
    let scoped = scope_without_clashes(workspace, policy, live, moment)?;
    Ok((scoped.desired.0, scoped.facts))
}

fn create_store(
    path: &Path,
    name: &str,
    organization: &Organization,
    facts: &OrganizationFacts,
    context: &Context,
) -> Result<SandboxStore, CliError> {
    let opening = StoreOptions::new(context.now);
    if path.symlink_metadata().is_err() {
        return Ok(SandboxStore::create(path, name, organization, facts, opening)?);
    }
    // The old file is removed only when the new one is complete.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".newest");
    let beside = PathBuf::from(beside);
    files::remove_database(&beside)?;
    drop(SandboxStore::create(&beside, name, organization, facts, opening)?);
    files::remove_database(path)?;
    files::move_file(&beside, path)?;
    Ok(SandboxStore::open(path, opening)?)
}

fn run_sandbox_show(args: &SandboxShowArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    let policy = workspace.policy(context.moment(None).as_of, context)?;
    let path = workspace.sandbox_path(&policy.settings)?;
    let store = SandboxStore::open(&path, StoreOptions::new(context.now))?;
    let mut document = SandboxJson::new(&store, &path)?;
    if args.outbox {
        document = document.with_outbox(&store)?;
    }
    if let Some(last) = args.audit {
        document = document.with_audit_log(&store, last)?;
    }
    let text = shown_text(args, &store, &path)?;
    args.output.write_plain(context, || text.clone(), || &document)?;
    Ok(Exit::Done)
}

fn shown_text(args: &SandboxShowArgs, store: &SandboxStore, path: &Path) -> Result<String, CliError> {
    if !args.outbox && args.audit.is_none() {
        return sandbox_summary(store, path);
    }
    let mut text = String::new();
    if args.outbox {
        store
            .outbox()?
            .iter()
            .for_each(|sent| text += &format!("{:.0}  {}  ({})\n", sent.at, sent.email, sent.key));
    }
    if let Some(last) = args.audit {
        let line = |entry: &crate::sandbox::AuditLogEntry| {
            format!("{}  {:.0}  {}  {}\n", entry.number, entry.at, entry.actor, clean_text(&entry.words()))
        };
        store.audit_log(last)?.iter().for_each(|entry| text += &line(entry));
    }
    Ok(text)
}

fn sandbox_summary(store: &SandboxStore, path: &Path) -> Result<String, CliError> {
    let summary = store.summary()?;
    let mut text =
        format!("{}, the sandbox organization in {}\n", clean_text(&summary.organization), shown_path(path));
    let acting = summary.acting.map(|acting| format!("  seatwise acts as {}\n", clean_text(&acting)));
    text += &acting.unwrap_or_default();
    if summary.federated {
        text += "  names and addresses belong to an identity provider\n";
    }
    for (what, count) in summary.counts {
        text += &format!("  {:>9} {what}\n", words::number(count));
    }
    Ok(text)
}
