//! The declared users by address, and the order of their addresses.
//!
//! Users are scattered in memory, and there may be a hundred thousand of them. The directory reads only their
//! heads, which lie side by side.

use std::cmp::Reverse;
use std::collections::binary_heap::{BinaryHeap, PeekMut};
use std::hash::BuildHasher;
use std::sync::OnceLock;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::super::document::{AddressPrefix, PolicyDocument, UserHead};
use super::{FoundProblems, PolicyPlace, Workers};
use crate::model::Email;

/// What a lookup tells of a declared user.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownUser {
    pub(super) place: PolicyPlace,
    /// The user's index in the order of declaration.
    pub(super) number: u32,
    pub(super) removed: bool,
}

/// All declared users.
#[derive(Debug)]
pub(super) struct UserDirectory {
    shards: Vec<UserShard>,
    /// For each user, in the order of addresses, the index of the document that declares the user.
    pub(super) order: Vec<u32>,
    /// All addresses, filled when a suggestion first needs them.
    addresses: OnceLock<Vec<String>>,
}

/// The number of tables, which are filled in parallel.
const SHARDS: usize = 8;

/// One of the tables: the users whose addresses hash to it.
#[derive(Debug, Default)]
struct UserShard {
    users: FxHashMap<AddressKey, KnownUser>,
    /// Users who are declared again, in the order of declaration.
    again: Vec<RepeatedUser>,
}

/// An address as a key. Unless it is unusually long, the key holds all of it without a pointer.
#[derive(Debug, PartialEq, Eq, Hash)]
enum AddressKey {
    Short(AddressPrefix),
    Long(Email),
}

/// A declaration of a user who is declared already.
#[derive(Debug)]
struct RepeatedUser {
    document: usize,
    /// Index into the document's users.
    at: usize,
    first: PolicyPlace,
}

impl UserDirectory {
    /// Indexes the users of all documents. Where a user is declared twice, the first declaration stays; the
    /// other one is reported and removed from its document.
    pub(super) fn from_documents(
        documents: &mut [PolicyDocument],
        workers: &impl Workers,
        found: &mut FoundProblems,
    ) -> Self {
        let (shards, order) =
            workers.run_both(|| fill_shards(documents, workers), || document_order(documents));
        if shards.iter().all(|shard| shard.again.is_empty()) {
            return Self { shards, order, addresses: OnceLock::new() };
        }
        let mut again: Vec<_> = shards.into_iter().flat_map(|shard| shard.again).collect();
        again.sort_unstable_by_key(|again| (again.document, again.at));
        let mut again = again.into_iter().peekable();
        for (number, document) in documents.iter_mut().enumerate() {
            let mut at = 0;
            document.users.retain(|(email, entry)| {
                let first = again
                    .next_if(|again| (again.document, again.at) == (number, at))
                    .map(|again| again.first);
                at += 1;
                first
                    .inspect(|first| {
                        found.report_declared_twice("user", email.as_str(), entry.user.place, *first)
                    })
                    .is_none()
            });
            document.heads =
                document.users.iter().map(|(email, entry)| UserHead::from_entry(email, entry)).collect();
        }
        // Every user is declared once now, so that this call does not recurse again.
        Self::from_documents(documents, workers, found)
    }

    /// Returns the user with this address.
    pub(super) fn get(&self, email: &Email) -> Option<&KnownUser> {
        let beginning = AddressPrefix::from_email(email);
        self.shards[shard_of(&beginning)].users.get(&AddressKey::new(beginning, email))
    }

    /// Returns all addresses, in no particular order.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        let keys = self.shards.iter().flat_map(|shard| shard.users.keys());
        self.addresses.get_or_init(|| keys.map(AddressKey::address).collect()).iter().map(String::as_str)
    }
}

impl AddressKey {
    fn new(beginning: AddressPrefix, email: &Email) -> Self {
        if beginning.is_whole() { Self::Short(beginning) } else { Self::Long(email.clone()) }
    }

    fn address(&self) -> String {
        match self {
            Self::Short(beginning) => beginning.text(),
            Self::Long(email) => email.as_str().to_owned(),
        }
    }
}

fn shard_of(beginning: &AddressPrefix) -> usize {
    // Bits of the hash that the tables themselves do not use.
    (FxBuildHasher.hash_one(beginning) >> 40) as usize % SHARDS
}

fn fill_shards(documents: &[PolicyDocument], workers: &impl Workers) -> Vec<UserShard> {
    let users: usize = documents.iter().map(|document| document.users.len()).sum();
    let mut numbers: Vec<usize> = (0..SHARDS).collect();
    workers.map_each(&mut numbers, |number| {
        let mut shard = UserShard::default();
        shard.users.reserve(users / SHARDS + users / 64);
        let mut before = 0;
        for (at, document) in documents.iter().enumerate() {
            shard.fill(*number, at, document, before);
            before += document.users.len();
        }
        shard
    })
}

impl UserShard {
    /// Adds the users of one document whose addresses belong to shard `number`. Earlier documents have
    /// `before` users.
    fn fill(
        &mut self,
        number: usize,
        document: usize,
        PolicyDocument { users, heads, .. }: &PolicyDocument,
        before: usize,
    ) {
        for (at, (UserHead { beginning, place, removed }, (email, _))) in heads.iter().zip(users).enumerate()
        {
            if shard_of(beginning) != number {
                continue;
            }
            let user = KnownUser {
                place: *place,
                number: u32::try_from(before + at).unwrap_or(u32::MAX),
                removed: *removed,
            };
            let first = self.users.entry(AddressKey::new(*beginning, email)).or_insert(user).place;
            if first != *place {
                self.again.push(RepeatedUser { document, at, first });
            }
        }
    }
}

/// Returns the index of each user's document in the order of addresses. Each document's users are in this
/// order already, so their lists are merged.
fn document_order(documents: &[PolicyDocument]) -> Vec<u32> {
    let mut order = Vec::with_capacity(documents.iter().map(|document| document.users.len()).sum());
    let mut runs: Vec<_> =
        documents.iter().map(|document| document.heads.iter().zip(&document.users)).collect();
    let mut next =
        |at: u32| runs[at as usize].next().map(|(head, (email, _))| Reverse((head.beginning, email, at)));
    let mut heads: BinaryHeap<_> =
        (0..documents.len()).filter_map(|at| next(u32::try_from(at).unwrap_or(u32::MAX))).collect();
    while let Some(mut head) = heads.peek_mut() {
        let Reverse((_, _, at)) = *head;
        order.push(at);
        match next(at) {
            // Replacing the top of the heap costs one sift instead of two.
            Some(next) => *head = next,
            None => drop(PeekMut::pop(head)),
        }
    }
    order
}
