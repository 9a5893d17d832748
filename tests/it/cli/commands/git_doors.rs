//! Git's doors: whatever a commit or the repository's settings name, no program of theirs runs, and nobody is
//! named who did not write.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use crate::cli::acme::Acme;

/// Settings that name a program and that Git's list of settings leaves out, or has in a form with `<…>`.
const MORE_DOORS: [&str; 15] = [
    "core.fsmonitor",
    "diff.external",
    "diff.x.command",
    "diff.x.textconv",
    "filter.x.process",
    "gpg.ssh.program",
    "gpg.x509.program",
    "alias.blame",
    "alias.log",
    "pager.log",
    "pager.blame",
    "pager.show",
    "trailer.x.command",
    "trailer.x.cmd",
    "credential.https://x.example.helper",
];

/// Commands that ask Git, in each way.
const COMMANDS: [&[&str]; 6] = [
    &["why", "ana.silva@acme.example", "microstation", "--policy"],
    &["why", "ana.silva@acme.example", "microstation"],
    &["review", "--out", "review.csv"],
    &["history", "--from", "HEAD~1"],
    &["who", "can", "use", "microstation", "--at", "HEAD"],
    &["validate"],
];

/// All other commands that may do so, and what leads to them.
const MORE_COMMANDS: [&[&str]; 16] = [
    &["what", "ana.silva@acme.example"],
    &["review", "--at", "HEAD~1", "--out", "review.html"],
    &["history"],
    &["history", "ana.silva@acme.example"],
    &["plan", "--out", "saved.plan"],
    &["plan", "--format", "markdown"],
    &["apply", "saved.plan", "--yes"],
    &["work-order", "saved.plan", "--out", "orders"],
    &["confirm", "saved.plan"],
    &["drift"],
    &["audit"],
    &["audit", "--policy", "--format", "sarif"],
    &["import", "--diff"],
    &["usage", "advise"],
    &["undo", "--dry-run"],
    &["runs"],
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
            write_program(&trap.path().join(name), &script);
        }
        Self { acme, trap }
    }

    fn program(&self) -> PathBuf {
        self.trap.path().join("program")
    }

    fn ran(&self) -> PathBuf {
        self.trap.path().join("ran")
    }

    /// Runs plain Git in the policy's folder.
    fn plain_git(&self, words: &[&str]) -> Output {
        plain_git(&self.acme.path(""), words)
    }

    /// Git settings that open all doors, as a file.
    fn settings(&self) -> String {
        settings_text(&DOORS, &self.program()) + "[log]\n\tshowSignature = true\n"
    }

    fn append(&self, file: &Path, text: &str) {
        let before = std::fs::read_to_string(file).unwrap_or_default();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, before + text).unwrap();
    }

    /// Plain Git opens a door, so that this test can fail.
    fn assert_open_to_plain_git(&self, planted: &str) {
        _ = std::fs::remove_file(self.ran());
        for words in PLAIN_COMMANDS {
            self.plain_git(words);
        }
        assert!(self.ran().exists(), "{planted}: plain Git runs nothing either");
        std::fs::remove_file(self.ran()).unwrap();
    }

    fn assert_shut(&self, planted: &str) {
        self.assert_shut_by(&COMMANDS, planted);
    }

    fn assert_shut_by(&self, commands: &[&[&str]], planted: &str) {
        let home = self.trap.path().join("home");
        for words in commands {
            let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
            program
                .env_clear()
                .env("XDG_STATE_HOME", crate::state_home::state_home())
                .env("PATH", std::env::var_os("PATH").unwrap());
            program.env("SEATWISE_NOW", "2026-11-24T09:12:00Z").env("SEATWISE_TOKEN", "s3cret");
            program.env("HOME", &home).env("XDG_CONFIG_HOME", home.join("xdg"));
            // What the environment names runs no more than what a repository does.
            for name in PROGRAMS_OF_THE_ENVIRONMENT {
                program.env(name, self.program());
            }
            program.env("GIT_DIR", "/nowhere").env("GIT_CONFIG_COUNT", "1");
            program.env("GIT_CONFIG_KEY_0", "core.fsmonitor").env("GIT_CONFIG_VALUE_0", self.program());
            let parameters = format!("'core.fsmonitor'='{}'", self.program().display());
            program.env("GIT_CONFIG_PARAMETERS", parameters);
            let ended = program.args(*words).current_dir(self.acme.path("")).output().unwrap();
            assert!(!self.ran().exists(), "{planted}: {words:?} ran a program: {ended:?}");
        }
    }

    /// The one who is named beside a grant.
    fn assert_author_is_maria(&self, planted: &str) {
        let told = self.acme.run(&["why", "ana.silva@acme.example", "microstation", "--policy"], 0);
        assert!(told.contains("Maria Fonseca") && !told.contains("Eve"), "{planted}: {told}");
        let told = self.acme.run(&["history"], 0);
        assert!(told.contains("Maria Fonseca") && !told.contains("Eve"), "{planted}: {told}");
    }
}

