//! Puts tasks into words for the person who does them, independent of the output format.

use super::super::outline::step_reasons;
use super::super::words::{self, MarkedText};
use super::{BulkOperation, BulkUpload, HandTask, UnfitReason, WorkOrder, WorkOrderTask};
use crate::plan::Step;
use crate::plan::file::plan_digest;
use crate::render::plan_text::affected_people;

/// The most people of a file that are named; the file has all of them.
const NAMED: usize = 12;

/// The text of a task.
pub(super) struct TaskText {
    pub(super) what: MarkedText,
    /// The plan's steps that the task carries out, `steps 1–3, 7`; empty where each of several people has its
    /// own.
    pub(super) steps: String,
    /// The policy lines that ask for the task; empty for a file and for several people.
    pub(super) from: String,
    /// The people to tick off one by one; empty where the task is a single thing.
    pub(super) people: Vec<TaskPerson>,
    /// Further notes for the person who does the task.
    pub(super) notes: Vec<MarkedText>,
}

/// One of several people for whom a task does the same.
pub(super) struct TaskPerson {
    /// The name, with the last day and the reason where the policy states them.
    pub(super) who: MarkedText,
    /// The number of the step in the plan.
    pub(super) step: u32,
    /// The policy lines that ask for the step.
    pub(super) from: String,
}

/// Names the plan, and says how much there is to do.
pub(super) fn lead_text(order: &WorkOrder<'_>) -> MarkedText {
    let plan = order.plan;
    MarkedText::new("Plan ")
        .name(plan_digest(plan).short_hex())
        .say(format!(", made {}: ", words::minute(plan.created)))
        .say(words::count(plan.steps.len(), "step", "steps"))
        .say(format!(" of the plan, {} to tick off", words::count(order.tasks().count(), "task", "tasks")))
        .say(format!(" in {}.", words::count(order.visits.len(), "visit", "visits")))
}

/// Returns the notes to read before the first click.
pub(super) fn opening_notes(order: &WorkOrder<'_>) -> Vec<MarkedText> {
    let plan = order.plan;
    let mut said = vec![MarkedText::new(
        "Go from the top down: what comes later may need what comes before it, or keep people from losing \
            access.",
    )];
    if order.uploads().next().is_some() {
        said.push(MarkedText::new(
            "Before an upload, compare the first line of the file with that of the sample file that the \
                portal offers at the same place: what its \
             columns are called could not be confirmed.",
        ));
    }
    let not_undoable = words::not_undoable_nouns(&plan.impact.not_undoable);
    if !not_undoable.is_empty() {
        said.push(MarkedText::new(format!("Cannot be undone: {}.", not_undoable.join(", "))));
    }
    if !plan.withheld.is_empty() {
        let withheld = words::count(
            plan.withheld.len(),
            "difference is withheld and is",
            "differences are withheld and are",
        );
        said.push(MarkedText::new(format!("{withheld} no part of this.")));
    }
    said.push(
        MarkedText::default()
            .name("seatwise confirm")
            .say(" with this folder says which steps are seen to be done."),
    );
    said
}

/// Describes the flips, with all people who lose or gain access by them.
pub(super) fn flip_warnings(order: &WorkOrder<'_>) -> Vec<MarkedText> {
    let impact = &order.plan.impact;
    let warnings = impact.flips.iter().map(|flip| {
        let (verb, people) = affected_people(impact, flip);
        let said = words::flip_words(flip);
        if people.is_empty() {
            said
        } else {
            said.say(format!(". {} {verb}: ", words::count(people.len(), "person", "people"))).names(people)
        }
    });
    warnings.collect()
}

impl TaskText {
    /// Puts a task into words.
    pub(super) fn from_task(task: &WorkOrderTask<'_>) -> Self {
        match task {
            WorkOrderTask::Upload(upload) => Self::from_upload(upload),
            WorkOrderTask::ByHand(by_hand) => match by_hand.steps.as_slice() {
                [step] => Self::from_step(step, by_hand),
                steps => Self::from_steps(steps),
            },
        }
    }

