//! States of one policy, one after the other: files that are as they were are not read again, and where only
//! users changed, nobody else is put together again.

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

/// The files of one state: a name for the content of each, by its path.
pub type PolicyFileTree = BTreeMap<String, String>;

/// Files of a policy that were read, for the next state of it.
pub struct PolicyHistoryCache<'n> {
    names: &'n Interner,
    /// A file keeps its number for good, as places in it are told by that.
    numbers: BTreeMap<String, u16>,
    sources: PolicyFiles,
    files: BTreeMap<String, CachedFile>,
    /// The files of the last state, where it was a policy.
    good: Option<BTreeMap<String, LastPolicyFile>>,
    desk: ParseBuffers,
}

struct CachedFile {
    content: String,
    parsed: ParsedFile,
    users_alone: UsersAlone,
    /// Without the grants of its users; made when it is first asked for.
    stubs: OnceCell<PolicyDocument>,
}

/// The users of a file that declares nothing else; nothing of any other.
type UsersAlone = Option<Arc<[Email]>>;

struct LastPolicyFile {
    content: String,
    users_alone: UsersAlone,
}

/// Of a state, some of the users; nothing else is different from the state before.
pub struct TouchedUsers {
    /// Those of whom something may be different, whether they were there before, are there now, or both.
    pub people: BTreeSet<Email>,
    /// The policy, with nobody but those in it.
    pub policy: Policy,
}

impl<'n> PolicyHistoryCache<'n> {
    /// An empty shelf.
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

    /// The policy of `files`, as it is on the day `as_of`; `read` fetches a content by its name. Inside, how
    /// many problems it has where it is none.
    ///
    /// # Errors
    ///
    /// What `read` fails with.
    pub fn policy<E>(
        &mut self,
        files: &PolicyFileTree,
        as_of: Date,
        read: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<Result<Policy, usize>, E> {
        self.refresh_files(files, as_of, read)?;
        let whole = self.resolve_files(as_of, |_, kept| kept.parsed.clone());
        let good = |(path, kept): (&String, &CachedFile)| (path.clone(), kept.last_policy_file());
        self.good = whole.is_ok().then(|| self.files.iter().map(good).collect());
        Ok(whole)
    }

    /// The same where nothing but users is different from the last policy, in half of the files or less: then
    /// only those of these files are looked at again. `None` where more is different, or where there is a
    /// problem: that takes [a look at all](Self::policy).
    ///
    /// Whatever is dated has to be judged on `as_of` as it was for the last policy. A problem between a user
    /// who changed and one who did not is found, as all users are known by address; the bound on memberships
    /// by includes is only held by a look at all.
    ///
    /// # Errors
    ///
    /// What `read` fails with.
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
                Some(kept) => drop(good.insert(path, kept.last_policy_file())),
                None => drop(good.remove(&path)),
            }
        }
        Ok(Some(TouchedUsers { people, policy }))
    }

    /// The files that are not as they were in the last policy, if they are half of all or less.
    fn changed_files(&self, files: &PolicyFileTree) -> Option<BTreeSet<String>> {
        let good = self.good.as_ref()?;
        let new = files
            .iter()
            .filter(|(path, content)| good.get(*path).is_none_or(|good| good.content != **content));
        let gone = good.keys().filter(|path| !files.contains_key(*path));
        let changed: BTreeSet<String> = new.map(|(path, _)| path).chain(gone).cloned().collect();
        (changed.len() * 2 <= files.len()).then_some(changed)
    }

    /// All users of these files, as they were and as they are; `None` where one declares anything else.
    fn people(&self, changed: &BTreeSet<String>) -> Option<BTreeSet<Email>> {
        let mut people = BTreeSet::new();
        for path in changed {
            let was = self.good.as_ref()?.get(path).map(|good| &good.users_alone);
            let is = self.files.get(path).map(|kept| &kept.users_alone);
            for users in was.into_iter().chain(is) {
                people.extend(users.as_ref()?.iter().cloned());
            }
        }
        Some(people)
    }

    /// Reads what is not here yet, and lets go of what is not there any more.
    fn refresh_files<E>(
        &mut self,
        files: &PolicyFileTree,
        as_of: Date,
        mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
    ) -> Result<(), E> {
        self.files.retain(|path, kept| files.get(path) == Some(&kept.content));
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
        // What has more files than there are numbers is refused when the whole policy is put together.
        let number = u16::try_from(self.sources.files.len()).unwrap_or(u16::MAX);
        self.numbers.insert(path.to_owned(), number);
        if usize::from(number) == self.sources.files.len() {
            self.sources.files.push(PolicyFile { path: path.into(), lines: vec![0] });
        }
        number
    }

    /// Puts together what `of` takes of each file.
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
        let users_alone = match &parsed.content {
            PolicyFileContent::Document(document) if document.is_of_users_alone() => {
                Some(document.users.iter().map(|(email, _)| email.clone()).collect())
            }
            PolicyFileContent::Document(_) | PolicyFileContent::Settings(_) | PolicyFileContent::Nothing => {
                None
            }
        };
        Self { content: content.to_owned(), parsed, users_alone, stubs: OnceCell::new() }
    }

    fn last_policy_file(&self) -> LastPolicyFile {
        LastPolicyFile { content: self.content.clone(), users_alone: self.users_alone.clone() }
    }

    fn parsed_without_grants(&self) -> ParsedFile {
        let ParsedFile { source, hash, content, problems, obscured } = &self.parsed;
        let content = match content {
            PolicyFileContent::Document(document) => PolicyFileContent::Document(
                self.stubs.get_or_init(|| document.without_grants_of_users()).clone(),
            ),
            PolicyFileContent::Settings(_) | PolicyFileContent::Nothing => content.clone(),
        };
        ParsedFile {
            source: source.clone(),
            hash: *hash,
            content,
            problems: problems.clone(),
            obscured: obscured.clone(),
        }
    }
}
