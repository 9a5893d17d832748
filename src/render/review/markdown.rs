//! Renders a summary of the evidence for a pull request or a ticket; the evidence itself is too long for one.

use super::{ReviewEvidence, counts, source, stranger_count};
use crate::render::clean::clean_text;
use crate::render::markdown_text::{MarkdownTable, sentence_markdown};
use crate::render::report_table::TableOfLines;

/// Summarizes who is in the review, and whom to look at first.
pub(super) fn review_markdown(evidence: &ReviewEvidence<'_>) -> String {
    let strangers = stranger_count(evidence.review);
    let counts = counts(evidence.review);
    let table = TableOfLines::new(counts.iter().chain([&strangers]))
        .left("what", |count| count.what)
        .right("people", |count| &count.count)
        .left("who", |count| count.named.join(", "))
        .table()
        .clean_table();
    format!(
        "### Access review of {}\n\n{}\n\n{}",
        sentence_markdown(&clean_text(evidence.organization)),
        sentence_markdown(&source(evidence)),
        MarkdownTable { table, beneath: &[] }.markdown()
    )
}
