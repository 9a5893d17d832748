//! The organization before a run's first write, saved as a file in a frozen format; `undo` reads the file
//! again.
//!
//! The file has one JSON object per line: first everything but the users, then each user, so that neither
//! writing nor reading holds a second copy of the organization.

mod error;
mod records;

use std::io::{self, BufRead, Write};

pub use error::SnapshotError;

use crate::model::{Interner, Snapshot};

/// Writes `snapshot` to `to`.
pub fn write_snapshot(snapshot: &Snapshot, to: &mut dyn Write) -> io::Result<()> {
    write_line(&mut *to, &records::SnapshotHeadRecord::from_snapshot(snapshot))?;
    snapshot
        .live
        .0
        .users
        .iter()
        .try_for_each(|(key, user)| write_line(&mut *to, &records::SnapshotUserRecord::from_user(key, user)))
}

fn write_line(to: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, value)?;
    to.write_all(b"\n")
}

/// Reads a snapshot that [`write_snapshot()`] wrote, sharing names through `names`.
pub fn read_snapshot(bytes: &[u8], names: &Interner) -> Result<Snapshot, SnapshotError> {
    let mut lines = bytes.lines();
    let head = lines
        .next()
        .transpose()
        .map_err(|error| SnapshotError::Json(error.to_string().into()))?
        .unwrap_or_default();
    let records::SnapshotFormatRecord { format } = serde_json::from_str(&head)?;
    if format != records::FORMAT {
        return Err(SnapshotError::Format(format));
    }
    let head: records::SnapshotHeadRecord<'_> = serde_json::from_str(&head)?;
    let said = head.users;
    let mut snapshot = head.snapshot_without_users(names)?;
    for line in lines {
        let line = line.map_err(|error| SnapshotError::Json(error.to_string().into()))?;
        let (key, user) = serde_json::from_str::<records::SnapshotUserRecord<'_>>(&line)?.read(names)?;
        snapshot.live.0.users.insert(key, user.into());
    }
    let found = snapshot.live.0.users.len();
    if found == said { Ok(snapshot) } else { Err(SnapshotError::Users { said, found }) }
}
