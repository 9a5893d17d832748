//! The folder of `examples/acme-engineering` in a Git repository, with a live organization.

use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::Expect;

/// A copy of `examples/acme-engineering`, applied.
pub(crate) struct Acme(tempfile::TempDir);

impl Acme {
    pub(crate) fn new_applied() -> Self {
        let acme = Self(tempfile::tempdir().unwrap());
        copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme-engineering"), acme.0.path());
        acme.run(&["apply", "--yes", "--quiet"], 0);
        acme
    }

    /// An empty folder.
    pub(crate) fn new_empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub(crate) fn run(&self, args: &[&str], code: i32) -> String {
        self.run_in(&[], args, code)
    }

    /// Runs the program with further variables of the environment.
    pub(crate) fn run_in(&self, variables: &[(&str, &str)], args: &[&str], code: i32) -> String {
        let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
        let program = program
            .env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("SEATWISE_NOW", "2026-11-24T09:00:00Z")
            .envs(variables.iter().copied())
            .current_dir(self.0.path())
            .args(args);
        let came = program.stdin(std::process::Stdio::null()).output().unwrap();
        let said = String::from_utf8(came.stdout).unwrap() + &String::from_utf8(came.stderr).unwrap();
        assert_eq!(came.status.code(), Some(code), "{said}");
        said
    }

    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "`{from}` stands in {file}");
        std::fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }

    pub(crate) fn check(&self, args: &[&str], expect: Expect) {
        expect.assert_eq(&self.run(args, 0));
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == ".seatwise" {
        } else if from.is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy_folder(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

impl Acme {
    pub(crate) fn check_fails(&self, args: &[&str], said: &str) {
        let all = self.run(args, 64);
        assert!(all.contains(said), "{all}");
    }
}

impl Acme {
    /// Commits everything as `author` on `day`.
    pub(crate) fn commit(&self, author: &str, day: &str, message: &str) {
        for args in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "-m", message]] {
            self.git(author, day, args);
        }
    }

    /// Runs git in the folder.
    pub(crate) fn git(&self, author: &str, day: &str, args: &[&str]) {
        let mut git = Command::new("git");
        let time = format!("{day}T09:00:00Z");
        git.env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .current_dir(self.0.path())
            .args(args);
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), author)
                .env(format!("GIT_{who}_EMAIL"), "x@x.example")
                .env(format!("GIT_{who}_DATE"), &time);
        }
        let came = git.output().unwrap();
        assert!(came.status.success(), "{}", String::from_utf8_lossy(&came.stderr));
    }

    /// A clone of the last `depth` commits, as CI makes them, with the same live organization.
    pub(crate) fn shallow_clone(&self, depth: u32) -> Self {
        self.clone_by(&format!("--depth={depth}"))
    }

    /// A clone that `option` makes less than whole, with the same live organization.
    pub(crate) fn clone_by(&self, option: &str) -> Self {
        let clone = Self::new_empty();
        let from = format!("file://{}", self.0.path().display());
        self.git("", "2026-11-24", &["clone", "-q", option, &from, clone.0.path().to_str().unwrap()]);
        let state = clone.path(".seatwise");
        std::fs::create_dir_all(&state).unwrap();
        copy_folder(&self.path(".seatwise"), &state);
        clone
    }
}
