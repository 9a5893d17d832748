//! Opens files where somebody else may have put something: a FIFO that nobody writes to, a device that never
//! ends, more than fits into memory, or a link to a file that is not to be written.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Opens a file for reading if it is a regular one, also behind a symbolic link.
pub fn open_regular_file(path: &Path) -> io::Result<File> {
    // Looked at before it is opened, as opening a FIFO waits for somebody who writes to it; and again when it
    // is open, as it may be another one by then.
    require_regular(&path.metadata()?)?;
    let file = File::open(path)?;
    require_regular(&file.metadata()?)?;
    Ok(file)
}

/// Reads a regular file of at most `most` bytes. A larger one is an error before anything of it is read.
pub fn read_regular_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open_regular_file(path)?;
    let size = file.metadata()?.len();
    if size > most {
        return Err(too_large(most));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
    // A file can grow while it is read, and some of the system's have no size at all.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

/// Opens a file for reading and writing, and creates it where there is none. A link in its place is an error.
pub fn open_own_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        created => return created,
    }
    require_regular(&path.symlink_metadata()?)?;
    options.open(path)
}

/// Creates a file, in the place of the file or link that may be there.
pub(super) fn create_anew(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    match options.create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::remove_file(path)?;
            options.open(path)
        }
        created => created,
    }
}

fn require_regular(meta: &Metadata) -> io::Result<()> {
    let what = match meta.file_type() {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "it is a folder",
        kind if kind.is_symlink() => "it is a symbolic link",
        _ => "it is no regular file, and a pipe or device may never end",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

fn too_large(most: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} bytes"))
}
