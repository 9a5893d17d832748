//! Reads usage exports as rows: files of Usage Details, sessions and checkouts.
//!
//! The columns of a file decide its kind; where needed columns are missing, the error names them. Files are
//! read in pieces of whole lines. All threads parse pieces, each with counters of its own, and memory does
//! not depend on the size of the files. A damaged line is reported with its number and not counted, and never
//! affects another line.
//!
//! [`crate::usage`] decides what the rows mean.

mod catalogue;
mod csv_fields;
mod damaged_line;
mod encoding;
mod layout;
mod name_cache;
mod pieces;
mod present_columns;
mod row_parser;
mod row_sink;
pub mod store;
mod time_parser;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::usage::{NameRegister, UsageColumnNames};

pub use catalogue::ProductCatalogue;
pub use damaged_line::{DamagedLine, DamagedLines, LineFlaw, MOST_SOURCES};
pub use pieces::LONGEST_LINE;
pub use present_columns::PresentColumns;
pub use row_sink::{FilteredSink, RowSink};

use name_cache::SharedRegister;
use pieces::{ExportPieces, NextPiece};
use row_parser::RowParser;

/// Why exports could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ExportReadError {
    /// A file could not be read.
    #[error("{} could not be read", .path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The path is a folder, a FIFO or a device.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    /// No known layout has these columns.
    #[error("{} is no usage export: its columns are {}, and expected are {}", .path.display(),
        list_columns(.found), layout::EXPECTED)]
    Layout {
        path: PathBuf,
        /// The columns of the file.
        found: Vec<String>,
    },
    /// A line is damaged, and reading was to be strict.
    #[error("{}:{} is damaged: {}", .path.display(), .damage.line, .damage.flaw)]
    Damaged {
        path: PathBuf,
        /// The first damaged line of all files.
        damage: DamagedLine,
    },
}

/// The most columns of an unknown file that an error names.
const MOST_NAMED: usize = 40;

fn list_columns(found: &[String]) -> String {
    let mut named: Vec<String> = found
        .iter()
        .take(MOST_NAMED)
        .map(|name| format!("`{}`", name.chars().take(60).collect::<String>()))
        .collect();
    if found.len() > MOST_NAMED {
        named.push(format!("and {} more", found.len() - MOST_NAMED));
    }
    named.join(", ")
}

/// The files to read, and how to read them.
#[derive(Debug, Clone, Copy)]
pub struct UsageExports<'a> {
    /// In the order in which damaged lines are reported.
    pub files: &'a [PathBuf],
    /// The names of their columns.
    pub columns: &'a UsageColumnNames,
    /// The products that the files may name.
    pub catalogue: &'a ProductCatalogue,
    /// Whether a damaged line makes reading fail.
    pub strict: bool,
}

/// The result of reading.
#[derive(Debug)]
pub struct UsageReading<T> {
    /// The sink that took the rows.
    pub taken: T,
    /// The number of rows.
    pub rows: u64,
    /// The lines that are not counted.
    pub damages: DamagedLines,
}

impl<T: RowSink> UsageReading<T> {
    fn new(taken: T) -> Self {
        Self { taken, rows: 0, damages: DamagedLines::default() }
    }

    /// Adds what another thread has read.
    fn merge(&mut self, other: Self) {
        self.taken.merge(other.taken);
        self.rows += other.rows;
        self.damages.merge(other.damages);
    }
}

impl UsageExports<'_> {
    /// Reads all files. New names get numbers in `register`; each thread's rows go to a sink of its own, made
    /// by `take`, and the sinks are merged at the end.
    pub fn read<T: RowSink>(
        &self,
        register: &mut NameRegister,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, ExportReadError> {
        SharedRegister::with_growing(register, |names| self.read_with_names(names, take))
    }

    /// Reads all files again, after [`Self::read`] has given all their names numbers.
    pub fn read_again<T: RowSink>(
        &self,
        register: &NameRegister,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, ExportReadError> {
        self.read_with_names(SharedRegister::Known(register), take)
    }

    fn read_with_names<T: RowSink>(
        &self,
        names: SharedRegister<'_>,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, ExportReadError> {
        let pieces = Mutex::new(ExportPieces::new(self.files, self.columns));
        let parts = rayon::broadcast(|_| {
            let part = self.read_pieces(names, &pieces, take());
            part.inspect_err(|_| lock_pieces(&pieces).stop())
        });
        let mut all = UsageReading::new(take());
        for part in parts {
            all.merge(part?);
        }
        match all.damages.first.first() {
            Some(first) if self.strict => {
                Err(ExportReadError::Damaged { path: self.files[first.file].clone(), damage: first.clone() })
            }
            _ => Ok(all),
        }
    }

    /// Parses pieces until none is left.
    fn read_pieces<T: RowSink>(
        &self,
        names: SharedRegister<'_>,
        pieces: &Mutex<ExportPieces<'_>>,
        take: T,
    ) -> Result<UsageReading<T>, ExportReadError> {
        let mut part = UsageReading::new(take);
        let (mut parser, mut lines, mut rows) =
            (RowParser::new(names, self.catalogue), Vec::new(), Vec::new());
        loop {
            let next = lock_pieces(pieces).next(&mut lines)?;
            let Some(next) = next else { return Ok(part) };
            rows.clear();
            match next {
                NextPiece::TooLong { file, line } => {
                    part.damages.add(DamagedLine { file, line, flaw: LineFlaw::TooLong })
                }
                NextPiece::Lines(head) => {
                    part.taken.note_columns(head.layout.present_columns());
                    let damages = &mut part.damages;
                    parser.parse_rows(&head, &lines, &mut rows, |line, flaw| {
                        damages.add(DamagedLine { file: head.file, line, flaw })
                    });
                }
            }
            part.rows += rows.len() as u64;
            names.with_register(|register| part.taken.take_rows(register, &rows));
            // The pieces before this one have been handed to some thread already, so the first damaged line
            // of all is still found.
            if self.strict && part.damages.count > 0 {
                lock_pieces(pieces).stop();
            }
        }
    }
}

fn lock_pieces<'a, 'b>(pieces: &'a Mutex<ExportPieces<'b>>) -> std::sync::MutexGuard<'a, ExportPieces<'b>> {
    pieces.lock().unwrap_or_else(PoisonError::into_inner)
}
