//! The journal's lines: a frozen format.
//!
//! Each line has the form `{"c":"<checksum>","s":<lines synced>,"r":{…}}`. The checksum covers the line and
//! the checksum of the line before, so a lost line is detected like a damaged line. `s` is the number of
//! lines that were certainly on disk when the line was written. Damage in one of those lines is corruption;
//! damage after them is the torn end of a run that was killed, and no step was sent on the strength of a
//! record in the torn end.

use serde::{Deserialize, Serialize};

use super::super::{RunOrigin, RunSummary, StepFate};
use super::sealer::JournalSealer;
use crate::model::{LiveId, Text, Timestamp};
use crate::plan::StepNo;
use crate::state::Seal;

/// The record of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum JournalRecord {
    /// The run begins; always the first line.
    Begin(Box<RunBeginRecord>),
    /// A step is about to be sent.
    Intent { step: u32, key: String },
    /// The fate of a step. Steps that are in doubt or left have no such record.
    Outcome { step: u32, came: StepFateRecord },
    /// The run continues after an interruption.
    Resumed { at: Timestamp },
    /// Nothing is left for `resume`.
    End { summary: RunSummary, given_up: bool },
    /// All lines before are sealed.
    Sealed(Seal),
}

/// The properties of a run, in the journal's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunBeginRecord {
    pub(super) format: u32,
    pub(super) run: String,
    pub(super) organization: String,
    pub(super) started: Timestamp,
    pub(super) steps: u32,
    /// The plan's digest.
    pub(super) plan: String,
    /// Digest of the bytes of the plan's file.
    pub(super) plan_file: String,
    /// Digest of the bytes of the snapshot's file.
    pub(super) snapshot_file: String,
    /// The digest of the journal of the run before, at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    /// Whose change the run carries out.
    #[serde(default, skip_serializing_if = "RunOrigin::is_empty")]
    pub(super) origin: RunOrigin,
}

/// A [`StepFate`] that is final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StepFateRecord {
    Done {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        created: Option<String>,
    },
    Already,
    Failed {
        why: String,
        /// Whether a part of the step was carried out all the same.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_part: bool,
    },
    Blocked {
        why: String,
    },
    NotTried {
        needs: u32,
    },
}

impl StepFateRecord {
    /// `None` for a fate that is not final, because `resume` will settle the step.
    pub(super) fn from_fate(fate: &StepFate) -> Option<Self> {
        match fate {
            StepFate::Done { created } => {
                Some(Self::Done { created: created.as_ref().map(LiveId::to_string) })
            }
            StepFate::Already => Some(Self::Already),
            StepFate::Failed(why) => Some(Self::Failed { why: why.to_string(), in_part: false }),
            StepFate::FailedInPart(why) => Some(Self::Failed { why: why.to_string(), in_part: true }),
            StepFate::Blocked(why) => Some(Self::Blocked { why: why.to_string() }),
            StepFate::NotTried(needs) => Some(Self::NotTried { needs: needs.0 }),
            StepFate::InDoubt(_) | StepFate::Left => None,
        }
    }

    /// `None` where the text of the identity is not a valid identity.
    pub(super) fn into_fate(self) -> Option<StepFate> {
        Some(match self {
            Self::Done { created } => {
                StepFate::Done { created: created.map(|id| LiveId::new(&id)).transpose().ok()? }
            }
            Self::Already => StepFate::Already,
            Self::Failed { why, in_part: false } => StepFate::Failed(Text::from(why)),
            Self::Failed { why, in_part: true } => StepFate::FailedInPart(Text::from(why)),
            Self::Blocked { why } => StepFate::Blocked(Text::from(why)),
            Self::NotTried { needs } => StepFate::NotTried(StepNo(needs)),
        })
    }
}

/// The checksum of a line: 16 hex digits of BLAKE3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JournalChecksum([u8; 16]);

impl JournalChecksum {
    /// Stands in for the checksum before the first line.
    pub(super) const FIRST: Self = Self([b'0'; 16]);

    fn chain(self, content: &[u8]) -> Self {
        let hash = blake3::Hasher::new().update(&self.0).update(content).finalize().to_hex();
        Self(hash.as_bytes()[..16].try_into().expect("a hash has 64 hex digits"))
    }
}

const OPEN: &[u8] = b"{\"c\":\"";
const CLOSE: &[u8] = b"}";

/// Appends the line of `record` to `lines`, and returns the line's checksum. `synced` is the number of the
/// journal's lines that are certainly on disk, and `before` the checksum of the line before.
pub(super) fn encode_record(
    record: &JournalRecord,
    synced: u64,
    before: JournalChecksum,
    lines: &mut Vec<u8>,
) -> JournalChecksum {
    let mut content = format!("\"s\":{synced},\"r\":").into_bytes();
    serde_json::to_writer(&mut content, record)
        .expect("a record has string keys and a vector takes all bytes");
    let checksum = before.chain(&content);
    for part in [OPEN, &checksum.0, b"\",", &content, CLOSE, b"\n"] {
        lines.extend_from_slice(part);
    }
    checksum
}

/// The lines of records with a seal behind them.
pub(super) struct SealedLines {
    pub(super) lines: Vec<u8>,
    /// The number of lines.
    pub(super) count: u64,
    /// The checksum of the last one.
    pub(super) last: JournalChecksum,
}

/// Encodes `records` and a seal of the journal up to here, where there is a key to make one.
pub(super) fn encode_sealed(
    records: &[JournalRecord],
    synced: u64,
    before: JournalChecksum,
    sealer: &mut JournalSealer,
) -> SealedLines {
    let mut lines = Vec::with_capacity(128 * records.len() + 384);
    let mut last =
        records.iter().fold(before, |last, record| encode_record(record, synced, last, &mut lines));
    sealer.add_lines(&lines);
    let seal = sealer.seal();
    let count = (records.len() + usize::from(seal.is_some())) as u64;
    if let Some(seal) = seal {
        let start = lines.len();
        last = encode_record(&JournalRecord::Sealed(seal), synced, last, &mut lines);
        sealer.add_lines(&lines[start..]);
    }
    SealedLines { lines, count, last }
}

/// A line whose checksum is correct.
pub(super) struct JournalLine<'a> {
    pub(super) checksum: JournalChecksum,
    pub(super) synced: u64,
    record: &'a [u8],
}

impl JournalLine<'_> {
    /// The record; `None` for a record that this version does not know.
    pub(super) fn record(&self) -> Option<JournalRecord> {
        serde_json::from_slice(self.record).ok()
    }
}

/// The checksum that `line`, without its newline, states for itself.
pub(super) fn claimed_checksum(line: &[u8]) -> Option<JournalChecksum> {
    let rest = line.strip_prefix(OPEN)?;
    rest.get(..16).map(|digits| JournalChecksum(digits.try_into().expect("16 of them were taken")))
}

/// Reads one line, without its newline, if its checksum is correct after a line with the checksum `before`.
pub(super) fn decode_line(line: &[u8], before: JournalChecksum) -> Option<JournalLine<'_>> {
    let checksum = claimed_checksum(line)?;
    let content = line.get(OPEN.len() + 16..)?.strip_prefix(b"\",")?.strip_suffix(CLOSE)?;
    let (synced, record) = split_content(content)?;
    (before.chain(content) == checksum).then_some(JournalLine { checksum, synced, record })
}

fn split_content(content: &[u8]) -> Option<(u64, &[u8])> {
    let rest = content.strip_prefix(b"\"s\":")?;
    let digits = rest.iter().position(|byte| *byte == b',')?;
    let synced = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    Some((synced, rest[digits..].strip_prefix(b",\"r\":")?))
}
