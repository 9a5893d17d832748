//! Files that are on disk when the call returns.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};

/// Writes a file that is whole or not there: written beside it, synced, renamed, and the folder synced.
pub(super) fn write_durable_file(
    path: &Utf8Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<File> {
    let temporary = temporary_path(path);
    let mut writer = BufWriter::with_capacity(1 << 16, File::create(&temporary)?);
    content(&mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), sync_folder)?;
    Ok(file)
}

/// Makes a folder, and those above it, where they are missing.
pub(super) fn create_durable_folder(path: &Utf8Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path)?;
    // The folder above it may be as new.
    path.ancestors().skip(1).take(2).filter(|above| !above.as_str().is_empty()).try_for_each(sync_folder)
}

fn temporary_path(path: &Utf8Path) -> Utf8PathBuf {
    let mut name = path.as_str().to_owned();
    name.push_str(".new");
    name.into()
}

/// Makes the names in a folder durable.
#[cfg(unix)]
fn sync_folder(folder: &Utf8Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

// Elsewhere a folder cannot be opened as a file; the file system journals names itself.
#[cfg(not(unix))]
fn sync_folder(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}
