//! One integration binary; modules mirror `src/`.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod apply;
mod apply_laws;
mod cli;
mod export;
mod laws;
mod plan_builder;
mod plan_file;
mod policy;
mod render;
mod sandbox;
mod vectors;
mod worlds;
