//! Reads a damaged journal as far as it goes, so that a run whose journal cannot be continued can still be
//! ended.

use std::collections::{BTreeMap, BTreeSet};

use super::StepFate;
use super::record::{JournalChecksum, JournalRecord, RunBeginRecord, claimed_checksum, decode_line};

/// What the sound lines of a damaged journal say.
#[derive(Default)]
pub(super) struct JournalRemains {
    /// `None` where the first line is damaged.
    pub(super) begin: Option<RunBeginRecord>,
    intended: BTreeSet<u32>,
    fates: BTreeMap<u32, StepFate>,
}

impl JournalRemains {
    /// Reads every line of `bytes` that is sound after the line before it. A line after a damaged one cannot
    /// be checked, so it counts as damaged too.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut remains = Self::default();
        let mut before = Some(JournalChecksum::FIRST);
        for line in bytes.split(|byte| *byte == b'\n') {
            let record = before.and_then(|before| decode_line(line, before)?.record());
            record.into_iter().for_each(|record| remains.take_record(record));
            before = claimed_checksum(line);
        }
        remains
    }

    fn take_record(&mut self, record: JournalRecord) {
        match record {
            JournalRecord::Begin(begin) => self.begin = Some(*begin),
            JournalRecord::Intent { step, key: _ } => _ = self.intended.insert(step),
            JournalRecord::Outcome { step, came } => {
                self.fates.extend(came.into_fate().map(|fate| (step, fate)))
            }
            JournalRecord::Resumed { at: _ }
            | JournalRecord::End { summary: _, given_up: _ }
            | JournalRecord::Sealed(_) => {}
        }
    }

    /// The fates of the run's steps, of which there are `steps` where the saved plan says so.
    ///
    /// The record of any step may have been in the damaged part, so a step without one is in doubt.
    pub(super) fn fates(&self, steps: Option<usize>) -> Vec<StepFate> {
        let begun = self.begin.as_ref().map(|begin| begin.steps as usize);
        let seen = self.intended.iter().chain(self.fates.keys()).max().map(|step| *step as usize);
        let steps = begun.or(steps).or(seen).unwrap_or_default();
        (1..=steps).map(|step| self.fate_of(u32::try_from(step).expect("a step's number is a u32"))).collect()
    }

    fn fate_of(&self, step: u32) -> StepFate {
        self.fates.get(&step).cloned().unwrap_or_else(|| {
            let why = if self.intended.contains(&step) {
                "it was sent, and the journal no longer says what came of it"
            } else {
                "not known, as the journal is damaged"
            };
            StepFate::InDoubt(why.into())
        })
    }
}
