//! Reads a journal, determines how far its lines are sound, and how far they are sealed.

use super::FORMATS;
use super::record::{self, JournalChecksum, JournalRecord, RunBeginRecord};
use super::{JournalError, RunId, StepFate};
use crate::state::{PolicyFolderSeal, Seal, SealFault, SealedKind};

/// The content of a journal, and the end of its sound part.
///
/// Of a journal that is sealed, this is what its last seal covers: no step was sent on the strength of a
/// record behind it. Of one that is not, it is all that its sound lines say.
pub(super) struct ParsedJournal {
    pub(super) begin: RunBeginRecord,
    pub(super) fates: Vec<Option<StepFate>>,
    /// Whether each step was about to be sent.
    pub(super) intended: Vec<bool>,
    /// Whether the run was given up, where it has ended.
    pub(super) end: Option<JournalEnd>,
    /// Number of lines.
    pub(super) lines: u64,
    /// Length of the lines in bytes.
    pub(super) length: usize,
    /// Checksum of the last line.
    pub(super) last: JournalChecksum,
    /// BLAKE3 of the lines.
    pub(super) digest: blake3::Hash,
    /// Why the journal is not believed; `None` where its seal holds.
    pub(super) fault: Option<SealFault>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JournalEnd {
    pub(super) given_up: bool,
}

/// A sound line after the first.
struct SoundLine {
    record: JournalRecord,
    checksum: JournalChecksum,
    /// Where the line ends, in bytes from the journal's beginning.
    end: usize,
}

impl ParsedJournal {
    /// Parses the bytes of the journal of `run`, and leaves out a torn end and what no seal covers.
    ///
    /// # Errors
    ///
    /// Fails if a line that was certainly on disk is damaged, or if the format is another one.
    pub(super) fn parse(run: &RunId, bytes: &[u8], seal: &PolicyFolderSeal) -> Result<Self, JournalError> {
        let damaged = |line| JournalError::Damaged { run: run.clone(), line };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let first = lines.next().and_then(strip_newline).and_then(|line| {
            record::decode_line(line, JournalChecksum::FIRST).map(|found| (found, line.len() + 1))
        });
        let (first, begin_end) = first.ok_or_else(|| damaged(1))?;
        let Some(JournalRecord::Begin(begin)) = first.record() else { return Err(damaged(1)) };
        if !FORMATS.contains(&begin.format) {
            return Err(JournalError::Format { run: run.clone(), format: begin.format });
        }
        let mut sound = sound_lines(run, bytes, begin_end, first.checksum)?;
        // A journal under another run's name is not that run's.
        let is_own = (begin.run == run.as_str()).then_some(()).ok_or(SealFault::Edited);
        let fault = check_last_seal(&mut sound, bytes, begin_end, seal).and(is_own).err();
        let (length, last) =
            sound.last().map_or((begin_end, first.checksum), |last| (last.end, last.checksum));
        let steps = begin.steps as usize;
        let mut parsed = Self {
            begin: *begin,
            fates: vec![None; steps],
            intended: vec![false; steps],
            end: None,
            lines: sound.len() as u64 + 1,
            length,
            last,
            digest: blake3::hash(&bytes[..length]),
            fault,
        };
        for (line, number) in sound.into_iter().zip(2..) {
            parsed.take_record(line.record).ok_or_else(|| damaged(number))?;
        }
        Ok(parsed)
    }

    /// Whether nothing is left for `resume`.
    pub(super) fn has_ended(&self) -> bool {
        self.end.is_some()
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
            JournalRecord::Resumed { at: _ } | JournalRecord::Sealed(_) => {}
            JournalRecord::End { summary: _, given_up } => self.end = Some(JournalEnd { given_up }),
        }
        Some(())
    }
}

/// Returns the sound lines of a journal after its first line, which ends at `begin_end`.
fn sound_lines(
    run: &RunId,
    bytes: &[u8],
    begin_end: usize,
    first: JournalChecksum,
) -> Result<Vec<SoundLine>, JournalError> {
    let (mut last, mut end) = (first, begin_end);
    let mut sound = Vec::new();
    for line in bytes[begin_end..].split_inclusive(|byte| *byte == b'\n') {
        let number = sound.len() as u64 + 2;
        let Some(found) = strip_newline(line).and_then(|line| record::decode_line(line, last)) else {
            // The lines after a damaged line state how many lines were certainly on disk.
            if surely_synced_lines(&bytes[end..]) >= number {
                return Err(JournalError::Damaged { run: run.clone(), line: number });
            }
            break;
        };
        let record = found.record().ok_or_else(|| JournalError::Newer { run: run.clone(), line: number })?;
        (last, end) = (found.checksum, end + line.len());
        sound.push(SoundLine { record, checksum: last, end });
    }
    Ok(sound)
}

/// Checks the last seal, which covers all seals before it, and leaves out the lines behind it. The journal's
/// first line, which comes before those of `sound`, ends at `begin_end`.
fn check_last_seal(
    sound: &mut Vec<SoundLine>,
    bytes: &[u8],
    begin_end: usize,
    seal: &PolicyFolderSeal,
) -> Result<(), SealFault> {
    fn seal_of(line: &SoundLine) -> Option<&Seal> {
        if let JournalRecord::Sealed(seal) = &line.record { Some(seal) } else { None }
    }
    let (at, found) = sound
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, line)| Some((at, seal_of(line)?)))
        .ok_or(SealFault::Unsealed)?;
    let covered = at.checked_sub(1).map_or(begin_end, |before| sound[before].end);
    seal.check(SealedKind::Journal, &blake3::hash(&bytes[..covered]), Some(found))?;
    sound.truncate(at + 1);
    Ok(())
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
