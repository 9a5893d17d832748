//! The evidence of an access review, written: for a spreadsheet, for programs, for a browser and for paper.
//!
//! All forms say the same: of each person one fact after the other, each with its reason, the lines of the policy that make it so, since
//! when they stand there, and until when it holds.

mod csv;
mod facts;
mod json;
mod text;

use std::collections::BTreeMap;

pub use csv::csv;
pub use json::json;
pub use text::text;

use super::answers::Blamed;
use crate::audit::review::{Review, Standing};
use crate::change::Citation;

/// What is told, and what is known of where it comes from.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// What was looked at: `live`, or which commit of the policy.
    pub side: &'a str,
    /// The policy's commit, as people cite it; `None` where it is in no repository.
    pub commit: Option<&'a str>,
    /// All there is to tell.
    pub review: &'a Review<'a>,
    /// The commits that last set the lines that are cited.
    pub blamed: &'a BTreeMap<Citation, Blamed>,
}

/// What the policy has to do with a person, in words.
fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Declared => "declared",
        Standing::Leaving => "declared as removed or ended",
        Standing::Ignored => "ignored",
        Standing::Undeclared => "not in the policy",
    }
}
