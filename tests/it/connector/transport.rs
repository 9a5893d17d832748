//! Requests: credentials, gateways on the way, pace.

pub(crate) mod credentials;
pub(crate) mod gateways;
pub(crate) mod throttle;
