//! The names in usage rows as numbers, so that a row is small and comparing two costs nothing.
//!
//! Looked up by hash and never listed in its order: numbers are in order of first sight, and results are in
//! order of names.

use rustc_hash::FxHashMap;

use super::use_row::UsageSource;
use crate::model::{Email, Text};

/// A machine's number in a [`NameRegister`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub(in crate::usage) u32);

/// A user's number in a [`NameRegister`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub(in crate::usage) u32);

/// A [`UsageSource`]'s number in a [`NameRegister`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(in crate::usage) u32);

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
pub struct NameRegister {
    machines: Vec<Text>,
    machine_ids: FxHashMap<Text, MachineId>,
    users: Vec<UserName>,
    /// By every spelling seen, so that an address is parsed once for each.
    user_ids: FxHashMap<Text, UserId>,
    sources: Vec<UsageSource>,
    source_ids: FxHashMap<UsageSource, SourceId>,
}

impl NameRegister {
    /// The machine of that name.
    pub fn machine_id(&mut self, name: &str) -> MachineId {
        if let Some(known) = self.machine_ids.get(name) {
            return *known;
        }
        let (id, name) = (MachineId(next_number(self.machines.len())), Text::from(name));
        self.machines.push(name.clone());
        self.machine_ids.insert(name, id);
        id
    }

    /// The user of that address, or of that opaque id.
    pub fn user_id(&mut self, name: &str) -> UserId {
        if let Some(known) = self.user_ids.get(name) {
            return *known;
        }
        let (canonical, user) = match Email::new(name) {
            Ok(email) => (Text::from(email.as_str()), UserName::Email(email)),
            Err(_) => (Text::from(name), UserName::Opaque(name.into())),
        };
        let next = UserId(next_number(self.users.len()));
        let id = *self.user_ids.entry(canonical).or_insert(next);
        if id == next {
            self.users.push(user);
        }
        self.user_ids.insert(name.into(), id);
        id
    }

    /// The number of `source`.
    pub fn source_id(&mut self, source: &UsageSource) -> SourceId {
        if let Some(known) = self.source_ids.get(source) {
            return *known;
        }
        let id = SourceId(next_number(self.sources.len()));
        self.sources.push(source.clone());
        self.source_ids.insert(source.clone(), id);
        id
    }

    /// The machine of that name, if it was seen before.
    pub fn known_machine(&self, name: &str) -> Option<MachineId> {
        self.machine_ids.get(name).copied()
    }

    /// The user of that name, as it is written, if it was seen before.
    pub fn known_user(&self, name: &str) -> Option<UserId> {
        self.user_ids.get(name).copied()
    }

    /// The number of `source`, if it was seen before.
    pub fn known_source(&self, source: &UsageSource) -> Option<SourceId> {
        self.source_ids.get(source).copied()
    }

    /// How many different sources there are.
    pub fn count_sources(&self) -> usize {
        self.sources.len()
    }

    /// Its name.
    pub fn machine_name(&self, id: MachineId) -> &Text {
        &self.machines[id.0 as usize]
    }

    /// Who it is.
    pub fn user_name(&self, id: UserId) -> &UserName {
        &self.users[id.0 as usize]
    }

    /// What it is the number of.
    pub fn source_of(&self, id: SourceId) -> &UsageSource {
        &self.sources[id.0 as usize]
    }

    /// Where each name stands among all of its kind.
    pub fn ranks(&self) -> NameRanks {
        NameRanks {
            machines: rank_names(&self.machines),
            users: rank_names(&self.users),
            sources: rank_names(&self.sources),
        }
    }

    /// All sources, by number.
    pub(in crate::usage) fn sources(&self) -> impl Iterator<Item = (SourceId, &UsageSource)> {
        (0..).map(SourceId).zip(&self.sources)
    }
}

/// The order of names, for numbers that were given in another one.
#[derive(Debug)]
pub struct NameRanks {
    machines: Vec<u32>,
    users: Vec<u32>,
    sources: Vec<u32>,
}

impl NameRanks {
    /// Where the machine's name stands.
    pub fn machine(&self, id: MachineId) -> u32 {
        self.machines[id.0 as usize]
    }

    /// Where the user's name stands.
    pub fn user(&self, id: UserId) -> u32 {
        self.users[id.0 as usize]
    }

    /// Where the source stands.
    pub fn source(&self, id: SourceId) -> u32 {
        self.sources[id.0 as usize]
    }
}

fn rank_names<T: Ord>(names: &[T]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_unstable_by(|one, other| names[*one].cmp(&names[*other]));
    let mut ranks = vec![0; names.len()];
    (0..).zip(order).for_each(|(rank, at)| ranks[at] = rank);
    ranks
}

fn next_number(known: usize) -> u32 {
    // Four thousand million names do not fit into memory.
    u32::try_from(known).expect("fewer names than numbers")
}
