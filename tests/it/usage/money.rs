//! Charges, invoices, prices.

pub(super) mod charge;
pub(super) mod peaks;
pub(super) mod verify;
