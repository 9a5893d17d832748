//! The usage store is a set of facts, whatever is collected and however often.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use seatwise::exports::store::{CollectOutcome, UsageStore, UsageStoreError};

use super::*;

const HEADER: &str =
    "Product,Feature String,Country,Site,Machine,Email,Usage Type,Server Type,First Interval,Last Interval\n";

/// Rows of usage details over twelve months, numbered from `from` up to `to`.
fn details_csv(from: usize, to: usize) -> String {
    let row = |at: usize| {
        let (day, hour) = (at % 28 + 1, at % 12 + 6);
        let month = at / 100 % 12 + 1;
        let user = if at.is_multiple_of(7) {
            format!("7f3c-{}", at % 5)
        } else {
            format!("User{}@acme.example", at % 11)
        };
        format!(
            "{},{},DE,,WS-{},{user},Production,SES,2026-{month:02}-{day:02} \
                {hour:02}:10,2026-{month:02}-{day:02} {hour:02}:40\n",
            2502,
            at % 2,
            at % 13
        )
    };
    HEADER.to_owned() + &(from..to).map(row).collect::<String>()
}

fn detail_files(parts: &[(usize, usize)]) -> ExportFiles {
    let files = ExportFiles { catalogue: catalogue(), ..ExportFiles::new() };
    parts
        .iter()
        .enumerate()
        .fold(files, |files, (at, (from, to))| files.with_file(&format!("{at}.csv"), details_csv(*from, *to)))
}

/// Every file of a store, by its path.
fn store_bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let found = crate::folders::files_with_ending(folder, "parquet").into_iter();
    found
        .map(|path| {
            (path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())
        })
        .collect()
}

fn changed_months(collected: &CollectOutcome) -> Vec<String> {
    collected
        .months
        .iter()
        .map(|month| {
            format!("{}: {} new, {} replaced, {} in all", month.month, month.new, month.replaced, month.all)
        })
        .collect()
}

/// The rows and files of a store after these exports were collected one after the other.
fn stored_state(exports: &[&str]) -> (Vec<String>, BTreeMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let store = UsageStore::new(folder.path());
    for export in exports {
        store
            .collect(
                &ExportFiles { catalogue: catalogue(), ..ExportFiles::new() }
                    .with_file("export.csv", export)
                    .exports(),
            )
            .unwrap();
    }
    (stored_rows(&store, &catalogue()), store_bytes(folder.path()))
}

fn stored_rows(store: &UsageStore, catalogue: &ProductCatalogue) -> Vec<String> {
    let mut register = NameRegister::default();
    let reading = store.read(&mut register, catalogue, CollectedRows::default).unwrap();
    let mut rows: Vec<String> = reading.taken.0.iter().map(|row| row_text(&register, row)).collect();
    rows.sort();
    rows
}

#[test]
fn every_kind_of_row_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let files = ExportFiles { catalogue: catalogue(), ..ExportFiles::new() }
        .with_file(
            "details.csv",
            format!(
                "{HEADER}OpenRoads Designer \
                (2502),3D,Germany,north,WS-1,Ana@acme.example,Trial,Hosted,2026-03-31 23:50,2026-04-01 \
                00:10\n"
            ),
        )
        .with_file(
            "sessions.csv",
            "Product,Machine,User,Start,End\nNew \
            Thing,\"WS \"\"2\"\"\",7f3c,2026-03-02T09:01:30.5Z,2026-03-02T09:25:00Z\n",
        )
        .with_file(
            "checkouts.csv",
            "Product,Machine,Checked Out,Expires\nstaad,WS-3,2025-12-31,2026-03-31\n",
        );
    let store = UsageStore::new(folder.path());
    assert!(store.is_empty().unwrap());
    let collected = store.collect(&files.exports()).unwrap();
    assert_eq!(collected.read, 3);
    assert_eq!(
        changed_months(&collected),
        ["2025-12: 1 new, 0 replaced, 1 in all", "2026-03: 2 new, 0 replaced, 2 in all"],
        "by when use begins"
    );
    assert!(!store.is_empty().unwrap());
    assert_eq!(stored_rows(&store, &files.catalogue), files.rows());
    assert_eq!(
        store_bytes(folder.path()).into_keys().collect::<Vec<_>>(),
        ["year=2025/month=12/usage.parquet", "year=2026/month=03/usage.parquet"]
    );
}

