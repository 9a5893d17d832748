//! Connectors, against the served sandbox, services of others and services that misbehave.

pub(crate) mod http;
pub(super) mod scim;
pub(crate) mod transport;
