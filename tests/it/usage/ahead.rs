//! What is still to come of a period.

pub(super) mod advice;
pub(super) mod forecast;
pub(super) mod outlook;
