//! The names in usage rows as numbers, so that a row is small and comparing two costs nothing.
//!
//! Looked up by hash and never listed in its order: numbers are in order of first sight, and results are in order of names.

use rustc_hash::FxHashMap;

use super::row::Source;
use crate::model::{Email, Text};

/// A machine's number in a [`Register`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub(super) u32);

/// A user's number in a [`Register`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub(super) u32);

/// A [`Source`]'s number in a [`Register`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(super) u32);

/// Who used a product, as far as usage data says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserName {
    /// By address.
    Email(Email),
    /// By an id that means nothing outside: privacy law forbids the address.
    Opaque(Text),
}

/// All names seen so far. Machines are told apart as they are written, users by address without case.
#[derive(Debug, Default)]
pub struct Register {
    machines: Vec<Text>,
    machine_ids: FxHashMap<Text, MachineId>,
    users: Vec<UserName>,
    /// By every spelling seen, so that an address is parsed once for each.
    user_ids: FxHashMap<Text, UserId>,
    sources: Vec<Source>,
    source_ids: FxHashMap<Source, SourceId>,
}

impl Register {
    /// The machine of that name.
    pub fn machine(&mut self, name: &str) -> MachineId {
        if let Some(known) = self.machine_ids.get(name) {
            return *known;
        }
        let (id, name) = (MachineId(number(self.machines.len())), Text::from(name));
        self.machines.push(name.clone());
        self.machine_ids.insert(name, id);
        id
    }

    /// The user of that address, or of that opaque id.
    pub fn user(&mut self, name: &str) -> UserId {
        if let Some(known) = self.user_ids.get(name) {
            return *known;
        }
        let (canonical, user) = match Email::new(name) {
            Ok(email) => (Text::from(email.as_str()), UserName::Email(email)),
            Err(_) => (Text::from(name), UserName::Opaque(name.into())),
        };
        let next = UserId(number(self.users.len()));
        let id = *self.user_ids.entry(canonical).or_insert(next);
        if id == next {
            self.users.push(user);
        }
        self.user_ids.insert(name.into(), id);
        id
    }

    /// The number of `source`.
    pub fn source(&mut self, source: &Source) -> SourceId {
        if let Some(known) = self.source_ids.get(source) {
            return *known;
        }
        let id = SourceId(number(self.sources.len()));
        self.sources.push(source.clone());
        self.source_ids.insert(source.clone(), id);
        id
    }

    pub(super) fn machine_name(&self, id: MachineId) -> &Text {
        &self.machines[id.0 as usize]
    }

    pub(super) fn user_name(&self, id: UserId) -> &UserName {
        &self.users[id.0 as usize]
    }

    pub(super) fn source_of(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// All sources, by number.
    pub(super) fn sources(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.sources)
    }
}

fn number(known: usize) -> u32 {
    // Four thousand million names do not fit into memory.
    u32::try_from(known).expect("fewer names than numbers")
}
