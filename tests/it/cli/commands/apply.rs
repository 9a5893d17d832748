//! `apply`: which changes reach the organization, and which calls are refused.

use crate::cli::*;

#[test]
fn plan_shows_and_creates_nothing() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan"]).assert_exit(0, &["invite Ana Silva", "people.yaml:", "17 to create"]);
    quickstart.run(&["plan", "--detailed-exitcode"]).assert_exit(2, &[]);
    assert!(!quickstart.path(".seatwise").exists());
}

#[test]
fn applied_policy_has_nothing_to_do() {
    let quickstart = Quickstart::new();
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["33 done", "seatwise undo 20261124T0900"]);
    let runs = quickstart.journals().runs().unwrap();
    quickstart.run(&["apply"]).assert_exit(0, &["Nothing to do"]);
    quickstart.run(&["plan", "--detailed-exitcode"]).assert_exit(0, &["Nothing to do"]);
    assert_eq!(quickstart.journals().runs().unwrap(), runs, "no run is begun for nothing");
    quickstart
        .run(&["sandbox", "show"])
        .assert_exit(0, &["11 users", "10 invitations", "account.administrator@quickstart.example"]);
    quickstart
        .run(&["sandbox", "show", "--outbox", "--audit", "1"])
        .assert_exit(0, &["rui.costa@contractor.example"]);
}

#[test]
fn apply_without_a_terminal_needs_yes() {
    let quickstart = Quickstart::new();
    quickstart.run(&["apply"]).assert_exit(64, &["there is no terminal to ask at", "`--yes`"]);
    assert!(!quickstart.path(".seatwise/quickstart.db").exists());
}

#[test]
fn two_runs_at_once_are_refused() {
    let quickstart = Quickstart::new();
    let seatwise = camino::Utf8PathBuf::from_path_buf(quickstart.path(".seatwise")).unwrap();
    let owner = seatwise::apply::LockOwner {
        who: "ana@desk, process 7".into(),
        since: "2026-11-24T09:00:00Z".parse().unwrap(),
    };
    let lock = seatwise::apply::RunLock::take(&seatwise, &owner).unwrap();
    quickstart.run(&["apply", "--yes"]).assert_exit(1, &["another run is under way: ana@desk, process 7"]);
    drop(lock);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &[]);
}
