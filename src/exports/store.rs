//! The usage store keeps the rows of exports: the portal forgets its details after 90 days, and a quarter is
//! longer.
//!
//! The store is a folder of Parquet files that any engine can read, one for each month:
//! `year=2026/month=11/usage.parquet`. It is a set of facts (`settle` defines when two facts are one):
//! collecting an export again, or one that overlaps another, adds only what is new, and leaves the same bytes
//! in whatever order exports come.
//!
//! A month is written to a new file and renamed, so a process that dies leaves either the old or the new
//! month; collecting again does the rest. A reader keeps each file as it was when opened. Reading takes the
//! same memory however large the store is; collecting takes 40 bytes for each row of the exports, and for
//! each fact of one month.

mod columns;
mod fact_reader;
mod month;
mod month_file;
mod settle;
mod usage_fact;
mod write_month;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::damaged_line::DamagedLines;
use super::name_cache::SharedRegister;
use super::present_columns::OptionalColumn;
use super::row_parser::LONGEST_USE;
use super::{ExportReadError, PresentColumns, ProductCatalogue, RowSink, UsageExports, UsageReading};
use crate::disk::{self, Durability, FileAudience};
use crate::model::Timestamp;
use crate::usage::{NameRegister, Period, ReportedUse, UseRow};

use fact_reader::FactReader;
use month::{month_at, month_folder, parse_month};
use month_file::MonthFile;
use settle::settle_facts;
use usage_fact::{MonthlyFacts, UsageFact};

/// Why the store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum UsageStoreError {
    /// The exports could not be read.
    #[error(transparent)]
    Exports(#[from] ExportReadError),
    /// A file or folder of the store could not be read or written.
    #[error("{} could not be {}", .path.display(), .act)]
    File {
        path: PathBuf,
        /// `read` or `written`.
        act: &'static str,
        source: io::Error,
    },
    /// A file is damaged, or is not Parquet.
    #[error("{} could not be understood", .path.display())]
    Parquet { path: PathBuf, source: parquet::errors::ParquetError },
    /// A Parquet file was not written by seatwise.
    #[error("{} is not of a usage store: {}", .path.display(), .what)]
    Foreign {
        path: PathBuf,
        /// What is unexpected in the file.
        what: String,
    },
    /// Another process is collecting.
    #[error("{} is being written by another process", .0.display())]
    Locked(PathBuf),
}

/// The result of collecting.
#[derive(Debug, Default)]
pub struct CollectOutcome {
    /// The number of rows in the exports.
    pub read: u64,
    /// The months that changed.
    pub months: Vec<MonthChange>,
    /// Lines that were left out.
    pub damages: DamagedLines,
}

/// A month to which exports have added something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthChange {
    pub month: Period,
    /// The number of new facts.
    pub new: u64,
    /// The number of facts replaced by facts that say more: a licence that was checked in, a country that was
    /// not known.
    pub replaced: u64,
    /// The number of facts in the month now.
    pub all: u64,
}

/// The folder of the usage store.
#[derive(Debug, Clone)]
pub struct UsageStore {
    root: PathBuf,
    /// Use that began in an earlier month is not read.
    since: Option<Period>,
}

