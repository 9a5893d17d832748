//! The organization's file: created whole or not at all, opened only if seatwise wrote it, written by one
//! connection.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::fill::InitialOrganization;
use super::open_connection::open_connection;
use super::organization_reader::{SpoiltSections, read_snapshot};
use super::pages::{ListTotals, PageRange, PageReader};
use super::{fill, ledger, schema, user_columns};
use crate::connector::{Receipt, WriteError};
use crate::disk;
use crate::model::{
    Checkout, Email, Interner, Organization, OrganizationFacts, Product, ProductId, Section, Snapshot, Text,
    Timestamp,
};
use crate::plan::Step;
use crate::sandbox::acts::carry_out::StepRequest;
use crate::sandbox::acts::write_transaction::{ActOutcome, WriteStop, WriteTransaction};
use crate::sandbox::acts::{audit_record, carry_out};
use crate::sandbox::{AuditLogEntry, Invitation, SandboxStoreError, SandboxSummary};

/// The options for opening a store.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// The time of writes; the store reads no clock.
    pub now: Timestamp,
    /// The time to wait for another process that has locked the file.
    pub patience: Duration,
}

impl StoreOptions {
    /// Returns options with writes at `now` and five seconds of patience.
    pub fn new(now: Timestamp) -> Self {
        Self { now, patience: Duration::from_secs(5) }
    }
}

/// The embedded organization, open.
#[derive(Debug)]
pub struct SandboxStore {
    place: StoreLocation,
    opening: StoreOptions,
    writer: Mutex<Connection>,
    /// Idle connections for reading.
    readers: Mutex<Vec<Connection>>,
    totals: ListTotals,
}

/// The place where an organization is stored.
#[derive(Debug)]
enum StoreLocation {
    File(PathBuf),
    /// The organization ends with this process.
    Memory,
}

/// Settings for the draft of a new file. Nobody reads a draft, and a broken one is deleted, so it needs no
/// journal and no sync. 256 MiB of pages may stay in memory.
const DRAFT: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;";
/// The number of statements that stay prepared: as many as a write runs.
const PREPARED: usize = 128;
/// SQLite copies the write-ahead log into the file every so many pages (16 MiB), because each time costs two
/// syncs.
const CHECKPOINT_PAGES: i64 = 4096;

impl SandboxStore {
    /// Creates the file, with its folder, and fills it with a whole organization.
    ///
    /// The file appears complete or not at all: it is written under another name and then renamed.
    ///
    /// # Errors
    ///
    /// [`SandboxStoreError::Exists`] where the file exists already; [`SandboxStoreError::Refused`] where an
    /// invariant does not hold.
    pub fn create(
        path: &Path,
        name: &str,
        organization: &Organization,
        facts: &OrganizationFacts,
        opening: StoreOptions,
    ) -> Result<Self, SandboxStoreError> {
        if path.symlink_metadata().is_ok() {
            return Err(SandboxStoreError::Exists(path.to_path_buf()));
        }
        if let Some(folder) = path.parent() {
            disk::create_private_folder(folder)
                .map_err(|source| SandboxStoreError::from_io(folder, source))?;
        }
        let draft = disk::path_with_ending(path, ".new");
        // A write-ahead log without its file belongs to another organization. SQLite must not apply it to the
        // new one.
        remove_database(path)?;
        remove_database(&draft)?;
        // SQLite gives its logs the permissions of the file that it finds.
        disk::create_private_file(&draft, b"")
            .map_err(|source| SandboxStoreError::from_io(&draft, source))?;
        let written =
            write_draft(&draft, path, InitialOrganization { name, organization, facts, now: opening.now });
        let moved = written.and_then(|()| {
            std::fs::rename(&draft, path).map_err(|source| SandboxStoreError::from_io(path, source))
        });
        if let Err(error) = moved {
            // The first failure is the one to report.
            let _ = remove_database(&draft);
            return Err(error);
        }
        Self::open(path, opening)
    }

