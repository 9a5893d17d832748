//! Commits, and the files that they change.

use jiff::Timestamp;

/// The facts of a commit that reports cite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full object name.
    pub id: String,
    pub author: String,
    /// The time at which the author wrote it.
    pub time: Timestamp,
    /// The first line of the message.
    pub summary: String,
}

impl Commit {
    /// Returns the first 10 digits of the object name, as people cite it.
    pub fn short_id(&self) -> &str {
        &self.id[..self.id.len().min(10)]
    }
}

/// A file that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// The path below the folder.
    pub path: String,
    /// The object name of the new content; `None` where the file is deleted, or no regular file any more.
    pub content: Option<String>,
}
