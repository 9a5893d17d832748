//! Renders a summary of the evidence for the terminal: how much there is to review, and what to review first.

use super::super::clean::clean_text;
use super::super::columns::Align;
use super::super::prose::fit_prose;
use super::super::terminal_table::{TerminalRow, TerminalTable};
use super::{ReviewCount, ReviewEvidence, counts, source, stranger_count};

/// Summarizes who is in the review, and whom to look at first.
pub(super) fn review_text(evidence: &ReviewEvidence<'_>, width: usize) -> String {
    let lead = format!("Access review of {}, {}\n\n", clean_text(evidence.organization), source(evidence));
    let counted = counts(evidence.review).into_iter().chain([stranger_count(evidence.review)]);
    let rows = counted.map(|ReviewCount { what, count, named, is_notable: _ }| {
        TerminalRow::plain(2, [what.to_owned(), count, named.join(", ")])
    });
    let aligns = vec![Align::Left, Align::Right, Align::Left];
    let table = TerminalTable { aligns, head: None, rows: rows.collect() };
    let way = "\nThe evidence itself: `--out review.html`, `.pdf`, `.csv` or `.json`.\n";
    fit_prose(&lead, width) + &table.text(width) + &fit_prose(way, width)
}
