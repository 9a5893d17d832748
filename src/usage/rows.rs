//! Rows of use: their content, the choice of rows, and the numbers for their names.

pub(super) mod columns;
pub(super) mod filter;
pub(super) mod register;
pub(super) mod reported_use;
pub mod time_text;
pub(super) mod use_row;
