//! Turns the names in usage rows into numbers, so that a row is small and comparing two is cheap.
//!
//! Names are looked up by hash, but never listed in hash order: numbers are given in order of first sight,
//! and results are in order of names.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::use_row::{MachineId, SourceId, UsageSource, UserId};
use crate::model::{Email, ProductId, Text};

/// A user of a product, as far as usage data says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserName {
    /// A user known by address.
    Email(Email),
    /// A user known only by an id that means nothing outside the usage data: privacy law forbids the address.
    Opaque(Text),
}

impl UserName {
    /// Returns the address or the id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Opaque(id) => id,
        }
    }
}

impl From<Email> for UserName {
    fn from(email: Email) -> Self {
        Self::Email(email)
    }
}

impl std::fmt::Display for UserName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// All names seen so far. Machine names are compared as written, users by address without case.
#[derive(Debug, Default)]
pub struct NameRegister {
    machines: IndexSet<Text, FxBuildHasher>,
    users: Vec<UserName>,
    /// By every spelling seen, so that an address is parsed once for each spelling.
    user_ids: FxHashMap<Text, UserId>,
    sources: IndexSet<UsageSource, FxBuildHasher>,
}

impl NameRegister {
    /// Returns the number of the machine called `name`, giving it one if needed.
    pub fn machine_id(&mut self, name: &str) -> MachineId {
        self.known_machine(name)
            .unwrap_or_else(|| MachineId(number_at(self.machines.insert_full(name.into()).0)))
    }

    /// Returns the number of the user with that address or opaque id, giving the user one if needed.
    pub fn user_id(&mut self, name: &str) -> UserId {
        if let Some(known) = self.user_ids.get(name) {
            return *known;
        }
        let (canonical, user) = match Email::new(name) {
            Ok(email) => (Text::from(email.as_str()), UserName::Email(email)),
            Err(_) => (Text::from(name), UserName::Opaque(name.into())),
        };
        let next = UserId(number_at(self.users.len()));
        let id = *self.user_ids.entry(canonical).or_insert(next);
        if id == next {
            self.users.push(user);
        }
        self.user_ids.insert(name.into(), id);
        id
    }

    /// Returns the number of `source`, giving it one if needed.
    pub fn source_id(&mut self, source: &UsageSource) -> SourceId {
        self.known_source(source)
            .unwrap_or_else(|| SourceId(number_at(self.sources.insert_full(source.clone()).0)))
    }

    /// Returns the number of the machine called `name`, if the name was seen before.
    pub fn known_machine(&self, name: &str) -> Option<MachineId> {
        self.machines.get_index_of(name).map(|at| MachineId(number_at(at)))
    }

    /// Returns the number of the user called `name`, if exactly this spelling was seen before.
    pub fn known_user(&self, name: &str) -> Option<UserId> {
        self.user_ids.get(name).copied()
    }

    /// Returns the number of `source`, if the source was seen before.
    pub fn known_source(&self, source: &UsageSource) -> Option<SourceId> {
        self.sources.get_index_of(source).map(|at| SourceId(number_at(at)))
    }

    /// Returns the number of different sources.
    pub fn count_sources(&self) -> usize {
        self.sources.len()
    }

    /// Returns the name of a machine.
    pub fn machine_name(&self, id: MachineId) -> &Text {
        &self.machines[id.0 as usize]
    }

    /// Returns the name of a user.
    pub fn user_name(&self, id: UserId) -> &UserName {
        &self.users[id.0 as usize]
    }

    /// Returns the source with that number.
    pub fn source_of(&self, id: SourceId) -> &UsageSource {
        &self.sources[id.0 as usize]
    }

    /// Returns all users, in order of their numbers.
    pub fn users(&self) -> impl Iterator<Item = (UserId, &UserName)> {
        (0..).map(UserId).zip(&self.users)
    }

    /// Returns all products.
    pub fn products(&self) -> BTreeSet<&ProductId> {
        self.sources.iter().map(|source| &source.product).collect()
    }

    /// Returns the rank of each name among all of its kind.
    pub fn ranks(&self) -> NameRanks {
        NameRanks {
            machines: rank_names(self.machines.iter()),
            users: rank_names(self.users.iter()),
            sources: rank_names(self.sources.iter()),
        }
    }

    /// Returns all sources, in order of their numbers.
    pub(in crate::usage) fn sources(&self) -> impl Iterator<Item = (SourceId, &UsageSource)> {
        (0..).map(SourceId).zip(&self.sources)
    }
}

/// The rank of each name in order of names, looked up by its number.
#[derive(Debug)]
pub struct NameRanks {
    machines: Vec<u32>,
    users: Vec<u32>,
    sources: Vec<u32>,
}

impl NameRanks {
    /// Returns the rank of the machine's name.
    pub fn machine(&self, id: MachineId) -> u32 {
        self.machines[id.0 as usize]
    }

    /// Returns the rank of the user's name.
    pub fn user(&self, id: UserId) -> u32 {
        self.users[id.0 as usize]
    }

    /// Returns the rank of the source.
    pub fn source(&self, id: SourceId) -> u32 {
        self.sources[id.0 as usize]
    }
}

fn rank_names<T: Ord>(names: impl Iterator<Item = T>) -> Vec<u32> {
    let names: Vec<T> = names.collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_unstable_by(|one, other| names[*one].cmp(&names[*other]));
    let mut ranks = vec![0; names.len()];
    (0..).zip(order).for_each(|(rank, at)| ranks[at] = rank);
    ranks
}

fn number_at(index: usize) -> u32 {
    // Four thousand million names do not fit into memory.
    u32::try_from(index).expect("fewer names than numbers")
}