    /// Creates an organization in memory, which ends with this process.
    pub fn in_memory(
        name: &str,
        organization: &Organization,
        facts: &OrganizationFacts,
        opening: StoreOptions,
    ) -> Result<Self, SandboxStoreError> {
        let path = Path::new("memory");
        let mut conn =
            Connection::open_in_memory().map_err(|source| SandboxStoreError::from_sqlite(path, source))?;
        fill_organization(
            &mut conn,
            path,
            InitialOrganization { name, organization, facts, now: opening.now },
        )?;
        set_up_connection(&conn).map_err(|source| SandboxStoreError::from_sqlite(path, source))?;
        Ok(Self::from_parts(StoreLocation::Memory, opening, conn))
    }

    /// Opens an existing file.
    ///
    /// # Errors
    ///
    /// [`SandboxStoreError::Missing`] where the file does not exist, and the variants for other defects of a
    /// file.
    pub fn open(path: &Path, opening: StoreOptions) -> Result<Self, SandboxStoreError> {
        let conn = open_connection(path, opening.patience)?;
        set_up_connection(&conn).map_err(|source| SandboxStoreError::from_sqlite(path, source))?;
        Ok(Self::from_parts(StoreLocation::File(path.to_path_buf()), opening, conn))
    }

    fn from_parts(place: StoreLocation, opening: StoreOptions, writer: Connection) -> Self {
        Self {
            place,
            opening,
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            totals: ListTotals::default(),
        }
    }

    /// Returns the options that the store was opened with.
    pub fn options(&self) -> StoreOptions {
        self.opening
    }

    /// Returns the path of the file for messages; `memory` where there is none.
    fn path(&self) -> &Path {
        match &self.place {
            StoreLocation::File(path) => path,
            StoreLocation::Memory => Path::new("memory"),
        }
    }

    /// Locks and returns the one connection that writes.
    pub(in crate::sandbox) fn writer(&self) -> MutexGuard<'_, Connection> {
        // A poisoned lock is no problem: a panic inside a write rolls its transaction back.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Converts an error of SQLite, with the path of this store.
    pub(in crate::sandbox) fn store_error(&self, source: rusqlite::Error) -> SandboxStoreError {
        SandboxStoreError::from_sqlite(self.path(), source)
    }

    /// Reads the whole organization as it is at one moment.
    pub fn fetch(&self, names: &Interner) -> Result<Snapshot, SandboxStoreError> {
        self.fetch_spoilt(names, &[], &[])
    }

    /// Reads like [`SandboxStore::fetch`], with injected faults: sections that fail, and sections that have
    /// fewer rows than their total.
    pub fn fetch_spoilt(
        &self,
        names: &Interner,
        failed: &[Section],
        short: &[Section],
    ) -> Result<Snapshot, SandboxStoreError> {
        let cut = &SpoiltSections { failed, short };
        match &self.place {
            // The read has its own connection, so that reads and writes do not wait for each other.
            StoreLocation::File(path) => {
                read_snapshot(&mut open_connection(path, self.opening.patience)?, names, cut)
            }
            StoreLocation::Memory => read_snapshot(&mut self.writer(), names, cut),
        }
        .map_err(|source| self.store_error(source))
    }

    /// Carries out one step under its key; see [`crate::connector::OrgWrite::carry_out`].
    pub fn carry_out(&self, step: &Step, key: &str) -> Result<Receipt, WriteError> {
        let done = self.carry_out_request(StepRequest { now: self.opening.now, step, key, version: None });
        done.map(|(receipt, _)| receipt).map_err(|stop| match stop {
            WriteStop::Changed(what) | WriteStop::Version(what) => WriteError::Changed(what),
            WriteStop::Refused(why) => WriteError::Refused(why),
            WriteStop::Failed(source) => WriteError::from(&self.store_error(source)),
        })
    }

    /// Carries out one step. Returns the receipt and the revision of the organization after the step.
    pub(in crate::sandbox) fn carry_out_request(
        &self,
        asked: StepRequest<'_>,
    ) -> Result<(Receipt, u64), WriteStop> {
        carry_out::carry_out_step(&mut self.writer(), asked)
    }

