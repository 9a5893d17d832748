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

use super::{RunId, RunSummary};

/// The version of this format.
const FORMAT: u32 = 1;

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
}

/// Returns the bytes of a pack with `files` by kind.
pub(super) fn encode_pack(run: &RunId, terms: PackTerms, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
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
    };
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
    if head.format == FORMAT { Ok(head) } else { Err(misformed("a pack of a later version of seatwise")) }
}

/// Reads the first line of a pack alone.
pub(super) fn read_pack_head(path: &Utf8Path) -> io::Result<PackHeadRecord> {
    read_head_line(&mut BufReader::with_capacity(1 << 10, File::open(path)?))
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
    for file in &head.files {
        let mut bytes = Vec::new();
        (&mut stream).take(file.bytes).read_to_end(&mut bytes)?;
        files.insert(file.kind.clone(), bytes);
    }
    Ok((head, files))
}
