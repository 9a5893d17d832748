//! Connectors against the served sandbox, services of other authors and services that misbehave.

pub(crate) mod http;
pub(super) mod scim;
pub(crate) mod transport;
