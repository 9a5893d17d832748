mod amend;
mod broken_acme;
mod condition;
mod problem;
mod resolve;
pub(super) mod schema;
mod scope;
mod settings;
mod yaml;
