//! Hostile and broken surroundings: a clear message, the right exit code, nothing lost.

use super::*;

#[test]
fn folder_without_settings_is_no_policy() {
    let empty = Quickstart::new();
    for file in ["seatwise.yaml", "people.yaml", "access.yaml"] {
        std::fs::remove_file(empty.path(file)).unwrap();
    }
    for command in ["validate", "plan", "apply", "resume", "drift"] {
        let typed = format!("type: seatwise -C FOLDER {command}");
        empty.run(&[command]).assert_exit(1, &["neither this folder nor one above it", &typed]);
        empty.run(&["-C", ".", command]).assert_exit(1, &["there is no policy in .", &typed]);
        empty.run(&["-C", "nowhere", command]).assert_exit(1, &["there is no folder nowhere", &typed]);
    }
}

#[test]
fn problems_are_shown_with_their_place_and_stop_everything() {
    let quickstart = Quickstart::new();
    quickstart.run(&["validate"]).assert_exit(0, &["3 files, 10 users, 2 groups", "no problems"]);
    quickstart.edit("people.yaml", "products: [staad-pro]", "products: [staad-por]");
    quickstart
        .run(&["validate", "--format", "short"])
        .assert_exit(3, &["people.yaml:28:16: ", "staad-pro", "[unknown-product]"]);
    quickstart.edit("people.yaml", "groups: [roads]", "groups: [raods]");
    quickstart.run(&["plan"]).assert_exit(3, &["raods", "did you mean `roads`?", "nothing was done"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(3, &[]);
    assert!(!quickstart.path(".seatwise").exists());
}

#[test]
fn problems_that_only_planning_finds_are_drawn_like_the_others() {
    let quickstart = Quickstart::new();
    quickstart.edit("people.yaml", "    first_name: Gil\n", "");
    quickstart.run(&["validate"]).assert_exit(0, &[]);
    quickstart
        .run(&["plan"])
        .assert_exit(3, &["incomplete-user", "people.yaml:", "gil.matos@harbour.example", "first_name"]);
}

#[test]
fn foreign_file_in_place_of_the_sandbox_is_left_alone() {
    let quickstart = Quickstart::new();
    std::fs::create_dir(quickstart.path(".seatwise")).unwrap();
    quickstart.write(
        ".seatwise/quickstart.db",
        "not a database, and longer than the header of one, so that it is looked at, and looked at again\n",
    );
    quickstart.run(&["plan"]).assert_exit(1, &["is not a sandbox organization", "hint:"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(1, &[]);
    quickstart.run(&["sandbox", "init"]).assert_exit(64, &["no terminal to ask at", "--yes"]);
    assert!(quickstart.read(".seatwise/quickstart.db").starts_with("not a database"));
}

#[cfg(unix)]
#[test]
fn sandbox_does_not_leave_the_folder_through_a_link() {
    let quickstart = Quickstart::new();
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), quickstart.path("away")).unwrap();
    quickstart.edit("seatwise.yaml", "path: .seatwise/quickstart.db", "path: away/quickstart.db");
    std::fs::remove_file(quickstart.path("away")).unwrap();
    quickstart.run(&["validate"]).assert_exit(0, &[]);
    std::fs::create_dir(quickstart.path(".seatwise")).unwrap();
    let away = "path: .seatwise/usage-away/quickstart.db";
    quickstart.edit("seatwise.yaml", "path: away/quickstart.db", away);
    std::os::unix::fs::symlink(outside.path(), quickstart.path(".seatwise/usage-away")).unwrap();
    quickstart
        .run(&["apply", "--yes"])
        .assert_exit(1, &["leaves the policy's folder through a symbolic link"]);
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn journal_that_cannot_be_written_stops_before_the_first_write() {
    let quickstart = Quickstart::new();
    quickstart.write(".seatwise", "a file where a folder should be\n");
    quickstart.run(&["plan"]);
    quickstart
        .run(&["apply", "--yes"])
        .assert_exit(1, &["could not be locked", "nothing is sent without a journal"]);
    std::fs::remove_file(quickstart.path(".seatwise")).unwrap();
    std::fs::create_dir(quickstart.path(".seatwise")).unwrap();
    quickstart.write(".seatwise/journal", "a file where a folder should be\n");
    let came = quickstart.run(&["apply", "--yes"]);
    came.assert_exit(1, &["journal"]);
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_no_success() {
    let quickstart = Quickstart::new();
    quickstart
        .run(&["plan", "--out", "/dev/full"])
        .assert_exit(1, &["/dev/full could not be written", "No space left"]);
}

#[test]
fn bad_command_line_exits_with_64() {
    let quickstart = Quickstart::new();
    for args in [
        &["bogus"][..],
        &[],
        &["plan", "--as-of", "tomorrow"],
        &["plan", "--bogus"],
        &["apply", "plan.json", "other.json"],
    ] {
        assert_eq!(quickstart.run(args).code, 64, "{args:?}");
    }
}
