//! The steps as a task list.

use std::fmt::Write;

use super::super::markdown::{code, mark_up};
use super::super::words::Words;
use super::tell::{self, Told};
use super::{Visit, WorkOrder};

/// `steps.md`.
pub(super) fn markdown(order: &WorkOrder<'_>) -> String {
    let mut out =
        format!("# Work order: {}\n\n{}\n\n", code(&order.plan.organization), mark_up(&tell::lead(order)));
    tell::beforehand(order).iter().for_each(|said| item(&mut out, "- ", said));
    for flip in tell::flips(order) {
        // Writing to a string cannot fail, here and below.
        let _ = write!(out, "\n> [!WARNING]\n> {}\n", mark_up(&flip));
    }
    order.visits.iter().zip(1..).for_each(|(visit, number)| section(&mut out, visit, number));
    out
}

fn section(out: &mut String, visit: &Visit<'_>, number: u32) {
    let _ = write!(out, "\n## {number}. {}\n\n", visit.page.as_str());
    for told in visit.tasks.iter().map(Told::of) {
        let _ = writeln!(out, "- [ ] {}{}", mark_up(&told.what), step(&told.steps, &told.from));
        for person in &told.people {
            let _ = writeln!(
                out,
                "  - [ ] {}{}",
                mark_up(&person.who),
                step(&format!("step {}", person.step), &person.from)
            );
        }
        told.notes.iter().for_each(|note| item(out, "  - ", note));
    }
}

fn item(out: &mut String, sign: &str, said: &Words) {
    let _ = writeln!(out, "{sign}{}", mark_up(said));
}

fn step(steps: &str, from: &str) -> String {
    match (steps.is_empty(), from.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!(" ({steps})"),
        (false, false) => format!(" ({steps}; {})", code(from)),
    }
}
