//! One integration binary; modules mirror `src/`.
#![allow(clippy::unwrap_used, missing_docs)]

mod plan_builder;
mod plan_file;
