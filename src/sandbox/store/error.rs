//! Errors of the organization's file.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::model::Text;

/// The embedded organization could not be created, opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum SandboxStoreError {
    /// The file does not exist.
    #[error("there is no sandbox organization at {}", .0.display())]
    Missing(PathBuf),
    /// The file exists already, and is not overwritten.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The path is a directory, a FIFO or a device.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// The file belongs to another program, or is no database.
    #[error("{} is not a sandbox organization", .0.display())]
    Foreign(PathBuf),
    /// The file was written by another version of seatwise.
    #[error("{} has format {found}, this seatwise knows format {known}", .path.display())]
    Format {
        path: PathBuf,
        /// The format of the file.
        found: i32,
        /// The format this program reads and writes.
        known: i32,
    },
    /// The file is damaged.
    #[error("{} is damaged: {what}", .path.display())]
    Corrupt { path: PathBuf, what: Text },
    /// Another process locked the file for longer than this process was willing to wait.
    #[error("{} is locked by another process", .0.display())]
    Locked(PathBuf),
    /// The disk, or the file's quota, is full. Nothing was written.
    #[error("{} could not be written: the disk is full", .0.display())]
    Full(PathBuf),
    /// The file or its folder is read-only.
    #[error("{} could not be written: it is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// The file system refused.
    #[error("{} could not be reached", .path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The write would break an invariant of the organization.
    #[error("the organization refuses it: {0}")]
    Refused(Text),
    /// Any other error of SQLite.
    #[error("{}: the database failed", .path.display())]
    Database {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
}

impl SandboxStoreError {
    /// Converts an error of SQLite about the file at `path` into a kind that a person can act on.
    pub(in crate::sandbox) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        if let rusqlite::Error::FromSqlConversionFailure(_, _, what) = &source {
            return Self::Corrupt { path, what: what.to_string().into() };
        }
        if let rusqlite::Error::IntegralValueOutOfRange(..) | rusqlite::Error::InvalidColumnType(..) = &source
        {
            return Self::Corrupt { path, what: source.to_string().into() };
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            Some(ErrorCode::DiskFull) => Self::Full(path),
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(path),
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path, what: source.to_string().into() },
            Some(ErrorCode::NotADatabase) => Self::Foreign(path),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure) => {
                Self::File { path, source: std::io::Error::other(source.to_string()) }
            }
            Some(_) | None => Self::Database { path, source },
        }
    }

    /// Converts an error of the file system about the file at `path`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's enum is non-exhaustive")]
    pub(in crate::sandbox) fn from_io(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full(path),
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly(path)
            }
            _ => Self::File { path, source },
        }
    }
}
