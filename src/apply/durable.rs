//! Files that are on disk when the call returns.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};

/// Writes a file that is whole or not there: written beside it, synced, renamed, and the folder synced.
pub(super) fn write(path: &Utf8Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let temporary = beside(path);
    let mut writer = BufWriter::with_capacity(1 << 16, File::create(&temporary)?);
    content(&mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    sync_folder(path)?;
    Ok(file)
}

fn beside(path: &Utf8Path) -> Utf8PathBuf {
    let mut name = path.as_str().to_owned();
    name.push_str(".new");
    name.into()
}

/// Makes the names in the folder of `path` durable.
#[cfg(unix)]
fn sync_folder(path: &Utf8Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

// Elsewhere a folder cannot be opened as a file; the file system journals names itself.
#[cfg(not(unix))]
fn sync_folder(_: &Utf8Path) -> io::Result<()> {
    Ok(())
}
