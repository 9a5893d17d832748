//! Summarizes a work order for the terminal.

use std::fmt::Write;

use super::super::words;
use super::task_text;
use super::{WorkOrder, WorkOrderTask};

/// Renders one line for each visit.
pub fn work_order_text(order: &WorkOrder<'_>) -> String {
    let mut out = format!("{}\n\n", task_text::lead_text(order).plain_text());
    let width = order.visits.iter().map(|visit| visit.page.as_str().chars().count()).max().unwrap_or(0);
    for (visit, number) in order.visits.iter().zip(1..) {
        let mut parts: Vec<String> = Vec::new();
        let mut by_hand = 0;
        for task in &visit.tasks {
            match task {
                WorkOrderTask::Upload(upload) => parts.push(format!(
                    "{} ({})",
                    upload.file,
                    words::count(upload.steps.len(), "row", "rows")
                )),
                WorkOrderTask::ByHand(task) => by_hand += task.steps.len(),
            }
        }
        if by_hand > 0 {
            parts.push(format!("{} by hand", words::count(by_hand, "step", "steps")));
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {number:>2}. {:width$}  {}", visit.page.as_str(), parts.join(", "));
    }
    out
}