    fn from_upload(upload: &BulkUpload<'_>) -> Self {
        let BulkUpload { file, operation, steps, csv: _ } = upload;
        let what = MarkedText::new("Upload ")
            .name(file)
            .say(format!(": Bulk Operations › {} › Select File › Submit", operation.title()));
        let named = steps.iter().filter_map(|step| step.act.facts().user).take(NAMED);
        let people =
            MarkedText::new(format!("{}: ", words::count(steps.len(), "person", "people"))).names(named);
        let people = match steps.len().saturating_sub(NAMED) {
            0 => people,
            more => people.say(format!(" and {} more, all in the file", words::number(more))),
        };
        let invites = (*operation == BulkOperation::Add)
            .then(|| MarkedText::new("Tick “Send invitation email to uploaded user(s)”."));
        let wait = MarkedText::new("Wait for the e-mail that says the job is done before you go on.");
        let notes = [people].into_iter().chain(invites).chain([wait]).collect();
        Self { what, steps: step_numbers(steps), from: String::new(), people: Vec::new(), notes }
    }

    fn from_step(step: &Step, by_hand: &HandTask<'_>) -> Self {
        let phrase = words::act_phrase(&step.act);
        let what = MarkedText::default().name(phrase.mark.as_str()).say(format!(" {} ", phrase.kind));
        let what = what.append(phrase.subject).say(": ").append(phrase.what);
        let notes = by_hand.unfit.map(unfit_note).into_iter().collect();
        Self {
            what: what.join(step_reasons(step)),
            steps: step_numbers(&by_hand.steps),
            from: places(step),
            people: Vec::new(),
            notes,
        }
    }

    fn from_steps(steps: &[&Step]) -> Self {
        let mut what = MarkedText::default();
        if let Some(first) = steps.first() {
            let phrase = words::act_phrase(&first.act);
            let people = words::count(steps.len(), "person", "people");
            what = what.name(phrase.mark.as_str()).say(format!(" {}, {people}: ", phrase.kind));
            what = what.append(phrase.what);
        }
        let person = |step: &&Step| TaskPerson {
            who: words::act_phrase(&step.act).subject.join(step_reasons(step)),
            step: step.no.0,
            from: places(step),
        };
        Self {
            what,
            steps: String::new(),
            from: String::new(),
            people: steps.iter().map(person).collect(),
            notes: Vec::new(),
        }
    }
}

/// Explains why a user is not in a file.
fn unfit_note(unfit: UnfitReason) -> MarkedText {
    let why = match unfit {
        UnfitReason::Formula(column) => format!("the {} begins like a formula", column.noun()),
        UnfitReason::Unprintable(column) => {
            format!("the {} holds a line break or another character that cannot be seen", column.noun())
        }
        UnfitReason::Unknown(column) => {
            format!("the {} is empty or not known, and a blank cell would clear it", column.noun())
        }
        UnfitReason::Cleared(column) => {
            format!("the {} is to be cleared, and no cell of a file is blank", column.noun())
        }
    };
    MarkedText::new(format!("By hand, and in no file: {why}."))
}

/// Returns the policy lines that ask for a step.
fn places(step: &Step) -> String {
    let mut places: Vec<String> = step.why.iter().filter_map(words::why_place).collect();
    places.dedup();
    places.join(", ")
}

/// Returns the numbers of steps: `step 4`, `steps 1–3, 7`.
fn step_numbers(steps: &[&Step]) -> String {
    let mut numbers: Vec<u32> = steps.iter().map(|step| step.no.0).collect();
    numbers.sort_unstable();
    let runs = numbers.chunk_by(|one, next| one + 1 == *next).map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        other => other.iter().map(u32::to_string).collect(),
    });
    let runs: Vec<String> = runs.collect();
    format!("{} {}", if numbers.len() == 1 { "step" } else { "steps" }, runs.join(", "))
}
