//! Renders a summary of the evidence for a pull request or a ticket; the evidence itself is too long for one.

use super::{ReviewCount, ReviewEvidence, counts, source, stranger_count};
use crate::render::clean::clean_text;
use crate::render::columns::Align;
use crate::render::markdown_text::{MarkdownTable, sentence_markdown};
use crate::render::report_table::{CleanColumn, CleanTable};

/// Summarizes who is in the review, and whom to look at first.
pub(super) fn review_markdown(evidence: &ReviewEvidence<'_>) -> String {
    let (counts, strangers) = (counts(evidence.review), stranger_count(evidence.review));
    let columns = [("what", Align::Left), ("people", Align::Right), ("who", Align::Left)];
    let row = |count: &ReviewCount| vec![count.what.to_owned(), count.count.clone(), count.named.join(", ")];
    let table = CleanTable {
        columns: columns.map(|(title, align)| CleanColumn { title, align, width: title.len() }).into(),
        rows: counts.iter().chain([&strangers]).map(row).collect(),
    };
    format!(
        "### Access review of {}\n\n{}\n\n{}",
        sentence_markdown(&clean_text(evidence.organization)),
        sentence_markdown(&source(evidence)),
        MarkdownTable { table, beneath: &[] }.markdown()
    )
}
