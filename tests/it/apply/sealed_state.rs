//! State that somebody has edited: nothing is carried out that was not sealed, and nothing is lost that was.
//!
//! `SEATWISE_WORLDS=10000 cargo test --test it -- apply::sealed_state` is the large run.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatwise::model::{Interner, Snapshot};
use seatwise::state::{PolicyFolderSeal, StateKey};

use super::memory_organization::{CallFault, MemoryOrganization};
use super::*;
use crate::dice::TestDice;
use crate::worlds::law::number_from_env;

/// The files of a folder, by path below it.
type FolderFiles = BTreeMap<String, Vec<u8>>;

fn read_files(folder: &camino::Utf8Path) -> FolderFiles {
    let mut files = FolderFiles::new();
    // The id of the folder is left out: without it, and without the journal, nothing is here at all.
    for below in ["journal", "journal/packed"] {
        for entry in folder.join(below).read_dir_utf8().into_iter().flatten().map(Result::unwrap) {
            if entry.path().is_file() {
                let name = entry.path().strip_prefix(folder).unwrap().to_string();
                files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

/// A policy folder of a user who has a key, and a folder beside it.
struct UserFolder {
    folder: SeatwiseFolder,
    home: tempfile::TempDir,
}

impl UserFolder {
    fn path(&self) -> &camino::Utf8Path {
        self.folder.path()
    }

    fn journals(&self) -> JournalFolder {
        let key = Arc::new(StateKey::read_or_make(self.home.path()).unwrap());
        let home = Some(self.home.path());
        let seal = PolicyFolderSeal::open_for_writing(self.path().as_std_path(), key, home).unwrap();
        JournalFolder::new(self.path(), seal)
    }
}

/// A folder with a run that is packed, one that has ended, and one that is unfinished.
async fn folder_with_three_runs() -> (UserFolder, Approved) {
    let plan = sizeable_plan(4);
    let folder = UserFolder { folder: SeatwiseFolder::new(), home: tempfile::tempdir().unwrap() };
    for name in ["a1", "a2"] {
        let run =
            folder.journals().begin_run(&new_run(name), &plan, b"the plan", &Snapshot::default()).unwrap();
        carry_out(&plan, run, &MemoryOrganization::new()).await;
        folder.journals().close_run(&run_id(name), 1).unwrap();
    }
    let memory = MemoryOrganization::one_at_a_time().with_fault(8, CallFault::HangsAfter);
    let run = folder.journals().begin_run(&new_run("a3"), &plan, b"the plan", &Snapshot::default()).unwrap();
    let (options, (stopper, stop)) = (options(), stop_channel());
    let asks = async {
        memory.hangs.notified().await;
        stopper.ask();
        stopper.ask();
    };
    tokio::join!(execute_plan(&plan, run, &memory, &options, &(), stop), asks);
    assert_eq!(folder.journals().unfinished_runs().unwrap(), [run_id("a3")]);
    (folder, plan)
}

/// Gives every line of a journal the checksum that it should have, as somebody who knows the format can.
fn rechain(text: &str) -> String {
    let mut before = "0".repeat(16);
    let mut lines = String::new();
    for line in text.lines() {
        let content = line.get(24..).and_then(|rest| rest.strip_suffix('}'));
        let Some(content) = content.filter(|_| line.starts_with("{\"c\":\"")) else {
            lines += &format!("{line}\n");
            continue;
        };
        let chained = [before.as_bytes(), content.as_bytes()].concat();
        before = blake3::hash(&chained).to_hex()[..16].to_owned();
        lines += &format!("{{\"c\":\"{before}\",{content}}}\n");
    }
    lines
}

/// What an attacker may change in one file.
fn mutate_bytes(dice: &mut TestDice, bytes: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut text = bytes.to_vec();
    match dice.number_below(6) {
        _ if text.is_empty() => dice.pick(others),
        0 => {
            let at = dice.number_below(text.len());
            text[at] ^= 1 << dice.number_below(8);
            text
        }
        1 => text[..dice.number_below(text.len())].to_vec(),
        2 => dice.pick(others),
        3 => {
            // A digit or a word of a field becomes another one of the same kind.
            let at = dice.number_below(text.len());
            if let Some(found) = text[at..].iter().position(u8::is_ascii_alphanumeric) {
                let byte = &mut text[at + found];
                *byte = if byte.is_ascii_digit() { b'0' + (*byte - b'0' + 1) % 10 } else { *byte ^ 1 };
            }
            text
        }
        4 => [&text[..], &text[dice.number_below(text.len())..]].concat(),
        _ => {
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let (one, other) = (dice.number_below(lines.len()), dice.number_below(lines.len()));
            match dice.number_below(3) {
                0 => lines.swap(one, other),
                1 => drop(lines.remove(one)),
                _ => lines.insert(one, lines[other]),
            }
            lines.concat()
        }
    }
}

fn mutate(dice: &mut TestDice, files: &FolderFiles, older: &FolderFiles) -> FolderFiles {
    let mut mutated = files.clone();
    for _ in 0..=dice.number_below(2) {
        let names: Vec<String> = mutated.keys().cloned().collect();
        let Some(name) = (!names.is_empty()).then(|| dice.pick(&names)) else { break };
        match dice.number_below(8) {
            0 => drop(mutated.remove(&name)),
            // A file as it was before.
            1 => mutated.extend(older.get(&name).map(|bytes| (name.clone(), bytes.clone()))),
            // A file under another run's name.
            2 => {
                let other = name.replace("a1", "a3").replace("a2", "a3");
                let bytes = mutated[&name].clone();
                mutated.insert(other, bytes);
            }
            _ => {
                let others: Vec<Vec<u8>> = mutated.values().cloned().collect();
                let mut bytes = mutate_bytes(dice, &mutated[&name], &others);
                if name.ends_with(".jsonl") && dice.chance(80) {
                    bytes = rechain(&String::from_utf8_lossy(&bytes)).into_bytes();
                }
                mutated.insert(name, bytes);
            }
        }
    }
    mutated
}

fn write_files(folder: &camino::Utf8Path, files: &FolderFiles) {
    for name in read_files(folder).keys().filter(|name| !files.contains_key(*name)) {
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

/// Asserts that what the folder holds is carried out only as it was sealed, and that the unfinished run still
/// stops another one from beginning. Returns whether the run could go on.
fn assert_believed_as_sealed(folder: &UserFolder, plan: &Approved, sealed: &[Vec<Option<StepFate>>]) -> bool {
    let journals = folder.journals();
    let open = journals.open_runs();
    assert!(open.as_ref().map_or(true, |open| !open.is_empty()), "the unfinished run is lost");
    let begun = journals.begin_run(&new_run("b9"), plan, b"another plan", &Snapshot::default());
    assert!(begun.is_err(), "a run began beside the unfinished one");
    let mut went_on = false;
    for open in open.into_iter().flatten() {
        let Ok(run) = journals.resume(&open.run, plan, "d1", time()) else { continue };
        drop(run);
        assert_eq!((open.fault, &open.run), (None, &run_id("a3")), "only what is believed goes on");
        assert!(!journals.plan(&open.run).is_ok_and(|plan| plan != b"the plan"), "another plan is believed");
        let history = journals.history(&open.run).unwrap();
        let fates: Vec<Option<StepFate>> =
            history.fates.into_iter().map(|fate| fate.is_final().then_some(fate)).collect();
        assert!(sealed.contains(&fates), "no seal says so: {fates:?}");
        went_on = true;
    }
    went_on
}

/// What each seal of the unfinished run covers.
fn sealed_fates(folder: &UserFolder) -> Vec<Vec<Option<StepFate>>> {
    let file = folder.path().join("journal/20261124T091207Z-a3.jsonl");
    let whole = std::fs::read(&file).unwrap();
    let mut length = 0;
    let ends = whole.split_inclusive(|byte| *byte == b'\n').map(|line| {
        length += line.len();
        length
    });
    let found = ends.collect::<Vec<_>>().into_iter().skip(1).map(|end| {
        std::fs::write(&file, &whole[..end]).unwrap();
        let history = folder.journals().history(&run_id("a3")).unwrap();
        history.fates.into_iter().map(|fate| fate.is_final().then_some(fate)).collect()
    });
    let found = found.collect();
    std::fs::write(&file, &whole).unwrap();
    found
}

#[tokio::test]
async fn edited_state_is_carried_out_only_as_it_was_sealed() {
    let (folder, plan) = folder_with_three_runs().await;
    let sealed = sealed_fates(&folder);
    let files = read_files(folder.path());
    // The same folder as the run had just begun.
    let mut older = files.clone();
    for (name, bytes) in &mut older {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        *bytes = if name.ends_with("jsonl") { lines[..2].concat() } else { bytes.clone() };
    }
    let mut dice = TestDice::new(42);
    let mut went_on = 0;
    let count = number_from_env("SEATWISE_WORLDS", 400);
    for _ in 0..count {
        let mutated = mutate(&mut dice, &files, &older);
        write_files(folder.path(), &mutated);
        went_on += usize::from(assert_believed_as_sealed(&folder, &plan, &sealed));
    }
    // Damage to files that the run does not need stops nothing.
    assert!(went_on * 20 > count as usize && went_on < count as usize, "{went_on} of {count}");
}

#[tokio::test]
async fn edit_that_is_chained_again_is_seen_by_its_seal() {
    let (folder, plan) = folder_with_three_runs().await;
    let file = folder.path().join("journal/20261124T091207Z-a3.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(rechain(&text), text, "the chain is the one that the program makes");
    let edited = text.replacen("\"intent\":{\"step\":2", "\"intent\":{\"step\":3", 1);
    assert_ne!(edited, text);
    std::fs::write(&file, rechain(&edited)).unwrap();
    let refused = folder.journals().resume(&run_id("a3"), &plan, "d1", time()).err().unwrap();
    assert!(refused.to_string().contains("edited after it was sealed"), "{refused}");
    assert!(folder.journals().snapshot(&run_id("a2"), &Interner::default()).is_ok());
}

#[tokio::test]
async fn chain_of_runs_leads_from_each_to_the_one_before() {
    let (folder, _) = folder_with_three_runs().await;
    let journals = folder.journals();
    let digests: Vec<Option<String>> =
        ["a1", "a2", "a3"].map(|run| journals.digest_before(&run_id(run)).unwrap()).to_vec();
    let end_of = |run: &str| {
        let files = journals.files_of_run(&run_id(run)).unwrap();
        let (_, journal) = files.into_iter().find(|(kind, _)| *kind == "jsonl").unwrap();
        Some(blake3::hash(&journal).to_hex().to_string())
    };
    assert_eq!(digests, [None, end_of("a1"), end_of("a2")]);
}

#[test]
fn journal_of_the_first_format_is_read_and_not_believed() {
    let (folder, plan) = (SeatwiseFolder::new(), sizeable_plan(4));
    drop(folder.begin(&plan));
    let text = std::fs::read_to_string(folder.journal_file()).unwrap();
    // The first format had neither seals nor a head.
    let first: Vec<&str> = text.lines().filter(|line| !line.contains("\"sealed\"")).collect();
    let first = rechain(&first.join("\n").replace("\"format\":2", "\"format\":1"));
    std::fs::write(folder.journal_file(), first).unwrap();
    std::fs::remove_file(folder.path().join("journal/head.json")).unwrap();
    let journals = folder.journals();
    let history = journals.history(&run_id("a1")).unwrap();
    assert_eq!((history.ended, history.fates.len()), (false, 15));
    let open = journals.open_runs().unwrap();
    assert_eq!(open[0].fault, Some(seatwise::state::SealFault::Unsealed));
    assert!(journals.resume(&run_id("a1"), &plan, "d1", time()).is_err());
    journals.dismiss(&open[0], time()).unwrap();
    assert!(journals.open_runs().unwrap().is_empty());
    assert!(journals.begin_run(&new_run("b2"), &plan, b"", &Snapshot::default()).is_ok());
}
