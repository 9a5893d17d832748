//! Reads successive states of one policy. Files that have not changed are not read again, and where only
//! users changed, only the users of the changed files are resolved again.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::files::ListedPolicyFile;
use super::{
    GatheredFiles, ParseBuffers, ParsedFile, PolicyFileContent, RayonWorkers, gather_files, parse_file,
};
use crate::model::{Date, Email, Interner};
use crate::policy::document::PolicyDocument;
use crate::policy::{Policy, PolicyFile, PolicyFiles, resolve};

/// The files of one state: a name for the content of each file, by path.
pub type PolicyFileTree = BTreeMap<String, String>;

/// The parsed files of a policy, kept for its next state.
pub struct PolicyHistoryCache<'n> {
    names: &'n Interner,
    /// The number of each path. It never changes, because places in a file refer to the file by its number.
    numbers: BTreeMap<String, u16>,
    sources: PolicyFiles,
    files: BTreeMap<String, CachedFile>,
    /// The files of the last state; `None` where that state had problems.
    good: Option<BTreeMap<String, KnownPolicyFile>>,
    desk: ParseBuffers,
}

/// A parsed file of the current state.
struct CachedFile {
    known: KnownPolicyFile,
    parsed: ParsedFile,
    /// The document without the grants of its users; made when it is first needed.
    stubs: OnceCell<PolicyDocument>,
}

/// The users of a file that declares nothing else; `None` for any other file.
type UsersAlone = Option<Arc<[Email]>>;

/// What is known of a file, of the current state or of the last one without problems.
#[derive(Clone)]
struct KnownPolicyFile {
    content: String,
    users_alone: UsersAlone,
}

/// The users of a state that may differ from the state before; nothing else differs.
pub struct TouchedUsers {
    /// The users that may differ, whether they are in the state before, in this one, or in both.
    pub people: BTreeSet<Email>,
    /// The policy of this state, with no other users in it.
    pub policy: Policy,
}

impl<'n> PolicyHistoryCache<'n> {
    /// Returns an empty cache.
    pub fn new(names: &'n Interner) -> Self {
        let (numbers, files) = (BTreeMap::new(), BTreeMap::new());
        Self {
            names,
            numbers,
            sources: PolicyFiles::default(),
            files,
            good: None,
            desk: ParseBuffers::default(),
        }
    }

