//! Every text fits the terminal, and loses no word by it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use unicode_width::UnicodeWidthStr;

use super::acme::copy_folder;

/// The widths of terminals, the widest last: it says every word.
const WIDTHS: [usize; 3] = [60, 80, 200];

/// A folder, and the calls of the program in it on a terminal of some width.
struct Story {
    folder: tempfile::TempDir,
    width: usize,
    /// Each call, with what was printed.
    told: Vec<(String, String)>,
}

impl Story {
    fn new(width: usize) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), width, told: Vec::new() }
    }

    fn command(&self, program: &str, args: &[&str]) -> String {
        let mut program = Command::new(program);
        program
            .env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("SEATWISE_NOW", "2026-11-24T09:00:00Z")
            .env("COLUMNS", self.width.to_string())
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "Ana")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "ana@acme.example")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_DATE"), "2026-11-01T09:00:00Z")));
        let came = program.current_dir(self.folder.path()).args(args).stdin(Stdio::null()).output().unwrap();
        String::from_utf8(came.stdout).unwrap() + &String::from_utf8(came.stderr).unwrap()
    }

    /// Calls the program, whatever comes of it: errors are texts too.
    fn call(&mut self, line: &str) -> &mut Self {
        let args: Vec<&str> = line.split(' ').filter(|arg| !arg.is_empty()).collect();
        let text = self.command(env!("CARGO_BIN_EXE_seatwise"), &args);
        assert!(!text.contains("panicked"), "{line}: {text}");
        self.told.push((line.to_owned(), text));
        self
    }

    fn commit(&self, message: &str) {
        for args in [&["init", "--quiet"][..], &["add", "*.yaml"], &["commit", "--quiet", "-m", message]] {
            self.command("git", args);
        }
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` stands in {file}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Asserts that each of the commands was called.
    fn assert_tells_of(&self, commands: &[&str]) {
        for command in commands {
            assert!(
                self.told.iter().any(|(call, _)| call.starts_with(command)),
                "`{command}` was not called"
            );
        }
    }

    /// Asserts that what was printed fits the terminal, except for what would break if it were wrapped.
    fn assert_fits(&self) {
        for (call, text) in &self.told {
            for line in text.lines().filter(|line| line.width() > self.width) {
                assert!(is_unbreakable(line), "{call}, {} columns:\n{line}\nin:\n{text}", self.width);
            }
        }
    }

    /// Asserts that each call printed the words that it printed in `wide`. What a table has once above its
    /// columns, a record has before each value.
    fn assert_words_of(&self, wide: &Self) {
        assert_eq!(self.told.len(), wide.told.len());
        for ((call, text), (_, wide_text)) in self.told.iter().zip(&wide.told) {
            let (said, known) = (self.words(text), wide.words(wide_text));
            for (word, count) in &known {
                let found = said.get(word).copied().unwrap_or(0);
                let width = self.width;
                assert!(found >= *count, "{call}: {found} of {count} `{word}` at {width} columns:\n{text}");
            }
            let new: Vec<_> = said.keys().filter(|word| !known.contains_key(*word)).collect();
            assert!(new.is_empty(), "{call}: {new:?} at {} columns alone:\n{text}", self.width);
        }
    }

    fn words(&self, text: &str) -> BTreeMap<String, usize> {
        let is_frame = |c: char| ('\u{2500}'..='\u{257f}').contains(&c);
        let text = text.replace(self.folder.path().to_str().unwrap(), "FOLDER");
        let mut words = BTreeMap::new();
        for word in text.split_whitespace().map(|word| word.trim_end_matches(':')) {
            if !word.chars().all(is_frame) {
                *words.entry(word.to_owned()).or_default() += 1;
            }
        }
        words
    }
}

/// Whether a line is one item, a command to copy, YAML to paste, or a line of the policy as it stands there.
fn is_unbreakable(line: &str) -> bool {
    let line = line.trim();
    let is_item = line.split('`').step_by(2).all(|outside| !outside.contains(' '));
    let is_source = line.split_once(" │ ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    is_item || is_source || line.starts_with("seatwise ") || line.starts_with("- {guard: ")
}

/// Tells a story on each terminal, and asserts that everything fits, and that nothing is lost.
fn tell_at_each_width(tell: fn(&mut Story)) {
    let stories = std::thread::scope(|threads| {
        let telling = WIDTHS.map(|width| {
            threads.spawn(move || {
                let mut story = Story::new(width);
                tell(&mut story);
                story
            })
        });
        telling.map(|story| story.join().unwrap())
    });
    let [narrow @ .., wide] = &stories;
    stories.iter().for_each(Story::assert_fits);
    narrow.iter().for_each(|story| story.assert_words_of(wide));
}

#[test]
fn whatever_is_said_of_a_policy_and_its_organization_fits() {
    tell_at_each_width(|story| {
        copy_folder(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme-engineering"),
            story.folder.path(),
        );
        story.commit("Begin with everybody who works on the bridges, the roads and the tunnels");
        story.call("validate").call("plan --full").call("resume").call("drift").call("audit --policy");
        story.call("plan --out plan.json").call("work-order plan.json --out order").call("confirm order");
        story.call("apply --yes").call("confirm order").call("plan --withheld").call("drift");
        story.call("runs").call("runs prune").call("runs dismiss 2026");
        story.call("sandbox show").call("sandbox show --outbox").call("sandbox show --audit 20");
        for question in [
            "who can use openroads-designer",
            "who can use openroads-designer --compare",
            "who has co-administrator",
            "who is in designers --compare",
            "what ana.silva@acme.example",
            "why ana.silva@acme.example openroads-designer",
            "review",
            "audit",
            "audit --explain open-exposure",
        ] {
            story.call(question);
        }
        story.edit("users/lisbon.yaml", "ana.silva@acme.example", "anna.silva@acme.example");
        story.commit("Spell the name of Anna Silva, who leads the road designers in Lisbon, as she does");
        story.call("plan").call("history").call("apply").call("apply --yes --approve 12345678");
        story
            .call("who can use openroads-designer --compare")
            .call("import --out .live")
            .call("import --out .live")
            .call("import --out .pinned --ids");
        let run = std::fs::read_dir(story.folder.path().join(".seatwise/journal")).unwrap();
        let run = run.map(|entry| entry.unwrap().file_name().into_string().unwrap()).min().unwrap();
        story.call(&format!("undo {}", run.split('.').next().unwrap()));
        story.call("undo last").call("apply --format json --approve 12345678");
        story.call("who can use nothing").call("what nobody@acme.example").call("undo no-run");
        for mistake in [
            "export .live",
            "plan .",
            "apply .",
            "destroy",
            "apply --dry-run",
            "-C nowhere plan",
            "who lisbon",
        ] {
            story.call(mistake);
        }
        story.edit("access.yaml", "openroads-designer", "openroad-designer");
        story.edit("users/porto.yaml", "groups:", "gruops:");
        story.call("validate").call("plan").call("plan --accept-shrink everything");
        story.assert_tells_of(&OF_THE_POLICY);
    });
}

/// The commands whose texts are those about a policy and its organization.
const OF_THE_POLICY: [&str; 20] = [
    "validate",
    "plan",
    "apply",
    "resume",
    "undo",
    "work-order",
    "confirm",
    "drift",
    "runs dismiss",
    "runs prune",
    "import",
    "who can use",
    "who has",
    "who is in",
    "what",
    "why",
    "audit",
    "history",
    "review",
    "sandbox show",
];

/// The commands whose texts are those about use and money.
const OF_USE_AND_MONEY: [&str; 12] = [
    "sandbox init",
    "sandbox generate-usage",
    "usage collect",
    "usage peaks",
    "usage daily",
    "usage users",
    "usage machines",
    "usage forecast",
    "usage inactive",
    "usage advise",
    "billing invoices",
    "billing payments",
];

/// The commands that print files of a fixed form or statements, and the one that serves until it is stopped.
const WITHOUT_TEXT: [&str; 5] = ["schema", "completions", "man", "usage sql", "sandbox serve"];

#[test]
fn every_command_is_in_a_story() {
    let told = [&OF_THE_POLICY[..], &OF_USE_AND_MONEY, &WITHOUT_TEXT, &["billing overages"]].concat();
    for (name, _) in super::command_tree::commands() {
        assert!(told.contains(&name.as_str()), "no story has `{name}`");
    }
}

#[test]
fn whatever_is_said_of_use_and_money_fits() {
    tell_at_each_width(|story| {
        std::fs::write(
            story.folder.path().join("seatwise.yaml"),
            "version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\n",
        )
        .unwrap();
        for call in [
            "sandbox init --users 300",
            "usage peaks",
            "sandbox generate-usage --months 9",
            "usage collect --live",
            "usage peaks",
            "usage peaks --from 2026-10-01 --country GB",
            "usage daily --from 2026-11-20",
            "usage users --product microstation",
            "usage machines --product microstation",
            "usage forecast",
            "usage inactive",
            "usage advise",
            "billing invoices",
            "billing invoices 2026Q1-GB",
            "billing payments",
            "billing overages",
            "plan",
            "audit",
            "review",
            "who can use microstation",
            "usage peaks --who --product microstation",
            "usage peaks --product no-such-product",
            "billing overages --country GB --from 2026Q2 --to 2026Q2",
            "usage users --user nobody*",
        ] {
            story.call(call);
        }
        story.assert_tells_of(&OF_USE_AND_MONEY);
    });
}

#[test]
fn help_fits() {
    tell_at_each_width(|story| {
        call_help_below(story, "");
        story.call("--help").call("plan --nothing").call("usage").call("why somebody");
        assert!(story.told.len() > 60, "every command was asked for its help");
    });
}

/// Asks a command and those below it for their short and long help.
fn call_help_below(story: &mut Story, command: &str) {
    story.call(&format!("{command} --help")).call(&format!("{command} -h"));
    let (_, short) = story.told.last().unwrap().clone();
    let listed = short.split("Commands:\n").nth(1).unwrap_or_default();
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let names =
        listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    for name in names {
        call_help_below(story, &format!("{command} {name}"));
    }
}
