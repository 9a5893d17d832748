//! One integration binary; modules mirror `src/`.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod apply;
mod apply_laws;
mod audit;
mod browser;
mod cli;
mod examples;
mod export;
mod exports;
mod folders;
mod http;
mod invariants;
mod laws;
mod money;
mod paper;
mod plan_builder;
mod plan_file;
mod policy;
mod readme;
mod render;
mod sandbox;
mod schemas;
mod scim;
mod usage;
mod vectors;
mod worlds;