    /// Reads one page of a list as JSON, inside one transaction.
    pub(in crate::sandbox) fn page(
        &self,
        asked: &PageRange,
        read: impl FnOnce(&PageReader<'_>) -> rusqlite::Result<Vec<u8>>,
    ) -> Result<Vec<u8>, SandboxStoreError> {
        self.with_reader(|conn| read(&PageReader { conn, totals: &self.totals, asked }))
    }

    /// Reads in one transaction, with a separate connection if the organization has a file, so that reads and
    /// writes do not wait for each other.
    pub(in crate::sandbox) fn with_reader<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SandboxStoreError> {
        let read = |conn: &mut Connection| {
            let tx = conn.transaction()?;
            read(&tx)
        };
        let StoreLocation::File(path) = &self.place else {
            return read(&mut self.writer()).map_err(|source| self.store_error(source));
        };
        let idle = self.readers().pop();
        let mut conn = idle.map_or_else(|| open_connection(path, self.opening.patience), Ok)?;
        let done = read(&mut conn).map_err(|source| self.store_error(source))?;
        self.readers().push(conn);
        Ok(done)
    }

    fn readers(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the products of a policy's catalogue and completes the known ones. Known values of a product
    /// stay.
    pub fn learn(&self, catalogue: &BTreeMap<ProductId, Product>) -> Result<(), SandboxStoreError> {
        self.learn_at(self.opening.now, catalogue)
    }

    /// Does the same as [`SandboxStore::learn`], with a write at `now`.
    pub(in crate::sandbox) fn learn_at(
        &self,
        now: Timestamp,
        catalogue: &BTreeMap<ProductId, Product>,
    ) -> Result<(), SandboxStoreError> {
        self.with_transaction(now, |write| fill::learn_catalogue(write, catalogue).map_err(WriteStop::Failed))
    }

    /// Checks a licence out, as a user's machine does.
    pub fn check_out(&self, user: &Email, checkout: &Checkout) -> Result<(), SandboxStoreError> {
        self.with_transaction(self.opening.now, |write| match write.check_out(user, checkout)? {
            ActOutcome::AlreadySo => Ok(()),
            ActOutcome::Done | ActOutcome::Created(_) => {
                Ok(write
                    .append_audit(&audit_record::record_check_out(user.as_str(), checkout).to_string())?)
            }
        })
    }

    /// Runs `work` as one write at `now`, which is kept whole or not at all.
    pub(in crate::sandbox) fn with_transaction(
        &self,
        now: Timestamp,
        work: impl FnOnce(&WriteTransaction<'_>) -> Result<(), WriteStop>,
    ) -> Result<(), SandboxStoreError> {
        let mut conn = self.writer();
        let done = (|| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            work(&WriteTransaction { conn: &tx, now, key: "" })?;
            Ok(tx.commit()?)
        })();
        done.map_err(|stop| match stop {
            WriteStop::Changed(why) | WriteStop::Refused(why) | WriteStop::Version(why) => {
                SandboxStoreError::Refused(why)
            }
            WriteStop::Failed(source) => self.store_error(source),
        })
    }

    /// Injects a fault: the file can grow by only `more` pages of 4 KiB, as if the disk were nearly full.
    pub fn pretend_disk_of(&self, more: u32) -> Result<(), SandboxStoreError> {
        let conn = self.writer();
        let pages: u32 = conn
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .map_err(|source| self.store_error(source))?;
        conn.pragma_update_and_check(None, "max_page_count", pages + more, |_| Ok(()))
            .map_err(|source| self.store_error(source))
    }

    /// Copies the whole organization as it is at one moment into a new file, which appears complete or not at
    /// all. The folder of the file must exist.
    pub fn copy_to(&self, path: &Path) -> Result<(), SandboxStoreError> {
        let failed = |source| SandboxStoreError::from_sqlite(path, source);
        let draft = disk::path_with_ending(path, ".new");
        remove_database(&draft)?;
        self.writer().execute("VACUUM INTO ?1", [draft.to_string_lossy()]).map_err(failed)?;
        let copy = Connection::open(&draft).map_err(failed)?;
        copy.execute_batch("PRAGMA journal_mode = WAL;").map_err(failed)?;
        copy.close().map_err(|(_, source)| failed(source))?;
        std::fs::rename(&draft, path).map_err(|source| SandboxStoreError::from_io(path, source))
    }

    /// Returns the numbers of objects in the organization.
    pub fn summary(&self) -> Result<SandboxSummary, SandboxStoreError> {
        ledger::read_summary(&self.writer()).map_err(|source| self.store_error(source))
    }

    /// Returns the invitations so far, oldest first.
    pub fn outbox(&self) -> Result<Vec<Invitation>, SandboxStoreError> {
        ledger::read_outbox(&self.writer()).map_err(|source| self.store_error(source))
    }

    /// Returns the last writes, at most `last`, oldest first.
    pub fn audit_log(&self, last: u32) -> Result<Vec<AuditLogEntry>, SandboxStoreError> {
        ledger::read_audit_log(&self.writer(), last).map_err(|source| self.store_error(source))
    }
}

/// Sets up a connection for writes.
fn set_up_connection(conn: &Connection) -> rusqlite::Result<()> {
    // 1 is NORMAL: with the write-ahead log, a killed process loses nothing, and a power cut cannot damage
    // the file.
    conn.pragma_update(None, "synchronous", 1)?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "foreign_keys", 1)?;
    // SQLite keeps a query plan once chosen; otherwise it prepares some statements again for every new value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(PREPARED);
    Ok(())
}

impl From<&SandboxStoreError> for WriteError {
    fn from(error: &SandboxStoreError) -> Self {
        match error {
            SandboxStoreError::Locked(_) => Self::Transient(error.to_string().into()),
            SandboxStoreError::Full(_) | SandboxStoreError::ReadOnly(_) | SandboxStoreError::File { .. } => {
                Self::Obstructed(describe_error(error))
            }
            // Trying again does not help before a person has mended the file.
            SandboxStoreError::Missing(_)
            | SandboxStoreError::Exists(_)
            | SandboxStoreError::NotAFile(_)
            | SandboxStoreError::Foreign(_)
            | SandboxStoreError::Format { .. }
            | SandboxStoreError::Corrupt { .. }
            | SandboxStoreError::Refused(_)
            | SandboxStoreError::Database { .. } => Self::Refused(describe_error(error)),
        }
    }
}

/// Returns the error and its cause as one fragment.
fn describe_error(error: &SandboxStoreError) -> Text {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default()).into()
}

