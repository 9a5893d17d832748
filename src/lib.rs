//! seatwise reconciles the people, roles, product assignments and access restrictions of a Bentley Systems customer organization
//! with a policy in Git.

pub mod model;

pub mod policy;

pub mod change;

pub mod diff;

pub mod plan;

pub mod load;
pub mod render;

pub mod connector;
pub mod sandbox;

pub mod apply;

pub mod cli;
