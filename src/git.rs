//! Reads from Git: the files of a policy at a commit, and the commit that last set a line.
//!
//! Runs the `git` program, as everybody who keeps a policy in Git has it. Git only reads objects: it is asked
//! nothing that looks at a file of the working tree, so that no pager, hook, filter or converter of a
//! repository runs, and it sees nothing of the environment that is not its business. Nothing of a policy
//! reaches Git's command line but file names after `--`.

mod answers;
mod commit;
mod error;
mod line_match;
mod tracked;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use answers::{FORMAT, ListedFile, listed_file, parse_blame, parse_commit, parse_log};
pub use commit::{ChangedFile, Commit};
pub use error::GitError;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use line_match::unchanged_lines;
pub use tracked::tracked_file;

/// A folder inside a Git repository.
#[derive(Debug, Clone)]
pub struct Repository {
    folder: PathBuf,
}

/// The most lines that are blamed one by one; for more, the whole file is blamed.
const MOST_LINES: usize = 64;
/// The most commits that are asked for at once, as the length of a command line is limited.
const MOST_COMMITS: usize = 500;
/// What no repository may switch on.
const CLOSED: [&str; 10] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "diff.external=",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "blame.ignoreRevsFile=",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "advice.graftFileDeprecated=false",
];
/// The variables of the environment that Git gets to see. The last one makes Git stricter, as the tests of
/// Git do.
const KEPT_VARIABLES: [&str; 11] = [
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CEILING_DIRECTORIES",
    "USERPROFILE",
    "SystemRoot",
    "TEMP",
    "TMPDIR",
    "GIT_TEST_ASSUME_DIFFERENT_OWNER",
];
/// A file that is empty everywhere.
const NO_FILE: &str = "/dev/null";
/// The reason of a failure that Git says nothing about.
const UNSAID: &str = "it failed and did not say why";
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
        if let Some(embedded) = embedded_repository(folder) {
            return Err(GitError::Embedded(embedded.to_string_lossy().into_owned()));
        }
        match repository.run_git(&["rev-parse", "--is-inside-work-tree"]) {
            Ok(said) if said.trim_ascii() == b"true" => repository.check_work_tree().map(Some),
            Ok(_) => Ok(None),
            Err(GitError::Refused(why)) if why.starts_with("not a git repository") => Ok(None),
            // Without the program only a folder that has a repository lacks something.
            Err(GitError::Run(_)) if !folder.ancestors().any(|above| above.join(".git").exists()) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the repository if its work tree is the one around the folder: that of the nearest `.git`.
    fn check_work_tree(self) -> Result<Self, GitError> {
        let said = self.run_git(&["rev-parse", "--show-toplevel"])?;
        let top = std::str::from_utf8(said.trim_ascii_end()).map_err(|_| GitError::Form("a folder"))?;
        let folder = self.folder.canonicalize().map_err(GitError::Run)?;
        let nearest = folder.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok());
        let is_around = Path::new(top).canonicalize().is_ok_and(|top| nearest == Some(top.as_path()));
        if is_around { Ok(self) } else { Err(GitError::OtherWorkTree) }
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

    /// Returns the commits with these object names, by name.
    fn commits(&self, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, Commit>, GitError> {
        let ids: Vec<&str> = ids.iter().copied().collect();
        let mut commits = BTreeMap::new();
        for some in ids.chunks(MOST_COMMITS) {
            let form = ["log", "--no-walk=unsorted", "-z", "--no-show-signature", FORMAT];
            let said = self.run_git(&[&form, some, &["--"]].concat())?;
            let mut parts = said.split(|byte| *byte == 0).peekable();
            while parts.peek().is_some_and(|part| !part.is_empty()) {
                let commit = parse_commit(&mut parts)?;
                commits.insert(commit.id.clone(), commit);
            }
        }
        Ok(commits)
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
        if let Some(commit) = commit {
            return self.blame_commit(file, lines, &commit.id);
        }
        // Git would run the filters of the repository on a file of the working tree, so it is not asked to
        // look at one: the file is compared with the last commit here.
        let Some(committed) = self.committed_file(file)? else { return Ok(BTreeMap::new()) };
        let here = std::fs::read(self.folder.join(file)).map_err(GitError::Run)?;
        let before = unchanged_lines(&committed, &here, lines);
        let asked: Vec<u32> = before.keys().copied().collect();
        if asked.is_empty() {
            return Ok(BTreeMap::new());
        }
        let set = self.blame_commit(file, &asked, "HEAD")?;
        Ok(set.into_iter().filter_map(|(then, commit)| Some((*before.get(&then)?, commit))).collect())
    }

    /// Returns the content of a file at the last commit; `None` where Git does not know it.
    fn committed_file(&self, file: &str) -> Result<Option<Vec<u8>>, GitError> {
        let name = format!("HEAD:./{file}");
        match self.run_git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]) {
            Ok(id) => {
                let id = String::from_utf8_lossy(id.trim_ascii()).into_owned();
                self.blob_reader()?.read(&id).map(Some)
            }
            // Asked to be quiet, Git says nothing where it does not know the file, and says what else is
            // wrong.
            Err(GitError::Refused(why)) if why == UNSAID => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn blame_commit(
        &self,
        file: &str,
        lines: &[u32],
        commit: &str,
    ) -> Result<BTreeMap<u32, Commit>, GitError> {
        let mut arguments = ["blame", "--no-textconv", "--incremental"].map(str::to_owned).to_vec();
        // The whole file is quicker than many single lines, and the length of a command line is limited.
        if lines.len() <= MOST_LINES {
            arguments.extend(lines.iter().flat_map(|line| ["-L".to_owned(), format!("{line},{line}")]));
        }
        arguments.extend([commit.to_owned(), "--".to_owned(), file.to_owned()]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let is_new = |why: &str| why.starts_with("no such path") || why.starts_with("no such ref: HEAD");
        match self.run_git(&arguments) {
            Ok(said) => {
                let said = String::from_utf8_lossy(&said);
                let set = parse_blame(&said, lines)?;
                let commits = self.commits(&set.values().copied().collect())?;
                Ok(set.into_iter().filter_map(|(line, id)| Some((line, commits.get(id)?.clone()))).collect())
            }
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
        Err(GitError::Refused(reason.unwrap_or(UNSAID).to_owned()))
    }

    /// Returns a git command that only reads.
    fn git_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(["--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"]);
        // Turns off what would run a program in the repository's own configuration, reach a network, or take
        // a folder that came with a commit for a repository.
        for setting in CLOSED {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        // Nothing of the environment is Git's business but where it finds its programs and the user's own
        // settings: no token, and no `GIT_…` that names a command.
        command.env_clear();
        let kept = KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command
            .envs(kept)
            .current_dir(&self.folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ATTR_NOSYSTEM", "1")
            // Grafts give a commit other parents, and its lines other authors.
            .env("GIT_GRAFT_FILE", NO_FILE)
            .env("LC_ALL", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }
}

/// Returns the folder, from `folder` up to the work tree around it, that Git would take for a bare
/// repository: one that came with a commit brings a configuration, which can name programs.
fn embedded_repository(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let is_there = |above: &Path, name: &str| above.join(name).symlink_metadata().is_ok();
    let has_layout = |above: &&Path| {
        let has = |name| is_there(above, name);
        has("HEAD") && (has("objects") && has("refs") || has("commondir"))
    };
    let top = folder.ancestors().find(|above| is_there(above, ".git"))?;
    let within = folder.ancestors().take_while(|above| above.starts_with(top));
    within.collect::<Vec<_>>().into_iter().find(has_layout).map(Path::to_owned)
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
