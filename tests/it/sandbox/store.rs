//! A damaged or foreign file gives a clear error, and a write that fails leaves nothing behind.

pub(super) mod round_trip;

use std::path::{Path, PathBuf};

use expect_test::expect;
use seatwise::connector::WriteError;
use seatwise::model::{Interner, Organization};
use seatwise::sandbox::{SandboxStore, SandboxStoreError, Seed, generate_firm};

use super::{grant, invite, opening, step};

struct StoreFolder(tempfile::TempDir);

impl StoreFolder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("acme.db")
    }

    fn create_store(&self) -> SandboxStore {
        create_store(&self.path()).unwrap()
    }

    /// The names of all files in the folder.
    fn file_names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn create_store(path: &Path) -> Result<SandboxStore, SandboxStoreError> {
    let (organization, facts) = Seed::default().found_organization("acme", &Organization::default());
    SandboxStore::create(path, "acme", &organization, &facts, opening())
}

fn open_error(path: &Path) -> SandboxStoreError {
    SandboxStore::open(path, opening()).map(drop).unwrap_err()
}

#[test]
fn missing_file_is_missing_and_stays_so() {
    let folder = StoreFolder::new();
    assert!(matches!(open_error(&folder.path()), SandboxStoreError::Missing(_)));
    assert_eq!(folder.file_names(), [""; 0]);
}

#[test]
fn file_that_is_there_is_not_overwritten() {
    let folder = StoreFolder::new();
    std::fs::write(folder.path(), "precious").unwrap();
    assert!(matches!(create_store(&folder.path()), Err(SandboxStoreError::Exists(_))));
    assert_eq!(std::fs::read(folder.path()).unwrap(), b"precious");
}

#[test]
fn leftover_of_a_founding_that_was_killed_is_in_nobodys_way() {
    let folder = StoreFolder::new();
    std::fs::write(folder.0.path().join("acme.db.new"), "half a file").unwrap();
    drop(folder.create_store());
    assert_eq!(folder.file_names(), ["acme.db"]);
}

#[test]
fn log_of_an_organization_that_was_deleted_is_not_taken_for_the_new_ones() {
    let (old, new) = (StoreFolder::new(), StoreFolder::new());
    let store = old.create_store();
    store.carry_out(&step(invite("old@acme.example")), "run/1").unwrap();
    std::fs::copy(old.0.path().join("acme.db-wal"), new.0.path().join("acme.db-wal")).unwrap();
    let fresh = new.create_store().fetch(&Interner::default()).unwrap().live.0;
    assert_eq!(fresh.users.len(), 1);
}

#[test]
fn directory_is_no_organization() {
    let folder = StoreFolder::new();
    std::fs::create_dir(folder.path()).unwrap();
    assert!(matches!(open_error(&folder.path()), SandboxStoreError::NotAFile(_)));
}

#[test]
fn file_of_another_kind_is_foreign() {
    let folder = StoreFolder::new();
    for bytes in [&b""[..], b"# a text", &[0; 8192]] {
        std::fs::write(folder.path(), bytes).unwrap();
        let error = open_error(&folder.path());
        assert!(matches!(error, SandboxStoreError::Foreign(_)), "{error:?}");
        assert!(error.to_string().ends_with("acme.db is not a sandbox organization"));
        assert_eq!(std::fs::read(folder.path()).unwrap(), bytes);
    }
}

#[test]
fn database_of_another_program_is_foreign() {
    let folder = StoreFolder::new();
    rusqlite::Connection::open(folder.path())
        .unwrap()
        .execute_batch("CREATE TABLE users (id INTEGER); PRAGMA user_version = 1;")
        .unwrap();
    assert!(matches!(open_error(&folder.path()), SandboxStoreError::Foreign(_)));
}

