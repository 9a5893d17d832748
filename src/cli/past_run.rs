//! Reads from the journal what a run did: its plan, and the organization after the run; and tells of runs
//! whose files are damaged.

use super::Context;
use super::error::CliError;
use super::workspace::Workspace;
use crate::apply::undo::{StepExtent, carried_out_steps};
use crate::apply::{JournalError, JournalFolder, OpenRunState, RunId};
use crate::model::Organization;
use crate::plan::file::{self, SavedPlan};
use crate::plan::replay::replay_step;
use crate::render::clean::clean_text;
use crate::state::SealFault;

/// Returns the organization after the run: `before` with the steps that the run carried out.
pub(super) fn organization_after_run(
    journals: &JournalFolder,
    run: &RunId,
    before: Organization,
) -> Result<Organization, CliError> {
    let history = journals.history(run)?;
    let saved = plan_of_run(journals, run)?;
    let mut after = before;
    let did = carried_out_steps(&saved.plan.steps, &history.fates);
    // Of a step that failed it is not known which part is in effect: what differs is told as drift.
    for did in did.into_iter().filter(|did| did.extent == StepExtent::Whole) {
        replay_step(did.step, &mut after);
    }
    Ok(after)
}

/// Returns the plan that a run carries out.
pub(super) fn plan_of_run(journals: &JournalFolder, run: &RunId) -> Result<SavedPlan, CliError> {
    let text = String::from_utf8(journals.plan(run)?).unwrap_or_default();
    file::read_plan(&text)
        .map_err(|source| CliError::PlanFile { path: format!("of run {run}").into(), source })
}

/// Returns the plan of a run as far as it can be read, even where nothing shows that it is the run's: only to
/// tell of its steps.
pub(super) fn plan_of_damaged_run(journals: &JournalFolder, run: &RunId) -> Option<SavedPlan> {
    let text = String::from_utf8(journals.plan_as_it_is(run).ok()?).ok()?;
    file::read_plan(&text).ok()
}

/// Returns an error where the unfinished run cannot be resumed.
pub(super) fn require_resumable(journals: &JournalFolder, run: &RunId) -> Result<(), CliError> {
    let obstacle = match journals.obstacle_to_resuming(run) {
        Some(obstacle) => CliError::Journal(obstacle),
        None => match plan_of_run(journals, run) {
            Ok(_) => return Ok(()),
            Err(error) => error,
        },
    };
    Err(CliError::Unresumable { run: run.clone(), source: Box::new(obstacle) })
}

/// Returns an error while an earlier run is unfinished, which says whether it can be resumed.
pub(super) fn refuse_unfinished_run(workspace: &Workspace) -> Result<(), CliError> {
    let journals = workspace.journals();
    let Some(open) = journals.open_runs()?.into_iter().next() else { return Ok(()) };
    if open.fault.is_none() {
        require_resumable(&journals, &open.run)?;
    }
    Err(JournalError::from(open).into())
}

/// Warns of unfinished runs that cannot be resumed, and of runs that are not believed. A plan can be made all
/// the same.
pub(super) fn warn_of_unresumable_runs(workspace: &Workspace, context: &Context) -> Result<(), CliError> {
    let journals = workspace.journals();
    if let Some((run, fault)) = journals.unbelieved_newest()? {
        let advice = match fault {
            SealFault::NoKey | SealFault::OtherKey => {
                "; `SEATWISE_STATE_KEY` gives one key to all who share the folder"
            }
            SealFault::Unsealed
            | SealFault::OtherFolder
            | SealFault::Copied(_)
            | SealFault::Edited
            | SealFault::Outdated
            | SealFault::Cut
            | SealFault::Gone => "",
        };
        context.note(&format!(
            "warning: the runs here are not believed, so nothing is compared with them. Of the newest, \
                {run}: {}{advice}",
            clean_text(&fault.to_string())
        ));
    }
    for OpenRunState { run, fault } in journals.open_runs()? {
        if let Some(fault) = fault {
            context.note(&format!(
                "warning: run {run} is unfinished and not believed: {}; `{} runs dismiss {run}` lets other \
                    runs begin, once somebody has looked at it",
                clean_text(&fault.to_string()),
                context.program()
            ));
            continue;
        }
        if let Some(damage) = journals.obstacle_to_resuming(&run) {
            context.note(&format!(
                "warning: run {run} is unfinished and cannot be resumed, as {}; `{} resume --give-up` ends \
                    it",
                clean_text(&damage.to_string()),
                context.program()
            ));
        }
    }
    Ok(())
}
