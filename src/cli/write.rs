//! Files that a person asked for: whole or not there.

use std::io;
use std::path::Path;

use super::error::CliError;

/// Writes a file beside its place and moves it there, with the folders above it.
///
/// What is there and is no regular file, such as `/dev/stdout`, is written to as it is.
pub(super) fn whole(path: &Path, content: impl AsRef<[u8]>) -> Result<(), CliError> {
    place(path, content.as_ref()).map_err(|source| CliError::Write { path: path.to_owned(), source })
}

fn place(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return std::fs::write(path, content);
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let written = std::fs::write(&beside, content).and_then(|()| std::fs::rename(&beside, path));
    // The first failure is the one to tell.
    written.inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

/// Removes a database with its logs; what is not there is no matter.
pub(super) fn remove_database(path: &Path) -> Result<(), CliError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(CliError::Write { path: name.into(), source }),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Moves a file to its place.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), CliError> {
    std::fs::rename(from, to).map_err(|source| CliError::Write { path: to.to_owned(), source })
}
