//! Reads a journal, and determines how far its lines are sound.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use camino::Utf8Path;

use super::FORMAT;
use super::record::{self, JournalChecksum, JournalRecord, RunBeginRecord};
use super::{JournalError, RunId, StepFate};

/// The content of a journal, and the end of its sound part.
pub(super) struct ParsedJournal {
    pub(super) begin: RunBeginRecord,
    pub(super) fates: Vec<Option<StepFate>>,
    /// Whether each step was about to be sent.
    pub(super) intended: Vec<bool>,
    pub(super) ended: bool,
    /// Number of sound lines.
    pub(super) lines: u64,
    /// Length of the sound lines in bytes.
    pub(super) length: u64,
    /// Checksum of the last sound line.
    pub(super) last: JournalChecksum,
}

impl ParsedJournal {
    /// Parses the bytes of the journal of `run`, and leaves out a torn end.
    ///
    /// # Errors
    ///
    /// Fails if a line that was certainly on disk is damaged, or if the format is another one.
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
        let mut parsed = Self {
            begin,
            fates: vec![None; steps],
            intended: vec![false; steps],
            ended: false,
            lines: 1,
            length: length as u64,
            last: first.checksum,
        };
        for line in lines.by_ref() {
            let Some(found) = strip_newline(line).and_then(|line| record::decode_line(line, parsed.last))
            else {
                // The lines after a damaged line state how many lines were certainly on disk.
                let rest = &bytes[usize::try_from(parsed.length).expect("it was read into memory")..];
                return if surely_synced_lines(rest) > parsed.lines {
                    Err(damaged(parsed.lines + 1))
                } else {
                    Ok(parsed)
                };
            };
            let line_number = parsed.lines + 1;
            let record =
                found.record().ok_or_else(|| JournalError::Newer { run: run.clone(), line: line_number })?;
            parsed.take_record(record).ok_or_else(|| damaged(line_number))?;
            (parsed.last, parsed.lines, parsed.length) =
                (found.checksum, parsed.lines + 1, parsed.length + line.len() as u64);
        }
        Ok(parsed)
    }

    /// Adds one record; `None` where the record makes no sense at this place.
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

/// The largest number of synced lines that a sound line of `rest` states.
fn surely_synced_lines(rest: &[u8]) -> u64 {
    let lines: Vec<_> = rest.split_inclusive(|byte| *byte == b'\n').collect();
    let sound = lines
        .windows(2)
        .filter_map(|pair| record::decode_line(strip_newline(pair[1])?, record::claimed_checksum(pair[0])?));
    sound.map(|line| line.synced).max().unwrap_or(0)
}

// The last record is short, and the record before it usually is, unless it holds a long reason for a failure.
const END: u64 = 16 << 10;

/// Reads the last 16 KiB of a journal, which usually contain its last two lines.
pub(super) fn read_end(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end)
}

/// Whether the last line of a journal is sound, given the checksum of the line before, and records the run's
/// end.
pub(super) fn has_end_record(end: &[u8]) -> bool {
    read_end_record(end).is_some()
}

/// Whether the run was given up, where the last line of its journal is sound and records its end.
pub(super) fn read_end_record(end: &[u8]) -> Option<bool> {
    let mut lines = strip_newline(end)?.rsplit(|byte| *byte == b'\n');
    let (last, before) = lines.next().zip(lines.next())?;
    match record::decode_line(last, record::claimed_checksum(before)?)?.record()? {
        JournalRecord::End { summary: _, given_up } => Some(given_up),
        JournalRecord::Begin(_)
        | JournalRecord::Intent { .. }
        | JournalRecord::Outcome { .. }
        | JournalRecord::Resumed { .. } => None,
    }
}
