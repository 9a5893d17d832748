//! The model: access decisions, licences, amounts.

pub(super) mod access;
pub(super) mod money;
pub(super) mod slow_access;
