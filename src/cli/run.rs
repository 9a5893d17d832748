//! Carries out a plan and reports the outcome, for `apply`, `resume` and `undo`.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::ToSpan;

use super::context::{Context, print_to_stderr};
use super::output::OutputArgs;
use super::plain_formats::PlainFormats;
use super::run_origin::run_origin;
use super::run_output::{RunHaltJson, no_run_document, run_document};
use super::section_sizes;
use super::signals::EndSignals;
use super::wait_notice::WaitNotice;
use super::workspace::Workspace;
use super::{CliError, Exit};
use crate::apply::{
    ApplyOptions, NewRun, OpenRun, Retry, RunHalt, RunId, RunOutcome, RunProgress, RunSummary, StepFate,
    Stopper, execute_plan, stop_channel,
};
use crate::model::{Snapshot, Text, Timestamp};
use crate::plan::file::{self, DEFAULT_MAX_AGE_HOURS};
use crate::plan::{Approved, Plan, Step, StepNo};
use crate::reach::Connection;
use crate::render::clean::clean_text;
use crate::render::comparison::ComparisonGaps;
use crate::render::words::{self, count};

/// The most steps without effect that are listed with their reason.
const MOST_STEPS_TOLD: usize = 20;

/// The most runs that are packed after a run, so that a folder with many runs of an earlier version is packed
/// little by little.
const MOST_RUNS_PACKED: usize = 16;

/// Carries out plans of one policy folder on its organization.
pub(super) struct PlanRunner<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) connection: &'a Connection,
    pub(super) output: &'a OutputArgs<PlainFormats>,
    pub(super) context: &'a Context,
}

/// How a run begins.
#[derive(Default)]
pub(super) struct RunBegin<'a> {
    /// What is asked before it, if anything.
    pub(super) question: Option<&'a str>,
    /// The digest that was given as an approval.
    pub(super) approved: Option<&'a str>,
    /// The steps that are not carried out, with the reason.
    pub(super) blocked: BTreeMap<StepNo, Text>,
}

