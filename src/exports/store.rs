//! What exports have said, kept: the portal forgets its details after 90 days, and a quarter is longer.
//!
//! A folder of Parquet files, one for each month, as any engine reads it: `year=2026/month=11/usage.parquet`.
//! The store is a set of facts (`settle` says when two are one): an export that is collected again, or that
//! overlaps another, adds what is new in it and nothing else, and leaves the same bytes in whatever order
//! exports come.
//!
//! A month is written beside its file and renamed, so that it is as it was, or as it will be, whenever the
//! process dies; collecting again does what is left. Who reads has each file as it was when it was opened.
//! Reading takes no more memory the more there is; collecting takes 40 bytes for each row of the exports, and
//! for each fact of one month.

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
use std::sync::{PoisonError, RwLock};

use super::damaged_line::DamagedLines;
use super::name_cache::SharedRegister;
use super::present_columns::OptionalColumn;
use super::row_parser::LONGEST_USE;
use super::{ExportReadError, PresentColumns, ProductCatalogue, RowSink, UsageExports, UsageReading};
use crate::model::Timestamp;
use crate::usage::{NameRegister, ReportedUse, UseRow};

pub use month::Month;

use fact_reader::FactReader;
use month_file::MonthFile;
use settle::settle_facts;
use usage_fact::{MonthlyFacts, UsageFact};

/// The store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum UsageStoreError {
    /// The exports to be collected.
    #[error(transparent)]
    Exports(#[from] ExportReadError),
    /// A file or folder of the store.
    #[error("{} could not be {}", .path.display(), .act)]
    File {
        /// Which one.
        path: PathBuf,
        /// `read` or `written`.
        act: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A file that is no Parquet, or damaged.
    #[error("{} could not be understood", .path.display())]
    Parquet {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// A Parquet file that seatwise has not written.
    #[error("{} is not of a usage store: {}", .path.display(), .what)]
    Foreign {
        /// Which one.
        path: PathBuf,
        /// What is odd about it.
        what: String,
    },
    /// Somebody else is collecting.
    #[error("{} is being written by another process", .0.display())]
    Locked(PathBuf),
}

/// What collecting has done.
#[derive(Debug, Default)]
pub struct CollectOutcome {
    /// Rows that the exports have.
    pub read: u64,
    /// The months that are not as they were.
    pub months: Vec<MonthChange>,
    /// Lines that were left out.
    pub damages: DamagedLines,
}

/// A month to which exports had something to add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthChange {
    /// Which one.
    pub month: Month,
    /// Facts that are new.
    pub new: u64,
    /// Facts that gave way to those that say more: a checkout that was given back, a country that was not
    /// known.
    pub replaced: u64,
    /// Facts that it has now.
    pub all: u64,
}

/// The folder in which use is kept.
#[derive(Debug, Clone)]
pub struct UsageStore {
    root: PathBuf,
    /// What began before is not read.
    since: Option<Month>,
}

impl UsageStore {
    /// The store in `root`, which need not be there.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), since: None }
    }

    /// The same, of which is read only what may have been in use at `time` or after it.
    pub fn with_use_since(self, time: Timestamp) -> Self {
        Self {
            since: Some(Month::from_time(time.saturating_sub(LONGEST_USE).unwrap_or(Timestamp::MIN))),
            ..self
        }
    }

    /// Whether nothing was ever collected.
    pub fn is_empty(&self) -> Result<bool, UsageStoreError> {
        Ok(self.months()?.is_empty())
    }

    /// Adds what `exports` say.
    pub fn collect(&self, exports: &UsageExports<'_>) -> Result<CollectOutcome, UsageStoreError> {
        let mut register = NameRegister::default();
        let UsageReading { taken, rows, damages } = exports.read(&mut register, MonthlyFacts::default)?;
        let months = self.merge(taken, &mut register, exports.catalogue)?;
        Ok(CollectOutcome { read: rows, months, damages })
    }

    /// Adds what an organization itself reports of use.
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

    /// Adds `facts` to `month`; nothing where it has them all.
    fn add_to_month(
        &self,
        month: Month,
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
        with_names(register, |names| self.read_with_names(names, catalogue, take))
    }

    /// Reads all rows again, after [`Self::read`] has given all names a number.
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
        let mut reading = UsageReading { taken: take(), rows: 0, damages: DamagedLines::default() };
        for part in parts {
            let (taken, rows) = part?;
            reading.taken.merge(taken);
            reading.rows += rows;
        }
        Ok(reading)
    }

    /// The facts of one month.
    fn facts(
        &self,
        month: Month,
        register: &mut NameRegister,
        catalogue: &ProductCatalogue,
    ) -> Result<Vec<UsageFact>, UsageStoreError> {
        let path = self.month_path(month);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let file = MonthFile::open(&path)?;
        let mut facts = Vec::new();
        with_names(register, |names| {
            let mut facting = FactReader::new(names, catalogue);
            (0..file.count_groups())
                .try_for_each(|group| facting.read(&file, group, |some| facts.extend_from_slice(some)))
        })?;
        Ok(facts)
    }

    fn write_month(
        &self,
        month: Month,
        facts: &mut [UsageFact],
        register: &NameRegister,
    ) -> Result<(), UsageStoreError> {
        let (path, unfinished) = (self.month_path(month), self.root.join(format!("{UNFINISHED}{month}")));
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(write_error(folder))?;
        let file = File::create(&unfinished).map_err(write_error(&unfinished))?;
        write_month::write_month_file(&file, facts, register)
            .map_err(|error| write_error(&unfinished)(io::Error::other(error)))?;
        file.sync_all().map_err(write_error(&unfinished))?;
        fs::rename(&unfinished, &path).map_err(write_error(&path))?;
        sync_folder(folder).map_err(write_error(folder))
    }

    /// Removes what a process has left that died.
    fn remove_unfinished(&self) -> Result<(), UsageStoreError> {
        for name in entry_names(&self.root)?.iter().filter(|name| name.starts_with(UNFINISHED)) {
            let path = self.root.join(name);
            fs::remove_file(&path).map_err(write_error(&path))?;
        }
        Ok(())
    }

    fn month_path(&self, month: Month) -> PathBuf {
        self.root.join(month.folder()).join("usage.parquet")
    }

    /// The months that have a file, in order.
    fn months(&self) -> Result<Vec<Month>, UsageStoreError> {
        let mut months = Vec::new();
        for year in entry_names(&self.root)?.into_iter().filter(|name| name.starts_with("year=")) {
            for month in entry_names(&self.root.join(&year))? {
                months.extend(Month::parse(&year, &month).filter(|month| self.month_path(*month).exists()));
            }
        }
        months.sort_unstable();
        months.dedup();
        Ok(months)
    }

    /// One process collects at a time; the lock ends with it, however that ends.
    fn lock(&self) -> Result<File, UsageStoreError> {
        let path = self.root.join(".lock");
        fs::create_dir_all(&self.root).map_err(write_error(&self.root))?;
        let file = File::create(&path).map_err(write_error(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(UsageStoreError::Locked(self.root.clone())),
            Err(TryLockError::Error(source)) => Err(write_error(&path)(source)),
        }
    }
}

