//! Reads from the journal what a run did: its plan, and the organization after the run.

use super::error::CliError;
use crate::apply::undo::carried_out_steps;
use crate::apply::{JournalFolder, RunId};
use crate::model::Organization;
use crate::plan::file::{self, SavedPlan};
use crate::plan::replay::replay_step;

/// Returns the organization after the run: `before` with the steps that the run carried out.
pub(super) fn organization_after_run(
    journals: &JournalFolder,
    run: &RunId,
    before: Organization,
) -> Result<Organization, CliError> {
    let history = journals.history(run)?;
    let saved = plan_of_run(journals, run)?;
    let mut after = before;
    for did in carried_out_steps(&saved.plan.steps, &history.fates) {
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