    /// Returns the policy of `files`, as on the day `as_of`, or inside `Ok` the number of its problems.
    /// `read` fetches a content by its name.
    ///
    /// # Errors
    ///
    /// The error of `read`.
    pub fn policy<E>(
        &mut self,
        files: &PolicyFileTree,
        as_of: Date,
        read: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<Result<Policy, usize>, E> {
        self.refresh_files(files, as_of, read)?;
        let whole = self.resolve_files(as_of, |_, kept| kept.parsed.clone());
        let good = |(path, kept): (&String, &CachedFile)| (path.clone(), kept.known.clone());
        self.good = whole.is_ok().then(|| self.files.iter().map(good).collect());
        Ok(whole)
    }

    /// Returns the users that may differ from the last policy, where only users differ and at most half of
    /// the files changed: then only the users of the changed files are resolved again. Returns `None` where
    /// more differs, or where there is a problem: that takes [a resolution of all files](Self::policy).
    ///
    /// The caller ensures that everything dated has the same standing on `as_of` as in the last policy. A
    /// problem between a changed and an unchanged user is found, as all users are known by address. The bound
    /// on memberships by includes is only checked by a resolution of all files.
    ///
    /// # Errors
    ///
    /// The error of `read`.
    pub fn read_touched_users<E>(
        &mut self,
        files: &PolicyFileTree,
        as_of: Date,
        read: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<Option<TouchedUsers>, E> {
        let Some(changed) = self.changed_files(files) else { return Ok(None) };
        self.refresh_files(files, as_of, read)?;
        let Some(people) = self.people(&changed) else { return Ok(None) };
        let parsed = |path: &String, kept: &CachedFile| {
            if changed.contains(path) { kept.parsed.clone() } else { kept.parsed_without_grants() }
        };
        let Ok(mut policy) = self.resolve_files(as_of, parsed) else { return Ok(None) };
        policy.users.retain(|email, _| people.contains(email));
        let good = self.good.get_or_insert_default();
        for path in changed {
            match self.files.get(&path) {
                Some(kept) => drop(good.insert(path, kept.known.clone())),
                None => drop(good.remove(&path)),
            }
        }
        Ok(Some(TouchedUsers { people, policy }))
    }

    /// Returns the paths of the files that differ from the last policy; `None` where these are more than half
    /// of all files.
    fn changed_files(&self, files: &PolicyFileTree) -> Option<BTreeSet<String>> {
        let good = self.good.as_ref()?;
        let new = files
            .iter()
            .filter(|(path, content)| good.get(*path).is_none_or(|good| good.content != **content));
        let gone = good.keys().filter(|path| !files.contains_key(*path));
        let changed: BTreeSet<String> = new.map(|(path, _)| path).chain(gone).cloned().collect();
        (changed.len() * 2 <= files.len()).then_some(changed)
    }

    /// Returns all users of these files, in the last policy and now; `None` where one of the files declares
    /// anything else.
    fn people(&self, changed: &BTreeSet<String>) -> Option<BTreeSet<Email>> {
        let mut people = BTreeSet::new();
        for path in changed {
            let was = self.good.as_ref()?.get(path).map(|good| &good.users_alone);
            let is = self.files.get(path).map(|kept| &kept.known.users_alone);
            for users in was.into_iter().chain(is) {
                people.extend(users.as_ref()?.iter().cloned());
            }
        }
        Some(people)
    }

    /// Reads the files that are not in the cache, and drops those that are no longer in `files`.
    fn refresh_files<E>(
        &mut self,
        files: &PolicyFileTree,
        as_of: Date,
        mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<(), E> {
        self.files.retain(|path, kept| files.get(path) == Some(&kept.known.content));
        for (path, content) in files {
            if !self.files.contains_key(path) {
                let bytes = read(content)?;
                let parsed = self.parse_file(path, &bytes, as_of);
                self.files.insert(path.clone(), CachedFile::new(content, parsed));
            }
        }
        Ok(())
    }

    fn parse_file(&mut self, path: &str, bytes: &[u8], as_of: Date) -> ParsedFile {
        let number = self.number(path);
        let listed = ListedPolicyFile::in_memory(path, bytes.len() as u64);
        let read = |_: &ListedPolicyFile, into: &mut Vec<u8>| {
            into.extend_from_slice(bytes);
            Ok(())
        };
        let parsed = parse_file(&listed, number, &read, &mut self.desk, as_of, self.names);
        self.sources.files[usize::from(number)] = parsed.source.clone();
        parsed
    }

    fn number(&mut self, path: &str) -> u16 {
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        // A policy with more files than there are numbers is refused when it is resolved.
        let number = u16::try_from(self.sources.files.len()).unwrap_or(u16::MAX);
        self.numbers.insert(path.to_owned(), number);
        if usize::from(number) == self.sources.files.len() {
            self.sources.files.push(PolicyFile { path: path.into(), lines: vec![0] });
        }
        number
    }

    /// Resolves the policy from what `of` returns for each file.
    fn resolve_files(
        &self,
        as_of: Date,
        of: impl Fn(&String, &CachedFile) -> ParsedFile,
    ) -> Result<Policy, usize> {
        let parsed = self.files.iter().map(|(path, kept)| {
            let mut parsed = of(path, kept);
            if let PolicyFileContent::Document(document) = &mut parsed.content {
                document.judge_grants(as_of);
            }
            parsed
        });
        let GatheredFiles { documents, settings, problems, mut origin, .. } = gather_files(parsed);
        origin.sources = self.sources.clone();
        let (policy, _, more) = resolve::resolve_policy(documents, settings, origin, as_of, &RayonWorkers);
        let problems = problems.len() + more.len();
        policy.filter(|_| problems == 0).ok_or(problems)
    }
}

impl CachedFile {
    fn new(content: &str, parsed: ParsedFile) -> Self {
        let users_alone = parsed.document().filter(|document| document.is_of_users_alone());
        let users_alone =
            users_alone.map(|document| document.users.iter().map(|(email, _)| email.clone()).collect());
        let known = KnownPolicyFile { content: content.to_owned(), users_alone };
        Self { known, parsed, stubs: OnceCell::new() }
    }

    fn parsed_without_grants(&self) -> ParsedFile {
        let Some(document) = self.parsed.document() else { return self.parsed.clone() };
        let stub = self.stubs.get_or_init(|| document.without_grants_of_users()).clone();
        let ParsedFile { source, hash, content: _, problems, obscured } = &self.parsed;
        ParsedFile {
            source: source.clone(),
            hash: *hash,
            content: PolicyFileContent::Document(stub),
            problems: problems.clone(),
            obscured: obscured.clone(),
        }
    }
}

impl ParsedFile {
    fn document(&self) -> Option<&PolicyDocument> {
        match &self.content {
            PolicyFileContent::Document(document) => Some(document),
            PolicyFileContent::Settings(_) | PolicyFileContent::Nothing => None,
        }
    }
}
