//! The id of a policy folder, kept in its folder `.seatwise`.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::key::{hex, parse_hex};
use crate::disk::{self, Durability, FileAudience};

/// The version of the format of `folder.json`.
const FORMAT: u32 = 1;

/// The file with the id.
const FILE: &str = "folder.json";

/// The id of a policy folder, made at its first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyFolderId([u8; 16]);

/// The content of `folder.json`.
#[derive(Serialize, Deserialize)]
struct FolderRecord {
    format: u32,
    /// 32 hex digits.
    id: String,
}

impl PolicyFolderId {
    /// The id that is these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads the id in the folder `seatwise` (`.seatwise`); `None` where there is none that can be read.
    pub(super) fn read(seatwise: &Path) -> Option<Self> {
        let text = disk::read_regular_file(&seatwise.join(FILE), disk::LARGEST_SMALL_FILE).ok()?;
        let record: FolderRecord = serde_json::from_slice(&text).ok()?;
        (record.format == FORMAT).then_some(Self(parse_hex(&record.id)?))
    }

    /// Makes a new id in the folder `seatwise`.
    pub(super) fn make(seatwise: &Path) -> io::Result<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(io::Error::other)?;
        let record = FolderRecord { format: FORMAT, id: hex(&id) };
        let text = serde_json::to_vec(&record).expect("a record has string keys");
        let (path, beside) = (seatwise.join(FILE), seatwise.join(format!("{FILE}.new")));
        disk::replace_file(&path, &beside, Durability::Synced, FileAudience::Owner, |file| {
            file.write_all(&text)
        })?;
        Ok(Self(id))
    }
}

impl fmt::Display for PolicyFolderId {
    /// 32 hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}
