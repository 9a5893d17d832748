//! Rows of use: what they are, which are looked at, and names as numbers.

pub(super) mod columns;
pub(super) mod filter;
pub(super) mod register;
pub(super) mod reported_use;
pub mod time_text;
pub(super) mod use_row;
