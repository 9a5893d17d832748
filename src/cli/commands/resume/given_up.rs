//! Ends an unfinished run where it stands, also one that cannot be resumed.

use crate::apply::{JournalError, JournalFolder, RunHistory, RunId, RunSummary};
use crate::cli::past_run;
use crate::cli::run::{list_steps_without_effect, summary_phrase};
use crate::cli::run_output::{RunHaltJson, run_document, run_document_without_plan};
use crate::cli::{CliError, Context, Exit};
use crate::plan::Plan;
use crate::render::clean::clean_text;

use super::ResumeArgs;

/// Ends the run, and reports what is known of its steps.
pub(super) fn give_up_run(
    args: &ResumeArgs,
    journals: &JournalFolder,
    run: &RunId,
    context: &Context,
) -> Result<Exit, CliError> {
    let obstacle = journals.obstacle_to_resuming(run);
    let plan = past_run::plan_of_damaged_run(journals, run).map(|saved| saved.plan);
    let history = journals.give_up(run, plan.as_ref().map(|plan| plan.steps.len()), context.now)?;
    // A plan of another number of steps than the journal says is not the run's.
    let plan = plan.filter(|plan| plan.steps.len() == history.fates.len());
    let end = ending_sentence(run, obstacle.as_ref());
    let program = context.program();
    let halt = || Some(RunHaltJson::given_up(end.clone()));
    let text = || given_up_text(&end, plan.as_ref(), &history, program);
    match &plan {
        Some(plan) => args
            .output
            .write_plain(context, text, || run_document(plan, run, &history.fates, halt(), program))?,
        None => {
            args.output.write_plain(context, text, || run_document_without_plan(&history, halt(), program))?
        }
    }
    // Where the journal was cut after the last step, nothing is left to do.
    let is_complete = !history.fates.is_empty() && RunSummary::from_fates(&history.fates).is_complete();
    Ok(if is_complete { Exit::Done } else { Exit::InPart })
}

fn ending_sentence(run: &RunId, obstacle: Option<&JournalError>) -> String {
    match obstacle {
        None => format!("Run {run} has ended where it stood."),
        Some(damage) => {
            format!("Run {run} has ended where it stood, as {}.", clean_text(&damage.to_string()))
        }
    }
}

/// Returns what is known of the steps of a run that was given up: how many of each fate, and which have no
/// effect or may have none.
fn given_up_text(end: &str, plan: Option<&Plan>, history: &RunHistory, program: &str) -> String {
    let mut text = format!("{end}\n");
    if history.fates.is_empty() {
        text += "Nothing is known of its steps.\n";
    } else {
        let summary = summary_phrase(RunSummary::from_fates(&history.fates));
        text += &format!("Its steps: {summary}.\n");
    }
    list_steps_without_effect(&mut text, plan, &history.fates);
    text + &format!("`{program} plan` shows what is left to do.\n")
}
