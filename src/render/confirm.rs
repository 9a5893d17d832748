//! Reports which steps of a work order are confirmed as done, for people and for programs.

use serde::Serialize;

use super::clean::clean_text;
use super::prose::fit_prose;
use super::report_notes::ReportNote;
use super::report_table::TableOfLines;
use super::table_report::{ReportOrigin, TableReport};
use super::words;
use crate::plan::file::plan_digest;
use crate::plan::sighting::StepSighting;
use crate::plan::{Plan, Step};

const FORMAT: &str = "seatwise-confirm/1";

/// A plan with what the live organization shows of each step.
#[derive(Debug, Clone)]
pub struct PlanConfirmation<'p> {
    pub plan: &'p Plan,
    /// One entry for each step of the plan, in the same order.
    pub seen: Vec<StepSighting>,
    /// The managed sections that could not be read, with their reasons; `None` where all were.
    pub not_compared: Option<String>,
}

/// How many steps were seen to be what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Counts")]
struct SightCountsJson {
    /// Seen to be done.
    done: usize,
    /// As it was before the step.
    open: usize,
    /// Neither as before nor as after the step.
    other: usize,
    /// Not to be seen, as a section was not read.
    unread: usize,
}

/// What `seatwise confirm --format json` writes: which steps of a work order are seen to be done.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(title = "seatwise confirm")]
#[schemars(rename = "Document")]
struct ConfirmationJson {
    counts: SightCountsJson,
    /// What names the plan, 64 hex digits.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    digest: String,
    /// `seatwise-confirm/1`.
    #[schemars(extend("const" = "seatwise-confirm/1"))]
    format: &'static str,
    /// The managed sections that could not be read, with their reasons; absent where all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_compared: Option<String>,
    organization: String,
    /// In the plan's order.
    steps: Vec<SightedStepJson>,
}

/// A step of the plan.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "StepForm")]
struct SightedStepJson {
    /// What kind of thing it is about: `user`, `role`, `assignment`, ….
    kind: &'static str,
    /// The step's number in the plan.
    no: u32,
    seen: StepSightJson,
    /// Which thing.
    subject: String,
    /// Why nothing is seen of it; with `unread` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<UnreadSectionJson>,
    /// What the step does.
    what: String,
}

/// What was not read.
#[derive(Serialize, schemars::JsonSchema)]
#[schemars(rename = "UnreadForm")]
struct UnreadSectionJson {
    /// The section.
    section: &'static str,
    /// Why it was not read.
    why: String,
}

/// What is seen of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Sight")]
enum StepSightJson {
    /// Live is as the step leaves it.
    Done,
    /// Live is as it was before.
    Open,
    /// Live is neither.
    Other,
    /// Nothing is seen of it.
    Unread,
}

impl From<&StepSighting> for StepSightJson {
    fn from(seen: &StepSighting) -> Self {
        match seen {
            StepSighting::Done => Self::Done,
            StepSighting::Open => Self::Open,
            StepSighting::Other => Self::Other,
            StepSighting::Unread(..) => Self::Unread,
        }
    }
}

impl<'p> PlanConfirmation<'p> {
    /// Returns whether every step is confirmed as done.
    pub fn is_all_done(&self) -> bool {
        self.seen.iter().all(|seen| *seen == StepSighting::Done)
    }

    /// Whether a section that is managed, or would show a step, could not be read although the service has
    /// it.
    pub fn is_blind(&self) -> bool {
        self.not_compared.is_some()
            || self.seen.iter().any(|seen| match seen {
                StepSighting::Unread(_, why) => why.is_failure(),
                StepSighting::Done | StepSighting::Open | StepSighting::Other => false,
            })
    }

    fn steps(&self) -> impl Iterator<Item = (&'p Step, &StepSighting)> {
        self.plan.steps.iter().zip(&self.seen)
    }

    fn counts(&self) -> SightCountsJson {
        let mut counts = SightCountsJson::default();
        for seen in &self.seen {
            match StepSightJson::from(seen) {
                StepSightJson::Done => counts.done += 1,
                StepSightJson::Open => counts.open += 1,
                StepSightJson::Other => counts.other += 1,
                StepSightJson::Unread => counts.unread += 1,
            }
        }
        counts
    }
}

