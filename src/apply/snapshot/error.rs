//! The error of reading a snapshot's file.

use super::records::FORMAT;
use crate::format::mirror::InvalidValue;
use crate::model::{NameError, Text};

/// A snapshot's file could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SnapshotError {
    /// A line is not the JSON that [`write_snapshot`](super::write_snapshot) writes.
    #[error("not a snapshot: {0}")]
    Json(Text),
    /// Another version of seatwise wrote the snapshot.
    #[error("it is in format {0}, and this version of seatwise knows format {known}", known = FORMAT)]
    Format(u32),
    /// A text is not a valid name.
    #[error("`{text}`: {source}")]
    Name {
        text: Text,
        #[source]
        source: NameError,
    },
    /// A word or number is not one of the known values.
    #[error("`{0}` is not known")]
    Word(Text),
    /// The number of users differs from the number that the first line states.
    #[error("it says {said} users and has {found}")]
    Users {
        /// The number that the first line states.
        said: usize,
        /// The number of users in the file.
        found: usize,
    },
}

impl From<InvalidValue> for SnapshotError {
    fn from(InvalidValue { kind: _, text, source }: InvalidValue) -> Self {
        let text = text.into();
        match source {
            Some(source) => Self::Name { text, source },
            None => Self::Word(text),
        }
    }
}

impl From<serde_json::Error> for SnapshotError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error.to_string().into())
    }
}