/// How the name of a file begins that is not yet a month's.
const UNFINISHED: &str = ".unfinished-";

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> UsageStoreError {
    let path = path.to_owned();
    move |source| UsageStoreError::File { path, act: "written", source }
}

/// Lets `act` give new names their numbers in `register`.
fn with_names<R>(register: &mut NameRegister, act: impl FnOnce(SharedRegister<'_>) -> R) -> R {
    let shared = RwLock::new(std::mem::take(register));
    let done = act(SharedRegister::New(&shared));
    *register = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    done
}

/// Takes groups until there are none.
fn read_groups<T: RowSink>(
    groups: &[(&MonthFile, usize)],
    next: &AtomicUsize,
    names: SharedRegister<'_>,
    catalogue: &ProductCatalogue,
    mut take: T,
) -> Result<(T, u64), UsageStoreError> {
    let (mut facting, mut rows, mut count) = (FactReader::new(names, catalogue), Vec::new(), 0);
    while let Some((file, group)) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
        let mut is_odd = false;
        facting.read(file, *group, |facts| {
            rows.clear();
            rows.extend(facts.iter().filter_map(UsageFact::row));
            is_odd |= rows.len() < facts.len();
            count += rows.len() as u64;
            names.with_register(|register| take.take_rows(register, &rows));
        })?;
        if is_odd {
            return Err(UsageStoreError::Foreign {
                path: file.path.to_path_buf(),
                what: "use ends before it begins".to_owned(),
            });
        }
    }
    Ok((take, count))
}

/// The names in a folder; none where it is not there.
fn entry_names(path: &Path) -> Result<Vec<String>, UsageStoreError> {
    let unread = |source| UsageStoreError::File { path: path.to_owned(), act: "read", source };
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unread(error)),
    };
    entries.map(|entry| Ok(entry.map_err(unread)?.file_name().to_string_lossy().into_owned())).collect()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

// Elsewhere a folder cannot be opened as a file; the file system journals names itself.
#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}
