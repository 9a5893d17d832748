//! States of one policy, one after the other: files that are as they were are not read again.

use std::collections::BTreeMap;

use super::files::Listed;
use super::{Content, Desk, Parsed, Threads, gathered, parse};
use crate::model::{Date, Interner};
use crate::policy::{Policy, Source, Sources, resolve};

/// Files of a policy that were read, for the next state of it.
pub struct Shelf<'n> {
    names: &'n Interner,
    /// A file keeps its number for good, as places in it are told by that.
    numbers: BTreeMap<String, u16>,
    sources: Sources,
    files: BTreeMap<String, Kept>,
    desk: Desk,
}

struct Kept {
    content: String,
    parsed: Parsed,
}

impl<'n> Shelf<'n> {
    /// An empty shelf.
    pub fn new(names: &'n Interner) -> Self {
        Self { names, numbers: BTreeMap::new(), sources: Sources::default(), files: BTreeMap::new(), desk: Desk::default() }
    }

    /// The policy of `files`, as it is on the day `as_of`: paths with a name for the content of each, which `read` fetches. Inside, how
    /// many problems it has where it is none.
    ///
    /// # Errors
    ///
    /// What `read` fails with.
    pub fn policy<E>(
        &mut self,
        files: &BTreeMap<String, String>,
        as_of: Date,
        mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<Result<Policy, usize>, E> {
        self.files.retain(|path, kept| files.get(path) == Some(&kept.content));
        for (path, content) in files {
            if !self.files.contains_key(path) {
                let bytes = read(content)?;
                let parsed = self.parsed(path, &bytes, as_of);
                self.files.insert(path.clone(), Kept { content: content.clone(), parsed });
            }
        }
        Ok(self.resolved(as_of))
    }

    fn parsed(&mut self, path: &str, bytes: &[u8], as_of: Date) -> Parsed {
        let number = self.number(path);
        let listed = Listed::in_memory(path, bytes.len() as u64);
        let read = |_: &Listed, into: &mut Vec<u8>| {
            into.extend_from_slice(bytes);
            Ok(())
        };
        let parsed = parse(&listed, number, &read, &mut self.desk, as_of, self.names);
        self.sources.files[usize::from(number)] = parsed.source.clone();
        parsed
    }

    fn number(&mut self, path: &str) -> u16 {
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        // What has more files than there are numbers is refused when the whole policy is put together.
        let number = u16::try_from(self.sources.files.len()).unwrap_or(u16::MAX);
        self.numbers.insert(path.to_owned(), number);
        if usize::from(number) == self.sources.files.len() {
            self.sources.files.push(Source { path: path.into(), lines: vec![0] });
        }
        number
    }

    fn resolved(&self, as_of: Date) -> Result<Policy, usize> {
        let parsed = self.files.values().map(|kept| {
            let mut parsed = kept.parsed.clone();
            if let Content::Document(document) = &mut parsed.content {
                document.judge(as_of);
            }
            parsed
        });
        let mut all = gathered(parsed);
        all.origin.sources = self.sources.clone();
        let (policy, _, more) = resolve::resolve(all.documents, all.settings, all.origin, as_of, &Threads);
        let problems = all.problems.len() + more.len();
        policy.filter(|_| problems == 0).ok_or(problems)
    }
}
