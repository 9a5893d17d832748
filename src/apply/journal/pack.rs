//! The form in which the files of a run that has ended are kept: one file, `RUN.pack`, compressed, with the
//! snapshot as its difference from that of the next run. A frozen format.
//!
//! The first line is JSON and says what is in the pack; what follows is one zlib stream with the files one
//! after the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use camino::Utf8Path;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use super::{LARGEST_RUN_FILE, RunId, RunOrigin, RunSummary};
use crate::state::{PolicyFolderSeal, Seal, SealFault, SealedKind};

/// The version of the format that is written. Version 1 had no seal.
const FORMAT: u32 = 2;

/// The versions that are read.
const FORMATS: std::ops::RangeInclusive<u32> = 1..=FORMAT;

/// The longest first line that is read, in bytes.
const LONGEST_HEAD: u64 = 64 << 10;

/// The first line of a pack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PackHeadRecord {
    format: u32,
    pub(super) run: String,
    pub(super) summary: RunSummary,
    /// Whether the run was ended by `resume --give-up`.
    pub(super) given_up: bool,
    /// The run from whose snapshot this one's is the difference; `null` where the snapshot is whole.
    pub(super) base: Option<String>,
    /// The number of packs directly before this one whose snapshots are differences.
    pub(super) differences_before: u32,
    /// The files, in the order in which they stand in the pack.
    files: Vec<PackedFileRecord>,
    /// Digest of the bytes after the first line.
    digest: String,
    /// Whether the seal of the journal held when it was packed.
    #[serde(default)]
    pub(super) is_sealed: bool,
    /// Whose change the run carried out.
    #[serde(default, skip_serializing_if = "RunOrigin::is_empty")]
    pub(super) origin: RunOrigin,
    /// Over the record without this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<Seal>,
}

/// The first line of a pack, and whether it is believed.
pub(super) struct PackHead {
    pub(super) record: PackHeadRecord,
    /// Why the pack is not believed; `None` where its seal holds.
    pub(super) fault: Option<SealFault>,
}

/// One file of a pack.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct PackedFileRecord {
    /// What the run's name ends with: `jsonl`, `plan.json`, `snapshot.json` or `end.json`.
    kind: String,
    bytes: u64,
}

/// What a pack says of its run.
pub(super) struct PackTerms {
    pub(super) summary: RunSummary,
    pub(super) given_up: bool,
    pub(super) base: Option<RunId>,
    pub(super) differences_before: u32,
    pub(super) is_sealed: bool,
    pub(super) origin: RunOrigin,
}

/// Returns the bytes of a pack with `files` by kind, sealed by `seal`.
pub(super) fn encode_pack(
    run: &RunId,
    terms: PackTerms,
    files: &[(&str, Vec<u8>)],
    seal: &PolicyFolderSeal,
) -> Vec<u8> {
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
    for (_, bytes) in files {
        stream.write_all(bytes).expect("a vector takes all bytes");
    }
    let body = stream.finish().expect("a vector takes all bytes");
    let head = PackHeadRecord {
        format: FORMAT,
        run: run.to_string(),
        summary: terms.summary,
        given_up: terms.given_up,
        base: terms.base.map(|base| base.to_string()),
        differences_before: terms.differences_before,
        files: files
            .iter()
            .map(|(kind, bytes)| PackedFileRecord { kind: (*kind).to_owned(), bytes: bytes.len() as u64 })
            .collect(),
        digest: blake3::hash(&body).to_hex().to_string(),
        is_sealed: terms.is_sealed,
        origin: terms.origin,
        seal: None,
    };
    let head = PackHeadRecord { seal: seal.seal_json(SealedKind::Pack, &head), ..head };
    let mut pack = serde_json::to_vec(&head).expect("a record has string keys");
    pack.push(b'\n');
    pack.extend(body);
    pack
}

/// A pack was not understood.
fn misformed(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn read_head_line(from: &mut impl BufRead) -> io::Result<PackHeadRecord> {
    let mut line = Vec::new();
    from.take(LONGEST_HEAD).read_until(b'\n', &mut line)?;
    let head: PackHeadRecord = serde_json::from_slice(&line).map_err(|_| misformed("not a pack of a run"))?;
    if FORMATS.contains(&head.format) {
        Ok(head)
    } else {
        Err(misformed("a pack of a later version of seatwise"))
    }
}

/// Reads the first line of a pack alone, and checks its seal.
pub(super) fn read_pack_head(path: &Utf8Path, run: &RunId, seal: &PolicyFolderSeal) -> io::Result<PackHead> {
    let mut record = read_head_line(&mut BufReader::with_capacity(1 << 10, File::open(path)?))?;
    let made = record.seal.take();
    // A pack under another run's name is not that run's.
    let is_own = (record.run == run.as_str()).then_some(()).ok_or(SealFault::Edited);
    let fault = seal.check_json(SealedKind::Pack, &record, made.as_ref()).and(is_own).err();
    Ok(PackHead { record, fault })
}

/// Reads the files of a pack by kind. The snapshot is a difference where the head names a base.
pub(super) fn decode_pack(pack: &[u8]) -> io::Result<(PackHeadRecord, BTreeMap<String, Vec<u8>>)> {
    let mut rest = pack;
    let head = read_head_line(&mut rest)?;
    if blake3::hash(rest).to_hex().as_str() != head.digest {
        return Err(misformed("it is damaged"));
    }
    let mut stream = ZlibDecoder::new(rest);
    let mut files = BTreeMap::new();
    // What is packed may be much larger than the pack.
    if head.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add) > LARGEST_RUN_FILE {
        return Err(misformed("its files are too large"));
    }
    for file in &head.files {
        let mut bytes = Vec::new();
        (&mut stream).take(file.bytes).read_to_end(&mut bytes)?;
        files.insert(file.kind.clone(), bytes);
    }
    Ok((head, files))
}
