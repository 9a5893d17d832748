//! Files that a user or a pull request names and that are none: a FIFO that nobody writes to, a device that
//! never ends, a folder, a link to one of them, and more bytes than are read.

use std::time::{Duration, Instant};

use crate::cli::*;

/// What is no file to read, with what is said of it.
const NO_FILES: [(&str, &str); 6] = [
    ("fifo", "no regular file"),
    ("link-to-fifo", "no regular file"),
    ("link-to-device", "no regular file"),
    ("folder", "is a folder"),
    ("link-to-folder", "is a folder"),
    ("huge", "more than"),
];

/// A folder with everything that is no file to read.
fn folder_of_traps() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
    std::fs::create_dir(path("folder")).unwrap();
    // The file has a size, and takes no room.
    std::fs::File::create(path("huge")).unwrap().set_len(3 << 30).unwrap();
    for (link, to) in
        [("link-to-fifo", "fifo"), ("link-to-device", "/dev/zero"), ("link-to-folder", "folder")]
    {
        std::os::unix::fs::symlink(to, path(link)).unwrap();
    }
    folder
}

/// Runs the program, and ends it where it waits for something that never comes.
fn run_or_end(office: &Quickstart, args: &[&str]) -> ProgramOutcome {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program
        .args(args)
        .current_dir(office.path(""))
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:30:00Z");
    program.stdin(std::process::Stdio::null());
    let said = [office.path("said.out"), office.path("said.err")];
    let [out, err] = said.each_ref().map(|path| std::fs::File::create(path).unwrap());
    let mut child = program.stdout(out).stderr(err).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > patience => {
                child.kill().unwrap();
                panic!("{args:?} waits for what never comes");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let [out, err] = said.map(|path| std::fs::read_to_string(path).unwrap());
    ProgramOutcome { code: status.code().unwrap_or(-1), out, err }
}

#[test]
fn what_is_no_file_is_not_waited_for_wherever_a_user_names_it() {
    let (office, traps) = (Quickstart::new_applied(), folder_of_traps());
    let readers: [&[&str]; 7] = [
        &["apply", "NAME", "--yes"],
        &["work-order", "NAME", "--out", "orders"],
        &["usage", "peaks", "NAME"],
        &["usage", "collect", "NAME"],
        &["billing", "overages", "NAME"],
        &["audit", "--usage", "NAME"],
        &["sandbox", "serve", "--faults", "NAME"],
    ];
    for words in readers {
        for (name, why) in NO_FILES {
            // Exports are read in pieces, so they may have any size: an empty one has no header.
            let reads_pieces = words.iter().any(|word| matches!(*word, "usage" | "billing" | "--usage"));
            let path = traps.path().join(name).display().to_string();
            let args: Vec<&str> =
                words.iter().map(|word| if *word == "NAME" { &path } else { *word }).collect();
            let ended = run_or_end(&office, &args);
            assert!(matches!(ended.code, 1 | 64), "{args:?}: {} {}{}", ended.code, ended.out, ended.err);
            let said = ended.err.replace('\n', " ");
            assert!(reads_pieces || said.contains(why), "{args:?}: {said}");
            assert!(said.contains(name), "{args:?}: {said}");
        }
    }
}

#[test]
fn what_is_no_file_is_not_waited_for_where_a_pull_request_put_it() {
    for place in ["sandbox-seed.json", "people.yaml", "seatwise.yaml", ".seatwise/usage/2026-10.parquet"] {
        for (trap, _) in NO_FILES.iter().filter(|(trap, _)| !trap.contains("folder")) {
            let (office, traps) = (Quickstart::new_applied(), folder_of_traps());
            let at = office.path(place);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            _ = std::fs::remove_file(&at);
            if *trap == "huge" {
                std::fs::rename(traps.path().join(trap), &at).unwrap();
            } else {
                std::os::unix::fs::symlink(traps.path().join(trap), &at).unwrap();
            }
            for args in [&["validate"][..], &["plan"], &["usage", "peaks"]] {
                let ended = run_or_end(&office, args);
                assert_ne!(ended.code, 101, "{place} {trap} {args:?}: {}", ended.err);
            }
            let reads = if place.ends_with("parquet") {
                &["usage", "peaks"][..]
            } else {
                &["sandbox", "init", "--yes"]
            };
            let ended = run_or_end(&office, reads);
            assert_ne!(ended.code, 0, "{place} {trap} {reads:?}: {}{}", ended.out, ended.err);
        }
    }
}

#[test]
fn file_of_connections_or_of_authorities_that_is_none_is_told() {
    let (office, traps) = (Quickstart::new(), folder_of_traps());
    office.write("seatwise.yaml", "version: 1\norganization: acme\nconnector: {kind: http}\n");
    for (name, why) in NO_FILES {
        for variable in ["SEATWISE_CA_FILE", "SEATWISE_TOKEN_FILE"] {
            let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
            program
                .arg("plan")
                .current_dir(office.path(""))
                .env_clear()
                .env("XDG_STATE_HOME", crate::state_home::state_home());
            program.env("SEATWISE_URL", "http://127.0.0.1:9").env("SEATWISE_NOW", "2026-11-24T09:30:00Z");
            if variable == "SEATWISE_CA_FILE" {
                program.env("SEATWISE_TOKEN", "s3cret");
            }
            let ended = program.env(variable, traps.path().join(name)).output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr).replace('\n', " ");
            assert_eq!(ended.status.code(), Some(1), "{variable} {name}: {said}");
            let is_token = variable == "SEATWISE_TOKEN_FILE";
            assert!(said.contains(name) && (is_token || said.contains(why)), "{variable} {name}: {said}");
        }
    }
}
