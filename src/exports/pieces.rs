//! Files in pieces that end where a line does, for whoever asks next.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr2_iter};

use super::ExportReadError;
use super::csv_fields::CsvFields;
use super::encoding::Utf8Reader;
use super::layout::ExportLayout;
use super::time_parser;
use crate::usage::UsageColumnNames;

/// A piece has at most so many bytes: enough to be worth handing over, and little enough to stay near the
/// processor.
const PIECE: usize = 1 << 20;
/// A line is at most as long as a piece.
pub const LONGEST_LINE: usize = PIECE;

/// What the lines of a piece have in common.
#[derive(Debug, Clone)]
pub(super) struct PieceHead {
    /// The file's place among all.
    pub(super) file: usize,
    /// The number of the first line.
    pub(super) line: u64,
    pub(super) layout: Arc<ExportLayout>,
    /// Whether times have a time zone in the file's first whole line; `None` where there are only days.
    pub(super) zoned: Option<bool>,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum NextPiece {
    /// Whole lines.
    Lines(PieceHead),
    /// A line that was left out, for its length.
    TooLong { file: usize, line: u64 },
}

/// All files, one after the other.
#[derive(Debug)]
pub(super) struct ExportPieces<'a> {
    files: &'a [PathBuf],
    columns: &'a UsageColumnNames,
    /// How many files have been opened.
    opened: usize,
    open: Option<OpenExport>,
}

#[derive(Debug)]
struct OpenExport {
    source: Utf8Reader<File>,
    head: PieceHead,
    /// What was read behind the last piece.
    held: Vec<u8>,
    is_read: bool,
}

impl<'a> ExportPieces<'a> {
    pub(super) fn new(files: &'a [PathBuf], columns: &'a UsageColumnNames) -> Self {
        Self { files, columns, opened: 0, open: None }
    }

    /// Hands out nothing more.
    pub(super) fn stop(&mut self) {
        self.opened = self.files.len();
        self.open = None;
    }

    /// Puts the next piece into `lines`; `None` at the end of the last file.
    pub(super) fn next(&mut self, lines: &mut Vec<u8>) -> Result<Option<NextPiece>, ExportReadError> {
        loop {
            lines.clear();
            if let Some(open) = &mut self.open {
                match open.next(lines).map_err(|source| ExportReadError::Read {
                    path: self.files[open.head.file].clone(),
                    source,
                })? {
                    Some(next) => return Ok(Some(next)),
                    None => self.open = None,
                }
            }
            let Some(path) = self.files.get(self.opened) else { return Ok(None) };
            self.open = Some(OpenExport::new(path, self.opened, self.columns)?);
            self.opened += 1;
        }
    }
}

impl OpenExport {
    fn new(path: &PathBuf, file: usize, columns: &UsageColumnNames) -> Result<Self, ExportReadError> {
        let unreadable = |source| ExportReadError::Read { path: path.clone(), source };
        // Looked at before it is opened: a FIFO would wait for a writer for ever.
        if !path.metadata().map_err(unreadable)?.is_file() {
            return Err(ExportReadError::NotAFile(path.clone()));
        }
        let mut source = File::open(path).and_then(Utf8Reader::new).map_err(unreadable)?;
        let mut held = Vec::new();
        let is_read = fill_piece(&mut source, &mut held).map_err(unreadable)?;
        let end = memchr(b'\n', &held).map_or(held.len(), |end| end + 1);
        let header = held[..end].trim_ascii_end();
        let layout = ExportLayout::from_header(header, columns)
            .map_err(|found| ExportReadError::Layout { path: path.clone(), found })?;
        let zoned = is_first_time_zoned(&held[end..], &layout);
        held.drain(..end);
        Ok(Self { source, head: PieceHead { file, line: 2, layout: Arc::new(layout), zoned }, held, is_read })
    }

    fn next(&mut self, lines: &mut Vec<u8>) -> io::Result<Option<NextPiece>> {
        lines.append(&mut self.held);
        if !self.is_read {
            self.is_read = fill_piece(&mut self.source, lines)?;
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let cut = if self.is_read { lines.len() } else { last_record_end(lines) };
        if cut == 0 {
            return self.skip_line(lines).map(Some);
        }
        self.held.extend_from_slice(&lines[cut..]);
        lines.truncate(cut);
        let head = self.head.clone();
        self.head.line += memchr_iter(b'\n', lines).count() as u64;
        Ok(Some(NextPiece::Lines(head)))
    }

    /// Leaves out the line that fills all of `lines`, and what follows of it.
    fn skip_line(&mut self, lines: &mut Vec<u8>) -> io::Result<NextPiece> {
        let line = self.head.line;
        self.head.line += 1;
        loop {
            lines.clear();
            self.is_read = fill_piece(&mut self.source, lines)?;
            if let Some(end) = memchr(b'\n', lines) {
                self.held.extend_from_slice(&lines[end + 1..]);
            }
            if self.is_read || memchr(b'\n', lines).is_some() {
                return Ok(NextPiece::TooLong { file: self.head.file, line });
            }
        }
    }
}

/// Adds to `lines` up to the size of a piece, and says whether the file is read.
fn fill_piece(source: &mut impl Read, lines: &mut Vec<u8>) -> io::Result<bool> {
    let room = PIECE.saturating_sub(lines.len());
    lines.reserve(room);
    Ok(source.take(room as u64).read_to_end(lines)? < room)
}

/// Where the last record of `lines` ends that is whole; 0 where not even the first line ends.
///
/// A record that is whole has an even number of quotes, so where one is never closed only the first line can
/// be cut off: it is found to be damaged, and nothing behind it is lost.
fn last_record_end(lines: &[u8]) -> usize {
    let mut quotes = memchr_iter(b'"', lines).count();
    for at in memrchr2_iter(b'\n', b'"', lines) {
        match lines[at] {
            b'"' => quotes -= 1,
            _ if quotes.is_multiple_of(2) => return at + 1,
            _ => {}
        }
    }
    memchr(b'\n', lines).map_or(0, |end| end + 1)
}

/// Whether times have a zone in the first of `lines` that has all columns and a time.
fn is_first_time_zoned(lines: &[u8], layout: &ExportLayout) -> Option<bool> {
    let mut record = CsvFields::default();
    lines.split(|byte| *byte == b'\n').find_map(|line| {
        let is_whole = record.split(line, layout.separator) && record.len() == layout.width;
        is_whole.then(|| time_parser::has_zone(record.field(line, layout.kind.begin_column())))?
    })
}
