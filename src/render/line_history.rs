//! Who last set the lines of the policy, as far as Git tells.

use std::collections::BTreeMap;

use super::clean::clean_text;
use crate::change::Citation;
use crate::model::Timestamp;

/// A line of the policy and the commit that last set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlamedLine {
    pub at: Citation,
    /// The commit's full object name.
    pub commit: String,
    pub author: String,
    pub time: Timestamp,
    /// The first line of the commit's message.
    pub summary: String,
}

/// What Git tells of some lines. A line in neither map is not committed yet.
#[derive(Debug, Clone, Default)]
pub struct LineHistory {
    /// The lines whose commit is known.
    pub blamed: BTreeMap<Citation, BlamedLine>,
    /// The lines that are as old as the beginning of a shallow clone, or older: who set them is not known.
    /// The time is that of the commit with which the clone begins.
    pub cut: BTreeMap<Citation, Timestamp>,
    /// Git's reason for telling nothing of some lines.
    pub refusal: Option<String>,
}

/// The reason why Git does not tell who set a line, and the way out.
pub const SHALLOW_CLONE: &str = "a shallow clone (`git fetch --unshallow` brings the rest)";

impl LineHistory {
    /// Returns what the history does not tell, and why; `None` where it tells all.
    pub fn gap(&self) -> Option<String> {
        let refused =
            self.refusal.iter().map(|why| format!("who set which line is not known: {}", clean_text(why)));
        let cut = self.cut.values().max().map(|begins| {
            format!("who set the lines up to {} is not known: {SHALLOW_CLONE}", begins.strftime("%Y-%m-%d"))
        });
        let gaps: Vec<String> = refused.chain(cut).collect();
        (!gaps.is_empty()).then(|| gaps.join("; "))
    }
}
