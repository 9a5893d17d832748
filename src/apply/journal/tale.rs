//! Reading: what the lines say, and how far they can be believed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use camino::Utf8Path;

use super::record::{self, Begin, Checksum, FORMAT, Record};
use super::{Fate, JournalError, RunId};

/// Everything a journal says, and where its sound part ends.
pub(super) struct Tale {
    pub(super) begin: Begin,
    pub(super) fates: Vec<Option<Fate>>,
    pub(super) intended: Vec<bool>,
    pub(super) ended: bool,
    pub(super) lines: u64,
    pub(super) length: u64,
    pub(super) last: Checksum,
}

impl Tale {
    pub(super) fn read(run: &RunId, bytes: &[u8]) -> Result<Self, JournalError> {
        let damaged = |line| JournalError::Damaged { run: run.clone(), line };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let first = lines
            .next()
            .and_then(whole)
            .and_then(|line| record::decode(line, Checksum::FIRST).map(|found| (found, line.len() + 1)));
        let (first, length) = first.ok_or_else(|| damaged(1))?;
        let Some(Record::Begin(begin)) = first.record() else { return Err(damaged(1)) };
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
            let Some(found) = whole(line).and_then(|line| record::decode(line, tale.last)) else {
                // Whatever comes after a damaged line tells how far the journal was surely on disk.
                let rest = &bytes[usize::try_from(tale.length).expect("it was read into memory")..];
                return if surely_synced(rest) > tale.lines {
                    Err(damaged(tale.lines + 1))
                } else {
                    Ok(tale)
                };
            };
            found.record().and_then(|record| tale.take(record)).ok_or_else(|| damaged(tale.lines + 1))?;
            (tale.last, tale.lines, tale.length) =
                (found.checksum, tale.lines + 1, tale.length + line.len() as u64);
        }
        Ok(tale)
    }

    /// Takes in one record; `None` where it makes no sense here.
    fn take(&mut self, record: Record) -> Option<()> {
        let at = |step: u32| (step as usize).checked_sub(1);
        match record {
            Record::Begin(_) => return None,
            Record::Intent { step, key: _ } => *self.intended.get_mut(at(step)?)? = true,
            Record::Outcome { step, came } => *self.fates.get_mut(at(step)?)? = Some(came.fate()?),
            Record::Resumed { at: _ } => {}
            Record::End { summary: _, given_up: _ } => self.ended = true,
        }
        Some(())
    }
}

fn whole(line: &[u8]) -> Option<&[u8]> {
    line.strip_suffix(b"\n")
}

/// The most lines that any sound line of `rest` says were on disk.
fn surely_synced(rest: &[u8]) -> u64 {
    let lines: Vec<_> = rest.split_inclusive(|byte| *byte == b'\n').collect();
    let sound =
        lines.windows(2).filter_map(|pair| record::decode(whole(pair[1])?, record::claimed(pair[0])?));
    sound.map(|line| line.synced).max().unwrap_or(0)
}

// The last record is short, and so is the one before it unless a failure took many words.
const END: u64 = 16 << 10;

pub(super) fn end_of(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end)
}

/// Whether the last two lines of a journal are sound and say that the run has ended.
pub(super) fn ends(end: &[u8]) -> bool {
    let Some(end) = whole(end) else { return false };
    let mut lines = end.rsplit(|byte| *byte == b'\n');
    let (last, before) = (lines.next(), lines.next());
    let line = last.zip(before).and_then(|(last, before)| record::decode(last, record::claimed(before)?));
    matches!(line.and_then(|line| line.record()), Some(Record::End { .. }))
}
