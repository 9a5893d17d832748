//! Forecasts and outlook of the running period, and advice on excess.

pub(super) mod advice;
pub(super) mod forecast;
pub(super) mod outlook;
