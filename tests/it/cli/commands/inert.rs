//! What is printed is inert: whatever the texts of a policy, a repository or a service hold, no terminal obeys
//! them, and no CI system that reads the log takes a line of theirs for a command.

mod hostile_firm;
mod inert_check;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Command as Tree;
use seatwise::cli::command_line;
use seatwise::wire::TokenScope;

use super::echoing_service::{Echo, EchoingService, call};
use crate::connector::transport::credentials::{founded_store, http_quickstart, scim_quickstart};
use crate::sandbox::serve::{ServedSandbox, ServiceQuirks};
use crate::worlds::law::number_from_env;
use hostile_firm::{ARGUMENT, HostileFirm, LIVE};
use inert_check::{OutputForm, faults_of};

/// The width of the texts that are tried: narrow ones wrap at other words.
const WIDTHS: [&str; 2] = ["60", "80"];

/// One call of the program, with the form of what it writes.
#[derive(Debug, Clone)]
struct HostileCall {
    args: Vec<String>,
    width: &'static str,
    form: OutputForm,
}

/// Calls the program in the hostile firm, and gathers what of its output is not inert.
struct OutputTrial {
    folder: PathBuf,
    faults: Mutex<Vec<String>>,
    told: Mutex<BTreeSet<String>>,
    calls: AtomicUsize,
}

impl OutputTrial {
    fn new(firm: &HostileFirm) -> Self {
        Self {
            folder: firm.path(""),
            faults: Mutex::default(),
            told: Mutex::default(),
            calls: AtomicUsize::new(0),
        }
    }

    /// Makes the calls, on as many threads as there are processors.
    fn make(&self, calls: &[HostileCall]) {
        let next = AtomicUsize::new(0);
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(call) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.make_one(call);
                    }
                });
            }
        });
    }

    fn make_one(&self, call: &HostileCall) {
        let HostileCall { args, width, form } = call;
        let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
        program
            .env_clear()
            .env("XDG_STATE_HOME", crate::state_home::state_home())
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("COLUMNS", width);
        program.env("SEATWISE_NOW", "2026-11-24T10:00:00Z").current_dir(&self.folder);
        let ended = program.args(args).stdin(Stdio::null()).output().unwrap();
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut faults = Vec::new();
        let mut seen = false;
        let errors = if *form == OutputForm::Coloured { *form } else { OutputForm::Text };
        for (name, bytes, form) in [("stdout", &ended.stdout, *form), ("stderr", &ended.stderr, errors)] {
            let text = String::from_utf8_lossy(bytes);
            seen |= text.contains("h0st");
            faults.extend(faults_of(&text, form).into_iter().map(|fault| format!("{name}: {fault}")));
        }
        if ended.status.code().is_none_or(|code| code == 101) {
            faults.push(format!("ended by {}", ended.status));
        }
        if seen {
            self.told.lock().unwrap().insert(args.iter().take(2).cloned().collect::<Vec<_>>().join(" "));
        }
        let place = format!("{args:?} at {width}");
        self.faults.lock().unwrap().extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
    }

    fn assert_inert(self) -> usize {
        let faults = self.faults.into_inner().unwrap();
        let shown: Vec<&String> = faults.iter().take(40).collect();
        assert!(faults.is_empty(), "{} of {:?}: {shown:#?}", faults.len(), self.calls);
        self.calls.into_inner()
    }
}

/// The commands that do something, with the words that name each.
fn leaf_commands(tree: &Tree, words: &[String], leaves: &mut Vec<(Vec<String>, Tree)>) {
    if !tree.has_subcommands() {
        leaves.push((words.to_vec(), tree.clone()));
    }
    for sub in tree.get_subcommands().filter(|sub| sub.get_name() != "help") {
        leaf_commands(sub, &[words, &[sub.get_name().to_owned()]].concat(), leaves);
    }
}

