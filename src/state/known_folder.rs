//! What is remembered of each policy folder beside the user's key: where it is, and its newest run.
//!
//! State that was copied from another folder, or that was put back from an older copy, is known by this.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fault::SealFault;
use super::folder::PolicyFolderId;
use super::head::RunsHead;
use crate::disk::{self, Durability, FileAudience};

/// The version of the format of these files.
const FORMAT: u32 = 1;

/// The file of one policy folder.
#[derive(Debug, Clone)]
pub(super) struct KnownFolder {
    path: PathBuf,
    /// The folder `.seatwise` that asks.
    here: PathBuf,
    id: PolicyFolderId,
}

/// The content of the file.
#[derive(Serialize, Deserialize)]
struct KnownFolderRecord {
    format: u32,
    /// The path of `.seatwise`.
    place: PathBuf,
    head: RunsHead,
}

impl KnownFolder {
    /// What is remembered below `home` of the folder `seatwise` with this id.
    pub(super) fn new(home: &Path, seatwise: &Path, id: PolicyFolderId) -> Self {
        let here = seatwise.canonicalize().unwrap_or_else(|_| seatwise.to_owned());
        Self { path: home.join("folders").join(format!("{id}.json")), here, id }
    }

    fn read(&self) -> Option<KnownFolderRecord> {
        let record: KnownFolderRecord =
            serde_json::from_slice(&disk::read_regular_file(&self.path, disk::LARGEST_SMALL_FILE).ok()?)
                .ok()?;
        (record.format == FORMAT).then_some(record)
    }

    /// The newest run that was seen.
    pub(super) fn head(&self) -> Option<RunsHead> {
        self.read().map(|known| known.head)
    }

    /// An error where the folder with this id is another one, which still exists: this one is a copy.
    pub(super) fn check_place(&self) -> Result<(), SealFault> {
        let Some(known) = self.read() else { return Ok(()) };
        let is_elsewhere = known.place != self.here && PolicyFolderId::read(&known.place) == Some(self.id);
        if is_elsewhere { Err(SealFault::Copied(known.place.display().to_string())) } else { Ok(()) }
    }

    /// Remembers the newest run. A failure only makes an older copy harder to see.
    pub(super) fn remember(&self, head: &RunsHead) {
        let record = KnownFolderRecord { format: FORMAT, place: self.here.clone(), head: head.clone() };
        let text = serde_json::to_vec(&record).unwrap_or_default();
        let beside = disk::path_with_ending(&self.path, ".new");
        let _ = self.path.parent().map(disk::create_private_folder);
        let _ = disk::replace_file(&self.path, &beside, Durability::Cached, FileAudience::Owner, |file| {
            file.write_all(&text)
        });
    }
}
