//! Parses what Git answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::commit::{ChangedFile, Commit};
use super::error::GitError;

/// Git's output format for a commit: object name, author, author time in seconds, first line of the message,
/// separated by NUL.
pub(super) const FORMAT: &str = "--format=%H%x00%an%x00%at%x00%s";

/// Parses commits with their changes: the four parts of [`FORMAT`], then `:<mode> <mode> <content> <content>
/// <letter>` and the path of each file, all separated by NUL.
pub(super) fn parse_log(said: &[u8]) -> Result<Vec<(Commit, Vec<ChangedFile>)>, GitError> {
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
pub(super) fn parse_commit<'p>(parts: &mut impl Iterator<Item = &'p [u8]>) -> Result<Commit, GitError> {
    let mut part = || {
        let part = parts.next().ok_or(GitError::Form("a commit"))?;
        Ok(String::from_utf8_lossy(part).into_owned())
    };
    Ok(Commit { id: part()?, author: part()?, time: parse_time(&part()?)?, summary: part()? })
}

/// One file of a Git tree.
pub(super) struct ListedFile {
    pub(super) id: String,
    pub(super) bytes: u64,
    pub(super) path: String,
}

/// Parses `<mode> <type> <object> <size>\t<path>`; `None` for an entry that is no regular file, or has a path
/// that is not UTF-8.
pub(super) fn listed_file(entry: &[u8]) -> Result<Option<ListedFile>, GitError> {
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

/// Parses the output of `git blame --incremental` for `lines`, and returns the object name of the commit of
/// each: `<object name> <line then> <line now> <lines>`, then what Git says of the commit, and last the file
/// name.
///
/// What Git says of the author is not read: a `.mailmap` of the working tree changes it.
pub(super) fn parse_blame<'s>(said: &'s str, lines: &[u32]) -> Result<BTreeMap<u32, &'s str>, GitError> {
    let wanted: BTreeSet<u32> = lines.iter().copied().collect();
    let mut found = BTreeMap::new();
    let mut said = said.lines();
    while let Some(head) = said.next() {
        let [id, _, first, count] = head.split(' ').collect::<Vec<_>>()[..] else {
            return Err(GitError::Form("a blame"));
        };
        let number = |word: &str| word.parse::<u32>().map_err(|_| GitError::Form("a blame"));
        let (first, count) = (number(first)?, number(count)?);
        said.by_ref().find(|fact| fact.starts_with("filename "));
        // Lines that are not committed yet have an object name of zeros.
        if !id.bytes().all(|byte| byte == b'0') {
            found.extend(wanted.range(first..first.saturating_add(count)).map(|line| (*line, id)));
        }
    }
    Ok(found)
}

fn parse_time(seconds: &str) -> Result<Timestamp, GitError> {
    let seconds = seconds.parse().map_err(|_| GitError::Form("a time"))?;
    Timestamp::from_second(seconds).map_err(|_| GitError::Form("a time"))
}
