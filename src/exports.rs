//! Usage exports: files of Usage Details, sessions and checkouts, read as rows.
//!
//! A file is what its columns say; which ones it needs is told where they are missing. Files are read in
//! pieces that end with a line, and the pieces are read by all threads, each with counters of its own; memory
//! does not depend on the files' size. A line that is damaged is told of with its number and is not counted,
//! and never takes another one with it.
//!
//! What the rows mean is for [`crate::usage`] to say.

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
use std::sync::{Mutex, PoisonError, RwLock};

use crate::usage::{NameRegister, UsageColumnNames};

pub use catalogue::ProductCatalogue;
pub use damaged_line::{DamagedLine, DamagedLines, LineFlaw};
pub use name_cache::MOST_SOURCES;
pub use pieces::LONGEST_LINE;
pub use present_columns::PresentColumns;
pub use row_sink::{FilteredSink, RowSink};

use name_cache::SharedRegister;
use pieces::{ExportPieces, NextPiece};
use row_parser::RowParser;

/// Files that could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ExportReadError {
    /// A file.
    #[error("{} could not be read", .path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder, a FIFO, a device.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    /// No layout is known that has these columns.
    #[error("{} is no usage export: its columns are {}, and expected are {}", .path.display(), list_columns(.found),
        layout::EXPECTED)]
    Layout {
        /// Which file.
        path: PathBuf,
        /// The columns it has.
        found: Vec<String>,
    },
    /// A line is damaged, and reading was to be strict.
    #[error("{}:{} is damaged: {}", .path.display(), .damage.line, .damage.flaw)]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it; the first such line of all files.
        damage: DamagedLine,
    },
}

/// So many columns of an unknown file are named.
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

/// Files to be read.
#[derive(Debug, Clone, Copy)]
pub struct UsageExports<'a> {
    /// The files, in the order in which they are told of.
    pub files: &'a [PathBuf],
    /// What their columns are called.
    pub columns: &'a UsageColumnNames,
    /// The products that they may name.
    pub catalogue: &'a ProductCatalogue,
    /// Whether the first damaged line ends it all.
    pub strict: bool,
}

/// What came of reading.
#[derive(Debug)]
pub struct UsageReading<T> {
    /// What took the rows.
    pub taken: T,
    /// How many rows there were.
    pub rows: u64,
    /// The lines that are none.
    pub damages: DamagedLines,
}

/// What one thread comes to.
struct ThreadReading<T> {
    take: T,
    rows: u64,
    damages: DamagedLines,
}

impl<T: RowSink> ThreadReading<T> {
    fn new(take: T) -> Self {
        Self { take, rows: 0, damages: DamagedLines::default() }
    }

    fn merge(&mut self, other: Self) {
        self.take.merge(other.take);
        self.rows += other.rows;
        self.damages.merge(other.damages);
    }
}

impl UsageExports<'_> {
    /// Reads all files. New names get their numbers in `register`; each thread's rows go to a value of its
    /// own, made by `take`, and those come together in the end.
    pub fn read<T: RowSink>(
        &self,
        register: &mut NameRegister,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, ExportReadError> {
        let shared = RwLock::new(std::mem::take(register));
        let reading = self.read_with_names(SharedRegister::New(&shared), take);
        *register = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        reading
    }

    /// Reads all files again, after [`Self::read`] has given all their names a number.
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
        let mut all = ThreadReading::new(take());
        for part in parts {
            all.merge(part?);
        }
        let ThreadReading { take: taken, rows, damages } = all;
        match damages.first.first() {
            Some(first) if self.strict => {
                Err(ExportReadError::Damaged { path: self.files[first.file].clone(), damage: first.clone() })
            }
            _ => Ok(UsageReading { taken, rows, damages }),
        }
    }

    /// Takes pieces until there are none.
    fn read_pieces<T: RowSink>(
        &self,
        names: SharedRegister<'_>,
        pieces: &Mutex<ExportPieces<'_>>,
        take: T,
    ) -> Result<ThreadReading<T>, ExportReadError> {
        let mut part = ThreadReading::new(take);
        let (mut maker, mut lines, mut rows) =
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
                    part.take.note_columns(head.layout.present_columns());
                    let damages = &mut part.damages;
                    maker.parse_rows(&head, &lines, &mut rows, |line, flaw| {
                        damages.add(DamagedLine { file: head.file, line, flaw })
                    });
                }
            }
            part.rows += rows.len() as u64;
            names.with_register(|register| part.take.take_rows(register, &rows));
            // What comes before in the files is with some thread already, so the first damaged line is found
            // all the same.
            if self.strict && part.damages.count > 0 {
                lock_pieces(pieces).stop();
            }
        }
    }
}

fn lock_pieces<'a, 'b>(pieces: &'a Mutex<ExportPieces<'b>>) -> std::sync::MutexGuard<'a, ExportPieces<'b>> {
    pieces.lock().unwrap_or_else(PoisonError::into_inner)
}
