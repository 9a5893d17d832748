//! What reaches the organization.

use super::*;

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

#[test]
fn unfinished_run_is_resumed_before_anything_else() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["saved to plan.json"]);
    quickstart.kill_a_run_of("plan.json");
    quickstart.run(&["apply", "--yes"]).assert_exit(1, &["is unfinished", "seatwise resume"]);
    quickstart.run(&["drift"]).assert_exit(1, &["is unfinished"]);
    quickstart.run(&["resume", "--approve", "00000000"]).assert_exit(6, &[]);
    quickstart.run(&["resume"]).assert_exit(0, &["33 done"]);
    quickstart.run(&["resume"]).assert_exit(1, &["nothing is left to resume"]);
    quickstart.run(&["apply"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn run_that_is_given_up_makes_room_for_another() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.kill_a_run_of("plan.json");
    quickstart.run(&["resume", "--give-up"]).assert_exit(5, &["has ended where it stood"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["33 done"]);
}

#[test]
fn undo_restores_what_the_run_changed() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["export", "before"]).assert_exit(0, &[]);
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.edit("people.yaml", "    groups: [designers, roads]\n", "    groups: [designers]\n");
    // The exported folder is no part of this policy.
    std::fs::rename(quickstart.path("before"), quickstart.path(".before")).unwrap();
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["3 done"]);
    let run = quickstart.last_run();
    quickstart.run(&["undo", &run]).assert_exit(64, &["Nunes Reis", "as it was before the run"]);
    quickstart.run(&["undo", &run, "--yes"]).assert_exit(0, &["3 done"]);
    quickstart.run(&["export", ".after"]).assert_exit(0, &[]);
    for file in std::fs::read_dir(quickstart.path(".before"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
    {
        let after = quickstart.path(".after").join(file.file_name().unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), std::fs::read_to_string(after).unwrap());
    }
    quickstart.run(&["plan", "--detailed-exitcode"]).assert_exit(2, &["Nunes"]);
}

#[test]
fn undo_of_an_unknown_run_says_so_and_locks_nothing() {
    let quickstart = Quickstart::new();
    quickstart
        .run(&["undo", "20261124T090000Z-abcdef"])
        .assert_exit(1, &["there is no run 20261124T090000Z-abcdef"]);
    quickstart.run(&["undo", "yesterday"]).assert_exit(64, &["not the name of a run"]);
    assert!(!quickstart.path(".seatwise").exists());
}

#[test]
fn undo_lists_what_does_not_come_back_and_is_guarded() {
    let quickstart = Quickstart::new_applied();
    let run = quickstart.last_run();
    let came = quickstart
        .run(&["undo", &run, "--yes"])
        .assert_exit(4, &["Not restored", "the invitation is out", "--approve"]);
    let digest = came.err.rsplit("--approve ").next().unwrap()[..8].to_owned();
    quickstart.run(&["undo", &run, "--yes", "--approve", &digest]).assert_exit(0, &["done"]);
    quickstart.run(&["sandbox", "show"]).assert_exit(0, &["1 users"]);
}

#[test]
fn drift_is_what_others_have_changed_since_the_last_run() {
    let quickstart = Quickstart::new();
    quickstart.run(&["drift"]).assert_exit(1, &["nothing was ever applied"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &[]);
    quickstart.run(&["drift"]).assert_exit(0, &["No drift"]);
    quickstart.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    quickstart.run(&["drift"]).assert_exit(2, &["ana.silva@harbour.example", "Drift: 1 difference"]);
    // The policy's own change is not drift.
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    let came =
        quickstart.run(&["drift"]).assert_exit(2, &["ana.silva@harbour.example", "Drift: 1 difference"]);
    assert!(!came.out.contains("Nunes"), "{}", came.out);
}

#[test]
fn exported_organization_plans_empty() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["export", ".export"]).assert_exit(0, &["written to .export"]);
    quickstart
        .run(&["plan", ".export", "--live-from", ".", "--detailed-exitcode"])
        .assert_exit(0, &["Nothing to do"]);
    quickstart.run(&["export", ".export"]).assert_exit(0, &["Nothing to write"]);
    quickstart.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    std::fs::write(quickstart.path(".export/mine.yaml"), "users: {}\n").unwrap();
    quickstart
        .run(&["export", ".export"])
        .assert_exit(64, &["-    groups: [designers, roads]", "1 document stays", "mine.yaml"]);
    quickstart.run(&["export", ".export", "--yes"]).assert_exit(0, &["1 file written"]);
    assert_eq!(quickstart.read(".export/mine.yaml"), "users: {}\n");
}
