//! The organization before a run's first write, as a file: a frozen format, read again by `undo`.
//!
//! One JSON object a line: first everything but the users, then each user, so that neither writing nor
//! reading holds a second copy.

mod records;

use std::io::{self, BufRead, Write};

use crate::model::{Interner, NameError, Snapshot, Text};

/// A snapshot's file could not be understood.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SnapshotError {
    /// Not the JSON that is written here.
    #[error("not a snapshot: {0}")]
    Json(Text),
    /// Written by another version of seatwise.
    #[error("it is in format {0}, and this version of seatwise knows format {known}", known = records::FORMAT)]
    Format(u32),
    /// A name is none.
    #[error("`{text}`: {source}")]
    Name {
        /// What stands there.
        text: Text,
        /// Why it is no name.
        #[source]
        source: NameError,
    },
    /// A word or number outside its list.
    #[error("`{0}` is not known")]
    Word(Text),
    /// Fewer or more users than it says.
    #[error("it says {said} users and has {found}")]
    Users {
        /// As the first line says.
        said: usize,
        /// As there are.
        found: usize,
    },
}

impl From<serde_json::Error> for SnapshotError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error.to_string().into())
    }
}

/// Writes `snapshot`.
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

/// Reads what [`write_snapshot()`] wrote, sharing names through `names`.
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
    let (said, reader) = (head.users, records::SnapshotReader(names));
    let mut snapshot = reader.snapshot_without_users(head)?;
    for line in lines {
        let line = line.map_err(|error| SnapshotError::Json(error.to_string().into()))?;
        let (key, user) = reader.user(serde_json::from_str(&line)?)?;
        snapshot.live.0.users.insert(key, user.into());
    }
    let found = snapshot.live.0.users.len();
    if found == said { Ok(snapshot) } else { Err(SnapshotError::Users { said, found }) }
}
