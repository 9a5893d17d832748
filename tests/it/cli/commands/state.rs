//! State that others have brought: it is told of, and never carried out.

use std::sync::Arc;

use seatwise::apply::{JournalFolder, NewRun, RunId, RunOrigin};
use seatwise::model::Snapshot;
use seatwise::plan::approval::approve_plan;
use seatwise::plan::file;
use seatwise::state::{PolicyFolderId, PolicyFolderSeal, StateKey};

use crate::cli::acme::Acme;
use crate::cli::*;

/// The policy folder of a firm after its first apply, whose `people.yaml` no longer has Gil.
fn firm() -> Quickstart {
    let firm = Quickstart::new_applied();
    firm.run(&["plan", "--out", "before.json"]).assert_exit(0, &[]);
    firm
}

fn rename_gil(firm: &Quickstart, name: &str) {
    let people = firm.read("people.yaml");
    let at = people.find("gil.matos").unwrap();
    let start = at + people[at..].find("first_name: ").unwrap();
    let end = start + people[start..].find('\n').unwrap();
    firm.write("people.yaml", &format!("{}first_name: {name}{}", &people[..start], &people[end..]));
}

/// Makes a firm elsewhere, the same organization with a run of another name of Gil that was killed before its
/// first write.
fn killed_elsewhere() -> Quickstart {
    let elsewhere = firm();
    rename_gil(&elsewhere, "Eve");
    elsewhere.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["Gil → Eve"]);
    elsewhere.kill_a_run_of("plan.json");
    elsewhere
}

const RUN: &str = "20261124T095000Z-dead";

/// Copies the files of the killed run, and whatever else stands in these folders.
fn bring_state(from: &Quickstart, to: &Quickstart, folders: &[&str]) {
    for folder in folders {
        for entry in std::fs::read_dir(from.path(folder)).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_file() && !name.contains(".db") {
                std::fs::copy(entry.path(), to.path(folder).join(name)).unwrap();
            }
        }
    }
}

/// Copies a folder with all that is in it.
fn copy_all(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-r").arg(from.join(".")).arg(to).status();
    assert!(copied.unwrap().success());
}

/// The words of a text without its line breaks.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Asserts that the unfinished run, which `fault` tells of, is never carried out, that it can be looked past,
/// and that the firm's own changes are then made.
#[track_caller]
fn assert_never_carried_out(firm: &Quickstart, fault: &str) {
    let at = |minute: u32, words: &[&str]| firm.run_at(&format!("2026-11-24T10:{minute:02}:00Z"), words);
    at(1, &["plan"]).assert_exit(0, &["warning: run ", "not believed", fault, "runs dismiss"]);
    at(2, &["apply", "--yes"]).assert_exit(1, &["nothing of it is carried out", fault, "runs dismiss"]);
    for words in [&["resume"][..], &["resume", "--yes"], &["resume", "--give-up"], &["drift"]] {
        at(3, words).assert_exit(1, &["nothing of it is carried out", fault]);
    }
    at(4, &["what", "gil.matos@harbour.example"]).assert_exit(0, &["Gil"]);
    at(5, &["runs"]).assert_exit(0, &["unfinished, unsealed"]);
    at(6, &["runs", "dismiss", RUN]).assert_exit(64, &["there is no terminal", "not believed"]);
    at(7, &["runs", "dismiss", RUN, "--yes"]).assert_exit(0, &["is dismissed"]);
    at(8, &["runs", "dismiss", RUN, "--yes"]).assert_exit(64, &["no run"]);
    rename_gil(firm, "Gilberto");
    at(9, &["apply", "--yes"]).assert_exit(0, &["Gil → Gilberto", "1 done"]);
    at(10, &["plan"]).assert_exit(0, &["Nothing to do"]);
    at(11, &["undo", "last", "--yes"]).assert_exit(0, &["Gilberto → Gil"]);
}

#[test]
fn run_of_another_folder_is_never_carried_out() {
    let firm = firm();
    bring_state(&killed_elsewhere(), &firm, &[".seatwise/journal"]);
    assert_never_carried_out(&firm, "of another policy folder");
}

#[test]
fn folder_that_is_a_copy_of_another_is_no_excuse() {
    let (firm, elsewhere) = (firm(), killed_elsewhere());
    bring_state(&elsewhere, &firm, &[".seatwise", ".seatwise/journal"]);
    assert_never_carried_out(&firm, "policy folder");
}

#[test]
fn folder_that_was_moved_is_still_the_same() {
    let elsewhere = killed_elsewhere();
    let moved = Quickstart::new();
    copy_all(&elsewhere.path(""), &moved.path(""));
    std::fs::remove_dir_all(elsewhere.path("")).unwrap();
    moved.run_at("2026-11-24T10:00:00Z", &["resume"]).assert_exit(0, &["1 done"]);
}