#[test]
fn export_that_comes_again_or_overlaps_adds_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let store = UsageStore::new(folder.path());
    store.collect(&detail_files(&[(0, 700)]).exports()).unwrap();
    let before = store_bytes(folder.path());
    let again = store.collect(&detail_files(&[(0, 700), (300, 500)]).exports()).unwrap();
    assert_eq!((again.read, again.months, store_bytes(folder.path())), (900, vec![], before));
    let more = store.collect(&detail_files(&[(600, 900)]).exports()).unwrap();
    assert_eq!(
        changed_months(&more),
        ["2026-08: 100 new, 0 replaced, 100 in all", "2026-09: 100 new, 0 replaced, 100 in all"]
    );
    let at_once = detail_files(&[(0, 900)]);
    assert_eq!(stored_rows(&store, &at_once.catalogue), at_once.rows());
    assert_eq!(
        at_once.count(&UsageSettings::default()),
        detail_files(&[(0, 900), (0, 900)]).count(&UsageSettings::default()),
        "counted twice, it is the same use"
    );
}

#[test]
fn checkout_that_was_given_back_ends_there_and_one_that_was_extended_later() {
    let out = "Product,Machine,Email,Checked Out,Checked In,Expires\nstaad,WS-1,ana@acme.example,2026-03-02 \
        09:00,,2026-03-31 09:00\n";
    let extended = out.replace("03-31", "05-31");
    let back = out.replace(",,2026", ",2026-03-09 12:00,2026");
    let row = |kind: &str, end: &str| {
        format!(
            "staad    production Unknown WS-1 Email(\"ana@acme.example\") {kind} 2026-03-02T09:00:00Z {end}"
        )
    };
    assert_eq!(stored_state(&[out, &extended]).0, [row("checkout", "2026-05-31T09:00:00Z")]);
    assert_eq!(stored_state(&[out, &extended]), stored_state(&[&extended, out]));
    assert_eq!(stored_state(&[out, &back]).0, [row("returned", "2026-03-09T12:00:00Z")]);
    assert_eq!(stored_state(&[&back, &extended, out]), stored_state(&[out, &back]), "whatever comes first");
    // An export with fewer columns still says that the checkout was returned.
    let bare = "Product,Machine,Checked Out,Checked In\nstaad,WS-1,2026-03-02 09:00,2026-03-09 12:00\n";
    assert_eq!(stored_state(&[out, bare]).0, [row("returned", "2026-03-09T12:00:00Z")]);
    assert_eq!(stored_state(&[bare, out]), stored_state(&[out, bare]));
}

#[test]
fn row_that_says_less_is_no_use_of_its_own() {
    let whole = "Product,Feature String,Country,Machine,Email,First Interval,Last Interval\n\
                 1001,3D,DE,WS-1,ana@acme.example,2026-03-02 09:10,2026-03-02 09:40\n\
                 1001,,DE,WS-2,bo@acme.example,2026-03-02 09:10,2026-03-02 09:40\n";
    let less = "Product,Machine,First Interval,Last Interval\n1001,WS-1,2026-03-02 09:10,2026-03-02 \
        09:40\n1001,WS-3,2026-03-02 09:10,2026-03-02 09:40\n";
    let (rows, bytes) = stored_state(&[less, whole]);
    assert_eq!(rows.len(), 3, "WS-1 is known with its feature string and country: {rows:#?}");
    assert_eq!(rows.iter().filter(|row| row.contains("WS-1")).count(), 1);
    assert!(rows.iter().any(|row| row.starts_with("microstation-3d 3D DE") && row.contains("WS-1")));
    assert_eq!((rows, bytes), stored_state(&[whole, less]));
}

