//! Renders a summary of the evidence for the terminal: how much there is to review, and what to review first.

use super::super::clean::clean_text;
use super::{ReviewCount, ReviewEvidence, counts, source, stranger_count};

/// Summarizes who is in the review, and whom to look at first.
pub(super) fn review_text(evidence: &ReviewEvidence<'_>) -> String {
    let mut out = format!("Access review of {}, {}\n\n", clean_text(evidence.organization), source(evidence));
    for ReviewCount { what, count, named, is_notable: _ } in
        counts(evidence.review).iter().chain([&stranger_count(evidence.review)])
    {
        let line = format!("  {what:<30}{count:>7}  {}", named.join(", "));
        out += &format!("{}\n", line.trim_end());
    }
    out + "\nThe evidence itself: `--out review.html`, `.pdf`, `.csv` or `.json`.\n"
}