/// Begins a run of the saved plan in `file`, sealed by a key that is not the firm's.
fn begin_with_key(firm: &Quickstart, file: &str, key: [u8; 32]) {
    let text = firm.read(file);
    let saved = file::read_plan(&text).unwrap();
    let time = "2026-11-24T09:50:00Z".parse().unwrap();
    let new = NewRun {
        id: RUN.parse::<RunId>().unwrap(),
        digest: saved.digest.to_string().into(),
        started: time,
        origin: RunOrigin::default(),
    };
    let seal =
        PolicyFolderSeal::new(Arc::new(StateKey::from_seed(&key)), PolicyFolderId::from_bytes([1; 16]));
    let seatwise = firm.path(".seatwise");
    let journals = JournalFolder::new(camino::Utf8Path::from_path(&seatwise).unwrap(), seal);
    let plan = approve_plan(saved.plan).unwrap();
    drop(journals.begin_run(&new, &plan, text.as_bytes(), &Snapshot::default()).unwrap());
}

#[test]
fn run_that_somebody_else_has_sealed_is_never_carried_out() {
    let firm = firm();
    let elsewhere = Quickstart::new_applied();
    rename_gil(&elsewhere, "Eve");
    elsewhere.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    begin_with_key(&elsewhere, "plan.json", [9; 32]);
    bring_state(&elsewhere, &firm, &[".seatwise/journal"]);
    assert_never_carried_out(&firm, "sealed by another key");
}

#[test]
fn run_that_was_put_back_from_an_older_copy_is_never_carried_out() {
    for folders in [&[".seatwise/journal"][..], &[".seatwise", ".seatwise/journal"]] {
        let firm = killed_elsewhere();
        let older = Quickstart::new();
        copy_all(&firm.path(""), &older.path(""));
        firm.run_at("2026-11-24T09:55:00Z", &["resume"]).assert_exit(0, &["1 done"]);
        bring_state(&older, &firm, folders);
        firm.run_at("2026-11-24T09:56:00Z", &["resume"]).assert_exit(1, &["nothing is left to resume"]);
        rename_gil(&firm, "Gil");
        firm.run_at("2026-11-24T09:57:00Z", &["apply", "--yes"]).assert_exit(0, &["Eve → Gil"]);
        assert_never_carried_out(&firm, "older than what is known");
    }
}

#[test]
fn unfinished_run_that_was_taken_away_stops_the_next() {
    let firm = killed_elsewhere();
    rename_gil(&firm, "Gil");
    for kind in ["jsonl", "plan.json", "snapshot.json"] {
        std::fs::remove_file(firm.path(&format!(".seatwise/journal/{RUN}.{kind}"))).unwrap();
    }
    firm.run_at("2026-11-24T10:00:00Z", &["apply", "--yes"]).assert_exit(1, &["its journal is gone"]);
    firm.run_at("2026-11-24T10:01:00Z", &["runs", "dismiss", RUN, "--yes"]).assert_exit(0, &[]);
    rename_gil(&firm, "Gilberto");
    firm.run_at("2026-11-24T10:02:00Z", &["apply", "--yes"]).assert_exit(0, &["1 done"]);
}

#[test]
fn run_that_was_cut_at_its_end_is_undone_only_with_an_approval() {
    let firm = firm();
    rename_gil(&firm, "Gilberto");
    firm.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    let file = format!(".seatwise/journal/{}.jsonl", firm.last_run());
    let text = firm.read(&file);
    let begin: String = text.split_inclusive('\n').take(2).collect();
    firm.write(&file, &begin);
    firm.run(&["apply", "--yes"]).assert_exit(0, &["Nothing to do"]);
    firm.run(&["undo", "last", "--yes"]).assert_exit(6, &["not what it was when its run ended"]);
    firm.run(&["runs"]).assert_exit(0, &["unsealed"]);
    // Whole again, it is believed again.
    firm.write(&file, &text);
    firm.run(&["undo", "last", "--yes"]).assert_exit(0, &["Gilberto → Gil"]);
}

#[test]
fn run_of_another_organization_is_not_resumed() {
    let firm = killed_elsewhere();
    firm.edit("seatwise.yaml", "organization: quickstart", "organization: otherwise");
    firm.run_at("2026-11-24T10:00:00Z", &["resume"]).assert_exit(6, &["for the organization `quickstart`"]);
}