impl PlanRunner<'_> {
    /// Begins a run of `plan`, which was made from `live` or judged again on it, and carries it out, unless
    /// the plan is empty.
    pub(super) fn begin(
        &self,
        plan: &Approved,
        live: &Snapshot,
        begin: RunBegin<'_>,
    ) -> Result<Exit, CliError> {
        if plan.plan().steps.is_empty() {
            return self.report_no_run(plan.plan());
        }
        begin.question.map_or(Ok(()), |question| self.ask(question, plan.plan()))?;
        let journals = self.workspace.journals();
        let digest = file::plan_digest(plan.plan());
        let new = NewRun {
            id: self.next_run_id(&digest)?,
            digest: digest.to_string().into(),
            started: self.context.now,
            origin: run_origin(begin.approved),
        };
        // The organization must know the plan's products before the first write. A sandbox organization that
        // does not exist yet is created here.
        self.context.runtime()?.block_on(self.connection.learn(&plan.plan().catalogue))?;
        let saved = file::write_plan(plan.plan(), DEFAULT_MAX_AGE_HOURS);
        let mut run = journals.begin_run(&new, plan, saved.as_bytes(), live)?;
        begin.blocked.into_iter().for_each(|(step, why)| run.block_step(step, why));
        self.continue_run(plan, run)
    }

    /// Asks before the plan is carried out; for the word where people or administrators go.
    fn ask(&self, question: &str, plan: &Plan) -> Result<(), CliError> {
        let changes = || plan.steps.iter().filter_map(|step| step.act.change());
        let people = changes().filter(|change| change.removes_identity()).count();
        let administrators = changes().filter(|change| change.removes_administrator()).count();
        if people + administrators == 0 {
            return self.context.ask(question);
        }
        let gone = [(people, "person", "people"), (administrators, "administrator", "administrators")];
        let gone: Vec<String> = gone
            .iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, one, many)| count(*number, one, many))
            .collect();
        self.context.ask_for_word(&format!("{question} It removes {}.", gone.join(" and ")))
    }

    /// Reports that there was nothing to do. On stdout, the text of the plan has said so already.
    fn report_no_run(&self, plan: &Plan) -> Result<Exit, CliError> {
        if !self.output.is_text_on_stdout()? {
            let gaps = ComparisonGaps::from_plan(plan);
            let text = || match gaps.is_empty() {
                true => "Nothing to do, so there was no run.\n".to_owned(),
                false => format!("Could not compare {}; there was no run.\n", gaps.sections()),
            };
            self.output.write_plain(self.context, text, || no_run_document(plan))?;
        }
        Ok(comparison_exit(plan))
    }

    /// Returns a run id that sorts after those of all earlier runs, even where the clock went back.
    fn next_run_id(&self, digest: &file::PlanDigest) -> Result<RunId, CliError> {
        // A name from another time is not one that this folder has given.
        let limit = self.context.now.checked_add(24.hours()).unwrap_or(Timestamp::MAX);
        let last = self.workspace.journals().newest_run(limit)?;
        let suffix = &digest.short_hex()[..6];
        let after_last = last.as_ref().and_then(|last| last.time().checked_add(1.second()).ok());
        let of_times = [Some(self.context.now), after_last].into_iter().flatten();
        let of_times = of_times.filter_map(|time| RunId::new(time, suffix).ok());
        // Where no later second exists, the longer name sorts after the shorter one.
        let longer = last.as_ref().and_then(|last| format!("{last}0").parse().ok());
        let found = of_times.chain(longer).find(|id| Some(id) > last.as_ref());
        found.ok_or(CliError::ImpossibleTime(self.context.now))
    }

    /// Carries out the steps of `run` that are left, and reports the outcome.
    pub(super) fn continue_run(&self, plan: &Approved, run: OpenRun) -> Result<Exit, CliError> {
        let id = run.id().clone();
        let outcome = self.context.runtime()?.block_on(async {
            let (stopper, stop) = stop_channel();
            // Where signals cannot be listened to, they end the program, and `resume` goes on.
            let listening =
                EndSignals::listen().map(|signals| tokio::spawn(stop_on_signals(stopper, signals)));
            let options =
                ApplyOptions { retry: Retry { seed: u64::from(std::process::id()), ..Retry::default() } };
            let bar = RunProgressBar::new(self.context);
            let outcome = execute_plan(plan, run, self.connection, &options, &bar, stop).await;
            listening.iter().for_each(tokio::task::JoinHandle::abort);
            bar.bar.finish_and_clear();
            outcome
        });
        let program = self.context.program();
        let halt = || outcome.halt.as_ref().map(|halt| RunHaltJson::new(halt, halt_sentence(halt)));
        self.output.write_plain(
            self.context,
            || run_report(plan.plan(), &id, &outcome, program),
            || run_document(plan.plan(), &id, &outcome.fates, halt(), program),
        )?;
        if outcome.summary().is_finished() {
            // The run is complete even where this fails: packs save room, and the sizes save time later.
            let _ = self.workspace.journals().close_run(&id, MOST_RUNS_PACKED);
            let _ = section_sizes::remember_sizes(self.workspace);
        }
        let is_done = outcome.summary().is_complete() && outcome.halt.is_none();
        Ok(if is_done { comparison_exit(plan.plan()) } else { Exit::InPart })
    }
}

/// Returns how a run of the plan ends where all steps are done: in part, where something was not compared.
fn comparison_exit(plan: &Plan) -> Exit {
    if plan.not_compared.is_empty() { Exit::Done } else { Exit::InPart }
}

/// Asks the run to stop at each signal: at the first after the steps under way, at the second at once.
async fn stop_on_signals(stopper: Stopper, mut signals: EndSignals) {
    let mut notice = "stopping: waiting for what is under way; once more stops at once";
    loop {
        signals.next().await;
        print_to_stderr(notice);
        stopper.ask();
        notice = "stopping at once";
    }
}

/// The progress of a run on stderr: a bar on a terminal, lines elsewhere.
struct RunProgressBar {
    bar: ProgressBar,
    lines: Option<WaitNotice>,
}

impl RunProgressBar {
    fn new(context: &Context) -> Self {
        if !context.shows_progress() {
            let lines = context.waiting("carrying out the plan");
            return Self { bar: ProgressBar::hidden(), lines: Some(lines) };
        }
        let style = ProgressStyle::with_template("  {bar:40} {pos}/{len}  {eta} left  {msg}")
            .expect("the template is a constant");
        let bar = ProgressBar::new(0).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, lines: None }
    }
}

impl RunProgress for RunProgressBar {
    fn run_begins(&self, steps: usize, settled: usize) {
        self.bar.set_length(steps as u64);
        self.bar.set_position(settled as u64);
    }

    fn step_waits(&self, step: &Step, reason: &str) {
        self.bar.set_message(format!("step {} waits: {}", step.no.0, clean_text(reason)));
    }

    fn step_settles(&self, _: &Step, _: &StepFate) {
        self.bar.inc(1);
        if let Some(lines) = &self.lines {
            let (settled, steps) = (self.bar.position(), self.bar.length().unwrap_or_default());
            lines.set_what(format!("carrying out the plan: {settled} of {steps} steps"));
        }
    }
}

