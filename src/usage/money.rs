//! The cost of use: owned quantities and prices over time, charges, invoices, and checks of invoices.

pub(super) mod charge;
pub(super) mod history;
pub(super) mod invoice;
pub(super) mod peaks;
pub(super) mod share;
pub(super) mod terms;
pub(super) mod verify;
