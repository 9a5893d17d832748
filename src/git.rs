//! Reads from Git: the files of a policy at a commit, and the commit that last set a line.
//!
//! Runs the `git` program, as everybody who keeps a policy in Git has it. Git only reads the local
//! repository, and runs no pager, hook or converter of the repository. Nothing of a policy reaches Git's
//! command line but file names after `--`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A folder inside a Git repository.
#[derive(Debug, Clone)]
pub struct Repository {
    folder: PathBuf,
}

/// The facts of a commit that reports cite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full object name.
    pub id: String,
    pub author: String,
    /// The time at which the author wrote it.
    pub time: Timestamp,
    /// The first line of the message.
    pub summary: String,
}

impl Commit {
    /// Returns the first 10 digits of the object name, as people cite it.
    pub fn short_id(&self) -> &str {
        &self.id[..self.id.len().min(10)]
    }
}

/// Git could not be run, failed, or gave an unexpected answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program is not installed, or cannot be run.
    #[error("`git` could not be run")]
    Run(#[source] io::Error),
    /// Git failed: the first line of its message.
    #[error("git: {0}")]
    Refused(String),
    /// No commit has this name.
    #[error("git: no commit `{0}`")]
    NoCommit(String),
    /// The clone lacks a content that a commit names.
    #[error("git: the content {0} is not here, as in a partial clone")]
    Missing(String),
    /// The output does not have the expected form: what it should have been.
    #[error("git answered in a form that is not known: {0}")]
    Form(&'static str),
    /// The files of the policy at that commit have more than so many bytes.
    #[error("the policy at that commit has more than {0} bytes")]
    TooLarge(u64),
}

/// The most lines that are blamed one by one; for more, the whole file is blamed.
const MOST_LINES: usize = 64;
/// The most bytes of all files of a policy at a commit.
const MOST_BYTES: u64 = 1 << 30;

impl Repository {
    /// Finds the repository that contains `folder`; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Git's own reason where there is one that it does not read, such as another user's folder.
    pub fn find(folder: &Path) -> Result<Option<Self>, GitError> {
        let repository = Self { folder: folder.to_owned() };
        match repository.run_git(&["rev-parse", "--is-inside-work-tree"]) {
            Ok(said) => Ok((said.trim_ascii() == b"true").then_some(repository)),
            Err(GitError::Refused(why)) if why.starts_with("not a git repository") => Ok(None),
            // Without the program only a folder that has a repository lacks something.
            Err(GitError::Run(_)) if !folder.ancestors().any(|above| above.join(".git").exists()) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the object names of the commits with which a shallow clone begins; none where the history is
    /// whole. Git shows such a commit as if it had set every line that is older.
    pub fn shallow_commits(&self) -> Result<BTreeSet<String>, GitError> {
        let path = self.run_git(&["rev-parse", "--git-path", "shallow"])?;
        let path = std::str::from_utf8(path.trim_ascii()).map_err(|_| GitError::Form("a path"))?;
        match std::fs::read_to_string(self.folder.join(path)) {
            Ok(names) => Ok(names.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(GitError::Run(error)),
        }
    }

    /// Whether the history of `later` contains `earlier`.
    pub fn contains_commit(&self, earlier: &Commit, later: &Commit) -> Result<bool, GitError> {
        let range = format!("{}..{}", later.id, earlier.id);
        Ok(self.run_git(&["rev-list", "-1", &range, "--"])?.trim_ascii().is_empty())
    }

    /// Returns the path of the folder below the top of the work tree: empty, or ending with `/`.
    pub fn prefix(&self) -> Result<String, GitError> {
        let said = self.run_git(&["rev-parse", "--show-prefix"])?;
        let said = String::from_utf8(said).map_err(|_| GitError::Form("a folder"))?;
        Ok(said.trim_end_matches('\n').to_owned())
    }

    /// Returns the commit that `revision` names: a branch, a tag, `HEAD~3`, an object name.
    pub fn commit(&self, revision: &str) -> Result<Commit, GitError> {
        let wanted = format!("{revision}^{{commit}}");
        let id = self.run_git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
        let id = id.map_err(|error| {
            if matches!(&error, GitError::Refused(_)) {
                GitError::NoCommit(revision.to_owned())
            } else {
                error
            }
        })?;
        let id = String::from_utf8_lossy(id.trim_ascii()).into_owned();
        let said = self.run_git(&["show", "--no-patch", "--no-show-signature", FORMAT, &id, "--"])?;
        parse_commit(&mut said.strip_suffix(b"\n").unwrap_or(&said).splitn(4, |byte| *byte == 0))
    }

    /// Returns the last commit on `day` (UTC) or before, along the first parents of `to`; `None` where there
    /// is none.
    pub fn last_commit_by_day(&self, day: Date, to: &Commit) -> Result<Option<Commit>, GitError> {
        let end = day
            .tomorrow()
            .and_then(|next| TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)))
            .map_err(|_| GitError::Form("a day"))?;
        let until = format!("--until={}", end.as_second() - 1);
        let id = self.run_git(&["rev-list", "--first-parent", "-1", &until, &to.id, "--"])?;
        let id = String::from_utf8_lossy(id.trim_ascii()).into_owned();
        if id.is_empty() { Ok(None) } else { self.commit(&id).map(Some) }
    }

    /// Returns the commits after `from` up to `to` that touch the folder, the oldest first, with the files
    /// that each changed. Of a merge only the changes to its own branch count.
    pub fn log(
        &self,
        from: Option<&Commit>,
        to: &Commit,
    ) -> Result<Vec<(Commit, Vec<ChangedFile>)>, GitError> {
        let range = from.map_or_else(|| to.id.clone(), |from| format!("{}..{}", from.id, to.id));
        let form = [
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--diff-merges=first-parent",
            "--relative",
            "--no-show-signature",
            FORMAT,
        ];
        let arguments =
            ["log", "--first-parent", "--reverse"].into_iter().chain(form).chain([range.as_str(), "--", "."]);
        parse_log(&self.run_git(&arguments.collect::<Vec<_>>())?)
    }

    /// Returns the regular files below the folder at `commit`: the object name of each content, by path.
    pub fn tree(&self, commit: &Commit) -> Result<BTreeMap<String, String>, GitError> {
        Ok(self.list_files(commit)?.into_iter().map(|file| (file.path, file.id)).collect())
    }

    /// Returns the wanted files below the folder at `commit`, as pairs of path below the folder and content.
    /// Links and submodules are left out.
    pub fn files(
        &self,
        commit: &Commit,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, Vec<u8>)>, GitError> {
        let mut wanted = self.list_files(commit)?;
        wanted.retain(|file| is_wanted(&file.path));
        if wanted.iter().map(|file| file.bytes).sum::<u64>() > MOST_BYTES {
            return Err(GitError::TooLarge(MOST_BYTES));
        }
        let mut contents = self.blob_reader()?;
        wanted.into_iter().map(|file| Ok((file.path, contents.read(&file.id)?))).collect()
    }

    fn list_files(&self, commit: &Commit) -> Result<Vec<ListedFile>, GitError> {
        let listed = self.run_git(&["ls-tree", "-r", "-l", "-z", &commit.id])?;
        let entries = listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
        entries.filter_map(|entry| listed_file(entry).transpose()).collect()
    }

    /// Starts a reader of contents by their object names.
    pub fn blob_reader(&self) -> Result<BlobReader, GitError> {
        let mut child = self
            .git_command(&["cat-file", "--batch"])
            .stderr(Stdio::null())
            .spawn()
            .map_err(GitError::Run)?;
        let pipes = child.stdin.take().zip(child.stdout.take().map(BufReader::new));
        let (asked, said) = pipes.expect("both pipes were asked for");
        Ok(BlobReader { child, asked, said })
    }

    /// Returns the commits that last set `lines` of `file`, in the working tree or at `commit`, by line. A
    /// line that is not committed yet has none, and neither has a line of a file that Git does not know.
    pub fn blame(
        &self,
        file: &str,
        lines: &[u32],
        commit: Option<&Commit>,
    ) -> Result<BTreeMap<u32, Commit>, GitError> {
        let mut arguments = ["blame", "--no-textconv", "--incremental"].map(str::to_owned).to_vec();
        // The whole file is quicker than many single lines, and the length of a command line is limited.
        if lines.len() <= MOST_LINES {
            arguments.extend(lines.iter().flat_map(|line| ["-L".to_owned(), format!("{line},{line}")]));
        }
        arguments.extend(commit.map(|commit| commit.id.clone()));
        arguments.extend(["--".to_owned(), file.to_owned()]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let is_new = |why: &str| why.starts_with("no such path") || why.starts_with("no such ref: HEAD");
        match self.run_git(&arguments) {
            Ok(said) => parse_blame(&String::from_utf8_lossy(&said), lines),
            Err(GitError::Refused(why)) if is_new(&why) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    /// Runs git in the folder, and returns its standard output.
    fn run_git(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.git_command(arguments).stdin(Stdio::null()).output().map_err(GitError::Run)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        // Warnings may stand before the reason.
        let reason = said.lines().find_map(|line| line.strip_prefix("fatal: ")).or(said.lines().next());
        Err(GitError::Refused(reason.unwrap_or("it failed and did not say why").to_owned()))
    }

    /// Returns a git command that only reads.
    fn git_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(["--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"]);
        // Turns off what would run a program in the repository's own configuration.
        command
            .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external="])
            .args(arguments);
        command
            .current_dir(&self.folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("LC_ALL", "C")
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }
}

/// A running `git cat-file --batch`, which returns contents of files one after the other.
pub struct BlobReader {
    child: Child,
    asked: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl BlobReader {
    /// Returns the content with the object name `id`.
    pub fn read(&mut self, id: &str) -> Result<Vec<u8>, GitError> {
        // The answer: `<object name> blob <size>`, a line feed, the content, a line feed.
        writeln!(self.asked, "{id}").map_err(GitError::Run)?;
        let mut head = String::new();
        self.said.read_line(&mut head).map_err(GitError::Run)?;
        // Git ends where a content would have to be fetched first.
        if head.is_empty() || head.trim_end().ends_with(" missing") {
            return Err(GitError::Missing(id.to_owned()));
        }
        let size = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse::<u64>().ok())
            .ok_or(GitError::Form("an object"))?;
        if size > MOST_BYTES {
            return Err(GitError::TooLarge(MOST_BYTES));
        }
        let mut content = Vec::new();
        (&mut self.said).take(size + 1).read_to_end(&mut content).map_err(GitError::Run)?;
        if content.len() as u64 != size + 1 || content.pop() != Some(b'\n') {
            return Err(GitError::Form("an object"));
        }
        Ok(content)
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        // Git only reads here, so nothing is lost by killing it. An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file that a commit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// The path below the folder.
    pub path: String,
    /// The object name of the new content; `None` where the file is deleted, or no regular file any more.
    pub content: Option<String>,
}

/// Git's output format for a commit: object name, author, author time in seconds, first line of the message,
/// separated by NUL.
const FORMAT: &str = "--format=%H%x00%an%x00%at%x00%s";

/// Parses commits with their changes: the four parts of [`FORMAT`], then `:<mode> <mode> <content> <content>
/// <letter>` and the path of each file, all separated by NUL.
fn parse_log(said: &[u8]) -> Result<Vec<(Commit, Vec<ChangedFile>)>, GitError> {
    let mut parts = said.split(|byte| *byte == 0).peekable();
    let mut commits = Vec::new();
    while parts.peek().is_some_and(|part| !part.is_empty()) {
        let commit = parse_commit(&mut parts)?;
        let mut changes = Vec::new();
        while let Some(change) = parts.next_if(|part| part.trim_ascii_start().starts_with(b":")) {
            let path = parts.next().ok_or(GitError::Form("a change"))?;
            changes.extend(parse_changed_file(change, path)?);
        }
        commits.push((commit, changes));
    }
    Ok(commits)
}

/// Parses one change; `None` for a path that is not UTF-8.
fn parse_changed_file(change: &[u8], path: &[u8]) -> Result<Option<ChangedFile>, GitError> {
    let facts = std::str::from_utf8(change).map_err(|_| GitError::Form("a change"))?;
    let [_, mode, _, content, _] = facts.split_ascii_whitespace().collect::<Vec<_>>()[..] else {
        return Err(GitError::Form("a change"));
    };
    let content = mode.starts_with("100").then(|| content.to_owned());
    Ok(std::str::from_utf8(path).ok().map(|path| ChangedFile { path: path.to_owned(), content }))
}

/// Takes the four parts of [`FORMAT`].
fn parse_commit<'p>(parts: &mut impl Iterator<Item = &'p [u8]>) -> Result<Commit, GitError> {
    let mut part = || {
        let part = parts.next().ok_or(GitError::Form("a commit"))?;
        Ok(String::from_utf8_lossy(part).into_owned())
    };
    Ok(Commit { id: part()?, author: part()?, time: parse_time(&part()?)?, summary: part()? })
}

/// One file of a Git tree.
struct ListedFile {
    id: String,
    bytes: u64,
    path: String,
}

/// Parses `<mode> <type> <object> <size>\t<path>`; `None` for an entry that is no regular file, or has a path
/// that is not UTF-8.
fn listed_file(entry: &[u8]) -> Result<Option<ListedFile>, GitError> {
    let tab = memchr::memchr(b'\t', entry).ok_or(GitError::Form("a tree"))?;
    let facts = std::str::from_utf8(&entry[..tab]).map_err(|_| GitError::Form("a tree"))?;
    let [mode, kind, id, bytes] = facts.split_ascii_whitespace().collect::<Vec<_>>()[..] else {
        return Err(GitError::Form("a tree"));
    };
    if kind != "blob" || !mode.starts_with("100") {
        return Ok(None);
    }
    let Ok(path) = std::str::from_utf8(&entry[tab + 1..]) else { return Ok(None) };
    let bytes = bytes.parse().map_err(|_| GitError::Form("a tree"))?;
    Ok(Some(ListedFile { id: id.to_owned(), bytes, path: path.to_owned() }))
}

/// Parses the output of `git blame --incremental` for `lines`: `<object name> <line then> <line now>
/// <lines>`, then the facts of the commit where it is named for the first time, and last the file name.
fn parse_blame(said: &str, lines: &[u32]) -> Result<BTreeMap<u32, Commit>, GitError> {
    let wanted: BTreeSet<u32> = lines.iter().copied().collect();
    let (mut commits, mut found) = (BTreeMap::<&str, Commit>::new(), BTreeMap::new());
    let mut said = said.lines();
    while let Some(head) = said.next() {
        let [id, _, first, count] = head.split(' ').collect::<Vec<_>>()[..] else {
            return Err(GitError::Form("a blame"));
        };
        let number = |word: &str| word.parse::<u32>().map_err(|_| GitError::Form("a blame"));
        let (first, count) = (number(first)?, number(count)?);
        let is_new = !commits.contains_key(id);
        let commit = commits.entry(id).or_insert_with(|| Commit {
            id: id.to_owned(),
            author: String::new(),
            time: Timestamp::UNIX_EPOCH,
            summary: String::new(),
        });
        for fact in said.by_ref() {
            match fact.split_once(' ') {
                Some(("filename", _)) => break,
                Some(("author", name)) if is_new => name.clone_into(&mut commit.author),
                Some(("author-time", seconds)) if is_new => commit.time = parse_time(seconds)?,
                Some(("summary", text)) if is_new => text.clone_into(&mut commit.summary),
                _ => {}
            }
        }
        // Lines that are not committed yet have an object name of zeros.
        if !id.bytes().all(|byte| byte == b'0') {
            found
                .extend(wanted.range(first..first.saturating_add(count)).map(|line| (*line, commit.clone())));
        }
    }
    Ok(found)
}

fn parse_time(seconds: &str) -> Result<Timestamp, GitError> {
    let seconds = seconds.parse().map_err(|_| GitError::Form("a time"))?;
    Timestamp::from_second(seconds).map_err(|_| GitError::Form("a time"))
}
