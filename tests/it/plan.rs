//! Plans: their order, guards, impact, files, and what is seen of their steps.

pub(super) mod file;
mod guard;
mod impact;
mod order;
pub(super) mod sighting;
