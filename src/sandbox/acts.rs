//! Writes: the acts of a plan, each in a transaction that holds every invariant.

pub(super) mod audit_record;
pub(super) mod carry_out;
pub(super) mod grants;
pub(super) mod groups;
pub(super) mod people;
pub(super) mod settings;
pub(super) mod write_transaction;