/// Writes the whole draft of the file at `path`, without a journal and with a single sync. Errors name
/// `path`.
fn write_draft(draft: &Path, path: &Path, whole: InitialOrganization<'_>) -> Result<(), SandboxStoreError> {
    let failed = |source| SandboxStoreError::from_sqlite(path, source);
    let mut conn = Connection::open(draft).map_err(failed)?;
    conn.execute_batch(DRAFT).map_err(failed)?;
    fill_organization(&mut conn, path, whole)?;
    conn.execute_batch("PRAGMA journal_mode = WAL;").map_err(failed)?;
    conn.close().map_err(|(_, source)| failed(source))?;
    std::fs::File::open(draft)
        .and_then(|file| file.sync_all())
        .map_err(|source| SandboxStoreError::from_io(path, source))
}

fn fill_organization(
    conn: &mut Connection,
    path: &Path,
    whole: InitialOrganization<'_>,
) -> Result<(), SandboxStoreError> {
    if let Some(broken) =
        crate::sandbox::invariant::first_broken_invariant(whole.organization, whole.facts, whole.now)
    {
        return Err(SandboxStoreError::Refused(broken));
    }
    let done = (|| {
        let tx = conn.transaction()?;
        schema::create_tables(&tx, &user_columns::profile_definitions(), || fill::fill_tables(&tx, whole))?;
        tx.commit()
    })();
    done.map_err(|source| SandboxStoreError::from_sqlite(path, source))
}

/// Removes a database and the files that SQLite keeps beside it.
fn remove_database(path: &Path) -> Result<(), SandboxStoreError> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        match std::fs::remove_file(disk::path_with_ending(path, ending)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(SandboxStoreError::from_io(path, source));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