/// The commands, each as it is called after its words to read something of the hostile firm.
fn arguments_of(words: &str, firm: &HostileFirm) -> Vec<Vec<String>> {
    let of = |args: &[&str]| vec![args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>()];
    let (user, product, group) = (firm.user.as_str(), firm.product.as_str(), firm.group.as_str());
    match words {
        "validate" | "drift" | "audit" | "review" | "runs" | "usage peaks" | "usage daily"
        | "usage users" | "usage machines" | "usage forecast" | "usage inactive" | "usage advise"
        | "billing invoices" | "billing payments" | "billing overages" | "sandbox show" | "schema"
        | "man" => of(&[]),
        "plan" => [of(&[]), of(&["--full", "--withheld"]), of(&["--approvals"])].concat(),
        "apply" | "resume" => of(&[]),
        "undo" | "runs dismiss" => of(&["last"]),
        "runs prune" => of(&["--keep", "0"]),
        "work-order" => of(&["plan.json", "--out", "order-again"]),
        "confirm" => of(&["order"]),
        "import" => of(&["--out", "imported"]),
        "who can use" => [of(&[product]), of(&[product, "--compare"])].concat(),
        "who has" => of(&["bim-viewer", "--compare"]),
        "who is in" => of(&[group, "--compare"]),
        "what" => of(&[user, "--compare"]),
        "why" => [of(&[user, product, "--policy"]), of(&[user, product])].concat(),
        "history" => of(&["--from", "HEAD~1"]),
        "usage collect" => of(&["hostile.csv"]),
        "usage sql" => of(&["peaks", "--dialect", "duckdb", "--product", product]),
        "sandbox init" | "sandbox generate-usage" => of(&["--seed", ARGUMENT]),
        "sandbox serve" => of(&["--listen", ARGUMENT]),
        "completions" => of(&["bash"]),
        other => panic!("`{other}` is a new command: say how it is called"),
    }
}

/// All calls of a command with each of its formats. A file has the bytes of stdout, as another test says.
fn calls_of(words: &[String], tree: &Tree, firm: &HostileFirm) -> Vec<HostileCall> {
    let formats: Vec<String> = tree
        .get_arguments()
        .find(|arg| arg.get_long() == Some("format"))
        .map(|arg| arg.get_possible_values().iter().map(|word| word.get_name().to_owned()).collect())
        .unwrap_or_default();
    let name = words.join(" ");
    let mut calls = Vec::new();
    for args in arguments_of(&name, firm) {
        let args = [words, &args].concat();
        let form = if name == "schema" { OutputForm::Json } else { OutputForm::Text };
        let formats = if args.contains(&"--approvals".to_owned()) { &[][..] } else { &formats };
        for width in WIDTHS {
            calls.push(HostileCall { args: args.clone(), width, form });
        }
        // Of a page of paper, nothing is obeyed.
        for format in formats.iter().filter(|format| !["text", "pdf"].contains(&&***format)) {
            let form = OutputForm::from_format(format);
            let args = [&args[..], &["--format".to_owned(), format.clone()]].concat();
            calls.push(HostileCall { args: args.clone(), width: "80", form });
        }
    }
    calls
}

#[test]
fn every_command_writes_every_format_inert() {
    let firm = HostileFirm::new();
    let trial = OutputTrial::new(&firm);
    let mut leaves = Vec::new();
    leaf_commands(&command_line(), &[], &mut leaves);
    let calls: Vec<_> = leaves.iter().flat_map(|(words, tree)| calls_of(words, tree, &firm)).collect();
    let (writing, reading): (Vec<_>, Vec<_>) =
        calls.into_iter().partition(|call| ["apply", "resume", "undo", "runs"].contains(&&*call.args[0]));
    trial.make(&reading);
    writing.iter().for_each(|call| trial.make_one(call));
    // Then each change, carried out.
    firm.lift_guards();
    for args in [&["apply", "--yes"][..], &["undo", "last", "--yes"], &["apply", "--yes", "--format", "json"]]
    {
        let form = if args.len() > 3 { OutputForm::Json } else { OutputForm::Text };
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        trial.make_one(&HostileCall { args, width: "60", form });
    }
    let told = trial.told.lock().unwrap().clone();
    assert!(trial.assert_inert() > 150, "so many calls were made");
    firm.assert_files_inert();
    for command in [
        "plan",
        "audit",
        "review",
        "history",
        "drift",
        "confirm order",
        "usage peaks",
        "why",
        "apply",
        "undo",
    ] {
        assert!(
            told.iter().any(|words| words.starts_with(command)),
            "{command} told nothing hostile: {told:?}"
        );
    }
}