/// All settings that Git knows and lets a program stand in. One that must be a number or a word ends Git
/// instead of opening a door.
static DOORS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let probe = Acme::new_empty();
    std::fs::write(probe.path("access.yaml"), "a: 1\n").unwrap();
    probe.commit("Maria Fonseca", "2026-10-01", "Begin");
    std::fs::write(probe.path("access.yaml"), "a: 2\n").unwrap();
    std::fs::write(probe.path(".git/info/attributes"), ATTRIBUTES).unwrap();
    let program = probe.path(".git/program");
    write_program(&program, "#!/bin/sh\ncat\n");
    let bare = std::fs::read_to_string(probe.path(".git/config")).unwrap();
    let always = ["core.fsmonitor", "filter.x.clean", "diff.x.textconv"].map(str::to_owned);
    let all = known_settings(&probe.path(""));
    let (mut doors, mut left) = (always.to_vec(), vec![all.as_slice()]);
    while let Some(some) = left.pop() {
        let settings = bare.clone() + &settings_text(&always, &program) + &settings_text(some, &program);
        std::fs::write(probe.path(".git/config"), settings).unwrap();
        if PLAIN_COMMANDS.iter().all(|words| plain_git(&probe.path(""), words).status.success()) {
            doors.extend_from_slice(some);
        } else if some.len() > 1 {
            let (one, other) = some.split_at(some.len() / 2);
            left.extend([other, one]);
        }
    }
    doors
});

/// What plain Git is asked, as people ask it.
const PLAIN_COMMANDS: [&[&str]; 4] =
    [&["log", "-1", "-p"], &["blame", "access.yaml"], &["status"], &["diff"]];

/// Returns the names of all settings in Git's own list, and more that it leaves out. What is a file of
/// settings or a colour is left out, and so is what a repository is, which is no setting.
fn known_settings(folder: &Path) -> Vec<String> {
    const NO_DOORS: [&str; 9] = [
        "advice.",
        "color.",
        "core.comment",
        "include",
        "extensions.",
        "core.worktree",
        "core.bare",
        "core.repositoryFormatVersion",
        "safe.",
    ];
    let known = String::from_utf8(plain_git(folder, &["help", "--config"]).stdout).unwrap();
    let is_door = |name: &&str| {
        name.contains('.') && !name.contains(['_', ' ']) && !NO_DOORS.iter().any(|no| name.starts_with(no))
    };
    let names = known.lines().filter(is_door).map(|name| {
        let mut name = name.replace('*', "x");
        while let (Some(from), Some(to)) = (name.find('<'), name.find('>')) {
            name.replace_range(from..=to, "x");
        }
        name
    });
    let all: Vec<String> = names.chain(MORE_DOORS.map(str::to_owned)).collect();
    assert!(all.len() > 500, "Git has named its settings: {}", all.len());
    all
}

fn plain_git(folder: &Path, words: &[&str]) -> Output {
    let mut git = Command::new("git");
    git.env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("PATH", std::env::var_os("PATH").unwrap());
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.args(words).current_dir(folder).stdin(std::process::Stdio::null()).output().unwrap()
}

