//! The sandbox as a connector.
