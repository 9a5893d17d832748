//! One type for every connection to an organization: the embedded one, the organization API, SCIM.
//!
//! Only this module knows both the connectors and the sandbox, which know nothing of each other.

mod connection;
mod sandbox_connector;

pub use connection::{Connection, LearnError};
pub use sandbox_connector::SandboxConnector;
