//! What goes over wires, against its own description.

pub(super) mod openapi;
