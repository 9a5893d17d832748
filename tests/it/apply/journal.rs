//! The journal of a run: what is written before the first step, and what damage to the file means.

use seatwise::apply::{JournalError, JournalFolder};
use seatwise::model::{Interner, Snapshot};

use super::memory_organization::{CallFault, MemoryOrganization};
use super::*;

fn begun_run() -> (SeatwiseFolder, Approved) {
    let (folder, plan) = (SeatwiseFolder::new(), sizeable_plan(4));
    drop(folder.begin(&plan));
    (folder, plan)
}

/// A run stopped after its first answers, and the lines of its journal.
async fn interrupted_run() -> (SeatwiseFolder, Approved, Vec<u8>) {
    let (folder, plan) = (SeatwiseFolder::new(), sizeable_plan(4));
    let (memory, (stopper, stop)) =
        (MemoryOrganization::one_at_a_time().with_fault(8, CallFault::HangsAfter), stop_channel());
    let options = options();
    let asks = async {
        memory.hangs.notified().await;
        stopper.ask();
        stopper.ask();
    };
    tokio::join!(execute_plan(&plan, folder.begin(&plan), &memory, &options, &(), stop), asks);
    let bytes = std::fs::read(folder.journal_file()).unwrap();
    (folder, plan, bytes)
}

fn history(folder: &SeatwiseFolder) -> Result<seatwise::apply::journal::RunHistory, JournalError> {
    folder.journals().history(&run_id("a1"))
}

#[tokio::test]
async fn plan_and_snapshot_are_kept_from_before_the_first_write() {
    let (folder, _) = begun_run();
    let journals = folder.journals();
    assert_eq!(journals.plan(&run_id("a1")).unwrap(), b"the plan");
    let (snapshot, digest) = journals.snapshot(&run_id("a1"), &Interner::default()).unwrap();
    assert_eq!((snapshot.live, digest.len()), (Snapshot::default().live, 64));
    let mut names: Vec<_> = folder
        .path()
        .join("journal")
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "20261124T091207Z-a1.jsonl",
            "20261124T091207Z-a1.plan.json",
            "20261124T091207Z-a1.snapshot.json",
            "head.json"
        ]
    );
}

#[test]
fn run_names_sort_by_time_and_are_safe_as_file_names() {
    let later: seatwise::model::Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
    assert!(run_id("zz") < RunId::new(later, "00").unwrap());
    for bad in [
        "",
        "x",
        "../20261124T091207Z-a",
        "20261124T091207Z-",
        "20261124T091207Z-a/b",
        "20261124T091207Z-a.b",
        "2026112xT091207Z-a",
    ] {
        assert!(bad.parse::<RunId>().is_err(), "{bad}");
    }
}

#[tokio::test]
async fn new_run_over_an_unfinished_one_is_refused_by_its_name() {
    let (folder, plan) = begun_run();
    let again = folder.journals().begin_run(&new_run("b2"), &plan, b"", &Snapshot::default());
    assert!(matches!(again, Err(JournalError::Unfinished(run)) if run == run_id("a1")));
}

#[tokio::test]
async fn run_that_has_ended_neither_blocks_nor_resumes() {
    let (folder, plan) = (SeatwiseFolder::new(), sizeable_plan(2));
    carry_out(&plan, folder.begin(&plan), &MemoryOrganization::new()).await;
    assert!(folder.journals().unfinished_runs().unwrap().is_empty());
    assert!(matches!(
        folder.journals().resume(&run_id("a1"), &plan, "d1", time()),
        Err(JournalError::Ended(_))
    ));
    let again = folder.journals().begin_run(&new_run("b2"), &plan, b"", &Snapshot::default()).unwrap();
    assert_eq!(again.id(), &run_id("b2"));
    assert_eq!(folder.journals().runs().unwrap(), [run_id("a1"), run_id("b2")]);
    assert_eq!(folder.journals().unfinished_runs().unwrap(), [run_id("b2")]);
}

