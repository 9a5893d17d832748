//! Why the seal of a file is not believed.

/// The reason why the seal of a file is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// The file has no seal.
    #[error("it has no seal: it was made by hand, or by an earlier version of seatwise")]
    Unsealed,
    /// There is no key to check seals with.
    #[error("no key is here that could check its seal")]
    NoKey,
    /// Another key than the one here made the seal.
    #[error("it was sealed by another key: elsewhere, or by somebody else")]
    OtherKey,
    /// The file is of another policy folder.
    #[error("it is of another policy folder")]
    OtherFolder,
    /// The policy folder is a copy of the one at this path, which still exists.
    #[error("it was copied from the policy folder {0}")]
    Copied(String),
    /// The seal is not one over the content.
    #[error("it was edited after it was sealed")]
    Edited,
    /// Newer state of the folder was seen before.
    #[error("it is older than what is known of this policy folder")]
    Outdated,
    /// The journal is not what it was when its run ended.
    #[error("it is not what it was when its run ended")]
    Cut,
    /// The file was there, and is no longer.
    #[error("its journal is gone")]
    Gone,
}
