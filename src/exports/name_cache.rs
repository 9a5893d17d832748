//! Turns names in rows into numbers: each thread asks the register once for a name, and then remembers its
//! number.

use std::sync::{PoisonError, RwLock};

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::damaged_line::{LineFlaw, MOST_SOURCES};
use crate::usage::{MachineId, NameRegister, SourceId, UsageSource, UserId};

/// The register that all threads share.
#[derive(Debug, Clone, Copy)]
pub(super) enum SharedRegister<'a> {
    /// New names get a number.
    New(&'a RwLock<NameRegister>),
    /// The files were read before: a name without a number belongs to a row that was added since, and the row
    /// is left out.
    Known(&'a NameRegister),
}

impl SharedRegister<'_> {
    /// Calls `act` with a register that gives new names numbers in `register`.
    pub(super) fn with_growing<R>(
        register: &mut NameRegister,
        act: impl FnOnce(SharedRegister<'_>) -> R,
    ) -> R {
        let shared = RwLock::new(std::mem::take(register));
        let done = act(SharedRegister::New(&shared));
        *register = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        done
    }

    /// Calls `act` with the register as it is now.
    pub(super) fn with_register<R>(self, act: impl FnOnce(&NameRegister) -> R) -> R {
        match self {
            Self::New(register) => act(&register.read().unwrap_or_else(PoisonError::into_inner)),
            Self::Known(register) => act(register),
        }
    }

    /// Returns what `known` finds in a fixed register, or what `learn` finds or adds in a growing one.
    fn get_or_learn<T>(
        self,
        known: impl FnOnce(&NameRegister) -> Option<T>,
        learn: impl FnOnce(&mut NameRegister) -> T,
    ) -> Option<T> {
        match self {
            Self::New(register) => Some(learn(&mut register.write().unwrap_or_else(PoisonError::into_inner))),
            Self::Known(register) => known(register),
        }
    }
}

/// The names of one kind that one thread has seen, with their numbers.
#[derive(Debug)]
struct NameCache<I> {
    names: IndexMap<Box<[u8]>, Option<I>, FxBuildHasher>,
    /// For each name, the index of the name that followed it the last time.
    next: Vec<usize>,
    /// The index of the name asked for last.
    last: usize,
}

impl<I> Default for NameCache<I> {
    fn default() -> Self {
        Self { names: IndexMap::default(), next: Vec::new(), last: 0 }
    }
}

impl<I: Copy> NameCache<I> {
    /// Returns the number of `name`, calling `ask` where this thread has not seen the name before.
    fn get(
        &mut self,
        name: &[u8],
        ask: impl FnOnce() -> Result<Option<I>, LineFlaw>,
    ) -> Result<Option<I>, LineFlaw> {
        let at = match self.guess(name).or_else(|| self.names.get_index_of(name)) {
            Some(at) => at,
            None => {
                let asked = ask()?;
                self.next.push(0);
                self.names.insert_full(name.into(), asked).0
            }
        };
        if at != self.last {
            self.next[self.last] = at;
            self.last = at;
        }
        Ok(self.names[at])
    }

    /// Guesses that the name is the last one again, or the one that followed it the last time: exports list
    /// the rows of a machine together, and the machines of a day in the order of the day before. With very
    /// many names, comparing with the likely name is faster than a look-up, as the likely name is near by in
    /// memory.
    fn guess(&self, name: &[u8]) -> Option<usize> {
        let next = *self.next.get(self.last)?;
        [self.last, next]
            .into_iter()
            .find(|at| self.names.get_index(*at).is_some_and(|(known, _)| **known == *name))
    }
}

/// All names that one thread has seen, with their numbers. Where a fixed register does not have a name, its
/// number is `None`.
#[derive(Debug)]
pub(super) struct NameCaches<'a> {
    shared: SharedRegister<'a>,
    machines: NameCache<MachineId>,
    users: NameCache<UserId>,
    sources: NameCache<SourceId>,
    /// The columns that distinguish sources, joined: the key of `sources`.
    key: Vec<u8>,
}

impl<'a> NameCaches<'a> {
    /// Builds empty caches.
    pub(super) fn new(shared: SharedRegister<'a>) -> Self {
        let (machines, users, sources) = (NameCache::default(), NameCache::default(), NameCache::default());
        Self { shared, machines, users, sources, key: Vec::new() }
    }

    /// Returns the number of the machine called `name`.
    pub(super) fn machine_id(&mut self, name: &[u8]) -> Result<Option<MachineId>, LineFlaw> {
        let shared = self.shared;
        self.machines.get(name, || {
            let name = parse_utf8(name)?;
            Ok(shared
                .get_or_learn(|register| register.known_machine(name), |register| register.machine_id(name)))
        })
    }

    /// Returns the number of the user called `name`.
    pub(super) fn user_id(&mut self, name: &[u8]) -> Result<Option<UserId>, LineFlaw> {
        let shared = self.shared;
        self.users.get(name, || {
            let name = parse_utf8(name)?;
            Ok(shared.get_or_learn(|register| register.known_user(name), |register| register.user_id(name)))
        })
    }

    /// Returns the number of the source that these columns distinguish, calling `parse` where this thread has
    /// not seen the source before. Fails if a growing register already holds [`MOST_SOURCES`].
    pub(super) fn source_id<'t>(
        &mut self,
        columns: impl Iterator<Item = &'t [u8]>,
        parse: impl FnOnce() -> Result<UsageSource, LineFlaw>,
    ) -> Result<Option<SourceId>, LineFlaw> {
        self.key.clear();
        for column in columns {
            self.key.extend_from_slice(column);
            self.key.push(0);
        }
        let shared = self.shared;
        self.sources.get(&self.key, || {
            let source = parse()?;
            let learn = |register: &mut NameRegister| {
                let has_room =
                    register.known_source(&source).is_some() || register.count_sources() < MOST_SOURCES;
                has_room.then(|| register.source_id(&source)).ok_or(LineFlaw::TooMany)
            };
            shared.get_or_learn(|register| register.known_source(&source).map(Ok), learn).transpose()
        })
    }
}

/// Returns `text` as UTF-8, or the flaw of its line.
pub(super) fn parse_utf8(text: &[u8]) -> Result<&str, LineFlaw> {
    std::str::from_utf8(text).map_err(|_| LineFlaw::NotUtf8)
}
