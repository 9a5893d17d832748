//! Git's doors: whatever a commit or the repository's settings name, no program of theirs runs.

use std::path::Path;
use std::process::Command;

use crate::cli::acme::Acme;

/// The settings that name a program, with what they are set to.
const DOORS: [(&str, &str); 26] = [
    ("core.fsmonitor", "PROGRAM"),
    ("core.hooksPath", "HOOKS"),
    ("core.pager", "PROGRAM"),
    ("core.editor", "PROGRAM"),
    ("core.askPass", "PROGRAM"),
    ("core.sshCommand", "PROGRAM"),
    ("core.gitProxy", "PROGRAM"),
    ("core.alternateRefsCommand", "PROGRAM"),
    ("pager.log", "PROGRAM"),
    ("pager.blame", "PROGRAM"),
    ("pager.show", "PROGRAM"),
    ("diff.external", "PROGRAM"),
    ("diff.x.command", "PROGRAM"),
    ("diff.x.textconv", "PROGRAM"),
    ("filter.x.clean", "PROGRAM"),
    ("filter.x.smudge", "PROGRAM"),
    ("filter.x.process", "PROGRAM"),
    ("merge.x.driver", "PROGRAM"),
    ("gpg.program", "PROGRAM"),
    ("gpg.ssh.program", "PROGRAM"),
    ("gpg.x509.program", "PROGRAM"),
    ("credential.helper", "!PROGRAM"),
    ("sequence.editor", "PROGRAM"),
    ("uploadpack.packObjectsHook", "PROGRAM"),
    ("alias.blame", "!PROGRAM"),
    ("alias.log", "!PROGRAM"),
];

/// All commands that ask Git.
const COMMANDS: [&[&str]; 6] = [
    &["why", "ana.silva@acme.example", "microstation", "--policy"],
    &["why", "ana.silva@acme.example", "microstation"],
    &["review", "--out", "review.csv"],
    &["history", "--from", "HEAD~1"],
    &["who", "can", "use", "microstation", "--at", "HEAD"],
    &["validate"],
];

/// A committed policy with a change that is not, and a program that notes that it ran, with its environment.
struct DoorTrap {
    acme: Acme,
    trap: tempfile::TempDir,
}

impl DoorTrap {
    fn new() -> Self {
        let acme = Acme::new_applied();
        std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
        acme.commit("Maria Fonseca", "2026-10-01", "Begin");
        acme.edit("access.yaml", "restrictions:", "# A remark.\nrestrictions:");
        acme.commit("Maria Fonseca", "2026-10-02", "Remark");
        acme.edit("access.yaml", "# A remark.", "# Another remark.");
        let trap = tempfile::tempdir().unwrap();
        let script = format!("#!/bin/sh\nenv > {}/ran\ncat\n", trap.path().display());
        let hooks = trap.path().join("hooks");
        std::fs::create_dir(&hooks).unwrap();
        let names =
            ["program", "hooks/post-index-change", "hooks/pre-auto-gc", "hooks/reference-transaction"];
        for name in names {
            let path = trap.path().join(name);
            std::fs::write(&path, &script).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, mode).unwrap();
        }
        Self { acme, trap }
    }

    /// Git settings that open all doors.
    fn settings(&self) -> String {
        let (program, hooks) = (self.trap.path().join("program"), self.trap.path().join("hooks"));
        let mut text = String::new();
        for (key, value) in DOORS {
            let value = value.replace("PROGRAM", program.to_str().unwrap());
            let value = value.replace("HOOKS", hooks.to_str().unwrap());
            let (section, name) = key.rsplit_once('.').unwrap();
            let head = section.split_once('.').map_or_else(
                || format!("[{section}]"),
                |(section, below)| format!("[{section} \"{below}\"]"),
            );
            text += &format!("{head}\n\t{name} = \"{value}\"\n");
        }
        text + "[log]\n\tshowSignature = true\n[filter \"x\"]\n\trequired = true\n"
    }

    fn append(&self, file: &Path, text: &str) {
        let before = std::fs::read_to_string(file).unwrap_or_default();
        std::fs::write(file, before + text).unwrap();
    }

    fn assert_shut(&self, planted: &str) {
        for words in COMMANDS {
            let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
            program
                .env_clear()
                .env("XDG_STATE_HOME", crate::state_home::state_home())
                .env("PATH", std::env::var_os("PATH").unwrap());
            program.env("SEATWISE_NOW", "2026-11-24T09:12:00Z").env("SEATWISE_TOKEN", "s3cret");
            // What the environment names runs no more than what a repository does.
            program.env("GIT_EXTERNAL_DIFF", self.trap.path().join("program"));
            program.env("GIT_PAGER", self.trap.path().join("program")).env("GIT_DIR", "/nowhere");
            let ended = program.args(words).current_dir(self.acme.path("")).output().unwrap();
            let ran = self.trap.path().join("ran");
            assert!(!ran.exists(), "{planted}: {words:?} ran a program: {ended:?}");
        }
    }
}

