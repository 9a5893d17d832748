//! The embedded organization: a service in one SQLite file.
//!
//! It behaves like a service and not like a map: it holds every invariant of the organization itself and
//! refuses what breaks one, answers a repeated key as it did the first time, keeps an audit log of every
//! write and an outbox of the invitations it "sent". It never reads the clock: its opener says what time it
//! is.

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
