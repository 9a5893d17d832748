//! The program as a person calls it: what it prints, what it writes, and how it exits.

pub(crate) mod acme;
mod command_tree;
mod commands;
mod dated_grants;
mod days;
mod error;
mod formats;
mod help;
mod hints;
mod mistakes;
#[cfg(unix)]
mod terminal;
mod width;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use seatwise::apply::{JournalFolder, NewRun, RunId, RunOrigin};
use seatwise::model::{Email, GroupName, Snapshot};
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Phase, Step, StepNo, file};
use seatwise::sandbox::{SandboxStore, StoreOptions};

use crate::plain_act::PlainAct;

/// The first line of a usage export.
pub(crate) const HEADER: &str = "Product,Country,Machine,Email,Start,End\n";

/// A line of a usage export without damage.
pub(crate) const GOOD: &str = "1017,PT,A,ana.silva@harbour.example,2026-11-02 09:01,2026-11-02 09:25\n";

/// Puts a heading above a report, because expectations lose the spaces that all lines begin with.
pub(crate) fn under_heading(report: &str) -> String {
    format!("report:\n{report}")
}

/// A copy of `examples/quickstart`, and the program with a clock that stands still during a call and moves on
/// by a minute with each call.
pub(crate) struct Quickstart {
    folder: tempfile::TempDir,
    calls: std::cell::Cell<u32>,
}

/// The exit code and the output of one call of the program.
pub(crate) struct ProgramOutcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Quickstart {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
        for file in ["seatwise.yaml", "people.yaml", "access.yaml", "sandbox-seed.json"] {
            std::fs::copy(from.join(file), folder.path().join(file)).unwrap();
        }
        Self { folder, calls: std::cell::Cell::new(0) }
    }

    /// A folder that contains only these settings.
    pub(crate) fn with_settings(settings: &str) -> Self {
        let bare = Self { folder: tempfile::tempdir().unwrap(), calls: std::cell::Cell::new(0) };
        bare.write("seatwise.yaml", settings);
        bare
    }

    pub(crate) fn new_applied() -> Self {
        let quickstart = Self::new();
        assert_eq!(quickstart.run(&["apply", "--yes"]).code, 0);
        quickstart
    }

    /// The organization after the first apply, with the exports of `tests/usage` beside the policy.
    pub(crate) fn with_exports() -> Self {
        let office = Self::new_applied();
        for file in ["usage-details.csv", "checkouts.csv"] {
            std::fs::copy(crate::folders::repository_path("tests/usage").join(file), office.path(file))
                .unwrap();
        }
        office
    }

    /// A generated firm of `users` people, none of whom the policy declares.
    pub(crate) fn with_generated_firm(users: &str) -> Self {
        let firm = Self::with_settings(
            "version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\n",
        );
        firm.run(&["sandbox", "init", "--users", users]).assert_exit(0, &[]);
        firm
    }

    /// A generated firm with usage since the beginning of 2026, which is collected.
    pub(crate) fn with_billed_firm() -> Self {
        let firm = Self::with_generated_firm("60");
        firm.run(&["sandbox", "generate-usage", "--months", "9", "--exports", "exports"]).assert_exit(0, &[]);
        firm.run(&["usage", "collect", "--live"])
            .assert_exit(0, &["rows that the organization reports: ", " new"]);
        firm
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Calls the program in the folder, with nothing in its environment but the time.
    pub(crate) fn run(&self, args: &[&str]) -> ProgramOutcome {
        let call = self.calls.get();
        self.calls.set(call + 1);
        self.run_at(&format!("2026-11-24T09:{:02}:00Z", call), args)
    }

    pub(crate) fn run_at(&self, now: &str, args: &[&str]) -> ProgramOutcome {
        let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
        program
            .env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("SEATWISE_NOW", now)
            .current_dir(self.folder.path())
            .args(args)
            .stdin(std::process::Stdio::null());
        let Output { status, stdout, stderr } = program.output().unwrap();
        ProgramOutcome {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    pub(crate) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path(file), text).unwrap();
    }

    pub(crate) fn write_bytes(&self, file: &str, bytes: &[u8]) {
        std::fs::write(self.path(file), bytes).unwrap();
    }

    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "`{from}` stands in {file}");
        self.write(file, &text.replace(from, to));
    }

    /// Takes the users with these names out of the policy.
    pub(crate) fn drop_users(&self, names: &[&str]) {
        let mut kept = String::new();
        let mut dropping = false;
        for line in self.read("people.yaml").lines() {
            if line.starts_with("  ") && !line.starts_with("   ") {
                dropping = names.iter().any(|name| line.trim_start().starts_with(name));
            }
            if !dropping {
                kept += line;
                kept.push('\n');
            }
        }
        self.write("people.yaml", &kept);
    }

    /// Carries out `act` at the portal, past seatwise.
    pub(crate) fn act_at_portal(&self, act: PlainAct) {
        let store = SandboxStore::open(
            &self.path(".seatwise/quickstart.db"),
            StoreOptions::new("2026-11-24T09:30:00Z".parse().unwrap()),
        )
        .unwrap();
        let step = Step {
            no: StepNo(1),
            phase: Phase::EndCheckouts,
            act: act.into(),
            identities: Vec::new(),
            needs: Vec::new(),
            why: Vec::new(),
        };
        store.carry_out(&step, &format!("by hand: {:?}", step.act)).unwrap();
    }

    pub(crate) fn journals(&self) -> JournalFolder {
        crate::state_home::journals_of_program(&self.path(".seatwise"))
    }

    pub(crate) fn last_run(&self) -> String {
        self.journals().runs().unwrap().pop().unwrap().to_string()
    }

    /// Changes the journal of the last run as if the program had died in that run.
    pub(crate) fn interrupt_last_run(&self, edit: impl FnOnce(&mut Vec<String>)) {
        let run = self.last_run();
        crate::state_home::reopen_newest_run(&self.path(".seatwise"), &run);
        let file = format!(".seatwise/journal/{run}.jsonl");
        let mut lines: Vec<String> = self.read(&file).lines().map(str::to_owned).collect();
        edit(&mut lines);
        self.write(&file, &(lines.join("\n") + "\n"));
    }

    /// Leaves the journal of a run of the plan in the file `saved` that was killed before its first write.
    pub(crate) fn kill_a_run_of(&self, saved: &str) {
        let text = self.read(saved);
        let saved = file::read_plan(&text).unwrap();
        let id = RunId::new("2026-11-24T09:50:00Z".parse().unwrap(), "dead").unwrap();
        let new = NewRun {
            id,
            digest: saved.digest.to_string().into(),
            started: "2026-11-24T09:50:00Z".parse().unwrap(),
            origin: RunOrigin::default(),
        };
        let plan = approve_plan(saved.plan).unwrap();
        drop(self.journals().begin_run(&new, &plan, text.as_bytes(), &Snapshot::default()).unwrap());
    }
}

impl ProgramOutcome {
    /// Asserts that the program exited with `code`, and that its output or its errors contain each text of
    /// `said`, wherever its lines are wrapped.
    #[track_caller]
    pub(crate) fn assert_exit(self, code: i32, said: &[&str]) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, code, "{all}");
        for said in said {
            let is_there = all.contains(said) || in_one_line(&all).contains(&in_one_line(said));
            assert!(is_there, "`{said}` is not in:\n{all}");
        }
        self
    }
}

/// The words of a text with one space between them.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn leave_group(user: &str, group: &str) -> PlainAct {
    PlainAct::Leave { user: Email::new(user).unwrap(), group: GroupName::new(group).unwrap() }
}
