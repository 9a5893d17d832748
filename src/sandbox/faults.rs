//! Injected faults: what goes wrong, and at which call. A plain value; by default nothing goes wrong.

use std::collections::BTreeMap;

use super::generate::Dice;
use crate::model::Section;

/// The faults and their calls. Calls are numbered from 1 in the order they arrive; reads and writes are
/// counted separately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Scripted faults of writes.
    pub writes: BTreeMap<u32, WriteFault>,
    /// Scripted faults of reads.
    pub reads: BTreeMap<u32, ReadFault>,
    /// Random faults of writes, for calls without a scripted fault.
    pub chance: Option<FaultChance>,
}

/// Random faults; the same seed gives the same faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultChance {
    /// The number of failing writes in a thousand.
    pub per_mille: u16,
    pub seed: u64,
}

/// A fault of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteFault {
    Refuse,
    /// The organization is busy, and nothing is written.
    Busy,
    /// The connection breaks before the write is sent.
    LostBefore,
    /// The write is done, and the answer is lost.
    LostAfter,
    /// The connection breaks and the write is not done, which the caller cannot know.
    LostUnsure,
}

impl WriteFault {
    /// Every fault of a write.
    pub const ALL: [Self; 5] =
        [Self::Refuse, Self::Busy, Self::LostBefore, Self::LostAfter, Self::LostUnsure];
}

/// A fault of one read of the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadFault {
    /// Nothing can be read.
    Fail,
    /// The previous read's answer comes again. The first read is never stale.
    Stale,
    /// One section fails.
    Section(Section),
    /// One section has fewer rows than its total.
    Short(Section),
}

impl ReadFault {
    /// Returns every fault of a read, with every section where the fault has one.
    pub fn all() -> impl Iterator<Item = Self> {
        let sections =
            Section::ALL.into_iter().flat_map(|section| [Self::Section(section), Self::Short(section)]);
        [Self::Fail, Self::Stale].into_iter().chain(sections)
    }
}

impl Faults {
    /// Returns a single write fault, at the write number `call`.
    pub fn with_write_fault(call: u32, fault: WriteFault) -> Self {
        Self { writes: BTreeMap::from([(call, fault)]), ..Self::default() }
    }

    /// Returns a single read fault, at the read number `call`.
    pub fn with_read_fault(call: u32, fault: ReadFault) -> Self {
        Self { reads: BTreeMap::from([(call, fault)]), ..Self::default() }
    }

    /// Returns the fault of the write number `call`, if there is one.
    pub fn write_fault(&self, call: u32) -> Option<WriteFault> {
        let scripted = self.writes.get(&call).copied();
        scripted.or_else(|| self.chance.and_then(|chance| chance.write_fault(call)))
    }

    /// Whether some read is stale, so that the caller must keep the answer of the read before it.
    pub fn has_stale_read(&self) -> bool {
        self.reads.values().any(|fault| *fault == ReadFault::Stale)
    }
}

impl FaultChance {
    // Each call has its own dice, so that which writes fail does not depend on how many calls another task
    // makes.
    fn write_fault(self, call: u32) -> Option<WriteFault> {
        let mut dice = Dice::new(self.seed ^ (u64::from(call) << 32));
        (dice.number_below(1000) < u64::from(self.per_mille)).then(|| *dice.pick(&WriteFault::ALL))
    }
}
