//! The program at a terminal: questions, the pager, widths.

use rexpect::session::{PtySession, spawn_command};

use super::*;

/// Calls the program in the folder of `office` at a terminal of ten lines of 80 columns.
fn call_at_terminal(office: &Quickstart, pager: &str, line: &str) -> PtySession {
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_seatwise");
    shell
        .arg("-c")
        .arg(format!("stty rows 10 cols 80; '{program}' {line}; echo ended with $?"))
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("PATH", "/usr/bin:/bin")
        .env("TERM", "xterm")
        .env("SEATWISE_NOW", "2026-11-24T09:40:00Z")
        .env("NO_COLOR", "1")
        .current_dir(office.path(""));
    if !pager.is_empty() {
        shell.env("PAGER", pager);
    }
    spawn_command(shell, Some(60_000)).unwrap()
}

#[test]
fn apply_asks_and_does_nothing_without_consent() {
    let office = Quickstart::new();
    let mut terminal = call_at_terminal(&office, "cat", "apply");
    terminal.exp_string("Apply this plan? [y/N]").unwrap();
    terminal.send_line("n").unwrap();
    terminal.exp_string("not done, as you said no").unwrap();
    terminal.exp_string("ended with 1").unwrap();
    let mut terminal = call_at_terminal(&office, "cat", "apply");
    terminal.exp_string("Apply this plan? [y/N]").unwrap();
    terminal.send_line("y").unwrap();
    terminal.exp_string("ended with 0").unwrap();
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
}

/// What cannot be taken back is not done by a key that is pressed too fast.
#[test]
fn removing_people_asks_for_the_word() {
    let office = Quickstart::new_applied();
    office.drop_users(&["gil.matos"]);
    let removed = office.run(&["plan"]).out;
    assert!(removed.contains("remove Gil Matos"), "{removed}");
    for (answer, code) in [("y", 1), ("yes", 0)] {
        let mut terminal = call_at_terminal(&office, "cat", "apply");
        terminal.exp_string("It removes 1 person. Type `yes`:").unwrap();
        terminal.send_line(answer).unwrap();
        terminal.exp_string(&format!("ended with {code}")).unwrap();
    }
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn sandbox_that_is_there_is_overwritten_for_the_word_alone() {
    let office = Quickstart::new_applied();
    let mut terminal = call_at_terminal(&office, "cat", "sandbox init");
    terminal.exp_string("everything in it is lost. Type `yes`:").unwrap();
    terminal.send_line("y").unwrap();
    terminal.exp_string("ended with 1").unwrap();
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn long_report_goes_through_the_pager() {
    let office = Quickstart::new();
    let mut terminal = call_at_terminal(&office, "sed s/^/paged:/", "plan");
    terminal.exp_string("paged:quickstart: ").unwrap();
    terminal.exp_string("ended with 0").unwrap();
    for (line, why) in [("plan --no-pager", "it is not wanted"), ("validate", "one line needs none")] {
        let mut terminal = call_at_terminal(&office, "sed s/^/paged:/", line);
        let shown = terminal.exp_string("ended with 0").unwrap();
        assert!(shown.contains("quickstart: ") && !shown.contains("paged:"), "{why}: {shown}");
    }
}

#[test]
fn pager_that_is_not_there_shows_the_report_itself() {
    let office = Quickstart::new();
    let mut terminal = call_at_terminal(&office, "no-such-pager", "plan");
    let shown = terminal.exp_string("ended with 0").unwrap();
    assert!(shown.contains("to create"), "{shown}");
}
