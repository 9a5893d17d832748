//! Faults that pass: a disk that is full for a while stops a run, and `resume` does the rest.

use std::process::Stdio;

use seatwise::sandbox::SandboxStore;
use seatwise::wire::TokenScope;

use crate::cli::*;
use crate::sandbox::serve::{ServedSandbox, ServiceQuirks, opening};

/// Calls the program where no file may grow beyond `blocks` of 512 bytes, as on a disk that is nearly full.
fn call_with_small_files(
    quickstart: &Quickstart,
    blocks: u32,
    command: &str,
    service: &[(&str, &str)],
) -> ProgramOutcome {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" {command}"), env!("CARGO_BIN_EXE_seatwise")])
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:30:00Z")
        .envs(service.iter().copied())
        .current_dir(quickstart.path(""))
        .stdin(Stdio::null());
    let Output { status, stdout, stderr } = shell.output().unwrap();
    let err = String::from_utf8(stderr).unwrap();
    let code = status.code().unwrap_or_else(|| panic!("ended by a signal at {blocks} blocks: {err}"));
    ProgramOutcome { code, out: String::from_utf8(stdout).unwrap(), err }
}

#[cfg(unix)]
#[test]
fn full_disk_fails_no_step_and_resume_does_the_rest() {
    let mut stopped = 0;
    for blocks in [1, 4, 16, 40, 64, 100, 140, 160, 180, 200, 230, 260, 300, 400, 600, 1000] {
        let quickstart = Quickstart::new();
        let apply = call_with_small_files(&quickstart, blocks, "apply --yes", &[]);
        let said = format!("{blocks} blocks: {}{}", apply.out, apply.err);
        match apply.code {
            0 => {}
            1 => {
                assert!(quickstart.journals().runs().unwrap().is_empty(), "{said}");
                quickstart.run(&["apply", "--yes"]).assert_exit(0, &[]);
            }
            5 => {
                assert!(!said.contains("failed") && said.contains("Stopped: "), "{said}");
                quickstart.run(&["resume"]).assert_exit(0, &[]);
                stopped += 1;
            }
            _ => panic!("{said}"),
        }
        quickstart.run(&["plan", "--detailed-exitcode"]).assert_exit(0, &["Nothing to do"]);
    }
    assert!(stopped > 1, "some limits stop a run in its middle: {stopped}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journal_that_cannot_grow_stops_the_run_and_resume_does_the_rest() {
    let quickstart = Quickstart::new();
    quickstart.run(&["sandbox", "init"]).assert_exit(0, &[]);
    let store = SandboxStore::open(&quickstart.path(".seatwise/quickstart.db"), opening()).unwrap();
    quickstart.edit(
        "seatwise.yaml",
        "connector: {kind: sandbox, path: .seatwise/quickstart.db}",
        "connector: {kind: http}",
    );
    let served = ServedSandbox::with_quirks(store, ServiceQuirks::default()).await;
    let token = served.token(&TokenScope::ALL);
    let service = [("SEATWISE_URL", served.url.as_str()), ("SEATWISE_TOKEN", token.as_str())];
    tokio::task::block_in_place(|| {
        call(&quickstart, &["plan", "--out", "plan.json"], &service).assert_exit(0, &[]);
        quickstart.kill_a_run_of("plan.json");
        let run = call_with_small_files(&quickstart, 8, "resume", &service);
        run.assert_exit(5, &["the journal could not be written", "`seatwise resume` goes on from here"]);
        let resumed = call(&quickstart, &["resume"], &service);
        assert_eq!(resumed.code, 0, "{}{}", resumed.out, resumed.err);
        call(&quickstart, &["plan"], &service).assert_exit(0, &["Nothing to do"]);
    });
    served.stop().await;
}

fn call(quickstart: &Quickstart, args: &[&str], service: &[(&str, &str)]) -> ProgramOutcome {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program
        .args(args)
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:30:00Z")
        .envs(service.iter().copied())
        .current_dir(quickstart.path(""))
        .stdin(Stdio::null());
    let Output { status, stdout, stderr } = program.output().unwrap();
    ProgramOutcome {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}
