//! The one integration binary; modules mirror `src/`.
#![allow(clippy::unwrap_used, missing_docs)]

mod sandbox;
