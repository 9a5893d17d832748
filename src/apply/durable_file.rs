//! Writes files and folders that are durably on disk when the call returns.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};

/// Writes a file so that it is either complete or absent: the content is written to a temporary file in the
/// same folder, synced and renamed, and then the folder is synced. Returns the file, open for writing.
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

/// Creates a folder and its missing parents.
pub(super) fn create_durable_folder(path: &Utf8Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path)?;
    // The parent folder may be new as well, so its own entry is synced too.
    path.ancestors().skip(1).take(2).filter(|above| !above.as_str().is_empty()).try_for_each(sync_folder)
}

fn temporary_path(path: &Utf8Path) -> Utf8PathBuf {
    let mut name = path.as_str().to_owned();
    name.push_str(".new");
    name.into()
}

/// Makes the entries of a folder durable.
#[cfg(unix)]
fn sync_folder(folder: &Utf8Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

// On other systems, a folder cannot be opened as a file, and the file system journals its entries itself.
#[cfg(not(unix))]
fn sync_folder(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}
