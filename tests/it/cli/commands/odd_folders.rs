//! Folders that cannot be written, and clocks at the end of time: what only reads works, and the rest says
//! why not.

use crate::cli::*;

/// Commands that read the policy and the organization, and write nothing.
const READING: [&[&str]; 9] = [
    &["validate"],
    &["plan"],
    &["drift"],
    &["what", "ana.silva@harbour.example"],
    &["why", "ana.silva@harbour.example", "microstation"],
    &["who", "can", "use", "microstation"],
    &["audit", "--fail-on", "error"],
    &["review"],
    &["sandbox", "show"],
];

/// Takes from everybody the right to write in the folder, and returns how to call the program as somebody
/// whom that stops; `None` where this test runs as somebody whom nothing stops.
#[cfg(unix)]
fn unprivileged_call(quickstart: &Quickstart) -> Option<Vec<String>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for folder in ["", ".seatwise", ".seatwise/journal"] {
        for entry in std::fs::read_dir(quickstart.path(folder)).into_iter().flatten().map(Result::unwrap) {
            if entry.path().is_file() {
                mode(&entry.path(), 0o444);
            }
        }
        if quickstart.path(folder).is_dir() {
            mode(&quickstart.path(folder), 0o555);
        }
    }
    let program = env!("CARGO_BIN_EXE_seatwise").to_owned();
    let is_stopped = std::fs::write(quickstart.path("written"), "").is_err();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"].map(str::to_owned);
    let calls = [vec![], nobody.to_vec()].into_iter().skip(usize::from(!is_stopped));
    let mut calls = calls.map(|call| [call, vec![program.clone()]].concat());
    calls.find(|call| {
        let run = Command::new(&call[0]).args(&call[1..]).arg("--version").output();
        run.is_ok_and(|run| run.status.success())
    })
}

/// Returns a copy of the user's state folder, which belongs to `nobody` where the program runs as such.
#[cfg(unix)]
fn state_home_of(nobody: bool) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let (from, to) = (crate::state_home::state_home().join("seatwise"), home.path().join("seatwise"));
    std::fs::create_dir(&to).unwrap();
    std::fs::copy(from.join("state-key"), to.join("state-key")).unwrap();
    for path in [home.path(), &to, &to.join("state-key")] {
        let owner = nobody.then_some(65_534);
        std::os::unix::fs::chown(path, owner, owner).unwrap();
    }
    home
}

#[cfg(unix)]
#[test]
fn what_only_reads_works_in_a_folder_that_cannot_be_written() {
    for quickstart in [Quickstart::new(), Quickstart::new_applied()] {
        let Some(call) = unprivileged_call(&quickstart) else { return };
        let applied = quickstart.path(".seatwise").is_dir();
        let home = state_home_of(call.len() > 1);
        let run = |args: &[&str]| {
            let mut program = Command::new(&call[0]);
            program
                .args(&call[1..])
                .args(args)
                .env_clear()
                .env("XDG_STATE_HOME", home.path())
                .env("SEATWISE_NOW", "2026-11-24T09:30:00Z");
            let ended = program.current_dir(quickstart.path("")).stdin(std::process::Stdio::null()).output();
            let Output { status, stdout, stderr } = ended.unwrap();
            let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
            (status.code(), text)
        };
        // Before the first apply, there is nothing to compare with or to show.
        let reading = READING.into_iter().filter(|args| applied || !["drift", "sandbox"].contains(&args[0]));
        for args in reading {
            let (code, text) = run(args);
            assert!([Some(0), Some(7)].contains(&code), "{args:?}: {text}");
        }
        let (code, text) = run(&["apply", "--yes"]);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("hint:"), "{text}");
    }
}

#[test]
fn file_in_the_place_of_the_state_folder_stops_only_what_writes() {
    let quickstart = Quickstart::new();
    quickstart.write(".seatwise", "in the way");
    for args in READING.into_iter().filter(|args| !["drift", "sandbox", "audit"].contains(&args[0])) {
        quickstart.run(args).assert_exit(0, &[]);
    }
    quickstart.run(&["drift"]).assert_exit(1, &["nothing was ever applied"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(1, &["could not be locked", "hint:"]);
}

#[test]
fn clock_at_the_end_of_time_is_no_panic() {
    let last = "9999-12-30T22:00:00Z";
    let quickstart = Quickstart::new();
    for command in READING {
        assert!(quickstart.run_at(last, command).code < 10, "{command:?}");
    }
    quickstart.run_at(last, &["apply", "--yes"]).assert_exit(0, &["30 done"]);
    quickstart.edit("people.yaml", "first_name: Gil", "first_name: Gilberto");
    quickstart.run_at(last, &["apply", "--yes"]).assert_exit(0, &["1 done"]);
    // Runs keep their order after the clock was put right.
    quickstart.edit("people.yaml", "first_name: Gilberto", "first_name: Gil");
    quickstart.run_at("2026-11-24T09:00:00Z", &["apply", "--yes"]).assert_exit(0, &["4 done"]);
    assert_eq!(quickstart.journals().runs().unwrap().len(), 3);
    quickstart.run_at("2026-11-24T09:00:00Z", &["drift"]).assert_exit(0, &[]);
    quickstart.run_at("9999-12-31T23:59:59Z", &["plan"]).assert_exit(64, &["invalid value"]);
}

#[test]
fn clock_before_the_first_year_is_told_of() {
    let quickstart = Quickstart::new();
    quickstart
        .run_at("-000300-01-01T00:00:00Z", &["apply", "--yes"])
        .assert_exit(1, &["no run can be named after the time", "is the clock of this machine right?"]);
}
