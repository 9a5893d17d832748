//! The ways to an organization.

pub(super) mod sandbox_connector;
