//! Rows of use as exports write them.

mod filter;
pub(super) mod time_text;
