//! Loads a folder as a [`Policy`], or as the list of all its problems.
//!
//! The effects of reading a policy are here, at the edge: the file system, and the threads that read and
//! parse files side by side. The result depends neither on the order of the folder's entries nor on the
//! timing of the threads. A text is dropped as soon as it is decoded, and read again where problems are to be
//! shown.

mod files;
mod history_cache;
mod problem_locator;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::model::{Date, Interner, Text};
use crate::policy::document::PolicyDocument;
use crate::policy::problem::{Problem, ProblemCode, ProblemLocation};
use crate::policy::resolve::{ObscuredFiles, PolicyOrigin, Workers};
use crate::policy::yaml::{self, YamlBudget};
use crate::policy::{Policy, PolicyFile, PolicyFiles, PolicyPlace, Settings, decode, resolve};
use files::{ListedPolicyFile, PolicyFileList};
pub use history_cache::{PolicyFileTree, PolicyHistoryCache, TouchedUsers};

/// The name of the settings file at a policy's root.
pub const SETTINGS: &str = "seatwise.yaml";

/// The result of reading a policy folder.
#[derive(Debug)]
pub struct LoadOutcome {
    /// The policy; `None` where there are problems.
    pub policy: Option<Policy>,
    /// All problems, in the order of files and places.
    pub problems: Vec<Problem<ProblemLocation>>,
    /// Products that the policy names, but that are not in its catalogue, where it has one. They are problems
    /// unless the organization knows the products.
    pub unknown_products: Vec<Problem<ProblemLocation>>,
    /// Problems that dates make, today or later, in the order of files and places. The policy can be used in
    /// spite of them: on their days, what they concern is left as it is.
    pub dated_problems: Vec<Problem<ProblemLocation>>,
    /// Paths of files that look as if they were meant and are not read, in order.
    pub passed_over: Vec<Text>,
}

/// The folder is not the folder of a policy, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no settings file at the folder or above it.
    #[error("no `{SETTINGS}` in {} or above it", .start.display())]
    NoRoot {
        /// The folder in which the search began.
        start: PathBuf,
    },
    /// There is no settings file in the folder.
    #[error("no `{SETTINGS}` in {}", .folder.display())]
    NoSettings { folder: PathBuf },
    /// The folder does not exist, is no folder, or may not be read.
    #[error("the policy folder {} cannot be read", .folder.display())]
    Folder {
        folder: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

impl LoadError {
    /// Returns what the user can do about the error.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRoot { .. } | Self::NoSettings { .. } => {
                "a policy is a folder with a `seatwise.yaml`: name it by `-C DIR`, or begin one with \
                    `version: 1`"
            }
            Self::Folder { .. } => "is the path right, and may you read it?",
        }
    }
}

/// Returns whether the file at `path`, below a policy's folder, is part of the policy.
pub fn is_document(path: &str) -> bool {
    files::is_document(path) && !path.split('/').any(|part| part.starts_with('.'))
}

/// Finds the policy's folder: `start` or the nearest folder above it that has a `seatwise.yaml`.
pub fn find_root(start: &Path) -> Result<PathBuf, LoadError> {
    let found = start.canonicalize().ok().and_then(|start| {
        start.ancestors().find(|folder| folder.join(SETTINGS).is_file()).map(Path::to_owned)
    });
    found.ok_or_else(|| LoadError::NoRoot { start: start.to_owned() })
}

/// Reads the policy in `root` as it is on the day `as_of`.
pub fn load_policy(root: &Path, as_of: Date, names: &Interner) -> Result<LoadOutcome, LoadError> {
    let PolicyFileList { files, passed_over } = files::list_files(root)?;
    let mut outcome = assemble_policy(&files, files::reader(root), as_of, names);
    if let Some(policy) = &mut outcome.policy {
        policy.passed_over.clone_from(&passed_over);
    }
    Ok(LoadOutcome { passed_over, ..outcome })
}

/// Reads only the settings of the policy in `root`; `None` where they have problems.
///
/// The settings state where the organization is, so that it can be read while the rest of the policy is.
pub fn load_settings(root: &Path, as_of: Date, names: &Interner) -> Result<Option<Settings>, LoadError> {
    let mut listed = files::list_files(root)?.files;
    listed.retain(|file| file.path == SETTINGS);
    let alone = assemble_policy(&listed, files::reader(root), as_of, names);
    Ok(alone.policy.map(|policy| policy.settings))
}

/// Reads a policy that is in memory: pairs of a path below its root, with `/`, and bytes, in any order.
pub fn load_texts(files: &[(&str, &[u8])], as_of: Date, names: &Interner) -> LoadOutcome {
    let mut files = files.to_vec();
    files.sort_unstable();
    let listed: Vec<ListedPolicyFile> =
        files.iter().map(|(path, bytes)| ListedPolicyFile::in_memory(path, bytes.len() as u64)).collect();
    let read = |file: &ListedPolicyFile, bytes: &mut Vec<u8>| {
        let at =
            files.binary_search_by(|(path, _)| (*path).cmp(&file.path)).expect("only listed files are read");
        bytes.extend_from_slice(files[at].1);
        Ok(())
    };
    assemble_policy(&listed, read, as_of, names)
}