#[test]
fn hostile_words_on_the_command_line_are_told_inert() {
    let firm = HostileFirm::new_small();
    let trial = OutputTrial::new(&firm);
    let mut leaves = Vec::new();
    leaf_commands(&command_line(), &[], &mut leaves);
    let mut calls = vec![vec![ARGUMENT.to_owned()], vec!["-C".into(), ARGUMENT.into(), "plan".into()]];
    let (mut asked, everywhere) = (BTreeSet::new(), number_from_env("SEATWISE_WORLDS", 1) > 1);
    // A service that is told nothing wrong waits for requests.
    leaves.retain(|(words, _)| words.join(" ") != "sandbox serve");
    for (words, tree) in &leaves {
        let with = |more: &[&str]| {
            [&words[..], &more.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()].concat()
        };
        calls.push(with(&[ARGUMENT]));
        calls.push(with(&[ARGUMENT, ARGUMENT]));
        calls.push(with(&[&format!("--{ARGUMENT}")]));
        for arg in tree.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            let Some(long) = arg.get_long().filter(|long| *long != "listen") else { continue };
            // What one command says of an option, the others say as well.
            if !asked.insert(long.to_owned()) && !everywhere {
                continue;
            }
            calls.push(with(&[&format!("--{long}"), ARGUMENT]));
            calls.push(with(&[&format!("--{long}={ARGUMENT}"), ARGUMENT]));
        }
    }
    let calls: Vec<_> =
        calls.into_iter().map(|args| HostileCall { args, width: "60", form: OutputForm::Text }).collect();
    trial.make(&calls);
    assert!(trial.assert_inert() > 150, "so many calls were made");
}

#[test]
fn problems_of_a_hostile_policy_are_told_inert_whatever_is_wrong() {
    let firm = HostileFirm::new_small();
    let trial = OutputTrial::new(&firm);
    let mut calls = Vec::new();
    for folder in firm.write_broken_policies() {
        for format in ["text", "short", "json", "sarif", "github", "gitlab", "markdown"] {
            let form = OutputForm::from_format(format);
            let args = ["-C", &folder, "validate", "--format", format].map(str::to_owned).to_vec();
            calls.push(HostileCall { args, width: "60", form });
        }
        for words in [&["plan"][..], &["plan", "--color", "always"]] {
            let args = [&["-C", &*folder], words].concat().into_iter().map(str::to_owned).collect();
            let form = if words.len() > 1 { OutputForm::Coloured } else { OutputForm::Text };
            calls.push(HostileCall { args, width: "80", form });
        }
    }
    trial.make(&calls);
    assert!(trial.assert_inert() > 150, "so many calls were made");
}

/// Hostile words in errors, in pages and in bodies, on reads and on writes, with the log that `-v` adds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_hostile_service_says_is_told_inert() {
    let served = ServedSandbox::with_quirks(founded_store(), ServiceQuirks::default()).await;
    let mut seen = 0;
    for echo in
        [Echo::Problem(403), Echo::Problem(422), Echo::Redirect(302), Echo::Page, Echo::Body, Echo::Writes]
    {
        for scim in [false, true] {
            let service = EchoingService::with_words(&served, echo, Some(LIVE)).await;
            let folder = if scim { scim_quickstart() } else { http_quickstart() };
            let url = service.url + if scim { "/scim/v2" } else { "" };
            let token = served.token(&TokenScope::ALL);
            let variables =
                BTreeMap::from([("SEATWISE_URL", url), ("SEATWISE_TOKEN", token), ("COLUMNS", "60".into())]);
            for (args, out, err) in [
                (&["plan", "-vvv"][..], OutputForm::Text, OutputForm::Text),
                (&["plan", "-vvv", "--log-format", "json", "--quiet"], OutputForm::Text, OutputForm::Text),
                (&["apply", "--yes", "-v"], OutputForm::Text, OutputForm::Text),
                (&["resume"], OutputForm::Text, OutputForm::Text),
                (&["runs", "--format", "json"], OutputForm::Json, OutputForm::Text),
                (&["apply", "--yes", "--format", "json"], OutputForm::Json, OutputForm::Text),
                (&["audit", "--format", "sarif"], OutputForm::Json, OutputForm::Text),
                (&["import", "--out", "imported"], OutputForm::Text, OutputForm::Text),
            ] {
                let ended = call(folder.path(), args, &variables).await;
                seen += usize::from(ended.out.contains("h0st") || ended.err.contains("h0st"));
                for (text, form) in [(&ended.out, out), (&ended.err, err)] {
                    assert_eq!(faults_of(text, form), [""; 0], "{echo:?}, SCIM {scim}: {args:?}");
                }
            }
        }
    }
    assert!(seen > 20, "{seen} answers had something hostile in them");
}