/// Whoever changes a table raises the format's number in `src/sandbox/store/schema.rs`.
#[test]
fn columns_of_users_belong_to_the_format() {
    let folder = StoreFolder::new();
    drop(folder.create_store());
    let file = rusqlite::Connection::open(folder.path()).unwrap();
    let format: u32 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let table = "SELECT sql FROM sqlite_schema WHERE name = 'users'";
    let table: String = file.query_row(table, [], |row| row.get(0)).unwrap();
    expect![[r#"
        format 3: CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT, live TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE,
            first_name TEXT NOT NULL, last_name TEXT NOT NULL, country TEXT NOT NULL, entitlement_country TEXT,
            state INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1)"#]]
    .assert_eq(&format!("format {format}: {table}"));
}

#[test]
fn file_of_another_format_says_which() {
    let folder = StoreFolder::new();
    drop(folder.create_store());
    rusqlite::Connection::open(folder.path()).unwrap().execute_batch("PRAGMA user_version = 99;").unwrap();
    let error = open_error(&folder.path()).to_string();
    assert!(error.ends_with("has format 99, this seatwise knows format 3"), "{error}");
}

#[test]
fn damaged_file_is_called_damaged() {
    let folder = StoreFolder::new();
    let (organization, facts) = generate_firm(400, 1);
    drop(SandboxStore::create(&folder.path(), "acme", &organization, &facts, opening()).unwrap());
    let mut bytes = std::fs::read(folder.path()).unwrap();
    let size = bytes.len();
    // The first page, with the header, stays whole.
    bytes[4096..size / 2].fill(0xA5);
    std::fs::write(folder.path(), bytes).unwrap();
    let error = SandboxStore::open(&folder.path(), opening())
        .and_then(|store| store.fetch(&Interner::default()))
        .unwrap_err();
    assert!(matches!(error, SandboxStoreError::Corrupt { .. }), "{error:?}");
}

#[test]
fn value_that_no_program_of_ours_wrote_is_damage() {
    for sql in [
        "UPDATE users SET country = 'XX'",
        "UPDATE users SET state = 9",
        "UPDATE users SET email = 'nonsense'",
    ] {
        let folder = StoreFolder::new();
        let store = folder.create_store();
        rusqlite::Connection::open(folder.path()).unwrap().execute_batch(sql).unwrap();
        let error = store.fetch(&Interner::default()).unwrap_err();
        assert!(matches!(error, SandboxStoreError::Corrupt { .. }), "{sql}: {error:?}");
    }
}

#[test]
fn edge_that_hangs_in_the_air_is_damage() {
    let folder = StoreFolder::new();
    let store = folder.create_store();
    let sql = "PRAGMA foreign_keys = OFF; INSERT INTO grants SELECT 77, id FROM roles";
    rusqlite::Connection::open(folder.path()).unwrap().execute_batch(sql).unwrap();
    let error = store.fetch(&Interner::default()).unwrap_err();
    assert!(error.to_string().contains("a row refers to 77"), "{error}");
}

#[test]
fn locked_file_is_called_locked_and_the_write_may_be_tried_again() {
    let folder = StoreFolder::new();
    let store = folder.create_store();
    let other = rusqlite::Connection::open(folder.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = store.carry_out(&step(invite("ana@acme.example")), "run/1");
    assert!(
        matches!(&locked, Err(WriteError::Transient(why)) if why.contains("is locked by another process")),
        "{locked:?}"
    );
    // A writer does not keep others from reading.
    assert_eq!(store.fetch(&Interner::default()).unwrap().live.0.users.len(), 1);
    other.execute_batch("COMMIT").unwrap();
    store.carry_out(&step(invite("ana@acme.example")), "run/1").unwrap();
}

#[test]
fn file_held_for_oneself_is_called_locked() {
    let folder = StoreFolder::new();
    drop(folder.create_store());
    let other = rusqlite::Connection::open(folder.path()).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;").unwrap();
    let error = open_error(&folder.path());
    assert!(matches!(error, SandboxStoreError::Locked(_)), "{error:?}");
}

#[test]
fn place_that_cannot_be_written_is_told() {
    let folder = StoreFolder::new();
    std::fs::write(folder.0.path().join("file"), "").unwrap();
    // `/proc` takes no new file, not even from root.
    for path in
        ["/proc/acme.db", "/proc/deep/acme.db", folder.0.path().join("file/acme.db").to_str().unwrap()]
    {
        let error = create_store(Path::new(path)).unwrap_err();
        assert!(
            matches!(error, SandboxStoreError::File { .. } | SandboxStoreError::ReadOnly(_)),
            "{path}: {error:?}"
        );
    }
}

#[test]
fn write_that_fills_the_disk_leaves_nothing_behind() {
    let folder = StoreFolder::new();
    let store = folder.create_store();
    store.pretend_disk_of(0).unwrap();
    let mut done = 0;
    let error = loop {
        match store.carry_out(&step(invite(&format!("p{done}@acme.example"))), &format!("run/{done}")) {
            Ok(_) => done += 1,
            Err(error) => break error,
        }
        assert!(done < 10_000, "the disk never fills");
    };
    assert!(matches!(&error, WriteError::Obstructed(why) if why.ends_with("the disk is full")), "{error:?}");
    let whole = |store: &SandboxStore| {
        let users = store.fetch(&Interner::default()).unwrap().live.0.users.len();
        (users, store.outbox().unwrap().len() + 1, store.audit_log(u32::MAX).unwrap().len() + 1)
    };
    assert_eq!(whole(&store), (done + 1, done + 1, done + 1));
    drop(store);
    // With room again, the failed step is carried out under its own key.
    let store = SandboxStore::open(&folder.path(), opening()).unwrap();
    store.carry_out(&step(invite(&format!("p{done}@acme.example"))), &format!("run/{done}")).unwrap();
    assert_eq!(whole(&store), (done + 2, done + 2, done + 2));
}

#[test]
fn nothing_is_lost_when_the_process_is_killed() {
    let folder = StoreFolder::new();
    let store = folder.create_store();
    store.carry_out(&step(invite("ana@acme.example")), "run/1").unwrap();
    store.carry_out(&step(grant("ana@acme.example", "download")), "run/2").unwrap();
    // A killed process closes nothing: the write-ahead log is still beside the file. The copy stands for what
    // the next process finds.
    let after = StoreFolder::new();
    for name in ["acme.db", "acme.db-wal"] {
        std::fs::copy(folder.0.path().join(name), after.0.path().join(name)).unwrap();
    }
    let users = SandboxStore::open(&after.path(), opening())
        .unwrap()
        .fetch(&Interner::default())
        .unwrap()
        .live
        .0
        .users;
    assert!(users["ana@acme.example"].roles.has("download"));
}

#[test]
fn closed_organization_is_one_file() {
    let folder = StoreFolder::new();
    let store = folder.create_store();
    store.carry_out(&step(invite("ana@acme.example")), "run/1").unwrap();
    store.fetch(&Interner::default()).unwrap();
    drop(store);
    assert_eq!(folder.file_names(), ["acme.db"]);
}
