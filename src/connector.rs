//! How a live organization is reached: reading and writing are two traits, so that planning cannot write.

pub mod http;
mod retry;
pub mod scim;
pub mod shrink_check;
pub mod transport;

use std::future::Future;

pub use retry::Retry;

use crate::model::{Interner, LiveId, Snapshot, Text};
use crate::plan::Step;

/// Reads the organization.
pub trait OrgRead {
    /// Reads every section once. What could not be read, or looked wrong, is in [`Snapshot::unread`].
    fn fetch(&self, names: &Interner) -> impl Future<Output = Result<Snapshot, FetchError>> + Send;
}

/// Writes to the organization, one step at a time.
pub trait OrgWrite: Sync {
    /// Carries out one step of an approved plan.
    ///
    /// `key` is the same whenever the same step of the same run is sent again: a step that was carried out
    /// under it is not carried out twice, and answers as it did. The step's before-values and identities are
    /// checked in the same transaction.
    fn carry_out(&self, step: &Step, key: &str) -> impl Future<Output = Result<Receipt, WriteError>> + Send;

    /// How many writes may be under way at once, and how many a second.
    fn pace(&self) -> Pace;

    /// Requests that a write takes, looks included.
    fn requests_per_write(&self) -> u32 {
        1
    }
}

/// What a write brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It was carried out.
    Done {
        /// The identity of what was created.
        created: Option<LiveId>,
    },
    /// Live was already as the step wants it; nothing was written.
    AlreadySo,
}

/// The speed a connector is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Writes under way at once.
    pub concurrency: usize,
    /// Requests a second; `None` is as fast as they go.
    pub per_second: Option<u32>,
}

/// The organization could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The embedded organization's file; what is wrong with it is known to the sandbox alone.
    #[error("the sandbox organization could not be read")]
    Sandbox(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A service.
    #[error("the organization could not be read")]
    Service(#[source] transport::ServiceError),
    /// A protocol that has no such thing.
    #[error("SCIM knows of no {0}")]
    Lacking(&'static str),
}

/// A write was not carried out, or may not have been.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// Live no longer agrees with a before-value or an identity; a lower-case fragment says how.
    #[error("{0}")]
    Changed(Text),
    /// The organization refuses it: an invariant of its own.
    #[error("{0}")]
    Refused(Text),
    /// Not carried out, and may be tried again: busy, throttled, no connection.
    #[error("{0}")]
    Transient(Text),
    /// The answer was lost: it may or may not have been carried out, and may be sent again under the same
    /// key.
    #[error("{0}")]
    InDoubt(Text),
}
