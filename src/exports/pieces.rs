//! Splits exports into line-aligned pieces, one at a time, for the threads that parse them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr2_iter};

use super::ExportReadError;
use super::csv_fields::CsvFields;
use super::encoding::{Utf8Reader, read_as_utf8};
use super::layout::ExportLayout;
use super::time_parser;
use crate::disk::open_regular_file;
use crate::usage::UsageColumnNames;

/// The most bytes in a piece: enough to be worth handing to a thread, and few enough to stay in the
/// processor's cache.
const PIECE: usize = 1 << 20;
/// The most bytes in a line: a line is at most as long as a piece.
pub const LONGEST_LINE: usize = PIECE;

/// The file, position and layout that the lines of a piece have in common.
#[derive(Debug, Clone)]
pub(super) struct PieceHead {
    /// The index of the file among all files.
    pub(super) file: usize,
    /// The number of the piece's first line.
    pub(super) line: u64,
    pub(super) layout: Arc<ExportLayout>,
    /// Whether times have a time zone in the file's first whole line; `None` where there are only days.
    pub(super) zoned: Option<bool>,
}

/// The next piece of the files.
#[derive(Debug)]
pub(super) enum NextPiece {
    /// Whole lines.
    Lines(PieceHead),
    /// A line that was left out because it is too long.
    TooLong { file: usize, line: u64 },
}

/// All files, read one after the other.
#[derive(Debug)]
pub(super) struct ExportPieces<'a> {
    files: &'a [PathBuf],
    columns: &'a UsageColumnNames,
    /// The number of files opened so far.
    opened: usize,
    open: Option<OpenExport>,
}

/// The file that is being read.
#[derive(Debug)]
struct OpenExport {
    source: Utf8Reader,
    head: PieceHead,
    /// Text that was read beyond the last piece.
    held: Vec<u8>,
    is_read: bool,
}

impl<'a> ExportPieces<'a> {
    /// Prepares `files` to be read, with the names of their columns.
    pub(super) fn new(files: &'a [PathBuf], columns: &'a UsageColumnNames) -> Self {
        Self { files, columns, opened: 0, open: None }
    }

    /// Ends reading: no more pieces are handed out.
    pub(super) fn stop(&mut self) {
        self.opened = self.files.len();
        self.open = None;
    }

    /// Puts the next piece into `lines`; returns `None` at the end of the last file.
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
    fn new(path: &Path, file: usize, columns: &UsageColumnNames) -> Result<Self, ExportReadError> {
        let unreadable = |source| ExportReadError::Read { path: path.to_owned(), source };
        let opened = open_regular_file(path).map_err(|error| {
            if error.kind() == io::ErrorKind::InvalidInput {
                ExportReadError::NotAFile(path.to_owned())
            } else {
                unreadable(error)
            }
        })?;
        let mut source = read_as_utf8(opened).map_err(unreadable)?;
        let mut held = Vec::new();
        let is_read = fill_piece(&mut source, &mut held).map_err(unreadable)?;
        let end = memchr(b'\n', &held).map_or(held.len(), |end| end + 1);
        let header = held[..end].trim_ascii_end();
        let layout = ExportLayout::from_header(header, columns)
            .map_err(|found| ExportReadError::Layout { path: path.to_owned(), found })?;
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

    /// Skips the line that fills all of `lines`, up to its end in the file.
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

/// Fills `lines` up to the size of a piece, and returns whether the end of the file is reached.
fn fill_piece(source: &mut impl Read, lines: &mut Vec<u8>) -> io::Result<bool> {
    let room = PIECE.saturating_sub(lines.len());
    lines.reserve(room);
    Ok(source.take(room as u64).read_to_end(lines)? < room)
}

/// Returns the end of the last whole record in `lines`; 0 where not even the first line ends.
///
/// A whole record has an even number of quotes. Where a quote is never closed, only the first line is split
/// off: it is then found to be damaged, and no line after it is lost.
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

/// Whether the first of `lines` with all columns and a time has a time zone.
fn is_first_time_zoned(lines: &[u8], layout: &ExportLayout) -> Option<bool> {
    let mut record = CsvFields::default();
    lines.split(|byte| *byte == b'\n').find_map(|line| {
        let is_whole = record.split(line, layout.separator) && record.len() == layout.width;
        is_whole.then(|| time_parser::has_zone(record.field(line, layout.kind.begin_column())))?
    })
}
