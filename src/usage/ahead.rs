//! What is still to come of the running period, and what can be done about it.

pub(super) mod advice;
pub(super) mod forecast;
pub(super) mod outlook;
