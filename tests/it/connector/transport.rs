//! Requests of connectors: credentials, gateways, pace.

pub(crate) mod credentials;
pub(crate) mod gateways;
pub(crate) mod throttle;
