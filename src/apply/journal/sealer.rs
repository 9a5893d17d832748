//! Seals a journal as it grows.

use crate::state::{PolicyFolderSeal, Seal, SealedKind};

/// The digest of the lines of a journal so far, and who seals them.
pub(super) struct JournalSealer {
    seal: PolicyFolderSeal,
    content: blake3::Hasher,
}

impl JournalSealer {
    /// Continues after `lines`, which are all there is of the journal.
    pub(super) fn after_lines(seal: PolicyFolderSeal, lines: &[u8]) -> Self {
        let mut content = blake3::Hasher::new();
        content.update(lines);
        Self { seal, content }
    }

    /// Takes note of lines that are written.
    pub(super) fn add_lines(&mut self, lines: &[u8]) {
        self.content.update(lines);
    }

    /// The seal of all lines so far; `None` where there is no key that seals.
    pub(super) fn seal(&self) -> Option<Seal> {
        self.seal.seal(SealedKind::Journal, &self.content.finalize())
    }
}
