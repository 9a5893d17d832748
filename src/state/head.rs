//! The newest run of a policy folder and how far it came, so that a run that is cut short, put back or taken
//! away is seen.

use serde::{Deserialize, Serialize};

/// The newest run, as it is sealed beside the journals and remembered with the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsHead {
    /// The id of the run. Ids sort by when the runs began.
    pub run: String,
    /// BLAKE3 of the sound lines of its journal, 64 hex digits: at its beginning, or at its end.
    pub digest: String,
    pub ended: bool,
}

impl RunsHead {
    /// Whether this head cannot be the last one where `other` was seen.
    pub fn is_outdated_by(&self, other: &Self) -> bool {
        match self.run.cmp(&other.run) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => {
                other.ended && !self.ended || other.ended == self.ended && self.digest != other.digest
            }
        }
    }
}