#[tokio::test]
async fn run_with_failures_has_ended() {
    let (folder, plan) = (SeatwiseFolder::new(), sizeable_plan(2));
    carry_out(&plan, folder.begin(&plan), &MemoryOrganization::new().with_step_fault(4, CallFault::Refused))
        .await;
    let history = history(&folder).unwrap();
    assert!(history.ended);
    let words: Vec<_> = history.fates.iter().map(fate_word).collect();
    assert_eq!(words, ["done", "done", "done", "failed", "needs 4", "needs 4", "done", "done", "done"]);
}

#[tokio::test]
async fn history_tells_what_is_in_doubt_and_what_is_left() {
    let (folder, _, _) = interrupted_run().await;
    let history = history(&folder).unwrap();
    assert_eq!(
        (&*history.organization, &*history.digest, history.started, history.ended),
        ("acme", "d1", time(), false)
    );
    let words: Vec<_> = history.fates.iter().map(fate_word).collect();
    assert_eq!(words[..7], ["done"; 7]);
    assert_eq!(words[7..10], ["in doubt", "left", "left"]);
}

#[tokio::test]
async fn torn_end_is_cut_off() {
    let (folder, plan, bytes) = interrupted_run().await;
    for end in (sealed_beginning(&bytes)..bytes.len()).filter(|at| is_telling_cut(&bytes, *at)) {
        std::fs::write(folder.journal_file(), &bytes[..end]).unwrap();
        drop(folder.resume(&plan));
        let text = std::fs::read_to_string(folder.journal_file()).unwrap();
        let lines = bytes[..end].split_inclusive(|byte| *byte == b'\n');
        let (mut sealed, mut length) = (0, 0);
        for line in lines.filter(|line| line.ends_with(b"\n")) {
            length += line.len();
            if String::from_utf8_lossy(line).contains("\"sealed\"") {
                sealed = length;
            }
        }
        assert_eq!(text.as_bytes()[..sealed], bytes[..sealed]);
        assert_eq!(
            text[sealed..].lines().count(),
            2,
            "what no seal covers is gone, one line says that the run was resumed, and one seals it"
        );
        assert!(text.contains("resumed") && history(&folder).is_ok());
    }
}

#[tokio::test]
async fn damaged_last_line_is_cut_off() {
    let (folder, plan, mut bytes) = interrupted_run().await;
    let last = bytes.len() - 10;
    bytes[last] ^= 1;
    std::fs::write(folder.journal_file(), &bytes).unwrap();
    drop(folder.resume(&plan));
    assert!(history(&folder).is_ok());
}

#[tokio::test]
async fn pages_that_never_reached_the_disk_are_cut_off_with_what_came_after() {
    let (folder, plan, bytes) = interrupted_run().await;
    // Lines appended after the last sync may be on disk in part: zeros where a page is missing, and sound
    // lines after the zeros.
    let mut text = bytes.clone();
    let tail = [vec![0; 300], b"\n".to_vec(), bytes[bytes.len() - 200..].to_vec()].concat();
    text.extend(tail);
    std::fs::write(folder.journal_file(), &text).unwrap();
    drop(folder.resume(&plan));
    assert_eq!(std::fs::read(folder.journal_file()).unwrap()[..bytes.len()], bytes);
}

#[tokio::test]
async fn damage_anywhere_before_the_last_sync_is_told_with_its_line() {
    let (folder, plan, bytes) = interrupted_run().await;
    let ends: Vec<_> =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    // The last intent was synced, but the line that says so was never written. Only the lines that the last
    // written line counts as synced are known to be on disk.
    let surely = ends[ends.len() - 4];
    for at in (0..surely).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        std::fs::write(folder.journal_file(), &damaged).unwrap();
        let line = ends.iter().filter(|end| **end < at).count() as u64 + 1;
        let told = folder.journals().resume(&run_id("a1"), &plan, "d1", time());
        assert!(matches!(told, Err(JournalError::Damaged { line: told, .. }) if told == line), "byte {at}");
        assert_eq!(
            std::fs::read(folder.journal_file()).unwrap(),
            damaged,
            "a damaged journal is left as it is"
        );
    }
}