/// Finds the lines and columns of problems with a policy that was read from `root`, such as products that the
/// organization does not have.
pub fn locate_problems(
    root: &Path,
    sources: &PolicyFiles,
    problems: Vec<Problem>,
) -> Vec<Problem<ProblemLocation>> {
    let listed: Vec<ListedPolicyFile> =
        sources.files.iter().map(|source| ListedPolicyFile::in_memory(&source.path, 0)).collect();
    problem_locator::ProblemLocator::new(&listed, sources, None, &files::reader(root)).locate(problems)
}

/// The result of reading and parsing one file.
#[derive(Clone)]
struct ParsedFile {
    source: PolicyFile,
    hash: blake3::Hash,
    content: PolicyFileContent,
    problems: Vec<Problem>,
    /// The text, where it may declare more than could be decoded.
    obscured: Option<Text>,
}

/// What a file contains: the settings file holds settings, any other file a document.
#[derive(Clone)]
enum PolicyFileContent {
    Settings(Option<Settings>),
    Document(PolicyDocument),
    /// The file has no YAML tree, so what it declares is not known.
    Nothing,
}

/// Why a listed file is not parsed: the code and the message of the problem.
type FileRefusal = (ProblemCode, String);

/// Reads one file and appends its bytes to the buffer.
trait PolicyFileReader: Fn(&ListedPolicyFile, &mut Vec<u8>) -> Result<(), FileRefusal> + Sync {}

impl<R: Fn(&ListedPolicyFile, &mut Vec<u8>) -> Result<(), FileRefusal> + Sync> PolicyFileReader for R {}

/// The buffers that a thread reuses for each file: to free so much memory and allocate it again costs more
/// than to keep it.
#[derive(Default)]
struct ParseBuffers {
    bytes: Vec<u8>,
    room: yaml::YamlNodeBuffer,
}

/// Reads and parses all files, on all threads.
fn parse_all(
    listed: &[ListedPolicyFile],
    read: &impl PolicyFileReader,
    as_of: Date,
    names: &Interner,
) -> Vec<ParsedFile> {
    // One large file taken last would keep the other threads waiting, so the largest files come first, and
    // each free thread takes the next one.
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(listed[*at].bytes));
    let parse = |buffers: &mut ParseBuffers, at: usize| {
        let number = u16::try_from(at).unwrap_or(u16::MAX);
        (at, parse_file(&listed[at], number, read, buffers, as_of, names))
    };
    let mut parsed: Vec<_> = order.into_iter().par_bridge().map_init(ParseBuffers::default, parse).collect();
    parsed.sort_unstable_by_key(|(at, _)| *at);
    parsed.into_iter().map(|(_, parsed)| parsed).collect()
}

fn assemble_policy(
    listed: &[ListedPolicyFile],
    read: impl PolicyFileReader,
    as_of: Date,
    names: &Interner,
) -> LoadOutcome {
    let all = gather_files(parse_all(listed, &read, as_of, names).into_iter());
    let sources = all.origin.sources.clone();
    let mut problems = all.problems;
    let (policy, unknown_products, more) =
        resolve::resolve_policy(all.documents, all.settings, all.origin, as_of, &RayonWorkers);
    problems.extend(more);

    let dated = policy.iter().flat_map(|policy| &policy.conflicts.problems);
    let dated = dated.map(|dated| dated.problem.clone()).collect();
    let spots = problem_locator::ProblemLocator::new(listed, &sources, Some(&all.hashes), &read);
    let problems = spots.locate(problems);
    LoadOutcome {
        policy: policy.filter(|_| problems.is_empty()),
        problems,
        unknown_products: spots.locate(unknown_products),
        dated_problems: spots.locate(dated),
        passed_over: Vec::new(),
    }
}

/// The combined results of all files.
struct GatheredFiles {
    documents: Vec<PolicyDocument>,
    settings: Option<Settings>,
    problems: Vec<Problem>,
    hashes: Vec<blake3::Hash>,
    origin: PolicyOrigin,
}

/// Combines the results of the files, which come in path order.
fn gather_files(parsed: impl Iterator<Item = ParsedFile>) -> GatheredFiles {
    let mut digest = blake3::Hasher::new();
    let (mut sources, mut hashes, mut documents, mut problems, mut settings) =
        (PolicyFiles::default(), Vec::new(), Vec::new(), Vec::new(), None);
    let mut obscured = ObscuredFiles::default();
    for file in parsed {
        let ParsedFile { source, hash, content, problems: more, obscured: text } = file;
        digest.update(source.path.as_bytes()).update(&[0]).update(hash.as_bytes());
        sources.files.push(source);
        hashes.push(hash);
        problems.extend(more);
        match content {
            PolicyFileContent::Settings(read) => settings = read,
            PolicyFileContent::Document(mut document) => {
                obscured.words.extend(document.lost.drain(..));
                documents.push(document);
            }
            PolicyFileContent::Nothing => obscured.everything |= text.is_none(),
        }
        obscured.texts.extend(text);
    }
    let origin = PolicyOrigin { sources, digest: digest.finalize().to_hex().as_str().into(), obscured };
    GatheredFiles { documents, settings, problems, hashes, origin }
}

