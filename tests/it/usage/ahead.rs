//! What is still ahead in a period: outlook, forecast, advice.

pub(super) mod advice;
pub(super) mod forecast;
pub(super) mod outlook;