/// Returns the outcome of a run as text.
fn run_report(plan: &Plan, run: &RunId, outcome: &RunOutcome, program: &str) -> String {
    let summary = outcome.summary();
    let mut text = format!("Run {run}: {}.\n", summary_phrase(summary));
    if let Some(halt) = &outcome.halt {
        text += &format!("{}\n", halt_sentence(halt));
    }
    list_steps_without_effect(&mut text, Some(plan), &outcome.fates);
    let is_recorded = !outcome.is_unrecorded();
    let next = match (summary.is_finished() && outcome.halt.is_none(), summary.is_complete()) {
        (true, true) => format!("`{program} undo {run}` plans the way back."),
        (false, _) if is_recorded => format!("`{program} resume` goes on from here."),
        (true, false) | (false, _) => format!("`{program} plan` shows what is left to do."),
    };
    let gaps = ComparisonGaps::from_plan(plan);
    if let Some(reasons) = gaps.reasons() {
        text += &format!("Could not compare: {}.\n", clean_text(&reasons.plain_text()));
    }
    text += &format!("{next}\n");
    text
}

/// Lists the steps that have no effect, or may have none, of a run whose `plan` may be lost.
pub(super) fn list_steps_without_effect(text: &mut String, plan: Option<&Plan>, fates: &[StepFate]) {
    let odd: Vec<_> = fates.iter().enumerate().filter(|(_, fate)| !fate.is_in_effect()).collect();
    for (at, fate) in odd.iter().take(MOST_STEPS_TOLD) {
        match plan {
            Some(plan) => write_step_line(text, &plan.steps[*at], fate),
            None => *text += &format!("  step {}: {}\n", at + 1, fate_words(fate)),
        }
    }
    if let Some(more) = odd.len().checked_sub(MOST_STEPS_TOLD).filter(|more| *more > 0) {
        *text += &format!("  … and {}\n", count(more, "more step", "more steps"));
    }
}

fn write_step_line(text: &mut String, step: &Step, fate: &StepFate) {
    let phrase = words::act_phrase(&step.act);
    *text += &format!(
        "  step {} {} {} {} ({}): {}\n",
        step.no.0,
        phrase.mark.as_str(),
        phrase.kind,
        clean_text(&phrase.subject.plain_text()),
        clean_text(&phrase.what.plain_text()),
        fate_words(fate)
    );
}

fn fate_words(fate: &StepFate) -> String {
    match fate {
        StepFate::Done { .. } => "done".to_owned(),
        StepFate::Already => "already so".to_owned(),
        StepFate::Failed(why) | StepFate::FailedInPart(why) => format!("failed: {}", clean_text(why)),
        StepFate::Blocked(why) => {
            format!("blocked, it has changed since the plan was made: {}", clean_text(why))
        }
        StepFate::NotTried(need) => format!("not tried: it needs step {}, which was not carried out", need.0),
        StepFate::InDoubt(why) => format!("in doubt: {}", clean_text(why)),
        StepFate::Left => "not sent yet".to_owned(),
    }
}

/// Returns the counts that are not zero, such as `12 done, 1 failed`.
pub(super) fn summary_phrase(summary: RunSummary) -> String {
    let RunSummary { done, already, failed, blocked, not_tried, in_doubt, left } = summary;
    let parts = [
        (done, "done"),
        (already, "already so"),
        (failed, "failed"),
        (blocked, "blocked"),
        (not_tried, "not tried"),
        (in_doubt, "in doubt"),
        (left, "not sent"),
    ];
    let counts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", words::number(*number)))
        .collect();
    if counts.is_empty() { "nothing to do".to_owned() } else { counts.join(", ") }
}

fn halt_sentence(halt: &RunHalt) -> String {
    match halt {
        RunHalt::Asked => "Stopped, as you asked; what was under way has been waited for.".to_owned(),
        RunHalt::AtOnce => {
            "Stopped at once; what was under way is checked when the run is resumed.".to_owned()
        }
        RunHalt::Journal(error) => {
            let source =
                std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
            format!("Stopped: {}{}.", clean_text(&error.to_string()), clean_text(&source))
        }
        RunHalt::Obstructed(why) => {
            format!("Stopped: {}. What is left is sent when the run is resumed.", clean_text(why))
        }
        RunHalt::Unreachable(why) => {
            format!("Stopped: the organization could not be reached: {}.", clean_text(why))
        }
    }
}
