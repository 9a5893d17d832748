//! Connectors against the served sandbox, services of other authors and services that misbehave.

mod hostile_services;
pub(crate) mod http;
pub(super) mod scim;
pub(crate) mod transport;
