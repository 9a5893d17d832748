//! Writes the files and folders that a user asked for, each either whole or not at all.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use super::error::CliError;
use crate::disk::{self, Durability, FileAudience};

/// Writes a file beside its place and moves it there, and creates the folders above it.
///
/// A path that exists and is no regular file, such as `/dev/stdout`, is written to directly.
pub(super) fn write_file(path: &Path, content: impl AsRef<[u8]>) -> Result<(), CliError> {
    write_beside(path, content.as_ref()).map_err(|source| CliError::Write { path: path.to_owned(), source })
}

fn write_beside(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return std::fs::write(path, content);
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let beside = disk::path_with_ending(path, ".new");
    disk::replace_file(path, &beside, Durability::Cached, FileAudience::Others, |file| {
        file.write_all(content)
    })
    .map(drop)
}

/// Creates the folder of a file, and the folders above it.
pub(super) fn create_folder_of(path: &Path) -> Result<(), CliError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let failed = |source| CliError::Write { path: path.to_owned(), source };
    folder.map_or(Ok(()), std::fs::create_dir_all).map_err(failed)
}

/// Writes a new folder beside its place and moves it there, so that readers see either nothing or all of it.
/// A folder that exists and is not empty stays as it is, which is an error.
pub(super) fn write_new_folder(path: &Path, files: &BTreeMap<String, String>) -> Result<(), CliError> {
    let failed = |source| CliError::Write { path: path.to_owned(), source };
    require_free_folder(path)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(failed)?;
    let ending = format!(".{}.new", std::process::id());
    let beside = &disk::path_with_ending(path.components().as_path(), &ending);
    let filled = std::fs::create_dir(beside)
        .and_then(|()| files.iter().try_for_each(|(name, text)| std::fs::write(beside.join(name), text)));
    let placed = filled.and_then(|()| {
        // Not every system can move a folder onto an empty one.
        if path.is_dir() {
            std::fs::remove_dir(path)?;
        }
        std::fs::rename(beside, path)
    });
    placed.inspect_err(|_| drop(std::fs::remove_dir_all(beside))).map_err(failed)
}

/// Returns an error where something other than an empty folder exists at the path.
pub(super) fn require_free_folder(path: &Path) -> Result<(), CliError> {
    let is_free = match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err(),
    };
    if is_free { Ok(()) } else { Err(CliError::NotEmpty(path.to_owned())) }
}

/// Removes a SQLite database with its logs. Files that do not exist are no error.
pub(super) fn remove_database(path: &Path) -> Result<(), CliError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let name = disk::path_with_ending(path, suffix);
        match std::fs::remove_file(&name) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(CliError::Write { path: name, source });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Moves a file to its place.
pub(super) fn move_file(from: &Path, to: &Path) -> Result<(), CliError> {
    std::fs::rename(from, to).map_err(|source| CliError::Write { path: to.to_owned(), source })
}