#[tokio::test]
async fn line_that_is_missing_is_damage() {
    let (folder, _, bytes) = interrupted_run().await;
    let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    lines.remove(3);
    std::fs::write(folder.journal_file(), lines.concat()).unwrap();
    assert!(matches!(history(&folder), Err(JournalError::Damaged { line: 4, .. })));
}

/// Appends a sound line with a record that no version knows yet.
fn with_later_record(bytes: &[u8]) -> Vec<u8> {
    let last = bytes.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap();
    let content = "\"s\":1,\"r\":{\"later\":{}}";
    let digest = blake3::Hasher::new().update(&last[6..22]).update(content.as_bytes()).finalize().to_hex();
    let line = format!("{{\"c\":\"{}\",{content}}}\n", &digest[..16]);
    [bytes, line.as_bytes()].concat()
}

#[tokio::test]
async fn run_with_a_record_of_a_later_version_is_ended_as_far_as_it_is_known() {
    let (folder, _, bytes) = interrupted_run().await;
    std::fs::write(folder.journal_file(), with_later_record(&bytes)).unwrap();
    assert!(matches!(history(&folder), Err(JournalError::Newer { .. })));
    assert_eq!(folder.journals().unfinished_runs().unwrap(), [run_id("a1")]);
    let known = folder.journals().give_up(&run_id("a1"), None, time()).unwrap();
    assert_eq!(
        known.fates.iter().map(fate_word).collect::<Vec<_>>()[..8],
        [&["done"; 7][..], &["in doubt"]].concat()
    );
    assert!(folder.journals().unfinished_runs().unwrap().is_empty());
    assert_eq!(history(&folder).unwrap(), known);
}

#[tokio::test]
async fn edited_plan_and_snapshot_are_found_out() {
    let (folder, _) = begun_run();
    for kind in ["plan.json", "snapshot.json"] {
        std::fs::write(folder.path().join(format!("journal/20261124T091207Z-a1.{kind}")), "{}").unwrap();
    }
    assert!(matches!(folder.journals().plan(&run_id("a1")), Err(JournalError::Altered(_))));
    assert!(matches!(
        folder.journals().snapshot(&run_id("a1"), &Interner::default()),
        Err(JournalError::Altered(_))
    ));
}

#[tokio::test]
async fn other_plan_does_not_resume_a_run() {
    let (folder, plan) = begun_run();
    assert!(matches!(
        folder.journals().resume(&run_id("a1"), &plan, "d2", time()),
        Err(JournalError::OtherPlan(_))
    ));
    assert!(matches!(
        folder.journals().resume(&run_id("a1"), &sizeable_plan(3), "d1", time()),
        Err(JournalError::OtherPlan(_))
    ));
    assert!(matches!(
        folder.journals().resume(&run_id("b2"), &plan, "d1", time()),
        Err(JournalError::NoRun(_))
    ));
}

#[tokio::test]
async fn run_that_is_given_up_has_ended() {
    let (folder, plan, _) = interrupted_run().await;
    folder.journals().give_up(&run_id("a1"), None, time()).unwrap();
    assert!(folder.journals().unfinished_runs().unwrap().is_empty());
    assert!(history(&folder).unwrap().ended);
    assert!(folder.journals().begin_run(&new_run("b2"), &plan, b"", &Snapshot::default()).is_ok());
}

#[test]
fn journal_that_cannot_be_made_is_told_before_anything_is_sent() {
    let folder = SeatwiseFolder::new();
    std::fs::write(folder.path().join("journal"), "in the way").unwrap();
    let journals = JournalFolder::new(folder.path(), plain_seal());
    assert!(journals.begin_run(&new_run("a1"), &sizeable_plan(1), b"", &Snapshot::default()).is_err());
}

#[test]
fn folder_without_journals_has_no_runs() {
    assert!(SeatwiseFolder::new().journals().unfinished_runs().unwrap().is_empty());
}
