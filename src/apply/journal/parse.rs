//! Reading: what the lines say, and how far they can be believed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use camino::Utf8Path;

use super::record::{self, FORMAT, JournalChecksum, JournalRecord, RunBeginRecord};
use super::{JournalError, RunId, StepFate};

/// Everything a journal says, and where its sound part ends.
pub(super) struct ParsedJournal {
    pub(super) begin: RunBeginRecord,
    pub(super) fates: Vec<Option<StepFate>>,
    pub(super) intended: Vec<bool>,
    pub(super) ended: bool,
    pub(super) lines: u64,
    pub(super) length: u64,
    pub(super) last: JournalChecksum,
}

impl ParsedJournal {
    pub(super) fn parse(run: &RunId, bytes: &[u8]) -> Result<Self, JournalError> {
        let damaged = |line| JournalError::Damaged { run: run.clone(), line };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let first = lines.next().and_then(strip_newline).and_then(|line| {
            record::decode_line(line, JournalChecksum::FIRST).map(|found| (found, line.len() + 1))
        });
        let (first, length) = first.ok_or_else(|| damaged(1))?;
        let Some(JournalRecord::Begin(begin)) = first.record() else { return Err(damaged(1)) };
        if begin.format != FORMAT {
            return Err(JournalError::Format { run: run.clone(), format: begin.format });
        }
        let steps = begin.steps as usize;
        let mut tale = Self {
            begin,
            fates: vec![None; steps],
            intended: vec![false; steps],
            ended: false,
            lines: 1,
            length: length as u64,
            last: first.checksum,
        };
        for line in lines.by_ref() {
            let Some(found) = strip_newline(line).and_then(|line| record::decode_line(line, tale.last))
            else {
                // Whatever comes after a damaged line tells how far the journal was surely on disk.
                let rest = &bytes[usize::try_from(tale.length).expect("it was read into memory")..];
                return if surely_synced_lines(rest) > tale.lines {
                    Err(damaged(tale.lines + 1))
                } else {
                    Ok(tale)
                };
            };
            found
                .record()
                .and_then(|record| tale.take_record(record))
                .ok_or_else(|| damaged(tale.lines + 1))?;
            (tale.last, tale.lines, tale.length) =
                (found.checksum, tale.lines + 1, tale.length + line.len() as u64);
        }
        Ok(tale)
    }

    /// Takes in one record; `None` where it makes no sense here.
    fn take_record(&mut self, record: JournalRecord) -> Option<()> {
        let at = |step: u32| (step as usize).checked_sub(1);
        match record {
            JournalRecord::Begin(_) => return None,
            JournalRecord::Intent { step, key: _ } => *self.intended.get_mut(at(step)?)? = true,
            JournalRecord::Outcome { step, came } => {
                *self.fates.get_mut(at(step)?)? = Some(came.into_fate()?)
            }
            JournalRecord::Resumed { at: _ } => {}
            JournalRecord::End { summary: _, given_up: _ } => self.ended = true,
        }
        Some(())
    }
}

fn strip_newline(line: &[u8]) -> Option<&[u8]> {
    line.strip_suffix(b"\n")
}

/// The most lines that any sound line of `rest` says were on disk.
fn surely_synced_lines(rest: &[u8]) -> u64 {
    let lines: Vec<_> = rest.split_inclusive(|byte| *byte == b'\n').collect();
    let sound = lines
        .windows(2)
        .filter_map(|pair| record::decode_line(strip_newline(pair[1])?, record::claimed_checksum(pair[0])?));
    sound.map(|line| line.synced).max().unwrap_or(0)
}

// The last record is short, and so is the one before it unless a failure took many words.
const END: u64 = 16 << 10;

pub(super) fn read_end(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end)
}

/// Whether the last two lines of a journal are sound and say that the run has ended.
pub(super) fn has_end_record(end: &[u8]) -> bool {
    let Some(end) = strip_newline(end) else { return false };
    let mut lines = end.rsplit(|byte| *byte == b'\n');
    let (last, before) = (lines.next(), lines.next());
    let line = last
        .zip(before)
        .and_then(|(last, before)| record::decode_line(last, record::claimed_checksum(before)?));
    matches!(line.and_then(|line| line.record()), Some(JournalRecord::End { .. }))
}
