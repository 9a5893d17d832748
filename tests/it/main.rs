//! All integration tests, in one binary; modules mirror `src/`.
#![allow(clippy::unwrap_used)]

mod apply;
