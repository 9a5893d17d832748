//! Files and folders that are either whole or not there: content is written beside its place and moved.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// Whether a file is on disk when it has been written, or whenever the system writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The file and the entry of its folder survive a loss of power.
    Synced,
    /// The system writes them in its own time.
    Cached,
}

/// Writes a file in the place of the one that may be there: to `beside`, which is then moved to `path`. Both
/// must be on one file system. Returns the file, open for writing.
///
/// Where something fails, the file at `path` is as it was, and `beside` is removed.
pub fn replace_file(
    path: &Path,
    beside: &Path,
    durability: Durability,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<File> {
    let written = write_and_move(path, beside, durability, content);
    // The failure to report is the first one, not one to remove the temporary file.
    written.inspect_err(|_| drop(std::fs::remove_file(beside)))
}

fn write_and_move(
    path: &Path,
    beside: &Path,
    durability: Durability,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<File> {
    let mut writer = BufWriter::with_capacity(1 << 16, File::create(beside)?);
    content(&mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    if durability == Durability::Synced {
        file.sync_all()?;
    }
    std::fs::rename(beside, path)?;
    if durability == Durability::Synced {
        path.parent().map_or(Ok(()), sync_folder)?;
    }
    Ok(file)
}

/// The path with an ending behind its name.
pub fn path_with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Creates a folder and its missing parents, and syncs their entries.
pub fn create_durable_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path)?;
    // The parent folder may be new as well, so its own entry is synced too.
    path.ancestors().skip(1).take(2).filter(|above| !above.as_os_str().is_empty()).try_for_each(sync_folder)
}

/// Makes the entries of a folder durable.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

// On other systems, a folder cannot be opened as a file, and the file system journals its entries itself.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
