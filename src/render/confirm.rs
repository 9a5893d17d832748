//! Which steps of a work order are seen to be done, for people and for programs.

use std::fmt::Write;

use serde::Serialize;

use super::clean::clean;
use super::words;
use crate::plan::file::plan_digest;
use crate::plan::seen::StepSighting;
use crate::plan::{Plan, Step};

/// The format's name.
const FORMAT: &str = "seatwise-confirm/1";

/// What was seen of a plan.
#[derive(Debug, Clone)]
pub struct Confirmed<'p> {
    /// The plan of the work order.
    pub plan: &'p Plan,
    /// What is seen of each of its steps.
    pub seen: Vec<StepSighting>,
}

/// How many steps were seen to be what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
struct Counts {
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
struct Document {
    counts: Counts,
    /// What names the plan, 64 hex digits.
    #[schemars(extend("pattern" = "^[0-9a-f]{64}$"))]
    digest: String,
    /// `seatwise-confirm/1`.
    #[schemars(extend("const" = "seatwise-confirm/1"))]
    format: &'static str,
    organization: String,
    /// In the plan's order.
    steps: Vec<StepForm>,
}

/// A step of the plan.
#[derive(Serialize, schemars::JsonSchema)]
struct StepForm {
    /// What kind of thing it is about: `user`, `role`, `assignment`, ….
    kind: &'static str,
    /// The step's number in the plan.
    no: u32,
    seen: Sight,
    /// Which thing.
    subject: String,
    /// Why nothing is seen of it; with `unread` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<UnreadForm>,
    /// What the step does.
    what: String,
}

/// What was not read.
#[derive(Serialize, schemars::JsonSchema)]
struct UnreadForm {
    /// The section.
    section: &'static str,
    /// Why it was not read.
    why: String,
}

/// What is seen of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sight {
    /// Live is as the step leaves it.
    Done,
    /// Live is as it was before.
    Open,
    /// Live is neither.
    Other,
    /// Nothing is seen of it.
    Unread,
}

impl From<&StepSighting> for Sight {
    fn from(seen: &StepSighting) -> Self {
        match seen {
            StepSighting::Done => Self::Done,
            StepSighting::Open => Self::Open,
            StepSighting::Other => Self::Other,
            StepSighting::Unread(..) => Self::Unread,
        }
    }
}

impl<'p> Confirmed<'p> {
    /// Whether every step is seen to be done.
    pub fn is_all_done(&self) -> bool {
        self.seen.iter().all(|seen| *seen == StepSighting::Done)
    }

    fn steps(&self) -> impl Iterator<Item = (&'p Step, &StepSighting)> {
        self.plan.steps.iter().zip(&self.seen)
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for seen in &self.seen {
            match Sight::from(seen) {
                Sight::Done => counts.done += 1,
                Sight::Open => counts.open += 1,
                Sight::Other => counts.other += 1,
                Sight::Unread => counts.unread += 1,
            }
        }
        counts
    }
}

/// For people: what is not done, by why.
pub fn text(confirmed: &Confirmed<'_>) -> String {
    let (name, all) = (plan_digest(confirmed.plan).short_hex(), confirmed.seen.len());
    let mut out = String::new();
    let sights = [
        (Sight::Open, "Not done yet:"),
        (Sight::Other, "Neither as before the step nor as after it; look, and plan again:"),
        (Sight::Unread, "Cannot be seen:"),
    ];
    for (sight, title) in sights {
        let lines: Vec<String> = confirmed
            .steps()
            .filter(|(_, seen)| Sight::from(*seen) == sight)
            .map(|(step, seen)| line(step, seen))
            .collect();
        if !lines.is_empty() {
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(out, "{title}\n{}\n", lines.join("\n"));
        }
    }
    let Counts { done, open, other, unread } = confirmed.counts();
    let parts = [(open, "open"), (other, "something else"), (unread, "not to be seen")];
    let rest: String = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!(", {} {what}", words::number(*number)))
        .collect();
    let _ = writeln!(
        out,
        "Plan {name}: {} of {} done{rest}.",
        words::number(done),
        words::count(all, "step", "steps")
    );
    out
}

fn line(step: &Step, seen: &StepSighting) -> String {
    let phrase = words::act(&step.act);
    let (subject, what) = (phrase.subject.plain(), phrase.what.plain());
    let why = match seen {
        StepSighting::Done | StepSighting::Open | StepSighting::Other => String::new(),
        StepSighting::Unread(section, why) => {
            format!(" ({} was not read: {})", section.as_str(), words::unread(why).plain())
        }
    };
    format!("  step {} {} {} {subject}: {what}{why}", step.no.0, phrase.mark.sign(), phrase.kind)
}

/// For programs: one line of JSON.
pub fn json(confirmed: &Confirmed<'_>) -> String {
    let document = Document {
        counts: confirmed.counts(),
        digest: plan_digest(confirmed.plan).to_string(),
        format: FORMAT,
        organization: clean(&confirmed.plan.organization).into_owned(),
        steps: confirmed.steps().map(|(step, seen)| form(step, seen)).collect(),
    };
    serde_json::to_string(&document).expect("every key is a string, and no value can fail") + "\n"
}

fn form(step: &Step, seen: &StepSighting) -> StepForm {
    let phrase = words::act(&step.act);
    let unread = match seen {
        StepSighting::Done | StepSighting::Open | StepSighting::Other => None,
        StepSighting::Unread(section, why) => {
            Some(UnreadForm { section: section.as_str(), why: words::unread(why).plain() })
        }
    };
    let (subject, what) = (phrase.subject.plain(), phrase.what.plain());
    StepForm { kind: phrase.kind, no: step.no.0, seen: seen.into(), subject, unread, what }
}

/// The JSON Schema (draft 2020-12) of it.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}
