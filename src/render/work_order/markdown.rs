//! Renders the steps as a Markdown task list.

use std::fmt::Write;

use super::super::words::MarkedText;
use super::task_text::{self, TaskText};
use super::{PortalVisit, WorkOrder};
use crate::render::plan_markdown::{code_span, mark_up};

/// Renders `steps.md`.
pub(super) fn steps_markdown(order: &WorkOrder<'_>) -> String {
    let mut out = format!(
        "# Work order: {}\n\n{}\n\n",
        code_span(&order.plan.organization),
        mark_up(&task_text::lead_text(order))
    );
    task_text::opening_notes(order).iter().for_each(|said| write_item(&mut out, "- ", said));
    for flip in task_text::flip_warnings(order) {
        // Writing to a string cannot fail, here and below.
        let _ = write!(out, "\n> [!WARNING]\n> {}\n", mark_up(&flip));
    }
    order.visits.iter().zip(1..).for_each(|(visit, number)| write_visit(&mut out, visit, number));
    out
}

fn write_visit(out: &mut String, visit: &PortalVisit<'_>, number: u32) {
    let _ = write!(out, "\n## {number}. {}\n\n", visit.page.as_str());
    for task in visit.tasks.iter().map(TaskText::from_task) {
        let _ = writeln!(out, "- [ ] {}{}", mark_up(&task.what), steps_reference(&task.steps, &task.from));
        for person in &task.people {
            let _ = writeln!(
                out,
                "  - [ ] {}{}",
                mark_up(&person.who),
                steps_reference(&format!("step {}", person.step), &person.from)
            );
        }
        task.notes.iter().for_each(|note| write_item(out, "  - ", note));
    }
}

fn write_item(out: &mut String, sign: &str, said: &MarkedText) {
    let _ = writeln!(out, "{sign}{}", mark_up(said));
}

fn steps_reference(steps: &str, from: &str) -> String {
    match (steps.is_empty(), from.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!(" ({steps})"),
        (false, false) => format!(" ({steps}; {})", code_span(from)),
    }
}
