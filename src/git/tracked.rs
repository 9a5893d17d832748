//! Files that Git tracks, where none may be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{GitError, Repository};
use crate::disk::read_regular_file;

/// The largest index that is read, in bytes.
const LARGEST_INDEX: u64 = 1 << 31;

/// Returns a file below the folder `name` in `folder` that Git tracks, if there is one. Case makes no
/// difference, as it makes none on the disks of many.
///
/// Most indexes do not contain the name at all, and then Git is not asked.
pub fn tracked_file(folder: &Path, name: &str) -> Result<Option<String>, GitError> {
    let Some(index) = index_file(folder) else { return Ok(None) };
    let wanted = format!("{name}/");
    match read_regular_file(&index, LARGEST_INDEX) {
        Ok(index) if may_name(&index, wanted.as_bytes()) => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(GitError::Run(error)),
    }
    let Some(repository) = Repository::find(folder)? else { return Ok(None) };
    let listed = repository.run_git(&["ls-files", "-z", "--", "."])?;
    let listed = listed.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let is_below =
        |path: &&str| path.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(&wanted));
    Ok(listed.map(|path| path.into_owned()).find(|path| is_below(&path.as_str())))
}

/// The index of the repository around `folder`.
fn index_file(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let entry = folder.ancestors().map(|above| above.join(".git")).find(|entry| entry.exists())?;
    if entry.is_dir() {
        return Some(entry.join("index"));
    }
    // A linked work tree or a submodule: `gitdir: ` and the path of the real folder.
    let text = fs::read_to_string(&entry).ok()?;
    let path = Path::new(text.strip_prefix("gitdir:")?.trim());
    Some(entry.parent()?.join(path).join("index"))
}

/// Whether an index may contain a path with `wanted` in it: for certain, if it is one whose paths are spelled
/// out.
fn may_name(index: &[u8], wanted: &[u8]) -> bool {
    // Version 4 leaves out what a path has in common with the one before; a split index has its paths in
    // another file.
    let is_spelled_out = matches!(index.get(..8), Some(b"DIRC\0\0\0\x02" | b"DIRC\0\0\0\x03"))
        && memchr::memmem::find(index, b"link").is_none();
    !is_spelled_out
        || memchr::memchr_iter(wanted[0], index).any(|at| {
            index.get(at..at + wanted.len()).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        })
}
