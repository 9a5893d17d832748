//! Files of runs that are damaged or gone: reading goes on, and an unfinished run can always be ended.

use std::process::{Command, Stdio};

use seatwise::sandbox::SandboxStore;
use seatwise::wire::TokenScope;

use crate::cli::*;
use crate::sandbox::serve::{ServedSandbox, ServiceQuirks, opening};

/// An organization after an apply that was killed: its journal ends after its `lines` first lines.
fn interrupted_after(lines: usize) -> Quickstart {
    let quickstart = Quickstart::new_applied();
    quickstart.interrupt_last_run(|all| all.truncate(lines));
    quickstart
}

fn file_of_last_run(quickstart: &Quickstart, kind: &str) -> String {
    format!(".seatwise/journal/{}.{kind}", quickstart.last_run())
}

/// Changes the lines of the last run's journal.
fn edit_journal(quickstart: &Quickstart, edit: impl FnOnce(&mut Vec<String>)) {
    let file = file_of_last_run(quickstart, "jsonl");
    let mut lines: Vec<String> = quickstart.read(&file).lines().map(str::to_owned).collect();
    edit(&mut lines);
    quickstart.write(&file, &(lines.join("\n") + "\n"));
}

/// Asserts that the unfinished run can be planned beside, can be ended, and is then out of the way.
#[track_caller]
fn assert_way_out(quickstart: &Quickstart, damage: &str, known: &str) {
    let ends = "`seatwise resume --give-up` ends it";
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do", "warning: run ", damage, ends]);
    quickstart.run(&["resume"]).assert_exit(1, &["cannot be resumed", damage, ends]);
    quickstart.run(&["apply", "--yes"]).assert_exit(1, &["cannot be resumed", damage, ends]);
    quickstart.run(&["drift"]).assert_exit(1, &["cannot be resumed", ends]);
    quickstart.run(&["resume", "--give-up"]).assert_exit(5, &["has ended where it stood, as", damage, known]);
    quickstart.run(&["resume"]).assert_exit(1, &["nothing is left to resume"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["Nothing to do"]);
    quickstart.edit("people.yaml", "first_name: Gil", "first_name: Gilberto");
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    quickstart.run(&["drift"]).assert_exit(0, &[]);
}

#[test]
fn run_with_a_broken_line_is_ended_with_what_the_other_lines_say() {
    let quickstart = interrupted_after(40);
    edit_journal(&quickstart, |lines| lines[3] = "garbage".to_owned());
    assert_way_out(&quickstart, "damaged in line 4", " done, ");
}

#[test]
fn run_with_a_missing_line_is_ended() {
    let quickstart = interrupted_after(40);
    edit_journal(&quickstart, |lines| drop(lines.remove(20)));
    assert_way_out(&quickstart, "damaged in line 21", "in doubt");
}

#[test]
fn run_with_an_empty_journal_is_ended_with_nothing_known() {
    let quickstart = interrupted_after(40);
    quickstart.write(&file_of_last_run(&quickstart, "jsonl"), "");
    assert_way_out(&quickstart, "damaged in line 1", "33 in doubt");
}

#[test]
fn run_whose_plan_is_gone_is_ended_with_its_steps_by_number() {
    let quickstart = interrupted_after(40);
    std::fs::remove_file(quickstart.path(&file_of_last_run(&quickstart, "plan.json"))).unwrap();
    assert_way_out(&quickstart, "plan.json is missing", "step 33: not sent yet");
}

#[test]
fn run_whose_plan_is_damaged_is_ended() {
    let quickstart = interrupted_after(40);
    quickstart.write(&file_of_last_run(&quickstart, "plan.json"), "{}");
    assert_way_out(&quickstart, "plan.json is not the file the run began with", "not sent yet");
}

#[test]
fn run_whose_journal_and_plan_are_both_unreadable_is_ended() {
    let quickstart = interrupted_after(40);
    std::fs::remove_file(quickstart.path(&file_of_last_run(&quickstart, "plan.json"))).unwrap();
    quickstart.write(&file_of_last_run(&quickstart, "jsonl"), "\0\0\0");
    assert_way_out(&quickstart, "damaged in line 1", "Nothing is known of its steps");
}

#[test]
fn run_of_a_later_version_is_ended() {
    let quickstart = interrupted_after(40);
    edit_journal(&quickstart, |lines| lines[0] = lines[0].replace("\"format\":2", "\"format\":3"));
    assert_way_out(&quickstart, "damaged in line 1", "in doubt");
}

#[test]
fn unfinished_run_goes_on_without_its_snapshot() {
    for damaged in [None, Some("{")] {
        let quickstart = interrupted_after(40);
        let snapshot = file_of_last_run(&quickstart, "snapshot.json");
        match damaged {
            None => std::fs::remove_file(quickstart.path(&snapshot)).unwrap(),
            Some(text) => quickstart.write(&snapshot, text),
        }
        quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
        quickstart.run(&["resume"]).assert_exit(0, &[]);
        std::fs::remove_file(quickstart.path(".seatwise/sizes.json")).unwrap_or_default();
        quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do", "warning: how large sections were"]);
        quickstart.run(&["undo", "last", "--yes"]).assert_exit(1, &["snapshot.json", "`seatwise plan`"]);
        quickstart.edit("people.yaml", "first_name: Gil", "first_name: Gilberto");
        quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    }
}

#[test]
fn step_whose_outcome_was_not_sealed_when_the_run_ended_is_in_doubt() {
    let quickstart = Quickstart::new_applied();
    quickstart.interrupt_last_run(|lines| lines.truncate(lines.len() - 2));
    for kind in ["plan.json", "snapshot.json"] {
        std::fs::remove_file(quickstart.path(&file_of_last_run(&quickstart, kind))).unwrap();
    }
    quickstart
        .run(&["resume", "--give-up"])
        .assert_exit(5, &["Its steps: 32 done, 1 in doubt", "is missing"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn given_up_run_is_told_step_by_step_to_programs() {
    let quickstart = interrupted_after(40);
    std::fs::remove_file(quickstart.path(&file_of_last_run(&quickstart, "plan.json"))).unwrap();
    let run = quickstart.run(&["resume", "--give-up", "--format", "json"]).assert_exit(5, &[]);
    let told: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&told["halt"]["kind"], &told["resume"]), (&"given_up".into(), &serde_json::Value::Null));
    let steps = told["steps"].as_array().unwrap();
    assert_eq!((steps.len(), &steps[0]["fate"], &steps[32]["fate"]), (33, &"done".into(), &"left".into()));
    assert!(steps[0].get("kind").is_none(), "nothing tells what the step was");
}

#[test]
fn run_that_was_given_up_damaged_is_undone_as_far_as_it_is_known() {
    let quickstart = interrupted_after(40);
    edit_journal(&quickstart, |lines| lines[30] = "garbage".to_owned());
    quickstart.run(&["resume", "--give-up"]).assert_exit(5, &[]);
    // Nothing shows that the journal is as it was written.
    let refused = quickstart
        .run(&["undo", "last", "--yes"])
        .assert_exit(6, &["delete (1 product first)", "not believed"]);
    let digest = refused.err.split("its digest is ").nth(1).unwrap().split_whitespace().next().unwrap();
    quickstart.run(&["undo", "last", "--yes", "--approve", digest]).assert_exit(0, &[]);
}

#[test]
fn damaged_journal_of_a_run_that_has_ended_stops_nothing() {
    let quickstart = Quickstart::new_applied();
    edit_journal(&quickstart, |lines| {
        let last = lines.len() - 1;
        lines[last] = "garbage".to_owned();
        lines[5] = "garbage".to_owned();
    });
    let damaged = quickstart.last_run();
    // What became of every step stands in other lines, so nothing is left to resume.
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    quickstart.run(&["drift"]).assert_exit(0, &[]);
    quickstart.run(&["resume"]).assert_exit(1, &["nothing is left to resume"]);
    quickstart.edit("people.yaml", "first_name: Gil", "first_name: Gilberto");
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    // A later run shows that this one had ended, even where nothing else does.
    std::fs::remove_file(quickstart.path(&format!(".seatwise/journal/packed/{damaged}.pack"))).unwrap();
    for kind in ["jsonl", "plan.json", "snapshot.json"] {
        quickstart.write(&format!(".seatwise/journal/{damaged}.{kind}"), "garbage");
    }
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    quickstart.run(&["drift"]).assert_exit(0, &[]);
    quickstart.edit("people.yaml", "first_name: Gilberto", "first_name: Gil");
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["1 done"]);
    quickstart.run(&["undo", &damaged]).assert_exit(1, &["damaged in line 1", "`seatwise plan`"]);
}

/// Waits until the journal of the one run has more than `lines` lines, and removes it.
fn remove_journal_after(lines: usize, folder: &Path) {
    loop {
        let files = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let journal = files.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "jsonl"));
        let text = journal.as_ref().map(|path| std::fs::read_to_string(path).unwrap_or_default());
        if text.is_some_and(|text| text.lines().count() > lines) {
            return std::fs::remove_file(journal.unwrap()).unwrap();
        }
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_whose_journal_is_deleted_meanwhile_stops_and_says_so() {
    let quickstart = Quickstart::new_applied();
    for file in std::fs::read_dir(quickstart.path(".seatwise/journal")).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let people = quickstart.read("people.yaml").replace("last_name: ", "last_name: New ");
    quickstart.write("people.yaml", &people);
    quickstart.edit(
        "seatwise.yaml",
        "connector: {kind: sandbox, path: .seatwise/quickstart.db}",
        "connector: {kind: http}",
    );
    let store = SandboxStore::open(&quickstart.path(".seatwise/quickstart.db"), opening()).unwrap();
    let served =
        ServedSandbox::with_quirks(store, ServiceQuirks { per_second: Some(4), ..ServiceQuirks::default() })
            .await;
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:30:00Z")
        .env("SEATWISE_URL", &served.url)
        .env("SEATWISE_TOKEN", served.token(&TokenScope::ALL))
        .current_dir(quickstart.path(""))
        .args(["apply", "--yes"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let running = program.spawn().unwrap();
    let folder = quickstart.path(".seatwise/journal");
    let ended = tokio::task::spawn_blocking(move || {
        remove_journal_after(4, &folder);
        running.wait_with_output().unwrap()
    });
    let Output { status, stdout, .. } = ended.await.unwrap();
    let out = String::from_utf8(stdout).unwrap();
    assert_eq!(status.code(), Some(5), "{out}");
    for said in ["the journal is gone, so nothing more was sent", "not sent", "plan` shows what is left"] {
        assert!(out.contains(said), "{out}");
    }
    served.stop().await;
}