/// Runs work on all threads; each free thread takes the next item.
struct RayonWorkers;

impl Workers for RayonWorkers {
    fn map_each<T: Send, R: Send>(&self, items: &mut [T], work: impl Fn(&mut T) -> R + Sync) -> Vec<R> {
        let mut done: Vec<_> =
            items.iter_mut().enumerate().par_bridge().map(|(at, item)| (at, work(item))).collect();
        done.sort_unstable_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }

    fn run_both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        rayon::join(one, other)
    }
}

fn parse_file(
    file: &ListedPolicyFile,
    number: u16,
    read: &impl PolicyFileReader,
    buffers: &mut ParseBuffers,
    as_of: Date,
    names: &Interner,
) -> ParsedFile {
    let ParseBuffers { bytes, room } = buffers;
    bytes.clear();
    let outcome = match &file.unread {
        Some(unread) => Err(unread.clone()),
        None => read(file, bytes),
    };
    let mut parsed = ParsedFile {
        source: PolicyFile { path: file.path.as_str().into(), lines: vec![0] },
        hash: blake3::Hash::from_bytes([0; 32]),
        content: PolicyFileContent::Nothing,
        problems: Vec::new(),
        obscured: None,
    };
    let start = PolicyPlace { file: number, start: 0, len: 1 };
    match outcome {
        Ok(()) => parse_bytes(bytes, start, &mut parsed, room, as_of, names),
        Err((code, message)) => {
            // `obscured` stays `None`: what a file declares that is refused for its name or number is not
            // known at all.
            parsed.problems.push(Problem::new(code, start, message));
        }
    }
    parsed
}

fn parse_bytes(
    bytes: &[u8],
    start: PolicyPlace,
    parsed: &mut ParsedFile,
    room: &mut yaml::YamlNodeBuffer,
    as_of: Date,
    names: &Interner,
) {
    parsed.hash = blake3::hash(bytes);
    parsed.source.lines.extend(
        memchr::memchr_iter(b'\n', bytes).map(|newline| u32::try_from(newline + 1).unwrap_or(u32::MAX)),
    );
    let text = match decode_text(bytes, start) {
        Ok(text) => text,
        Err(problem) => return parsed.problems.push(*problem),
    };
    let (tree, problems) = yaml::parse_yaml(text, start.file, &YamlBudget::POLICY, room);
    parsed.problems = problems;
    let Some(tree) = tree else {
        parsed.obscured = Some(text.into());
        return;
    };
    let (content, problems) = if &*parsed.source.path == SETTINGS {
        let (settings, problems) = decode::decode_settings(&tree, start.file, as_of, names);
        (PolicyFileContent::Settings(settings), problems)
    } else {
        let (document, problems) = decode::decode_document(&tree, start.file, as_of, names);
        parsed.obscured = (document.obscured || !parsed.problems.is_empty()).then(|| text.into());
        (PolicyFileContent::Document(document), problems)
    };
    parsed.content = content;
    parsed.problems.extend(problems);
}

/// Returns the text of a file; a problem where the bytes are not text in UTF-8.
fn decode_text(bytes: &[u8], start: PolicyPlace) -> Result<&str, Box<Problem>> {
    if is_utf16(bytes) {
        let problem = Problem::new(ProblemCode::Utf16, start, "the file is UTF-16");
        return Err(Box::new(problem.help("save it as UTF-8")));
    }
    let at = |byte: usize| PolicyPlace { start: u32::try_from(byte).unwrap_or(u32::MAX), ..start };
    if let Some(nul) = memchr::memchr(0, bytes) {
        return Err(Box::new(
            Problem::new(ProblemCode::NulCharacter, at(nul), "a NUL character").help("is this a text file?"),
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let problem =
            Problem::new(ProblemCode::NotUtf8, at(error.valid_up_to()), "the file is not UTF-8 from here on");
        Box::new(problem.help("save it as UTF-8"))
    })
}

/// Returns whether the bytes are UTF-16: they begin with a byte order mark, or every other of the first four
/// bytes is 0.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = |at: usize| bytes.get(at) == Some(&0);
    let marked = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let little = zeros(1) && zeros(3) && !zeros(0) && !zeros(2);
    let big = zeros(0) && zeros(2) && !zeros(1) && !zeros(3);
    marked || (bytes.len() >= 4 && (little || big))
}