/// Returns the settings with `program` in each, as Git's files have them.
fn settings_text(names: &[String], program: &Path) -> String {
    let sections = names.iter().map(|key| {
        let (section, name) = key.rsplit_once('.').unwrap();
        let head = section
            .split_once('.')
            .map_or_else(|| format!("[{section}]"), |(section, below)| format!("[{section} \"{below}\"]"));
        // Aliases and helpers are programs behind a mark, and hooks stand in a folder.
        let value = match key.as_str() {
            "core.hooksPath" => program.with_file_name("hooks").display().to_string(),
            key if key.starts_with("alias.") || key.ends_with(".helper") => format!("!{}", program.display()),
            _ => program.display().to_string(),
        };
        format!("{head}\n\t{name} = \"{value}\"\n")
    });
    sections.collect()
}

fn write_program(path: &Path, script: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).unwrap();
}

/// Variables that name a program to Git.
const PROGRAMS_OF_THE_ENVIRONMENT: [&str; 14] = [
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "PAGER",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "EDITOR",
    "VISUAL",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_PROXY_COMMAND",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
];

/// Attributes that send every file through a driver, and change it on its way.
const ATTRIBUTES: &str =
    "*.yaml filter=x diff=x merge=x ident export-subst text eol=crlf working-tree-encoding=latin1\n";