#[test]
fn sizes_that_nobody_sealed_are_read_from_the_runs_again() {
    let firm = firm();
    let sizes = firm.read(".seatwise/sizes.json");
    assert!(sizes.contains("\"seal\""), "{sizes}");
    let mut forged: serde_json::Value = serde_json::from_str(&sizes).unwrap();
    let last = forged["last"].as_str().unwrap().to_owned();
    forged["runs"][last]["users"] = 10_000.into();
    firm.write(".seatwise/sizes.json", &forged.to_string());
    firm.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn state_that_git_tracks_is_refused_by_name() {
    let firm = firm();
    let git = |words: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("GIT_CONFIG_NOSYSTEM", "1");
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(firm.path("")).args(words);
        assert!(git.output().unwrap().status.success(), "{words:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    firm.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    // What `.gitignore` keeps out is added by force.
    for version in ["2", "4"] {
        git(&["update-index", "--index-version", version]);
        git(&["add", "--force", ".seatwise/folder.json"]);
        for words in [&["plan"][..], &["apply", "--yes"], &["drift"], &["resume"], &["undo", "last"]] {
            firm.run(words).assert_exit(1, &["`.seatwise/folder.json` is tracked by Git", "git rm"]);
        }
        firm.run(&["validate"]).assert_exit(0, &[]);
        git(&["rm", "--quiet", "-r", "--cached", ".seatwise"]);
        firm.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    }
}

#[cfg(unix)]
#[test]
fn state_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let firm = Quickstart::with_billed_firm();
    firm.run(&["apply", "--yes"]).assert_exit(0, &[]);
    let mut waiting = vec![firm.path(".seatwise")];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let metadata = path.metadata().unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        let is_lock = path.file_name().is_some_and(|name| name == "lock" || name == ".lock");
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert!(mode == expected || is_lock, "{}: {mode:o}", path.display());
        seen += 1;
        if metadata.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    assert!(seen > 6, "{seen}");
    assert_eq!(firm.read(".seatwise/.gitignore"), "*\n");
}

#[test]
fn key_of_the_environment_is_shared_by_those_who_have_it() {
    let firm = Acme::new_applied();
    firm.edit("users/lisbon.yaml", "last_name: Silva", "last_name: Silvares");
    let (one, public) = ("11".repeat(32), StateKey::from_seed(&[0x11; 32]).public().to_string());
    let whole = [("SEATWISE_STATE_KEY", one.as_str())];
    let checking = format!("public:{public}");
    let checking = [("SEATWISE_STATE_KEY", checking.as_str())];
    firm.run_in(&whole, &["apply", "--yes"], 0);
    assert!(!firm.run_in(&checking, &["plan"], 0).contains("not believed"));
    let plain = in_one_line(&firm.run_in(&[], &["plan"], 0));
    assert!(plain.contains("`SEATWISE_STATE_KEY` gives one key"), "{plain}");
    assert!(firm.run_in(&checking, &["drift"], 0).contains("No drift"));
    assert!(firm.run_in(&[("SEATWISE_STATE_KEY", "12ab")], &["plan"], 1).contains("64 hex digits"));
    firm.edit("users/lisbon.yaml", "last_name: Silvares", "last_name: Silvas");
    let refused = firm.run_in(&checking, &["apply", "--yes"], 1);
    assert!(refused.contains("only a public half"), "{refused}");
    firm.run_in(&whole, &["apply", "--yes"], 0);
}

#[test]
fn run_records_whose_change_it_carried_out() {
    let firm = Acme::new_applied();
    firm.edit("users/lisbon.yaml", "last_name: Silva", "last_name: Silvares");
    let surroundings = [
        ("GITHUB_SHA", "5f2c81ab0000000000000000000000000000dead"),
        ("GITHUB_HEAD_REF", "new-people"),
        ("GITHUB_REF", "refs/pull/12/merge"),
        ("GITHUB_ACTOR", "ana"),
        ("GITHUB_SERVER_URL", "https://code.example"),
        ("GITHUB_REPOSITORY", "acme/policy"),
        ("GITHUB_RUN_ID", "77"),
        ("SEATWISE_APPROVER", "duarte\u{1b}[2J"),
    ];
    firm.run_in(&surroundings, &["apply", "--yes"], 0);
    let listed = in_one_line(&firm.run(&["runs"], 0));
    assert!(listed.contains("by ana, approved by duarte"), "{listed}");
    assert!(listed.contains("pull request 12, commit 5f2c81ab") && !listed.contains('\u{1b}'), "{listed}");
    let listed: serde_json::Value =
        serde_json::from_str(&firm.run(&["runs", "--format", "json"], 0)).unwrap();
    let origin = &listed["runs"][1]["origin"];
    assert_eq!(origin["job"], "https://code.example/acme/policy/actions/runs/77");
    assert_eq!((&origin["branch"], &listed["runs"][1]["sealed"]), (&"new-people".into(), &true.into()));
    // A packed run still says so.
    firm.edit("users/lisbon.yaml", "last_name: Silvares", "last_name: Silvas");
    firm.run(&["apply", "--yes"], 0);
    assert!(in_one_line(&firm.run(&["runs"], 0)).contains("by ana, approved by duarte"));
}
