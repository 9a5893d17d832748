//! Small sorted sets and maps.
//!
//! A person has a handful of roles, groups and products. A sorted vector of them costs a fraction of a tree,
//! and two of them are compared by one merge; an organization of 100,000 people has half a million such
//! entries.
//!
//! `litemap` keeps pairs in the same way. The map is ours because of what that one does not do: sets,
//! giving back spare room, and keeping the first of equal keys; the type would be wrapped in as many
//! lines. The merge is that of `itertools`.

use std::borrow::Borrow;
use std::fmt;

/// One key of a merge of two maps: only in the left one, only in the right one, or in both.
pub use itertools::EitherOrBoth as MergeSide;
use itertools::Itertools;

/// A map kept as a vector of pairs in key order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlatMap<K, V>(Vec<(K, V)>);

/// A set kept as a vector in order.
pub type FlatSet<K> = FlatMap<K, ()>;

impl<K: Ord, V> FlatMap<K, V> {
    /// Builds an empty map; allocates nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Builds a map from entries that are already in key order, each key once.
    pub fn from_sorted(mut entries: Vec<(K, V)>) -> Self {
        debug_assert!(entries.is_sorted_by(|a, b| a.0 < b.0), "entries are in key order, each key once");
        entries.shrink_to_fit();
        Self(entries)
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }

    /// Returns the value of `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().map(|at| &self.0[at].1)
    }

    /// Whether `key` is there.
    pub fn has<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Sets `key`, returning the value it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find::<K>(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Returns the value of `key`, first made by `make` where there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.find::<K>(&key) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (key, make()));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Removes `key`, returning its value.
    pub fn take<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Keeps the entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }

    /// Returns the entries in key order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Returns the values in key order, for a change.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Returns the keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// Walks both maps at once, in key order.
    pub fn merge<'a, W>(
        &'a self,
        other: &'a FlatMap<K, W>,
    ) -> impl Iterator<Item = (&'a K, MergeSide<&'a V, &'a W>)> {
        merge_by_key(self.iter(), other.iter())
    }
}

impl<K: Ord> FlatSet<K> {
    /// Adds `key`, returning whether it is new.
    pub fn add(&mut self, key: K) -> bool {
        self.insert(key, ()).is_none()
    }
}

/// Walks two key-ordered sequences of pairs at once: the one merge that every comparison uses.
pub fn merge_by_key<'a, K: Ord + 'a, L, R>(
    left: impl Iterator<Item = (&'a K, L)>,
    right: impl Iterator<Item = (&'a K, R)>,
) -> impl Iterator<Item = (&'a K, MergeSide<L, R>)> {
    left.merge_join_by(right, |(left, _), (right, _)| left.cmp(right)).map(|side| match side {
        MergeSide::Left((key, left)) => (key, MergeSide::Left(left)),
        MergeSide::Right((key, right)) => (key, MergeSide::Right(right)),
        MergeSide::Both((key, left), (_, right)) => (key, MergeSide::Both(left, right)),
    })
}

impl<K: Ord, V> FromIterator<(K, V)> for FlatMap<K, V> {
    /// Sorts once; of entries with one key the first is kept.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, first| later.0 == first.0);
        }
        entries.shrink_to_fit();
        Self(entries)
    }
}

impl<K: Ord> FromIterator<K> for FlatSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        keys.into_iter().map(|key| (key, ())).collect()
    }
}

impl<K, V> IntoIterator for FlatMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K, V> Default for FlatMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for FlatMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(key, value)| (key, value))).finish()
    }
}
