//! What `apply`, `resume` and `undo` show of a run: the plan before it, and its outcome for programs.

use serde::Serialize;

use super::output::OutputArgs;
use super::plain_formats::PlainFormats;
use super::planning;
use super::{CliError, Context};
use crate::apply::{RunHalt, RunHistory, RunId, RunSummary, StepFate};
use crate::plan::file::plan_digest;
use crate::plan::{Plan, Step};
use crate::render::clean::clean_text;
use crate::render::drift::mark_word;
use crate::render::plan_text::{PlanTextOptions, plan_text};
use crate::render::problems::ColourChoice;
use crate::render::prose::fit_prose;
use crate::render::words;

/// Shows a plan, and below it `more`, before `question` is asked or the plan is carried out. Where the
/// outcome of the run is no text on stdout, the plan is shown on stderr.
pub(super) fn show_plan(
    output: &OutputArgs<PlainFormats>,
    plan: &Plan,
    more: &str,
    question: Option<&str>,
    context: &Context,
) -> Result<(), CliError> {
    let options = planning::text_options(context);
    if output.is_text_on_stdout()? {
        return context.report(&(plan_text(plan, options) + &fit_prose(more, context.width)));
    }
    let options = PlanTextOptions { colour: context.colour_of_notes() == ColourChoice::Always, ..options };
    let shown = plan_text(plan, options) + &fit_prose(more, context.width);
    // Nobody answers a question about what they have not seen, so `--quiet` does not hide it.
    if question.is_some() || !context.is_quiet() {
        context.print_laid_out(&shown);
    }
    Ok(())
}

/// What `apply`, `resume` and `undo` write with `--format json`: the outcome of a run.
#[derive(Serialize)]
pub(super) struct RunDocumentJson<'a> {
    /// `seatwise-run/1`.
    format: &'static str,
    organization: &'a str,
    /// The run, as `undo` takes it; `null` where there was nothing to do, and so no run.
    run: Option<String>,
    /// What names the plan, 64 hex digits; `null` where the run was given up and its files no longer say it.
    digest: Option<String>,
    /// The number of steps of each fate.
    summary: RunSummaryJson,
    /// Why the run stopped before its end; `null` where it reached the end.
    halt: Option<RunHaltJson>,
    /// Sections that the policy manages and that could not be compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_compared: Vec<&'static str>,
    /// All steps, in the plan's order.
    steps: Vec<RunStepJson>,
    /// The command that goes on with the run; `null` where it has ended.
    resume: Option<String>,
    /// The command that plans the way back; `null` where the run has not ended, or nothing was done.
    undo: Option<String>,
}

/// The number of steps of each fate.
#[derive(Serialize)]
struct RunSummaryJson {
    done: usize,
    already: usize,
    failed: usize,
    blocked: usize,
    not_tried: usize,
    in_doubt: usize,
    left: usize,
}

/// Why a run stopped before its end.
#[derive(Serialize)]
pub(super) struct RunHaltJson {
    /// `asked`, `at_once`, `journal`, `journal_gone`, `obstructed`,
    /// `unreachable` or `given_up`.
    kind: &'static str,
    /// The same in a sentence.
    why: String,
}

/// A step of the plan, and what became of it.
#[derive(Serialize)]
struct RunStepJson {
    /// The step's number in the plan.
    no: u32,
    /// What it does; left out where the run was given up because its plan is lost.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    act: Option<RunActJson>,
    /// `done`, `already`, `failed`, `blocked`, `not_tried`, `in_doubt` or `left`.
    fate: &'static str,
    /// Why it was not carried out, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// What a step does.
#[derive(Serialize)]
struct RunActJson {
    /// `create`, `update` or `remove`.
    op: &'static str,
    /// What kind of thing the step is about: `user`, `role`, `assignment`, ….
    kind: &'static str,
    /// Which thing.
    subject: String,
    /// What the step does.
    what: String,
}

impl RunHaltJson {
    /// Describes a halt, which `sentence` says in words.
    pub(super) fn new(halt: &RunHalt, sentence: String) -> Self {
        let kind = match halt {
            RunHalt::Asked => "asked",
            RunHalt::AtOnce => "at_once",
            RunHalt::Journal(error) if error.is_vanished() => "journal_gone",
            RunHalt::Journal(_) => "journal",
            RunHalt::Obstructed(_) => "obstructed",
            RunHalt::Unreachable(_) => "unreachable",
        };
        Self { kind, why: sentence }
    }

