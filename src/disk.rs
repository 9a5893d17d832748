//! Files and folders that are either whole or not there: content is written beside its place and moved.
//! Whatever is read is a regular file of a bounded size.

mod regular_file;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use regular_file::create_anew;
pub use regular_file::{open_own_file, open_regular_file, read_regular_file};

/// Whether a file is on disk when it has been written, or whenever the system writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The file and the entry of its folder survive a loss of power.
    Synced,
    /// The system writes them in its own time.
    Cached,
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileAudience {
    /// Its owner alone, as it holds data of people or what is believed later.
    Owner,
    /// Those whom the user's `umask` lets.
    Others,
}

/// Writes a file in the place of the one that may be there: to `beside`, which is then moved to `path`. Both
/// must be on one file system. Returns the file, open for writing.
///
/// Where something fails, the file at `path` is as it was, and `beside` is removed.
pub fn replace_file(
    path: &Path,
    beside: &Path,
    durability: Durability,
    audience: FileAudience,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<File> {
    let written = write_and_move(path, beside, durability, audience, content);
    // The failure to report is the first one, not one to remove the temporary file.
    written.inspect_err(|_| drop(std::fs::remove_file(beside)))
}

fn write_and_move(
    path: &Path,
    beside: &Path,
    durability: Durability,
    audience: FileAudience,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<File> {
    let mut writer = BufWriter::with_capacity(1 << 16, open_beside(beside, audience)?);
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

/// Creates a folder for its owner alone, with its missing parents, and syncs their entries.
pub fn create_durable_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    create_private_folder(path)?;
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

/// The most bytes of a file that holds a few facts of seatwise's own.
pub const LARGEST_SMALL_FILE: u64 = 1 << 20;

/// The folder beside a policy in which seatwise keeps what it has done.
pub const STATE_FOLDER: &str = ".seatwise";

/// Creates a folder and its missing parents, the new ones for their owner alone.
///
/// Where [`STATE_FOLDER`] is one of them, it gets a `.gitignore` that keeps all of it out of Git.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if path != Path::new("") {
        builder.create(path)?;
    }
    let state = path.ancestors().find(|above| above.ends_with(STATE_FOLDER));
    let ignored = state.map(|state| create_private_file(&state.join(".gitignore"), b"*\n"));
    match ignored {
        Some(Err(error)) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Some(_) | None => Ok(()),
    }
}

/// Creates a file for its owner alone, with this content on disk. A file that is there already is an error,
/// and nobody sees the new one half written.
pub fn create_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let beside = path_with_ending(path, &format!(".{}", std::process::id()));
    let mut file = open_beside(&beside, FileAudience::Owner)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    let made = written.and_then(|()| match std::fs::hard_link(&beside, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => std::fs::rename(&beside, path),
        linked => linked,
    });
    drop(std::fs::remove_file(&beside));
    made
}

/// Creates a file for writing. A link that is there already is not followed to what it would overwrite.
fn open_beside(path: &Path, audience: FileAudience) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match audience {
            FileAudience::Owner => 0o600,
            FileAudience::Others => 0o666,
        },
    );
    create_anew(&mut options, path)
}
