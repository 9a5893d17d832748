//! The outcome of replaying one step.

/// The values that a replayed step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The values before the step; the organization now has the values after the step.
    Before,
    /// The values after the step already; nothing changed.
    After,
    /// Other values, or another object; nothing changed.
    Other,
}

impl ReplayOutcome {
    /// `Before` if the replay changed something, else `After`.
    pub(super) fn from_change(changed: bool) -> Self {
        if changed { Self::Before } else { Self::After }
    }

    /// `After` if the object already agrees with the values after the step, else `Other`.
    pub(super) fn from_agreement(agrees: bool) -> Self {
        if agrees { Self::After } else { Self::Other }
    }
}