const ATTRIBUTES: &str = "*.yaml filter=x diff=x merge=x\n";

#[test]
fn no_program_of_the_repository_runs() {
    let trap = DoorTrap::new();
    trap.append(&trap.acme.path(".git/config"), &trap.settings());
    trap.append(&trap.acme.path(".git/info/attributes"), ATTRIBUTES);
    trap.assert_shut(".git/config and .git/info/attributes");
    trap.append(&trap.acme.path(".gitattributes"), ATTRIBUTES);
    trap.append(&trap.acme.path("users/.gitattributes"), ATTRIBUTES);
    trap.assert_shut(".gitattributes in the work tree");
    let told = trap.acme.run(&["why", "ana.silva@acme.example", "microstation", "--policy"], 0);
    assert!(told.contains("Maria Fonseca"), "what is committed is still told: {told}");
}

#[test]
fn policy_that_is_laid_out_as_a_repository_is_not_asked() {
    for place in ["", "users"] {
        let trap = DoorTrap::new();
        let folder = trap.acme.path(place);
        for name in ["objects", "refs"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        std::fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let head = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n";
        std::fs::write(folder.join("config"), head.to_owned() + &trap.settings()).unwrap();
        trap.append(&trap.acme.path(".gitattributes"), ATTRIBUTES);
        trap.assert_shut(&format!("a repository in `{place}`"));
        if place.is_empty() {
            let told = trap.acme.run(&["why", "ana.silva@acme.example", "microstation", "--policy"], 0);
            assert!(told.contains("laid out as a repository"), "{told}");
            assert!(trap.acme.run(&["history"], 1).contains("laid out as a repository"));
            assert!(trap.acme.run(&["validate"], 0).contains("laid out as a repository"));
        }
    }
}

#[test]
fn work_tree_that_settings_lead_elsewhere_is_refused() {
    let trap = DoorTrap::new();
    let elsewhere = trap.acme.path("").join("..").canonicalize().unwrap();
    let settings = format!("[core]\n\tworktree = {}\n", elsewhere.display());
    trap.append(&trap.acme.path(".git/config"), &settings);
    trap.append(&trap.acme.path(".git/config"), &trap.settings());
    trap.assert_shut("core.worktree");
    assert!(trap.acme.run(&["history"], 1).contains("the work tree of another repository"));
}

#[test]
fn line_that_is_changed_and_not_committed_has_no_author_and_its_neighbours_have() {
    let trap = DoorTrap::new();
    let before = std::fs::read_to_string(trap.acme.path("users/lisbon.yaml")).unwrap();
    std::fs::write(trap.acme.path("users/lisbon.yaml"), "# One more line.\n".to_owned() + &before).unwrap();
    let told = trap.acme.run(&["why", "ana.silva@acme.example", "microstation", "--policy"], 0);
    assert!(told.contains("Maria Fonseca"), "{told}");
}
