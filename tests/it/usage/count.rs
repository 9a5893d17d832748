//! Counts of machines in use at once.

pub(super) mod counter;
pub(super) mod law;
pub(super) mod period;
pub(super) mod slow_counter;
pub(super) mod vectors;
