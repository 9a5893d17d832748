//! Reads saved plans and checks that they may still be carried out, for `apply PLAN`, `work-order` and
//! `confirm`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::SignedDuration;

use super::corrections::misplaced_paths::saved_plan_correction;
use super::plan_seal::plan_seal_fault;
use super::planning::{self, PlanningArgs};
use super::state_error::StateError;
use super::workspace::Workspace;
use super::{CliError, Context, Exit};
use crate::change::{Citation, StepReason};
use crate::disk::read_regular_file;
use crate::model::{Organization, Section, Snapshot, Text};
use crate::plan::approval::admit_plan;
use crate::plan::file::{self, SavedPlan};
use crate::plan::replay::{ReplayOutcome, replay_step};
use crate::plan::{Approved, Plan, Step, StepNo};
use crate::policy::scope::{failed_sections, managed_sections};
use crate::policy::{Moment, Policy, Settings};
use crate::reach::Connection;
use crate::render::comparison::unread_reasons;
use crate::render::words;
use crate::state::SealFault;

/// How far the clock that made a plan may be ahead of the one here.
const MOST_AHEAD: SignedDuration = SignedDuration::from_mins(2);

/// The size of the largest plan that is read, in bytes.
const LARGEST_PLAN: u64 = 1 << 30;

/// A saved plan that is unaltered, not too old, the approved one, and for the organization of the policy
/// here.
pub(super) struct ReviewedPlan<'a> {
    pub(super) plan: Plan,
    /// The text of the file, unchanged.
    pub(super) text: String,
    pub(super) workspace: Workspace,
    pub(super) policy: Policy,
    /// The sections by which the policy here is compared.
    managed: BTreeSet<Section>,
    judging: &'a PlanningArgs,
    moment: Moment,
}

impl<'a> ReviewedPlan<'a> {
    /// Reads the plan at `path`.
    pub(super) fn read(path: &Path, judging: &'a PlanningArgs, context: &Context) -> Result<Self, CliError> {
        let (text, saved) = read_saved_plan(path).map_err(|error| {
            let correction = saved_plan_correction(&context.line, path);
            correction.map_or(error, |correction| CliError::Mistake(Exit::CouldNotRun, correction))
        })?;
        require_approved_digest(&saved.plan, judging.approve.as_deref())?;
        let workspace = Workspace::find(context)?;
        require_seal_or_approval(&saved, judging.approve.is_some(), &workspace)?;
        let SavedPlan { plan, expires, .. } = saved;
        if context.now > expires {
            return Err(CliError::TooOld { expires });
        }
        // A clock may be a little behind another one; beyond that, somebody has given the plan a longer life.
        if plan.created.duration_since(context.now) > MOST_AHEAD {
            return Err(CliError::MadeLater { created: plan.created });
        }
        let moment = context.moment(judging.as_of);
        let policy = workspace.policy(moment.as_of, context)?;
        require_same_organization(&plan, &policy.settings)?;
        let managed = managed_sections(&policy.settings, Some(&policy));
        Ok(Self { plan, text, workspace, policy, managed, judging, moment })
    }

    /// Returns the managed sections that `live` does not know, with their reasons; `None` where all were
    /// read.
    pub(super) fn gaps(&self, live: &Snapshot) -> Option<String> {
        unread_reasons(&failed_sections(&live.unread, &self.managed))
    }

    /// Returns the steps that the policy here contradicts, with the lines of both policies. None where it is
    /// the policy that was planned.
    pub(super) fn contradictions(
        &mut self,
        live: &Snapshot,
        connection: &Connection,
    ) -> Result<BTreeMap<StepNo, Text>, CliError> {
        if self.policy.digest == self.plan.policy {
            return Ok(BTreeMap::new());
        }
        let (workspace, policy) = (&self.workspace, &mut self.policy);
        let anew =
            planning::plan_policy_without_outlook(workspace, policy, connection, live.clone(), self.moment)?;
        let contradicted = self.plan.steps_contradicted_by(&anew, &live.live.0);
        let steps = self.plan.steps.iter().filter(|step| contradicted.contains(&step.no));
        Ok(steps.map(|step| (step.no, self.contradiction(step))).collect())
    }

