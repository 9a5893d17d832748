//! The ways in which seatwise reaches an organization.

pub(super) mod sandbox_connector;
