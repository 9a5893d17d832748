//! The one table of phases.

/// When a step's turn comes: steps of a phase are done, or have failed, before the next phase begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// End checkouts of people who leave.
    EndCheckouts,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 1] = [Self::EndCheckouts];

    /// The phase's word in saved plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndCheckouts => "end_checkouts",
        }
    }
}
