//! `seatwise undo`.

use clap::Args;

use crate::apply::RunId;
use crate::apply::undo::{UndoTarget, UnrestoredReason, UnrestoredStep, carried_out_steps, undo_target};
use crate::cli::output::OutputArgs;
use crate::cli::past_run;
use crate::cli::plain_formats::PlainFormats;
use crate::cli::planning;
use crate::cli::run::{PlanRunner, RunBegin};
use crate::cli::run_output::show_plan;
use crate::cli::run_word::RunWord;
use crate::cli::saved_plan::{admit_or_report, require_approved_digest, require_sections_of};
use crate::cli::state_error::StateError;
use crate::cli::workspace::Workspace;
use crate::cli::{CliError, Context, Exit};
use crate::connector::OrgWrite;
use crate::connector::http::ConnectionPurpose;
use crate::model::Snapshot;
use crate::plan::file::plan_digest;
use crate::plan::{Plan, PlanTerms, Step};
use crate::policy::Settings;
use crate::render::clean::clean_text;
use crate::render::words;

/// The most steps that are listed as not restored.
const MOST_LOSSES_LISTED: usize = 50;

/// Plan and carry out the way back from a run
///
/// What the run changed becomes what it was before, from the snapshot that was kept. What others have changed
/// since stays as they left it. It is a plan like any other, guards included; what cannot come back is listed
/// before you are asked.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Example:\n  seatwise undo last\n  seatwise undo 20261124T0912       (the run that \
        began in that minute)"
)]
pub(in crate::cli) struct UndoArgs {
    /// The run: `last`, or the id that `apply` named, or its beginning
    #[arg(value_name = "RUN|last")]
    run: RunWord,
    /// Let the way back pass although guards refuse it, or the run is not believed: the plan with this
    /// digest, of which 32 digits are enough
    #[arg(long, value_name = "DIGEST")]
    approve: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    output: OutputArgs<PlainFormats>,
}

/// Plans the way back from a run and carries it out.
pub(super) fn run_undo(args: &UndoArgs, context: &Context) -> Result<Exit, CliError> {
    args.output.targets()?;
    let workspace = Workspace::find(context)?;
    workspace.require_untracked_state()?;
    let settings = workspace.settings(context)?;
    let connection = workspace.connection(&settings, ConnectionPurpose::Write, context)?;
    // The journal is read before anything is locked, so that a mistyped run id creates no file.
    let run = args.run.find_run(&workspace.journals())?;
    let _lock = workspace.lock(context)?;
    past_run::refuse_unfinished_run(&workspace)?;
    let live = planning::fetch_snapshot(&connection, &workspace, &[], context)?;
    let way = WayBack::from_run(&workspace, &run, &live, context)?;
    require_sections_of(&way.undone, &live, Exit::NotCompared)?;
    let plan = way.plan(&settings, &live, context, connection.pace().per_second);
    let question = (!args.yes).then_some("Go back?");
    show_plan(&args.output, &plan, &way.losses_text(), question, context)?;
    require_approved_digest(&plan, args.approve.as_deref())?;
    if let (Some(fault), None) = (workspace.journals().seal_fault(&run), &args.approve) {
        return Err(StateError::Undo { run, fault, found: plan_digest(&plan) }.into());
    }
    let command = format!("undo {run}");
    let Some(approved) = admit_or_report(plan, None, args.approve.as_deref(), &command, context) else {
        return Ok(Exit::Refused);
    };
    PlanRunner { workspace: &workspace, connection: &connection, output: &args.output, context }.begin(
        &approved,
        &live,
        RunBegin { question, approved: args.approve.as_deref(), ..RunBegin::default() },
    )
}

/// The way back from a run: the plan of the run, and the organization to go back to.
struct WayBack {
    undone: Plan,
    target: UndoTarget,
    /// Digest of the snapshot that the undo goes back to.
    origin: crate::model::Text,
}

impl WayBack {
    fn from_run(
        workspace: &Workspace,
        run: &RunId,
        live: &Snapshot,
        context: &Context,
    ) -> Result<Self, CliError> {
        let journals = workspace.journals();
        let history = journals.history(run)?;
        let (before, origin) = journals.snapshot(run, &context.names)?;
        let undone = past_run::plan_of_run(&journals, run)?.plan;
        let target = undo_target(
            &before.live.0,
            &live.live.0,
            &live.facts,
            &carried_out_steps(&undone.steps, &history.fates),
        );
        Ok(Self { undone, target, origin })
    }

    fn plan(&self, settings: &Settings, live: &Snapshot, context: &Context, per_second: Option<u32>) -> Plan {
        let terms = PlanTerms {
            organization: &settings.organization,
            origin: &self.origin,
            guards: &settings.guards,
            approvals: &settings.approvals,
        };
        let known =
            Snapshot { facts: live.facts.clone().with_catalogue(&self.undone.catalogue), ..live.clone() };
        Plan::undo(
            terms,
            self.target.live.clone(),
            self.target.desired.clone(),
            &known,
            context.moment(None),
            per_second,
        )
    }

    fn step(&self, lost: &UnrestoredStep) -> Option<&Step> {
        self.undone.steps.get((lost.step.0 as usize).checked_sub(1)?)
    }

    /// Returns the list of what the undo does not restore; empty where it restores everything.
    fn losses_text(&self) -> String {
        let lost = &self.target.lost;
        if lost.is_empty() {
            return String::new();
        }
        let mut text = "\nNot restored, or not wholly:\n".to_owned();
        for (loss, step) in
            lost.iter().take(MOST_LOSSES_LISTED).filter_map(|loss| Some((loss, self.step(loss)?)))
        {
            let phrase = words::act_phrase(&step.act);
            text += &format!(
                "  {} {}: {}\n",
                phrase.kind,
                clean_text(&phrase.subject.plain_text()),
                words_of(loss.why)
            );
        }
        if let Some(more) = lost.len().checked_sub(MOST_LOSSES_LISTED).filter(|more| *more > 0) {
            text += &format!("  … and {} more\n", words::number(more));
        }
        text
    }
}

/// Returns what an undo does not bring back, in words.
fn words_of(lost: UnrestoredReason) -> &'static str {
    match lost {
        UnrestoredReason::InvitationSent => "the user goes again, but the invitation is out",
        UnrestoredReason::InvitedAgain => "others have invited this person again since, so they stay",
        UnrestoredReason::CheckoutEnded => "the checkout that was ended does not come back",
        UnrestoredReason::LockStarted => "the licence is released again, unless its 30-day lock has begun",
        UnrestoredReason::IdentityRemoved => "the person is invited again, under a new identity",
        UnrestoredReason::ApprovalGiven => "who was let in stays in",
        UnrestoredReason::InvitationEnded => "who was only invited before comes back as active",
        UnrestoredReason::ChangedSince => "others have changed it since, so it stays",
        UnrestoredReason::Gone => "it is no longer there",
        UnrestoredReason::NameTaken => "the old name belongs to somebody else now",
        UnrestoredReason::NameInUse => "the old name comes free with this undo: undo the run once more then",
        UnrestoredReason::LastContact => "an account keeps one contact",
        UnrestoredReason::ActingIdentity => "seatwise acts as this person, who cannot end their own access",
        UnrestoredReason::AccountAdministrator => {
            "an Account Administrator follows the contract and is read-only here"
        }
        UnrestoredReason::Federated => "names and addresses belong to the identity provider",
    }
}