/// Renders the confirmation for people: the steps that are not done, grouped by reason.
fn confirmation_text(confirmed: &PlanConfirmation<'_>, width: usize) -> String {
    let mut out = conclusion(confirmed) + "\n";
    let sights = [
        (StepSightJson::Open, "Not done yet:"),
        (StepSightJson::Other, "Neither as before the step nor as after it; look, and plan again:"),
        (StepSightJson::Unread, "Cannot be seen:"),
    ];
    for (sight, title) in sights {
        let lines: Vec<String> = confirmed
            .steps()
            .filter(|(_, seen)| StepSightJson::from(*seen) == sight)
            .map(|(step, seen)| step_line(step, seen))
            .collect();
        if !lines.is_empty() {
            out += &format!("\n{title}\n{}\n", lines.join("\n"));
        }
    }
    fit_prose(&out, width)
}

/// Sums up the confirmation in one line.
pub fn conclusion(confirmed: &PlanConfirmation<'_>) -> String {
    let (name, all) = (plan_digest(confirmed.plan).short_hex(), confirmed.seen.len());
    let SightCountsJson { done, open, other, unread } = confirmed.counts();
    let parts = [(open, "open"), (other, "something else"), (unread, "not to be seen")];
    let rest: String = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!(", {} {what}", words::number(*number)))
        .collect();
    let gap = confirmed.not_compared.as_ref();
    let gap = gap.map(|gap| format!("Could not compare: {}. ", clean_text(gap))).unwrap_or_default();
    let (done, all) = (words::number(done), words::count(all, "step", "steps"));
    format!("{gap}Plan {name}: {done} of {all} done{rest}.")
}

fn step_line(step: &Step, seen: &StepSighting) -> String {
    let phrase = words::act_phrase(&step.act);
    let (subject, what) = (phrase.subject.plain_text(), phrase.what.plain_text());
    let why = match seen {
        StepSighting::Done | StepSighting::Open | StepSighting::Other => String::new(),
        StepSighting::Unread(section, why) => {
            format!(" ({} was not read: {})", section.as_str(), words::unread_words(why).plain_text())
        }
    };
    format!("  step {} {} {} {subject}: {what}{why}", step.no.0, phrase.mark.as_str(), phrase.kind)
}

/// Renders the confirmation as a table of all steps, in the plan's order.
pub fn confirmation_report<'a>(confirmed: &'a PlanConfirmation<'a>, origin: ReportOrigin) -> TableReport<'a> {
    let steps: Vec<_> =
        confirmed.steps().map(|(step, seen)| (step.no.0, seen, words::act_phrase(&step.act))).collect();
    let table = TableOfLines::new(&steps)
        .left("seen", |(_, seen, _)| sight_words(seen))
        .right("step", |(no, ..)| no)
        .left("kind", |(.., phrase)| phrase.kind)
        .left("which", |(.., phrase)| phrase.subject.plain_text())
        .left("what", |(.., phrase)| phrase.what.plain_text())
        .table();
    TableReport {
        terminal: Some(Box::new(|width| confirmation_text(confirmed, width))),
        notes: vec![ReportNote::remark(conclusion(confirmed))],
        json: Box::new(|| confirmation_json(confirmed)),
        ..TableReport::new(origin, "Work order", "The plan has no steps.", table, || ())
    }
}

fn sight_words(seen: &StepSighting) -> String {
    match seen {
        StepSighting::Done => "done".to_owned(),
        StepSighting::Open => "open".to_owned(),
        StepSighting::Other => "something else".to_owned(),
        StepSighting::Unread(section, why) => {
            format!("{} was not read: {}", section.as_str(), words::unread_words(why).plain_text())
        }
    }
}

/// Renders the confirmation for programs, as one line of JSON.
fn confirmation_json(confirmed: &PlanConfirmation<'_>) -> String {
    let document = ConfirmationJson {
        counts: confirmed.counts(),
        digest: plan_digest(confirmed.plan).to_string(),
        format: FORMAT,
        not_compared: confirmed.not_compared.clone(),
        organization: clean_text(&confirmed.plan.organization).into_owned(),
        steps: confirmed.steps().map(|(step, seen)| step_json(step, seen)).collect(),
    };
    serde_json::to_string(&document).expect("every key is a string, and no value can fail") + "\n"
}

fn step_json(step: &Step, seen: &StepSighting) -> SightedStepJson {
    let phrase = words::act_phrase(&step.act);
    let unread = match seen {
        StepSighting::Done | StepSighting::Open | StepSighting::Other => None,
        StepSighting::Unread(section, why) => {
            Some(UnreadSectionJson { section: section.as_str(), why: words::unread_words(why).plain_text() })
        }
    };
    let (subject, what) = (phrase.subject.plain_text(), phrase.what.plain_text());
    SightedStepJson { kind: phrase.kind, no: step.no.0, seen: seen.into(), subject, unread, what }
}

/// Returns the JSON Schema (draft 2020-12) of the confirmation.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(ConfirmationJson).to_value()
}
