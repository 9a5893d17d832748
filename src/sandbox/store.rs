//! The organization's SQLite file: its tables, reading and writing of rows, pages for the service.

pub(super) mod error;
pub(super) mod fill;
pub(super) mod ledger;
pub(super) mod open_connection;
mod organization_reader;
pub(super) mod pages;
mod past_terms;
pub(super) mod sandbox_store;
pub(super) mod schema;
pub(super) mod usage;
pub(super) mod user_columns;