impl UsageStore {
    /// Builds a store in `root`, which need not exist.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), since: None }
    }

    /// Limits reading to what may have been in use at `time` or after.
    pub fn with_use_since(self, time: Timestamp) -> Self {
        Self { since: Some(month_at(time.saturating_sub(LONGEST_USE).unwrap_or(Timestamp::MIN))), ..self }
    }

    /// Whether nothing was ever collected: the store has no month.
    pub fn is_empty(&self) -> Result<bool, UsageStoreError> {
        Ok(self.months()?.is_empty())
    }

    /// Adds the rows of `exports`.
    pub fn collect(&self, exports: &UsageExports<'_>) -> Result<CollectOutcome, UsageStoreError> {
        let mut register = NameRegister::default();
        let UsageReading { taken, rows, damages } = exports.read(&mut register, MonthlyFacts::default)?;
        let months = self.merge(taken, &mut register, exports.catalogue)?;
        Ok(CollectOutcome { read: rows, months, damages })
    }

    /// Adds the use that an organization itself reports.
    pub fn collect_reported(
        &self,
        uses: &[ReportedUse],
        catalogue: &ProductCatalogue,
    ) -> Result<CollectOutcome, UsageStoreError> {
        let (mut register, mut facts) = (NameRegister::default(), MonthlyFacts::default());
        facts.note_columns(PresentColumns::from_fn(|optional| optional != OptionalColumn::Site));
        let rows: Vec<UseRow> = uses.iter().map(|one| one.row(&mut register)).collect();
        facts.take_rows(&register, &rows);
        let months = self.merge(facts, &mut register, catalogue)?;
        Ok(CollectOutcome { read: rows.len() as u64, months, damages: DamagedLines::default() })
    }

    fn merge(
        &self,
        taken: MonthlyFacts,
        register: &mut NameRegister,
        catalogue: &ProductCatalogue,
    ) -> Result<Vec<MonthChange>, UsageStoreError> {
        let _lock = self.lock()?;
        self.remove_unfinished()?;
        let changed = taken
            .months
            .into_iter()
            .map(|(month, facts)| self.add_to_month(month, facts, register, catalogue));
        changed.filter_map(Result::transpose).collect()
    }

    /// Adds `facts` to `month`; returns `None` where the month has them all.
    fn add_to_month(
        &self,
        month: Period,
        mut facts: Vec<UsageFact>,
        register: &mut NameRegister,
        catalogue: &ProductCatalogue,
    ) -> Result<Option<MonthChange>, UsageStoreError> {
        let mut known = self.facts(month, register, catalogue)?;
        facts.extend_from_slice(&known);
        settle_facts(&mut facts, register, catalogue);
        known.sort_unstable();
        let kept = known.iter().filter(|fact| facts.binary_search(fact).is_ok()).count();
        let changed = MonthChange {
            month,
            new: (facts.len() - kept) as u64,
            replaced: (known.len() - kept) as u64,
            all: facts.len() as u64,
        };
        if changed.new + changed.replaced == 0 {
            return Ok(None);
        }
        self.write_month(month, &mut facts, register)?;
        Ok(Some(changed))
    }

    /// Reads all rows, as [`UsageExports::read`] does.
    pub fn read<T: RowSink>(
        &self,
        register: &mut NameRegister,
        catalogue: &ProductCatalogue,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, UsageStoreError> {
        SharedRegister::with_growing(register, |names| self.read_with_names(names, catalogue, take))
    }

    /// Reads all rows again, after [`Self::read`] has given all names numbers.
    pub fn read_again<T: RowSink>(
        &self,
        register: &NameRegister,
        catalogue: &ProductCatalogue,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, UsageStoreError> {
        self.read_with_names(SharedRegister::Known(register), catalogue, take)
    }

    fn read_with_names<T: RowSink>(
        &self,
        names: SharedRegister<'_>,
        catalogue: &ProductCatalogue,
        take: impl Fn() -> T + Sync,
    ) -> Result<UsageReading<T>, UsageStoreError> {
        let months =
            self.months()?.into_iter().filter(|month| self.since.is_none_or(|since| *month >= since));
        let files =
            months.map(|month| MonthFile::open(&self.month_path(month))).collect::<Result<Vec<_>, _>>()?;
        let groups: Vec<(&MonthFile, usize)> =
            files.iter().flat_map(|file| (0..file.count_groups()).map(move |group| (file, group))).collect();
        let next = AtomicUsize::new(0);
        let parts = rayon::broadcast(|_| read_groups(&groups, &next, names, catalogue, take()));
        let mut reading = UsageReading::new(take());
        for part in parts {
            reading.merge(part?);
        }
        Ok(reading)
    }

    /// Reads the facts of one month.
    fn facts(
        &self,
        month: Period,
        register: &mut NameRegister,
        catalogue: &ProductCatalogue,
    ) -> Result<Vec<UsageFact>, UsageStoreError> {
        let path = self.month_path(month);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let file = MonthFile::open(&path)?;
        let mut facts = Vec::new();
        SharedRegister::with_growing(register, |names| {
            let mut reader = FactReader::new(names, catalogue);
            (0..file.count_groups())
                .try_for_each(|group| reader.read(&file, group, |some| facts.extend_from_slice(some)))
        })?;
        Ok(facts)
    }

    fn write_month(
        &self,
        month: Period,
        facts: &mut [UsageFact],
        register: &NameRegister,
    ) -> Result<(), UsageStoreError> {
        let (path, unfinished) = (self.month_path(month), self.root.join(format!("{UNFINISHED}{month}")));
        let folder = path.parent().unwrap_or(&self.root);
        disk::create_private_folder(folder).map_err(write_error(folder))?;
        disk::replace_file(&path, &unfinished, Durability::Synced, FileAudience::Owner, |file| {
            write_month::write_month_file(file, facts, register).map_err(io::Error::other)
        })
        .map(drop)
        .map_err(write_error(&path))
    }

    /// Removes unfinished files of a process that died.
    fn remove_unfinished(&self) -> Result<(), UsageStoreError> {
        for name in entry_names(&self.root)?.iter().filter(|name| name.starts_with(UNFINISHED)) {
            let path = self.root.join(name);
            fs::remove_file(&path).map_err(write_error(&path))?;
        }
        Ok(())
    }

    fn month_path(&self, month: Period) -> PathBuf {
        self.root.join(month_folder(month)).join("usage.parquet")
    }

    /// Returns the months that have a file, in order.
    fn months(&self) -> Result<Vec<Period>, UsageStoreError> {
        let mut months = Vec::new();
        for year in entry_names(&self.root)?.into_iter().filter(|name| name.starts_with("year=")) {
            for month in entry_names(&self.root.join(&year))? {
                months.extend(parse_month(&year, &month).filter(|month| self.month_path(*month).exists()));
            }
        }
        months.sort_unstable();
        months.dedup();
        Ok(months)
    }

    /// Locks the store, as one process collects at a time; the lock ends with the process, however the
    /// process ends.
    fn lock(&self) -> Result<File, UsageStoreError> {
        let path = self.root.join(".lock");
        disk::create_private_folder(&self.root).map_err(write_error(&self.root))?;
        let file = disk::open_own_file(&path).map_err(write_error(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(UsageStoreError::Locked(self.root.clone())),
            Err(TryLockError::Error(source)) => Err(write_error(&path)(source)),
        }
    }
}

/// The prefix of the file name of a month that is not yet complete.
const UNFINISHED: &str = ".unfinished-";

fn write_error(path: &Path) -> impl Fn(io::Error) -> UsageStoreError {
    move |source| UsageStoreError::File { path: path.to_owned(), act: "written", source }
}

fn read_error(path: &Path) -> impl Fn(io::Error) -> UsageStoreError {
    move |source| UsageStoreError::File { path: path.to_owned(), act: "read", source }
}

/// Reads groups until none is left.
fn read_groups<T: RowSink>(
    groups: &[(&MonthFile, usize)],
    next: &AtomicUsize,
    names: SharedRegister<'_>,
    catalogue: &ProductCatalogue,
    take: T,
) -> Result<UsageReading<T>, UsageStoreError> {
    let mut reading = UsageReading::new(take);
    let (mut reader, mut rows) = (FactReader::new(names, catalogue), Vec::new());
    while let Some((file, group)) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
        let mut is_odd = false;
        reader.read(file, *group, |facts| {
            rows.clear();
            rows.extend(facts.iter().filter_map(UsageFact::row));
            is_odd |= rows.len() < facts.len();
            reading.rows += rows.len() as u64;
            names.with_register(|register| reading.taken.take_rows(register, &rows));
        })?;
        if is_odd {
            return Err(UsageStoreError::Foreign {
                path: file.path.to_path_buf(),
                what: "use ends before it begins".to_owned(),
            });
        }
    }
    Ok(reading)
}

/// Returns the names in a folder; none where the folder does not exist.
fn entry_names(path: &Path) -> Result<Vec<String>, UsageStoreError> {
    let unread = read_error(path);
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unread(error)),
    };
    entries.map(|entry| Ok(entry.map_err(&unread)?.file_name().to_string_lossy().into_owned())).collect()
}
