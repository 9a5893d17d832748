//! Summarizes a work order for the terminal.

use super::super::columns::Align;
use super::super::prose::fit_prose;
use super::super::terminal_table::{TerminalRow, TerminalTable};
use super::super::words;
use super::task_text;
use super::{WorkOrder, WorkOrderTask};

/// Renders one line for each visit.
pub fn work_order_text(order: &WorkOrder<'_>, width: usize) -> String {
    let mut rows = Vec::new();
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
        rows.push(TerminalRow::plain(
            2,
            [format!("{number}."), visit.page.as_str().to_owned(), parts.join(", ")],
        ));
    }
    let table = TerminalTable { aligns: vec![Align::Right, Align::Left, Align::Left], head: None, rows };
    fit_prose(&format!("{}\n\n", task_text::lead_text(order).plain_text()), width) + &table.text(width)
}
