//! What a journal is written to while its run goes on.

use std::fs::{File, Metadata};
use std::io::{self, Write};

use camino::Utf8PathBuf;

/// The medium that a journal's lines are written to.
pub trait JournalMedium: Send {
    /// Appends all of `lines`.
    fn append(&mut self, lines: &[u8]) -> io::Result<()>;
    /// Returns once all appended lines are on disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// A journal's file, and the path at which others must find it.
pub(super) struct JournalFile {
    pub(super) file: File,
    pub(super) path: Utf8PathBuf,
}

/// The journal is no longer at its path.
#[derive(Debug, thiserror::Error)]
#[error("{path} was removed or replaced while the run went on")]
pub(super) struct VanishedJournal {
    path: Utf8PathBuf,
}

impl JournalMedium for JournalFile {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.file.write_all(lines)
    }

    // A file that was deleted can be written to like any other, but nobody will ever read what is in it.
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        let ours = self.file.metadata()?;
        match std::fs::metadata(&self.path) {
            Ok(there) if is_same_file(&ours, &there) => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(_) | Err(_) => {
                let path = self.path.clone();
                Err(io::Error::new(io::ErrorKind::NotFound, VanishedJournal { path }))
            }
        }
    }
}

/// Whether an error of a medium says that the journal is no longer at its path.
pub(super) fn is_vanished(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<VanishedJournal>())
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

// Elsewhere, a file that is open cannot be removed.
#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}
