//! Connectors reach a live organization. Reading and writing are two traits, so planning cannot write.

pub mod http;
mod pacer;
mod retry;
pub mod scim;
pub mod shrink_check;
pub mod transport;

use std::future::Future;

pub use pacer::Pacer;
pub use retry::Retry;
pub(crate) use retry::next_random;

use crate::model::{Interner, LiveId, Snapshot, Text};
use crate::plan::Step;

/// Reads the organization.
pub trait OrgRead {
    /// Reads every section once. Sections that could not be read, or that looked wrong, are listed in
    /// [`Snapshot::unread`].
    fn fetch(&self, names: &Interner) -> impl Future<Output = Result<Snapshot, FetchError>> + Send;
}

/// Writes to the organization, one step at a time.
pub trait OrgWrite: Sync {
    /// Carries out one step of an approved plan.
    ///
    /// `key` is the idempotency key: the same step of the same run has the same key each time it is sent. The
    /// organization carries out a step only once for each key and answers a repeated request as it answered
    /// the first. The step's before-values and identities are checked in the same transaction.
    fn carry_out(&self, step: &Step, key: &str) -> impl Future<Output = Result<Receipt, WriteError>> + Send;

    /// Returns how many writes may be in flight at once, and how many requests may be sent a second.
    fn pace(&self) -> Pace;

    /// Returns how many requests one write takes, including the reads before and after the write.
    fn requests_per_write(&self) -> u32 {
        1
    }
}

/// The result of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// The step was carried out.
    Done {
        /// The identity of the created object; `None` where nothing was created.
        created: Option<LiveId>,
    },
    /// Live was already as the step wants it; nothing was written.
    AlreadySo,
}

/// The write speed that a connector is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The maximum number of writes in flight at once.
    pub concurrency: usize,
    /// The maximum number of requests a second; `None` means no limit.
    pub per_second: Option<u32>,
}

/// The organization could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The sandbox organization's file could not be read. Only the sandbox knows the kinds of errors of that
    /// file.
    #[error("the sandbox organization could not be read")]
    Sandbox(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The service could not be reached, or its answer could not be used.
    #[error("the organization could not be read")]
    Service(#[source] transport::ServiceError),
    /// The protocol has no such data: SCIM has neither invoices nor usage.
    #[error("SCIM knows of no {0}")]
    Lacking(&'static str),
}

/// A write was not carried out, or may not have been.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The live organization no longer agrees with a before-value or an identity; a lower-case fragment says
    /// how.
    #[error("{0}")]
    Changed(Text),
    /// The organization refuses the write because an invariant of its own would break.
    #[error("{0}")]
    Refused(Text),
    /// The write failed, and a part of it was carried out all the same; the text says which.
    #[error("{0}")]
    InPart(Text),
    /// The write was not carried out and may be tried again: the service is busy or throttles, or there is no
    /// connection.
    #[error("{0}")]
    Transient(Text),
    /// The write was not carried out, and cannot be before somebody has made room for it: the disk is full,
    /// or a file cannot be written. The fault is none of the write's own, and passes.
    #[error("{0}")]
    Obstructed(Text),
    /// The answer was lost. The write may or may not have been carried out, and may be sent again under the
    /// same key.
    #[error("{0}")]
    InDoubt(Text),
}
