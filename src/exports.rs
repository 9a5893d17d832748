//! Usage exports: files of Usage Details, sessions and checkouts, read as rows.
//!
//! A file is what its columns say; which ones it needs is told where they are missing. Files are read in
//! pieces that end with a line, and the pieces are read by all threads, each with counters of its own; memory
//! does not depend on the files' size. A line that is damaged is told of with its number and is not counted,
//! and never takes another one with it.
//!
//! What the rows mean is for [`crate::usage`] to say.

mod catalogue;
mod encoding;
mod flaw;
mod layout;
mod names;
mod pieces;
mod record;
mod rows;
mod said;
pub mod store;
mod take;
mod times;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, RwLock};

use crate::usage::{Columns, Register};

pub use catalogue::Catalogue;
pub use flaw::{Damage, Damages, Flaw};
pub use names::MOST_SOURCES;
pub use pieces::LONGEST_LINE;
pub use said::Said;
pub use take::{Kept, Take};

use names::Names;
use pieces::{Next, Pieces};
use rows::Maker;

/// Files that could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
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
    #[error("{} is no usage export: its columns are {}, and expected are {}", .path.display(), listed(.found),
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
        damage: Damage,
    },
}

/// So many columns of an unknown file are named.
const MOST_NAMED: usize = 40;

fn listed(found: &[String]) -> String {
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
pub struct Exports<'a> {
    /// The files, in the order in which they are told of.
    pub files: &'a [PathBuf],
    /// What their columns are called.
    pub columns: &'a Columns,
    /// The products that they may name.
    pub catalogue: &'a Catalogue,
    /// Whether the first damaged line ends it all.
    pub strict: bool,
}

/// What came of reading.
#[derive(Debug)]
pub struct Reading<T> {
    /// What took the rows.
    pub taken: T,
    /// How many rows there were.
    pub rows: u64,
    /// The lines that are none.
    pub damages: Damages,
}

/// What one thread comes to.
struct Part<T> {
    take: T,
    rows: u64,
    damages: Damages,
}

impl<T: Take> Part<T> {
    fn new(take: T) -> Self {
        Self { take, rows: 0, damages: Damages::default() }
    }

    fn absorb(&mut self, other: Self) {
        self.take.absorb(other.take);
        self.rows += other.rows;
        self.damages.absorb(other.damages);
    }
}

impl Exports<'_> {
    /// Reads all files. New names get their numbers in `register`; each thread's rows go to a value of its
    /// own, made by `take`, and those come together in the end.
    pub fn read<T: Take>(
        &self,
        register: &mut Register,
        take: impl Fn() -> T + Sync,
    ) -> Result<Reading<T>, ReadError> {
        let shared = RwLock::new(std::mem::take(register));
        let reading = self.read_named(Names::New(&shared), take);
        *register = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        reading
    }

    /// Reads all files again, after [`Self::read`] has given all their names a number.
    pub fn read_again<T: Take>(
        &self,
        register: &Register,
        take: impl Fn() -> T + Sync,
    ) -> Result<Reading<T>, ReadError> {
        self.read_named(Names::Known(register), take)
    }

    fn read_named<T: Take>(
        &self,
        names: Names<'_>,
        take: impl Fn() -> T + Sync,
    ) -> Result<Reading<T>, ReadError> {
        let pieces = Mutex::new(Pieces::new(self.files, self.columns));
        let parts = rayon::broadcast(|_| {
            let part = self.part(names, &pieces, take());
            part.inspect_err(|_| lock(&pieces).stop())
        });
        let mut all = Part::new(take());
        for part in parts {
            all.absorb(part?);
        }
        let Part { take: taken, rows, damages } = all;
        match damages.first.first() {
            Some(first) if self.strict => {
                Err(ReadError::Damaged { path: self.files[first.file].clone(), damage: first.clone() })
            }
            _ => Ok(Reading { taken, rows, damages }),
        }
    }

    /// Takes pieces until there are none.
    fn part<T: Take>(
        &self,
        names: Names<'_>,
        pieces: &Mutex<Pieces<'_>>,
        take: T,
    ) -> Result<Part<T>, ReadError> {
        let mut part = Part::new(take);
        let (mut maker, mut lines, mut rows) = (Maker::new(names, self.catalogue), Vec::new(), Vec::new());
        loop {
            let next = lock(pieces).next(&mut lines)?;
            let Some(next) = next else { return Ok(part) };
            rows.clear();
            match next {
                Next::TooLong { file, line } => part.damages.add(Damage { file, line, flaw: Flaw::TooLong }),
                Next::Lines(head) => {
                    part.take.columns(head.layout.said());
                    let damages = &mut part.damages;
                    maker.rows(&head, &lines, &mut rows, |line, flaw| {
                        damages.add(Damage { file: head.file, line, flaw })
                    });
                }
            }
            part.rows += rows.len() as u64;
            names.see(|register| part.take.take(register, &rows));
            // What comes before in the files is with some thread already, so the first damaged line is found
            // all the same.
            if self.strict && part.damages.count > 0 {
                lock(pieces).stop();
            }
        }
    }
}

fn lock<'a, 'b>(pieces: &'a Mutex<Pieces<'b>>) -> std::sync::MutexGuard<'a, Pieces<'b>> {
    pieces.lock().unwrap_or_else(PoisonError::into_inner)
}
