//! Faults on purpose: what goes wrong, and at which call. A plain value; by default nothing does.

use std::collections::BTreeMap;

use super::generate::Dice;
use crate::model::Section;

/// What goes wrong at which call; calls are numbered from 1, reads and writes apart, in the order they
/// arrive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Scripted faults of writes.
    pub writes: BTreeMap<u32, WriteFault>,
    /// Scripted faults of reads.
    pub reads: BTreeMap<u32, ReadFault>,
    /// Faults of writes by chance, where none is scripted.
    pub chance: Option<FaultChance>,
}

/// Faults by chance, the same ones for the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultChance {
    /// How many of a thousand writes fail.
    pub per_mille: u16,
    /// Seed.
    pub seed: u64,
}

/// What goes wrong with one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteFault {
    /// It is refused.
    Refuse,
    /// The organization is busy; nothing is done.
    Busy,
    /// The connection breaks before the write is sent.
    LostBefore,
    /// The write is done and the answer is lost.
    LostAfter,
    /// The connection breaks, and the write was not done; the caller cannot know.
    LostUnsure,
}

impl WriteFault {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Refuse, Self::Busy, Self::LostBefore, Self::LostAfter, Self::LostUnsure];
}

/// What goes wrong with one read of the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadFault {
    /// Nothing can be read.
    Fail,
    /// The answer is the one of the read before; the first read is never stale.
    Stale,
    /// One section fails.
    Section(Section),
    /// One section ends before its total.
    Short(Section),
}

impl ReadFault {
    /// Every kind, for every section.
    pub fn all() -> impl Iterator<Item = Self> {
        let sections =
            Section::ALL.into_iter().flat_map(|section| [Self::Section(section), Self::Short(section)]);
        [Self::Fail, Self::Stale].into_iter().chain(sections)
    }
}

impl Faults {
    /// One write fault, at call `call`.
    pub fn with_write_fault(call: u32, fault: WriteFault) -> Self {
        Self { writes: BTreeMap::from([(call, fault)]), ..Self::default() }
    }

    /// One read fault, at call `call`.
    pub fn with_read_fault(call: u32, fault: ReadFault) -> Self {
        Self { reads: BTreeMap::from([(call, fault)]), ..Self::default() }
    }

    /// What goes wrong with the write number `call`.
    pub fn write_fault(&self, call: u32) -> Option<WriteFault> {
        let scripted = self.writes.get(&call).copied();
        scripted.or_else(|| self.chance.and_then(|chance| chance.write_fault(call)))
    }

    /// Whether a read will be stale, so that the one before it must be kept.
    pub fn has_stale_read(&self) -> bool {
        self.reads.values().any(|fault| *fault == ReadFault::Stale)
    }
}

impl FaultChance {
    // Each call has dice of its own: which writes fail does not depend on how many calls another task made.
    fn write_fault(self, call: u32) -> Option<WriteFault> {
        let mut dice = Dice::new(self.seed ^ (u64::from(call) << 32));
        (dice.number_below(1000) < u64::from(self.per_mille)).then(|| *dice.pick(&WriteFault::ALL))
    }
}