#[test]
fn empty_field_says_more_than_no_column() {
    // One machine runs both feature strings at once. These are two uses, in two pools, and one export tells
    // them apart.
    let both = format!(
        "{HEADER}1001,,DE,,WS-1,,Production,,2026-03-02 09:10,2026-03-02 \
            09:40\n1001,2D,DE,,WS-1,,Production,,2026-03-02 09:10,2026-03-02 09:40\n"
    );
    assert_eq!(stored_state(&[&both]).0.len(), 2);
    assert_eq!(stored_state(&[&both, &both]), stored_state(&[&both]));
}

#[test]
fn equal_rows_of_one_export_are_one_use() {
    let row = "2502,,DE,,WS-1,ana@acme.example,Production,SES,2026-03-02 09:10,2026-03-02 09:40\n";
    let (once, twice) = (format!("{HEADER}{row}"), format!("{HEADER}{row}{row}"));
    assert_eq!(stored_state(&[&twice]), stored_state(&[&once]));
}

#[test]
fn reader_keeps_what_it_has_opened_while_a_month_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = UsageStore::new(folder.path());
    store.collect(&detail_files(&[(0, 50)]).exports()).unwrap();
    // Collects more exports in the middle of reading, at the first rows.
    struct Meddler<'a>(&'a UsageStore, u64);
    impl RowSink for Meddler<'_> {
        fn take_rows(&mut self, _: &NameRegister, rows: &[UseRow]) {
            self.1 += rows.len() as u64;
            self.0.collect(&detail_files(&[(0, 90)]).exports()).unwrap();
        }
        fn merge(&mut self, other: Self) {
            self.1 += other.1;
        }
    }
    let mut register = NameRegister::default();
    let reading = store.read(&mut register, &catalogue(), || Meddler(&store, 0)).unwrap();
    assert_eq!((reading.taken.1, reading.rows), (50, 50));
    assert_eq!(stored_rows(&store, &catalogue()).len(), 90);
}

#[test]
fn store_has_the_same_bytes_in_whatever_order_exports_come() {
    let parts = [(0, 400), (350, 800), (700, 1100)];
    let stores = [[0, 1, 2], [2, 0, 1], [1, 2, 0]].map(|order| {
        let folder = tempfile::tempdir().unwrap();
        order.iter().for_each(|at| {
            drop(UsageStore::new(folder.path()).collect(&detail_files(&[parts[*at]]).exports()).unwrap())
        });
        store_bytes(folder.path())
    });
    let whole = tempfile::tempdir().unwrap();
    UsageStore::new(whole.path()).collect(&detail_files(&[(0, 1100)]).exports()).unwrap();
    assert_eq!(store_bytes(whole.path()).len(), 11);
    stores.iter().for_each(|store| assert_eq!(*store, store_bytes(whole.path())));
}

#[test]
fn figures_from_the_store_are_those_from_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let (store, files, settings) =
        (UsageStore::new(folder.path()), detail_files(&[(0, 1200)]), UsageSettings::default());
    store.collect(&files.exports()).unwrap();
    let (assigned, mut register) = (LicenceAssignments::default(), NameRegister::default());
    let reading = store
        .read(&mut register, &files.catalogue, || UsageCounter::new(&settings, &assigned, TimeSpan::ALWAYS))
        .unwrap();
    let counted = reading.taken.finish(&register);
    assert_eq!(counted, files.count(&settings));
    assert!(counted.tallies.len() >= 8);
}

#[test]
fn file_that_is_not_of_the_store_is_named_and_nothing_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let store = UsageStore::new(folder.path());
    store.collect(&detail_files(&[(0, 10)]).exports()).unwrap();
    let path = folder.path().join("year=2026/month=01/usage.parquet");
    let mut broken = std::fs::read(&path).unwrap();
    broken.truncate(broken.len() / 2);
    std::fs::write(&path, broken).unwrap();
    let error = store
        .read(&mut NameRegister::default(), &ProductCatalogue::default(), CollectedRows::default)
        .err()
        .unwrap();
    assert!(matches!(error, UsageStoreError::Parquet { path: found, .. } if found == path));
    assert!(
        matches!(store.collect(&detail_files(&[(0, 20)]).exports()), Err(UsageStoreError::Parquet { .. })),
        "it is not written over"
    );
    assert!(
        std::fs::read_dir(folder.path()).unwrap().all(|entry| !entry
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with(".unfinished"))
    );
}