#[test]
fn no_program_of_the_repository_runs() {
    let trap = DoorTrap::new();
    let settings = trap.settings();
    let script = std::fs::read_to_string(trap.program()).unwrap();
    trap.append(&trap.acme.path(".git/config"), &settings);
    let included = trap.trap.path().join("included");
    trap.append(&included, &settings);
    let includes = format!(
        "[include]\n\tpath = {0}\n[includeIf \"gitdir:**\"]\n\tpath = {0}\n[extensions]\n\tworktreeConfig = true\n",
        included.display()
    );
    trap.append(&trap.acme.path(".git/config"), &includes);
    trap.append(&trap.acme.path(".git/config.worktree"), &settings);
    trap.append(&trap.trap.path().join("home/.gitconfig"), &settings);
    trap.append(&trap.trap.path().join("home/xdg/git/config"), &settings);
    trap.append(&trap.trap.path().join("home/xdg/git/attributes"), ATTRIBUTES);
    trap.append(&trap.acme.path(".git/info/attributes"), ATTRIBUTES);
    for hook in
        ["post-index-change", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman", "post-checkout"]
    {
        write_program(&trap.acme.path(".git/hooks").join(hook), &script);
    }
    trap.assert_open_to_plain_git(".git/config and .git/info/attributes");
    trap.assert_shut(".git/config, .git/info/attributes, hooks and the user's own settings");
    trap.assert_shut_by(&MORE_COMMANDS, ".git/config, for all other commands");
    trap.append(&trap.acme.path(".gitattributes"), ATTRIBUTES);
    trap.append(&trap.acme.path("users/.gitattributes"), ATTRIBUTES);
    trap.assert_open_to_plain_git(".gitattributes");
    trap.assert_shut(".gitattributes in the work tree");
    // The Git that is found by the path is the one whose settings are planted.
    let path = std::env::var("PATH").unwrap();
    let words = ["why", "ana.silva@acme.example", "microstation", "--policy"];
    let told = trap.acme.run_in(&[("PATH", &path)], &words, 0);
    assert!(told.contains("Maria Fonseca"), "what is committed is still told: {told}");
}

#[test]
fn no_program_of_a_linked_work_tree_or_of_a_submodule_runs() {
    let trap = DoorTrap::new();
    let settings = trap.settings();
    let (linked, above) = (trap.acme.path("").join("linked"), trap.trap.path().join("above"));
    trap.acme.git("Maria Fonseca", "2026-10-03", &["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    trap.append(&trap.acme.path(".git/config"), "[extensions]\n\tworktreeConfig = true\n");
    trap.append(&trap.acme.path(".git/worktrees/linked/config.worktree"), &settings);
    // The policy as a submodule of a repository with settings of its own.
    let from = trap.acme.path("");
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        let ended = git.args(["-c", "protocol.file.allow=always"]).args(words).output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    };
    git(&["init", "--quiet", above.to_str().unwrap()]);
    let policy = from.to_str().unwrap();
    git(&["-C", above.to_str().unwrap(), "submodule", "--quiet", "add", policy, "policy"]);
    trap.append(&above.join(".git/config"), &settings);
    trap.append(&above.join(".git/modules/policy/config"), &settings);
    trap.append(&above.join(".gitmodules"), "\tupdate = !false\n");
    for folder in [linked, above.join("policy")] {
        trap.append(&folder.join(".gitattributes"), ATTRIBUTES);
        let folder = folder.to_str().unwrap();
        for words in COMMANDS.iter().filter(|words| matches!(words[0], "why" | "review" | "history" | "who"))
        {
            let words = [&["-C", folder][..], words].concat();
            let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
            program
                .env_clear()
                .env("XDG_STATE_HOME", crate::state_home::state_home())
                .env("PATH", std::env::var_os("PATH").unwrap());
            program.env("SEATWISE_NOW", "2026-11-24T09:12:00Z").current_dir(trap.trap.path());
            let ended = program.args(&words).output().unwrap();
            assert!(!trap.ran().exists(), "{words:?} ran a program: {ended:?}");
        }
    }
}

#[test]
fn object_that_is_missing_is_not_fetched_by_a_program() {
    let trap = DoorTrap::new();
    let marker = trap.ran();
    let settings = format!(
        "[extensions]\n\tpartialClone = x\n[remote \"x\"]\n\tpromisor = true\n\turl = \"ext::sh -c touch% {}\"\n\
            [protocol \"ext\"]\n\tallow = always\n[core]\n\trepositoryFormatVersion = 1\n",
        marker.display()
    );
    let blob = String::from_utf8(trap.plain_git(&["rev-parse", "HEAD:access.yaml"]).stdout).unwrap();
    let blob = blob.trim();
    std::fs::remove_file(trap.acme.path(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    trap.append(&trap.acme.path(".git/config"), &settings);
    trap.append(&trap.acme.path(".git/objects/info/alternates"), "/nowhere\n");
    trap.plain_git(&["cat-file", "-p", blob]);
    assert!(marker.exists(), "plain Git runs nothing either");
    std::fs::remove_file(&marker).unwrap();
    trap.assert_shut("a promisor remote");
}

#[test]
fn nobody_is_named_who_did_not_write() {
    let eve = ["-c", "user.name=Eve", "-c", "user.email=eve@x.example"];
    let trap = DoorTrap::new();
    trap.append(&trap.acme.path(".mailmap"), "Eve <eve@x.example> <x@x.example>\n");
    let plain = trap.plain_git(&["blame", "access.yaml"]).stdout;
    assert!(String::from_utf8_lossy(&plain).contains("Eve"), "plain Git reads the mailmap");
    trap.assert_author_is_maria(".mailmap");

    // Another commit in the place of each, by replacement and by graft.
    for revision in ["HEAD~1", "HEAD"] {
        let tree = format!("{revision}^{{tree}}");
        let words = [&eve[..], &["commit-tree", "-m", "Begin", &tree]].concat();
        let made = String::from_utf8(trap.plain_git(&words).stdout).unwrap();
        trap.acme.git("Eve", "2026-10-01", &["replace", revision, made.trim()]);
    }
    let plain = trap.plain_git(&["log"]).stdout;
    assert!(String::from_utf8_lossy(&plain).contains("Eve"), "plain Git reads the replacement");
    trap.assert_author_is_maria("refs/replace");

    let trap = DoorTrap::new();
    trap.acme.commit("Eve", "2026-10-03", "Another remark");
    trap.acme.edit("access.yaml", "# Another remark.", "# A last remark.");
    trap.acme.commit("Maria Fonseca", "2026-10-04", "A last remark");
    let name = |revision: &str| {
        let said = trap.plain_git(&["rev-parse", revision]).stdout;
        String::from_utf8(said).unwrap().trim().to_owned()
    };
    // Without parents, all lines are of the commit that is grafted.
    trap.append(&trap.acme.path(".git/info/grafts"), &format!("{}\n", name("HEAD~1")));
    let plain = trap.plain_git(&["blame", "users/lisbon.yaml"]).stdout;
    assert!(String::from_utf8_lossy(&plain).contains("Eve"), "plain Git reads the grafts");
    let told = trap.acme.run(&["why", "ana.silva@acme.example", "microstation", "--policy"], 0);
    assert!(told.contains("Maria Fonseca") && !told.contains("Eve"), "{told}");
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
