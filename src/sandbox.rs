//! The embedded organization: a service in one SQLite file.
//!
//! The sandbox behaves like a service and not like a map. It holds every invariant of the organization and
//! refuses a write that would break one. It answers a repeated idempotency key as it did the first time. It
//! keeps an audit log of every write and an outbox of the invitations it "sent". It never reads the clock:
//! the caller that opens it passes the time.

mod billing;
mod identity;
mod scim;

mod acts;
pub mod faults;
pub mod generate;
pub mod invariant;
pub mod seed;
pub mod serve;
mod store;

pub use faults::Faults;
pub use generate::generate_firm;
pub use seed::{Seed, SeedError, read_seed};
pub use store::error::SandboxStoreError;
pub use store::ledger::{AuditLogEntry, Invitation, SandboxSummary};
pub use store::sandbox_store::{SandboxStore, StoreOptions};
