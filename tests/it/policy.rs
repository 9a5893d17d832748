//! The policy: documents, conditions, settings, schemas, scope, edits, and every kind of problem.

mod amend;
mod broken_acme;
mod condition;
mod dated_policy;
mod every_day;
mod grant_sources;
mod mapping;
mod problem;
mod reference;
mod renames;
mod resolve;
pub(super) mod schema;
mod scope;
mod settings;
mod yaml;
