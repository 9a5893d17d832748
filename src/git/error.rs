//! Why Git gave no answer.

use std::io;

/// Git could not be run, failed, or gave an unexpected answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program is not installed, or cannot be run.
    #[error("`git` could not be run")]
    Run(#[source] io::Error),
    /// Git failed: the first line of its message.
    #[error("git: {0}")]
    Refused(String),
    /// No commit has this name.
    #[error("git: no commit `{0}`")]
    NoCommit(String),
    /// The repository that Git finds is not that of the `.git` around the folder.
    #[error("git: the folder is in the work tree of another repository than the one around it")]
    OtherWorkTree,
    /// The folder, or one above it in the same work tree, is laid out as a repository of its own.
    #[error("git is not asked: {0} is itself laid out as a repository, whose settings can name programs")]
    Embedded(String),
    /// The clone lacks a content that a commit names.
    #[error("git: the content {0} is not here, as in a partial clone")]
    Missing(String),
    /// The output does not have the expected form: what it should have been.
    #[error("git answered in a form that is not known: {0}")]
    Form(&'static str),
    /// The files of the policy at that commit have more than so many bytes.
    #[error("the policy at that commit has more than {0} bytes")]
    TooLarge(u64),
}
