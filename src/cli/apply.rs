//! `seatwise apply`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::carry::Carrier;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::planning::{self, Judging};
use super::workspace::Workspace;
use crate::connector::http::Purpose;
use crate::load::SETTINGS;
use crate::model::{Interner, Organization, Snapshot};
use crate::plan::file::{self, SavedPlan};
use crate::plan::guard::admit;
use crate::plan::replay::{Met, replay};
use crate::plan::{Approved, Plan};
use crate::render::{text, words};

/// Carry out a policy, or a plan that was saved and reviewed
///
/// With a folder (or none): plans, shows the plan, asks, and carries it out. Without a terminal to ask at, `--yes` answers.
///
/// With a saved plan: carries out that and nothing else. The guards run again on the organization as it is now; where something that a
/// step touches has changed since, that step and those that need it are blocked, and the rest is done.
///
/// Every write is in the journal below `.seatwise` before it is sent. Ctrl-C stops after what is under way, a second one at once; both
/// lose nothing: `seatwise resume` goes on.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  seatwise apply examples/quickstart
  seatwise apply --yes                           (in a script)
  seatwise apply plan.json --approve 7f3c91d2    (in CI: only the plan that was reviewed)")]
pub(super) struct Apply {
    /// The policy's folder, or a saved plan; by default the folder at or above the current directory that has `seatwise.yaml`
    #[arg(value_name = "DIR|PLAN")]
    target: Option<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    /// The policy's folder of a saved plan; by default the one at or above the current directory, or else the plan's own
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Apply, context: &Context) -> Result<Exit, CliError> {
    match &args.target {
        Some(target) if !target.is_dir() => saved(args, target, context),
        Some(_) if args.dir.is_some() => Err(CliError::Usage("`--dir` goes with a saved plan; the policy's folder is named already".to_owned())),
        target => folder(args, target.as_deref().or(args.dir.as_deref()), context),
    }
}

fn folder(args: &Apply, dir: Option<&Path>, context: &Context) -> Result<Exit, CliError> {
    let names = Interner::default();
    let moment = context.moment(args.judging.as_of);
    let workspace = Workspace::find(dir, context)?;
    let policy = workspace.policy(moment.as_of, &names)?;
    let connection = workspace.connection(&policy.settings, Purpose::Write, context)?;
    let _lock = workspace.lock(context)?;
    Carrier::nothing_unfinished(&workspace)?;
    let live = planning::fetch(&connection, &workspace, &args.judging.accept_shrink, context, &names)?;
    // The read is kept as it was: an undo goes back to it.
    let plan = planning::plan(&workspace, &policy, &connection, live.clone(), moment)?;
    context.report(&text::plan(&plan, planning::options(context)))?;
    approved_by(&plan, args.judging.approve.as_deref())?;
    let Some(approved) = admitted(plan, None, args.judging.approve.as_deref(), "seatwise apply", context) else { return Ok(Exit::Refused) };
    if approved.plan().steps.is_empty() {
        return Ok(Exit::Done);
    }
    if !args.yes {
        context.ask("Apply this plan?")?;
    }
    Carrier { workspace: &workspace, connection: &connection, context }.begin(&approved, &live)
}

fn saved(args: &Apply, path: &Path, context: &Context) -> Result<Exit, CliError> {
    let names = Interner::default();
    let SavedPlan { plan, expires, .. } = read(path)?;
    approved_by(&plan, args.judging.approve.as_deref())?;
    if context.now > expires {
        return Err(CliError::TooOld { expires });
    }
    let moment = context.moment(args.judging.as_of);
    let workspace = workspace_of(args, path, context)?;
    let settings = workspace.policy(moment.as_of, &names)?.settings;
    if settings.organization != plan.organization {
        return Err(CliError::OtherOrganization { planned: plan.organization, here: settings.organization });
    }
    let connection = workspace.connection(&settings, Purpose::Write, context)?;
    let _lock = workspace.lock(context)?;
    Carrier::nothing_unfinished(&workspace)?;
    // What was reviewed does not rest on this read: a step whose object has changed is blocked by itself.
    let live = planning::fetch(&connection, &workspace, &args.judging.accept_shrink, context, &names)?;
    context.report(&text::plan(&plan, planning::options(context)))?;
    if !plan.steps.is_empty() && !anything_left(&plan, &live) {
        return Err(CliError::NothingLeft);
    }
    let again = plan.judge_again(&live, moment.as_of);
    let Some(approved) = admitted(plan, Some(again), args.judging.approve.as_deref(), "seatwise apply", context) else { return Ok(Exit::Refused) };
    if approved.plan().steps.is_empty() {
        return Ok(Exit::Done);
    }
    Carrier { workspace: &workspace, connection: &connection, context }.begin(&approved, &live)
}

fn read(path: &Path) -> Result<SavedPlan, CliError> {
    let bytes = std::fs::read(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    file::read(&String::from_utf8_lossy(&bytes)).map_err(|source| CliError::PlanFile { path: path.to_owned(), source })
}

/// The folder that was named, the one at or above here, or the one the plan lies in.
fn workspace_of(args: &Apply, plan: &Path, context: &Context) -> Result<Workspace, CliError> {
    let beside = plan.parent().filter(|folder| folder.join(SETTINGS).is_file());
    match (args.dir.as_deref(), beside) {
        (Some(dir), _) => Workspace::find(Some(dir), context),
        (None, beside) => Workspace::find(None, context).or_else(|error| beside.map_or(Err(error), |dir| Workspace::find(Some(dir), context))),
    }
}

/// An approval names one plan: for any other, nothing is done.
pub(super) fn approved_by(plan: &Plan, given: Option<&str>) -> Result<(), CliError> {
    let found = file::digest(plan);
    match given {
        Some(given) if !found.is_named_by(given) => Err(CliError::NotApproved { given: given.to_owned(), found }),
        Some(_) | None => Ok(()),
    }
}

/// The plan, if it may be carried out; else what speaks against it has been told.
pub(super) fn admitted(plan: Plan, again: Option<crate::plan::Verdict>, given: Option<&str>, command: &str, context: &Context) -> Option<Approved> {
    let shown = plan.verdict.refusals.len();
    match admit(plan, again, given) {
        Ok(approved) => Some(approved),
        Err(plan) => {
            for refusal in plan.verdict.refusals.iter().skip(shown) {
                let said = words::refusal(refusal).plain();
                context.note(&format!("refused by {} on the organization as it is now: {said}", words::guard(refusal.guard)));
            }
            context.note(&planning::refused_hint(&plan, command));
            None
        }
    }
}

/// Whether at least one step of the plan would still do something, or is done already.
fn anything_left(plan: &Plan, live: &Snapshot) -> bool {
    let mut organization: Organization = live.live.0.clone();
    plan.steps.iter().any(|step| replay(step, &mut organization) != Met::Other)
}
