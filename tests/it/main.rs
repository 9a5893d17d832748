//! One integration binary; modules mirror `src/`.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod plan_builder;
mod plan_file;
mod sandbox;
