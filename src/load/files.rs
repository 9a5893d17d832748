//! Lists and reads the files of a policy, on a file system that may be hostile.

use std::fs::{self, FileType};
use std::io::{self, Read};
use std::path::Path;

use super::{FileRefusal, LoadError, PolicyFileReader, SETTINGS};
use crate::disk::open_regular_file;
use crate::model::Text;
use crate::policy::problem::ProblemCode;
use crate::policy::yaml::YamlBudget;

/// The most documents that a policy may have.
const MOST_FILES: usize = 10_000;
/// The size of the largest file of settings, in bytes: thousands of accepted findings fit.
const LARGEST_SETTINGS: u64 = 1 << 20;
/// The deepest nesting of folders that is searched.
const DEEPEST: usize = 32;
/// The most entries of all folders together, documents or not.
const MOST_ENTRIES: usize = 1_000_000;

/// One file that belongs to the policy.
#[derive(Debug)]
pub(super) struct ListedPolicyFile {
    /// The path below the root, with `/`; a name that is not UTF-8 is shown with replacement characters.
    pub(super) path: String,
    /// The size when the file was listed.
    pub(super) bytes: u64,
    /// Why the file will not be read; `None` where it will.
    pub(super) unread: Option<FileRefusal>,
}

impl ListedPolicyFile {
    /// Returns the entry of a file that is not refused, with its size in bytes.
    pub(super) fn in_memory(path: &str, bytes: u64) -> Self {
        Self { path: path.to_owned(), bytes, unread: None }
    }

    fn with_refusal(path: String, code: ProblemCode, message: impl Into<String>) -> Self {
        Self { path, bytes: 0, unread: Some((code, message.into())) }
    }

    fn of_link(path: String) -> Self {
        let message = "a symbolic link; links are not followed, since each thing stands once";
        Self::with_refusal(path, ProblemCode::SymbolicLink, message)
    }

    fn unreadable(path: String, what: &str, error: &io::Error) -> Self {
        Self::with_refusal(path, ProblemCode::UnreadableFile, format!("the {what} cannot be read: {error}"))
    }
}

/// What the policy's folder holds.
#[derive(Debug, Default)]
pub(super) struct PolicyFileList {
    /// All documents and the settings, in path order.
    pub(super) files: Vec<ListedPolicyFile>,
    /// The paths of files that look as if they were meant as documents and are none, in order.
    pub(super) passed_over: Vec<Text>,
}

impl PolicyFileList {
    /// Returns the list of a policy of which nothing is read: the settings file alone, with the reason.
    fn refused(code: ProblemCode, message: String) -> Self {
        let settings = ListedPolicyFile::with_refusal(SETTINGS.to_owned(), code, message);
        Self { files: vec![settings], passed_over: Vec::new() }
    }
}

/// Lists the files below `root`. An entry that is named like a document and cannot be read as one is listed
/// as refused.
pub(super) fn list_files(root: &Path) -> Result<PolicyFileList, LoadError> {
    let unreadable = |source| LoadError::Folder { folder: root.to_owned(), source };
    fs::read_dir(root).map_err(unreadable)?;
    // Checked before the walk, so that a folder without a policy is not searched.
    if fs::symlink_metadata(root.join(SETTINGS)).is_err() {
        return Err(LoadError::NoSettings { folder: root.to_owned() });
    }
    let mut walk = FolderWalk::default();
    walk.visit_folder(root, "", 0).map_err(unreadable)?;
    let FolderWalk { mut files, mut passed_over, entries } = walk;
    if entries > MOST_ENTRIES || files.len() > MOST_FILES {
        return Ok(PolicyFileList::refused(
            ProblemCode::TooManyFiles,
            format!("the folder has more than {MOST_FILES} documents, or {MOST_ENTRIES} files"),
        ));
    }
    if files.iter().map(|file| file.bytes).sum::<u64>() > YamlBudget::POLICY.total_bytes {
        return Ok(PolicyFileList::refused(
            ProblemCode::PolicyTooLarge,
            format!("all documents together have more than {} bytes", YamlBudget::POLICY.total_bytes),
        ));
    }
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    passed_over.sort_unstable();
    Ok(PolicyFileList { files, passed_over })
}

/// A walk through the policy's folder that collects the files to read, and counts the entries.
#[derive(Default)]
struct FolderWalk {
    files: Vec<ListedPolicyFile>,
    passed_over: Vec<Text>,
    entries: usize,
}

impl FolderWalk {
    fn visit_folder(&mut self, folder: &Path, shown: &str, depth: usize) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            // Dot-folders and dot-files belong to other tools: `.git`, `.seatwise`, `.gitlab-ci.yml`.
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            self.entries += 1;
            if self.entries > MOST_ENTRIES || self.files.len() > MOST_FILES {
                return Ok(());
            }
            let path = format!("{shown}{}", name.to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.visit_subfolder(&entry.path(), path, depth + 1);
            } else if kind.is_symlink()
                && fs::metadata(entry.path()).map_or(is_document(&path), |target| target.is_dir())
            {
                self.files.push(ListedPolicyFile::of_link(path));
            } else if is_document(&path) {
                let is_utf8 = name.to_str().is_some();
                self.files.push(document(path, kind, is_utf8, || entry.metadata().map(|facts| facts.len())));
            } else if kind.is_file() && looks_meant(&name.to_string_lossy(), &entry.path()) {
                self.passed_over.push(path.into());
            }
        }
        Ok(())
    }

    fn visit_subfolder(&mut self, folder: &Path, path: String, depth: usize) {
        if depth > DEEPEST {
            return self.files.push(ListedPolicyFile::with_refusal(
                path,
                ProblemCode::FolderTooDeep,
                "folders are nested too deeply here",
            ));
        }
        if let Err(error) = self.visit_folder(folder, &format!("{path}/"), depth) {
            self.files.push(ListedPolicyFile::unreadable(path, "folder", &error));
        }
    }
}