    /// Describes that a run was ended where it stood.
    pub(super) fn given_up(sentence: String) -> Self {
        Self { kind: "given_up", why: sentence }
    }
}

/// Returns the outcome of a run of `plan`; `program` is what commands begin with.
pub(super) fn run_document<'a>(
    plan: &'a Plan,
    run: &RunId,
    fates: &[StepFate],
    halt: Option<RunHaltJson>,
    program: &str,
) -> RunDocumentJson<'a> {
    let summary = RunSummary::from_fates(fates);
    let has_ended = match &halt {
        Some(halt) => halt.kind == "given_up",
        None => summary.is_finished(),
    };
    let is_recorded = halt.as_ref().is_none_or(|halt| halt.kind != "journal_gone");
    RunDocumentJson {
        run: Some(run.to_string()),
        summary: summary_json(summary),
        halt,
        steps: plan
            .steps
            .iter()
            .zip(fates)
            .map(|(step, fate)| step_json(step.no.0, Some(step), fate))
            .collect(),
        resume: (!has_ended && is_recorded).then(|| format!("{program} resume")),
        undo: (has_ended && summary.done > 0).then(|| format!("{program} undo {run}")),
        ..no_run_document(plan)
    }
}

/// Returns the outcome of a plan without steps, for which there was no run.
pub(super) fn no_run_document(plan: &Plan) -> RunDocumentJson<'_> {
    RunDocumentJson {
        format: "seatwise-run/1",
        organization: &plan.organization,
        run: None,
        digest: Some(plan_digest(plan).to_string()),
        summary: summary_json(RunSummary::default()),
        halt: None,
        not_compared: plan.not_compared.iter().map(|section| section.as_str()).collect(),
        steps: Vec::new(),
        resume: None,
        undo: None,
    }
}

/// Returns what is known of a run that was given up and whose plan is lost.
pub(super) fn run_document_without_plan<'a>(
    history: &'a RunHistory,
    halt: Option<RunHaltJson>,
    program: &str,
) -> RunDocumentJson<'a> {
    let summary = RunSummary::from_fates(&history.fates);
    let numbered = (1..).zip(&history.fates);
    RunDocumentJson {
        format: "seatwise-run/1",
        organization: &history.organization,
        run: Some(history.run.to_string()),
        digest: (!history.digest.is_empty()).then(|| history.digest.to_string()),
        summary: summary_json(summary),
        halt,
        not_compared: Vec::new(),
        steps: numbered.map(|(no, fate)| step_json(no, None, fate)).collect(),
        resume: None,
        undo: (summary.done > 0).then(|| format!("{program} undo {}", history.run)),
    }
}

fn summary_json(summary: RunSummary) -> RunSummaryJson {
    let RunSummary { done, already, failed, blocked, not_tried, in_doubt, left } = summary;
    RunSummaryJson { done, already, failed, blocked, not_tried, in_doubt, left }
}

fn act_json(step: &Step) -> RunActJson {
    let phrase = words::act_phrase(&step.act);
    RunActJson {
        op: mark_word(phrase.mark),
        kind: phrase.kind,
        subject: phrase.subject.plain_text(),
        what: phrase.what.plain_text(),
    }
}

fn step_json(no: u32, step: Option<&Step>, fate: &StepFate) -> RunStepJson {
    let (fate, why) = match fate {
        StepFate::Done { .. } => ("done", None),
        StepFate::Already => ("already", None),
        StepFate::Failed(why) | StepFate::FailedInPart(why) => ("failed", Some(clean_text(why).into_owned())),
        StepFate::Blocked(why) => ("blocked", Some(clean_text(why).into_owned())),
        StepFate::NotTried(need) => {
            ("not_tried", Some(format!("it needs step {}, which was not carried out", need.0)))
        }
        StepFate::InDoubt(why) => ("in_doubt", Some(clean_text(why).into_owned())),
        StepFate::Left => ("left", None),
    };
    RunStepJson { no, act: step.map(act_json), fate, why }
}
