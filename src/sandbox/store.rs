//! The organization in its file: tables, rows in and out, pages for services.

pub(super) mod error;
pub(super) mod fill;
pub(super) mod ledger;
pub(super) mod organization_reader;
pub(super) mod pages;
mod past_terms;
pub(super) mod sandbox_store;
pub(super) mod schema;
pub(super) mod usage;