    /// Returns an error where every step of the plan is `blocked`.
    pub(super) fn require_some_step_beside(&self, blocked: &BTreeMap<StepNo, Text>) -> Result<(), CliError> {
        match blocked.first_key_value() {
            Some((step, why)) if blocked.len() == self.plan.steps.len() => {
                Err(StateError::Contradicted { step: *step, why: why.clone() }.into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Returns how the policy here contradicts a step, with the lines of both policies.
    fn contradiction(&self, step: &Step) -> Text {
        let facts = step.act.facts();
        let of_user = facts.user.and_then(|user| Some(self.policy.users.get(user)?.place));
        let of_group = || facts.group.and_then(|group| Some(self.policy.groups.get(group)?.place));
        let place = of_user.or_else(of_group).map(|place| self.policy.sources.cite(place));
        let words = |at: &Citation| format!(" ({}:{})", at.file, at.line);
        let here = place.as_ref().map(words).unwrap_or_default();
        let planned = step.why.iter().find_map(StepReason::citation).map(words).unwrap_or_default();
        format!("the policy here wants it otherwise{here} than the one that was planned{planned}").into()
    }

    /// Lets the guards judge the plan again on `live`. Returns `None` where they refuse, after reporting why.
    ///
    /// This read does not change the plan: a step whose object has changed since the review is blocked later,
    /// when it is carried out.
    pub(super) fn admit(
        self,
        live: &Snapshot,
        command: &str,
        context: &Context,
    ) -> Result<Option<Approved>, CliError> {
        // What is not there could be what was not read, and guards do not judge what they do not see.
        let exit = if command == "apply" { Exit::InPart } else { Exit::NotCompared };
        require_sections_of(&self.plan, live, exit)?;
        if !self.plan.steps.is_empty() && !has_steps_left(&self.plan, live) {
            return Err(CliError::NothingLeft);
        }
        let again = self.plan.judge_again(live, &self.policy.settings, self.moment.as_of);
        Ok(admit_or_report(self.plan, Some(again), self.judging.approve.as_deref(), command, context))
    }
}

/// Returns an error where the plan is neither sealed by the key here nor `is_approved`, or was edited after
/// it was sealed: an approval is for what a plan does, and not for when it was made.
fn require_seal_or_approval(
    saved: &SavedPlan,
    is_approved: bool,
    workspace: &Workspace,
) -> Result<(), CliError> {
    match plan_seal_fault(workspace.state(), saved) {
        None => Ok(()),
        Some(SealFault::Edited) => {
            Err(StateError::Plan { fault: SealFault::Edited, found: saved.digest }.into())
        }
        Some(_) if is_approved => Ok(()),
        Some(fault) => Err(StateError::Plan { fault, found: saved.digest }.into()),
    }
}

/// Reads the saved plan at `path`, and returns its text and the plan. A plan that was altered is an error.
pub(super) fn read_saved_plan(path: &Path) -> Result<(String, SavedPlan), CliError> {
    let bytes = read_regular_file(path, LARGEST_PLAN)
        .map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    // A plan may be large, so it is copied only where it is no text, and no plan then.
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let saved =
        file::read_plan(&text).map_err(|source| CliError::PlanFile { path: path.to_owned(), source })?;
    Ok((text, saved))
}

/// Returns an error where the plan is for another organization than the policy's.
pub(super) fn require_same_organization(plan: &Plan, settings: &Settings) -> Result<(), CliError> {
    if settings.organization == plan.organization {
        return Ok(());
    }
    Err(CliError::OtherOrganization {
        planned: plan.organization.clone(),
        here: settings.organization.clone(),
    })
}

/// Returns an error, which ends the program with `exit`, where a section that a step of the plan is about
/// could not be read.
pub(super) fn require_sections_of(plan: &Plan, live: &Snapshot, exit: Exit) -> Result<(), CliError> {
    let failed = live.unread.iter().filter(|(_, why)| why.is_failure());
    let is_needed =
        |section: &Section| plan.steps.iter().any(|step| step.act.facts().sections.contains(section));
    let needed = failed
        .filter(|(section, _)| is_needed(section))
        .map(|(section, why)| format!("{} ({})", section.as_str(), words::unread_words(why).plain_text()));
    let needed: Vec<String> = needed.collect();
    if needed.is_empty() { Ok(()) } else { Err(CliError::NotCompared(exit, needed.join(", "))) }
}

/// Returns whether at least one step of the plan would still change something, or is done already.
fn has_steps_left(plan: &Plan, live: &Snapshot) -> bool {
    let mut organization: Organization = live.live.0.clone();
    plan.steps.iter().any(|step| replay_step(step, &mut organization) != ReplayOutcome::Other)
}

/// Returns an error where `given` does not name the digest of `plan`: an approval is for one plan only.
pub(super) fn require_approved_digest(plan: &Plan, given: Option<&str>) -> Result<(), CliError> {
    let found = file::plan_digest(plan);
    match given {
        Some(given) if !found.is_named_by(given) => {
            Err(CliError::NotApproved { given: given.to_owned(), found })
        }
        Some(_) | None => Ok(()),
    }
}

/// Returns the plan if it may be carried out. Otherwise reports the refusals that are not in the plan itself,
/// with a hint, and returns `None`.
pub(super) fn admit_or_report(
    plan: Plan,
    again: Option<crate::plan::Verdict>,
    given: Option<&str>,
    command: &str,
    context: &Context,
) -> Option<Approved> {
    let shown = plan.verdict.refusals.len();
    match admit_plan(plan, again, given) {
        Ok(approved) => Some(approved),
        Err(plan) => {
            for refusal in plan.verdict.refusals.iter().skip(shown) {
                let reason = words::refusal_words(refusal, &plan.impact).plain_text();
                context.note(&format!(
                    "refused by {} on the organization as it is now: {reason}",
                    words::guard_key(refusal.guard)
                ));
            }
            context.note(&planning::refused_hint(&plan, command, context));
            None
        }
    }
}
