//! Every way to an organization behind one type: the embedded one, the organization API, SCIM.
//!
//! The one place that knows connectors and the sandbox, which know nothing of each other.

mod connection;
mod sandbox_connector;

pub use connection::{Connection, LearnError};
pub use sandbox_connector::SandboxConnector;
