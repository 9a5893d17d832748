//! The state folder of the user whom the tests play: where the key is that seals runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use seatwise::apply::JournalFolder;
use seatwise::state::{PolicyFolderId, PolicyFolderSeal, RunsHead, SealedKind, StateKey};
use serde_json::json;

/// The folder to name by `XDG_STATE_HOME`.
pub fn state_home() -> &'static Path {
    static HOME: LazyLock<PathBuf> = LazyLock::new(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("state");
        // What was remembered of folders of earlier tests.
        let _ = std::fs::remove_dir_all(home.join("seatwise/folders"));
        home
    });
    &HOME
}

/// The journals in the folder `seatwise` (`.seatwise`), as the program reads and writes them.
pub fn journals_of_program(seatwise: &Path) -> JournalFolder {
    let home = state_home().join("seatwise");
    let key = Arc::new(StateKey::read_or_make(&home).unwrap());
    std::fs::create_dir_all(seatwise).unwrap();
    let seal = PolicyFolderSeal::open_for_writing(seatwise, key, Some(&home)).unwrap();
    JournalFolder::new(camino::Utf8Path::from_path(seatwise).unwrap(), seal)
}

/// Has the newest run, `run`, look as if the program had died in it: its journal is to be cut then.
pub fn reopen_newest_run(seatwise: &Path, run: &str) {
    let home = state_home().join("seatwise");
    let key = Arc::new(StateKey::read_or_make(&home).unwrap());
    let seal = PolicyFolderSeal::open(seatwise, Some(key), Some(&home));
    let journal = std::fs::read_to_string(seatwise.join(format!("journal/{run}.jsonl"))).unwrap();
    let begin: String = journal.split_inclusive('\n').take(2).collect();
    let digest = blake3::hash(begin.as_bytes()).to_hex().to_string();
    let head = RunsHead { run: run.to_owned(), digest, ended: false };
    let mut record = json!({ "format": 1, "head": head });
    record["seal"] = json!(seal.seal_json(SealedKind::Head, &record).unwrap());
    std::fs::write(seatwise.join("journal/head.json"), record.to_string()).unwrap();
    seal.remember_head(&head);
}

/// A seal that remembers nothing, for journals that no program looks at.
pub fn plain_seal() -> PolicyFolderSeal {
    PolicyFolderSeal::new(Arc::new(StateKey::from_seed(&[7; 32])), PolicyFolderId::from_bytes([3; 16]))
}