#[test]
fn bytes_that_are_changed_anywhere_are_an_error_or_other_rows_and_never_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let store = UsageStore::new(folder.path());
    store.collect(&detail_files(&[(0, 40)]).exports()).unwrap();
    let path = folder.path().join("year=2026/month=01/usage.parquet");
    let whole = std::fs::read(&path).unwrap();
    let mut errors = 0;
    let places = (0..whole.len()).step_by(5);
    for at in places.clone() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            std::fs::write(&path, &bytes).unwrap();
            errors += usize::from(
                store.read(&mut NameRegister::default(), &catalogue(), CollectedRows::default).is_err(),
            );
        }
    }
    assert!(errors > places.len() / 4, "{errors} of {}", 3 * places.len());
}

#[test]
fn one_process_collects_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let lock = std::fs::File::create(folder.path().join(".lock")).unwrap();
    lock.lock().unwrap();
    assert!(matches!(
        UsageStore::new(folder.path()).collect(&detail_files(&[(0, 10)]).exports()),
        Err(UsageStoreError::Locked(_))
    ));
    drop(lock);
    UsageStore::new(folder.path()).collect(&detail_files(&[(0, 10)]).exports()).unwrap();
}

const FOLDER: &str = "SEATWISE_TEST_STORE";

/// The work of the process that the next test kills.
#[test]
#[ignore = "run by the next one as a process of its own"]
fn one_collecting_process() {
    let folder = std::env::var(FOLDER).unwrap();
    UsageStore::new(Path::new(&folder)).collect(&detail_files(&[(0, 1200)]).exports()).unwrap();
}

/// `SEATWISE_KILLS=200` kills two hundred times.
#[test]
fn killed_at_any_moment_the_store_is_whole_and_the_next_run_finishes_it() {
    let spawn = |folder: &Path| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["exports::store::one_collecting_process", "--exact", "--ignored"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.env(FOLDER, folder).spawn().unwrap()
    };
    let whole = tempfile::tempdir().unwrap();
    let began = std::time::Instant::now();
    assert!(spawn(whole.path()).wait().unwrap().success());
    let (all, lasts) = (store_bytes(whole.path()), began.elapsed());
    // Half of the months already have rows, and one of those months gets more.
    let some = detail_files(&[(0, 550)]);
    let begun = |folder: &Path| drop(UsageStore::new(folder).collect(&some.exports()).unwrap());
    let before = {
        let folder = tempfile::tempdir().unwrap();
        begun(folder.path());
        store_bytes(folder.path())
    };
    let kills: u32 = std::env::var("SEATWISE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let mut cut_short = 0;
    for at in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        begun(folder.path());
        let mut child = spawn(folder.path());
        // Waits for the child to end, and kills it when its time is up.
        let until = std::time::Instant::now() + lasts * at / kills;
        while std::time::Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let left = store_bytes(folder.path());
        cut_short += u32::from(left != all);
        assert!(before.keys().all(|path| left.contains_key(path)), "nothing is lost");
        assert!(
            left.iter().all(|(path, bytes)| *bytes == all[path] || before.get(path) == Some(bytes)),
            "a month is as it was, or as it will be"
        );
        UsageStore::new(folder.path())
            .read(&mut NameRegister::default(), &catalogue(), CollectedRows::default)
            .unwrap();
        UsageStore::new(folder.path()).collect(&detail_files(&[(0, 1200)]).exports()).unwrap();
        assert_eq!(store_bytes(folder.path()), all);
    }
    assert!(cut_short > 0, "some were killed before they were done");
}
