//! Names in rows as numbers: each thread asks the register once for a name, and then remembers.

use std::sync::{PoisonError, RwLock};

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::flaw::Flaw;
use crate::usage::{MachineId, Register, Source, SourceId, UserId};

/// So many different products, countries, sites and usage types together are kept apart; a file with more is
/// no export.
pub const MOST_SOURCES: usize = 100_000;

/// The register behind all threads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names<'a> {
    /// New names get a number.
    New(&'a RwLock<Register>),
    /// The files were read before: a name without a number is of a row that has come since, and is left out.
    Known(&'a Register),
}

impl Names<'_> {
    /// Lets `act` see the register as it is now.
    pub(super) fn see<R>(self, act: impl FnOnce(&Register) -> R) -> R {
        match self {
            Self::New(register) => act(&register.read().unwrap_or_else(PoisonError::into_inner)),
            Self::Known(register) => act(register),
        }
    }

    /// What is known, or else what `learn` makes of it.
    fn get<T>(
        self,
        known: impl FnOnce(&Register) -> Option<T>,
        learn: impl FnOnce(&mut Register) -> T,
    ) -> Option<T> {
        match self {
            Self::New(register) => Some(learn(&mut register.write().unwrap_or_else(PoisonError::into_inner))),
            Self::Known(register) => known(register),
        }
    }

    pub(super) fn source(self, source: &Source) -> Result<Option<SourceId>, Flaw> {
        let learn = |register: &mut Register| {
            let has_room = register.known_source(source).is_some() || register.count_sources() < MOST_SOURCES;
            has_room.then(|| register.source(source)).ok_or(Flaw::TooMany)
        };
        self.get(|register| register.known_source(source).map(Ok), learn).transpose()
    }
}

/// The names of one kind that one thread has seen.
#[derive(Debug)]
pub(super) struct Seen<I> {
    names: IndexMap<Box<[u8]>, Option<I>, FxBuildHasher>,
    /// For each of them the place of the one that came after it the last time.
    next: Vec<usize>,
    /// The place of the one before.
    last: usize,
}

impl<I> Default for Seen<I> {
    fn default() -> Self {
        Self { names: IndexMap::default(), next: Vec::new(), last: 0 }
    }
}

impl<I: Copy> Seen<I> {
    /// The number of `name`, which is asked for with `ask` where this thread has not seen it.
    pub(super) fn get(
        &mut self,
        name: &[u8],
        ask: impl FnOnce() -> Result<Option<I>, Flaw>,
    ) -> Result<Option<I>, Flaw> {
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

    /// Exports have the rows of a machine beside each other, and the machines of a day in the order of the
    /// day before. With very many names, to compare with the one that stands to reason is faster than to look
    /// it up: it lies near by in memory.
    fn guess(&self, name: &[u8]) -> Option<usize> {
        let next = *self.next.get(self.last)?;
        [self.last, next]
            .into_iter()
            .find(|at| self.names.get_index(*at).is_some_and(|(known, _)| **known == *name))
    }
}

impl Seen<MachineId> {
    pub(super) fn machine(&mut self, name: &[u8], names: Names<'_>) -> Result<Option<MachineId>, Flaw> {
        self.get(name, || {
            let name = utf8(name)?;
            Ok(names.get(|register| register.known_machine(name), |register| register.machine(name)))
        })
    }
}

impl Seen<UserId> {
    pub(super) fn user(&mut self, name: &[u8], names: Names<'_>) -> Result<Option<UserId>, Flaw> {
        self.get(name, || {
            let name = utf8(name)?;
            Ok(names.get(|register| register.known_user(name), |register| register.user(name)))
        })
    }
}

pub(super) fn utf8(text: &[u8]) -> Result<&str, Flaw> {
    std::str::from_utf8(text).map_err(|_| Flaw::NotUtf8)
}
