//! `undo`: the way back from a run.

use crate::cli::*;

#[test]
fn undo_restores_what_the_run_changed() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["import", "--out", "before"]).assert_exit(0, &[]);
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.edit("people.yaml", "    groups: [designers, roads]\n", "    groups: [designers]\n");
    // The exported folder must not be read as part of this policy.
    std::fs::rename(quickstart.path("before"), quickstart.path(".before")).unwrap();
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["3 done"]);
    let run = quickstart.last_run();
    quickstart.run(&["undo", &run]).assert_exit(64, &["Nunes Reis", "as it was before the run"]);
    quickstart.run(&["undo", &run, "--yes"]).assert_exit(0, &["3 done"]);
    quickstart.run(&["import", "--out", ".after"]).assert_exit(0, &[]);
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
fn run_is_named_by_last_or_by_a_beginning_that_no_other_run_has() {
    let quickstart = Quickstart::new_applied();
    let first = quickstart.last_run();
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    let last = quickstart.last_run();
    quickstart.run(&["undo", &first[..9]]).assert_exit(64, &["several runs", &first, &last]);
    for word in ["last", &last, &last[..last.len() - 2]] {
        quickstart.run(&["undo", word]).assert_exit(64, &["Nunes Reis → Nunes", "no terminal to ask at"]);
    }
    quickstart.run(&["undo", "lsat"]).assert_exit(64, &["there is no run `lsat`", "did you mean `last`?"]);
    quickstart.run(&["undo", "last", "--yes"]).assert_exit(0, &["1 done"]);
}

#[test]
fn undo_of_an_unknown_run_says_so_and_locks_nothing() {
    let quickstart = Quickstart::new();
    quickstart
        .run(&["undo", "20261124T090000Z-abcdef"])
        .assert_exit(64, &["there is no run `20261124T090000Z-abcdef`"]);
    quickstart.run(&["undo", "last"]).assert_exit(1, &["nothing was ever applied from here"]);
    assert!(!quickstart.path(".seatwise").exists());
}

#[test]
fn undo_lists_what_does_not_come_back_and_is_guarded() {
    let quickstart = Quickstart::new_applied();
    let run = quickstart.last_run();
    let came = quickstart
        .run(&["undo", &run, "--yes"])
        .assert_exit(4, &["Not restored", "the invitation is out", "--approve"]);
    let digest = came.err.rsplit("--approve ").next().unwrap()[..32].to_owned();
    quickstart.run(&["undo", &run, "--yes", "--approve", &digest]).assert_exit(0, &["done"]);
    quickstart.run(&["sandbox", "show"]).assert_exit(0, &["1 users"]);
}
