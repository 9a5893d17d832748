//! Counts how many machines were in use at once, interval by interval.

pub(super) mod counter;
pub(super) mod grid;
pub(super) mod line_selection;
pub(super) mod occupancy;
pub(super) mod period;
pub(super) mod rules;
pub(super) mod tally;
