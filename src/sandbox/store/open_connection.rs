//! Opens the organization's file, also where it can only be read.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::schema;
use crate::disk;
use crate::sandbox::SandboxStoreError;

/// Opens an existing file for reading and writing, or for reading alone where nothing beside it can be
/// written.
pub(super) fn open_connection(path: &Path, patience: Duration) -> Result<Connection, SandboxStoreError> {
    match path.metadata() {
        Ok(meta) if !meta.is_file() => return Err(SandboxStoreError::NotAFile(path.to_path_buf())),
        Ok(_) => {}
        Err(source) if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(SandboxStoreError::Missing(path.to_path_buf()));
        }
        Err(source) => return Err(SandboxStoreError::from_io(path, source)),
    }
    let open = |name: &Path, flags: OpenFlags| {
        let failed = |source| SandboxStoreError::from_sqlite(path, source);
        let conn =
            Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
        conn.busy_timeout(patience).map_err(failed)?;
        schema::check_format(&conn, path)?;
        Ok(conn)
    };
    match open(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        // SQLite reads a write-ahead log with the help of files beside it. Where they cannot be created, no
        // process writes either, unless the log shows that one did.
        Err(SandboxStoreError::ReadOnly(_) | SandboxStoreError::File { .. }) if has_no_log(path) => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            open(Path::new(&immutable_name(path)), flags)
        }
        opened => opened,
    }
}

/// Whether nothing is in the write-ahead log of a database.
fn has_no_log(path: &Path) -> bool {
    disk::path_with_ending(path, "-wal").metadata().map_or(true, |log| log.len() == 0)
}

/// Returns the name by which SQLite opens a file that nobody writes meanwhile.
fn immutable_name(path: &Path) -> String {
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?immutable=1")
}