/// Returns whether the path ends like that of a YAML document, in any case.
pub(super) fn is_document(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| is_yaml(ending))
}

fn is_yaml(ending: &str) -> bool {
    ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml")
}

/// Endings that editors and tools give to what they leave behind or work on.
const LEFTOVERS: [&str; 7] = ["swp", "swo", "swx", "tmp", "part", "lock", "crdownload"];
/// What the embedded organization holds at first; it stands beside the policy.
const SEED_FILE: &str = "sandbox-seed.json";
/// The keys of a document, one of which a JSON file that was meant as one begins with.
const DOCUMENT_KEYS: [&str; 9] =
    ["alerts", "bundles", "contacts", "defaults", "groups", "products", "restrictions", "roles", "users"];

/// Returns whether the file, which is no document, looks as if it were meant as one: what it declares is then
/// missed by nobody until its people are removed.
fn looks_meant(name: &str, path: &Path) -> bool {
    let Some((stem, ending)) = name.trim_end().rsplit_once('.') else { return false };
    let ending = ending.to_ascii_lowercase();
    if name != SEED_FILE && ending == "json" {
        return begins_like_a_document(path);
    }
    if LEFTOVERS.contains(&&*ending) || ending.ends_with(['~', '#']) {
        return false;
    }
    is_document(stem) || is_yaml(&ending) || strsim::osa_distance(&ending, "yaml") == 1
}

/// Whether the first key of a JSON file is one of a document's.
fn begins_like_a_document(path: &Path) -> bool {
    let mut beginning = Vec::new();
    if open_regular_file(path).and_then(|open| open.take(200).read_to_end(&mut beginning)).is_err() {
        return false;
    }
    let beginning = String::from_utf8_lossy(&beginning);
    let key = beginning.trim_start_matches('\u{feff}').trim_start().strip_prefix('{').and_then(|rest| {
        let (key, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(key)
    });
    key.is_some_and(|key| DOCUMENT_KEYS.contains(&key))
}

fn document(
    path: String,
    kind: FileType,
    is_utf8: bool,
    bytes: impl FnOnce() -> io::Result<u64>,
) -> ListedPolicyFile {
    let name = path.rsplit('/').next().unwrap_or_default();
    let settings_elsewhere = path != SETTINGS
        && ["seatwise.yaml", "seatwise.yml"].iter().any(|settings| name.eq_ignore_ascii_case(settings));
    if kind.is_symlink() {
        ListedPolicyFile::of_link(path)
    } else if !kind.is_file() {
        ListedPolicyFile::with_refusal(
            path,
            ProblemCode::NotAFile,
            "not a file: a FIFO, socket or device is never opened",
        )
    } else if !is_utf8 {
        ListedPolicyFile::with_refusal(path, ProblemCode::FileName, "the file's name is not UTF-8")
    } else if settings_elsewhere {
        let message = "settings stand in one file, `seatwise.yaml` at the policy's root";
        ListedPolicyFile::with_refusal(path, ProblemCode::SecondSettings, message)
    } else {
        match bytes() {
            Ok(bytes) => ListedPolicyFile { path, bytes, unread: None },
            Err(error) => ListedPolicyFile::unreadable(path, "file", &error),
        }
    }
}

/// Returns a reader of the files below `root`. A file that is larger than a document may be is refused, and
/// not read to its end.
pub(super) fn reader(root: &Path) -> impl PolicyFileReader {
    move |file: &ListedPolicyFile, bytes: &mut Vec<u8>| read_file(root, file, bytes)
}

fn read_file(root: &Path, file: &ListedPolicyFile, bytes: &mut Vec<u8>) -> Result<(), FileRefusal> {
    // Settings are compared with all that an organization has, so they are fewer than what they speak of.
    let limit = if file.path == SETTINGS { LARGEST_SETTINGS } else { YamlBudget::POLICY.file_bytes };
    bytes.reserve(usize::try_from(file.bytes.min(limit)).unwrap_or(0) + 1);
    let opened = open_regular_file(&root.join(&file.path));
    let read = opened.and_then(|open| open.take(limit + 1).read_to_end(bytes));
    match read {
        Err(error) => Err((ProblemCode::UnreadableFile, format!("the file cannot be read: {error}"))),
        Ok(bytes) if bytes as u64 > limit => {
            Err((ProblemCode::FileTooLarge, format!("the file has more than {limit} bytes")))
        }
        Ok(_) => Ok(()),
    }
}
