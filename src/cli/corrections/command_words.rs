//! Commands as other tools, earlier versions and short memories call them.

use super::{CommandLine, Correction};

/// A word, what is said of it, and the commands that do what it asks for. The words that follow it are kept
/// where the command ends in `…`.
type CommandWord = (&'static [&'static str], &'static str, &'static [&'static [&'static str]]);

const COMMAND_WORDS: &[CommandWord] = &[
    (
        &["destroy", "delete", "remove"],
        "nothing is destroyed at once: take it out of the policy, then plan and \
        apply",
        &[&["plan"], &["apply"]],
    ),
    (
        &["state", "list", "ls", "show", "get", "dump"],
        "there is no state beside the organization: it is read \
        each time",
        &[&["review"], &["what", "USER"], &["who", "can", "use", "PRODUCT"]],
    ),
    (
        &["sync", "push", "deploy", "run", "up", "reconcile", "converge"],
        "the policy is carried out by `apply`",
        &[&["apply", "…"]],
    ),
    (
        &["pull", "fetch", "refresh", "adopt", "dump-config", "download"],
        "what is live becomes a policy by \
        `import`",
        &[&["import", "--out", "FOLDER"]],
    ),
    (
        &["init", "new", "create", "setup"],
        "a policy begins with a file `seatwise.yaml`, or with what is live",
        &[&["import", "--out", "FOLDER"], &["sandbox", "init"]],
    ),
    (
        &["fmt", "format"],
        "a policy keeps the layout that people give it; `validate` reads it",
        &[&["validate", "…"]],
    ),
    (&["check", "lint", "verify", "test"], "a policy is checked by `validate`", &[&["validate", "…"]]),
    (
        &["diff", "preview", "dry-run", "dryrun", "changes"],
        "what would be done is shown by `plan`",
        &[&["plan", "…"]],
    ),
    (&["status", "detect"], "what has changed since the last apply is shown by `drift`", &[&["drift", "…"]]),
    (&["rollback", "revert", "restore"], "the way back from a run is `undo`", &[&["undo", "last"]]),
    (&["continue", "retry"], "a run that was interrupted is finished by `resume`", &[&["resume", "…"]]),
    (
        &["log", "blame", "changelog"],
        "who gained and lost what, by which commit, is told by `history`",
        &[&["history", "…"]],
    ),
    (
        &["report", "reports"],
        "reports are commands of their own",
        &[&["usage", "peaks"], &["billing", "overages"], &["review"], &["audit"]],
    ),
    (
        &["peaks", "daily", "forecast", "inactive", "advise", "collect", "sql", "machines"],
        "it is a command of \
        `usage`",
        &[&["usage", "", "…"]],
    ),
    (&["invoices", "payments", "overages"], "it is a command of `billing`", &[&["billing", "", "…"]]),
    (&["serve", "generate-usage"], "it is a command of `sandbox`", &[&["sandbox", "", "…"]]),
    (
        &["users", "people"],
        "people are asked about one by one, or all together",
        &[&["review"], &["what", "USER"], &["usage", "users"]],
    ),
    (
        &["licences", "licenses", "products"],
        "what is used and owned is counted by `usage`",
        &[&["usage", "peaks"], &["usage", "inactive"]],
    ),
    (
        &["explain"],
        "rules are explained by `audit`, access by `why`",
        &[&["audit", "--explain", "RULE"], &["why", "USER", "PRODUCT"]],
    ),
    (
        &["login", "auth", "configure"],
        "a service is shown a token: `--token-file`, or a variable such as \
        SEATWISE_TOKEN_FILE",
        &[&["plan", "--url", "URL", "--token-file", "FILE"]],
    ),
    (&["version"], "the version is an option", &[&["--version"]]),
    (
        &["workorder", "handover"],
        "files and steps for a person are written by `work-order`",
        &[&["work-order", "PLAN", "--out", "FOLDER"]],
    ),
    (
        &["can", "use", "has", "is"],
        "it is a question of `who`",
        &[&["who", "can", "use", "PRODUCT"], &["who", "has", "ROLE"], &["who", "is", "in", "GROUP"]],
    ),
];

/// Returns the correction of a command that is called otherwise here.
pub(super) fn known_elsewhere(line: &CommandLine, word: &str) -> Option<Correction> {
    if word == "export" {
        return Some(export_correction(line));
    }
    let lower = word.to_lowercase();
    let (_, said, commands) = COMMAND_WORDS.iter().find(|(words, ..)| words.contains(&&*lower))?;
    let rest = line.command().get(1..).unwrap_or_default();
    let right = commands.iter().map(|command| {
        let named = command.iter().filter(|part| **part != "…");
        let named: Vec<&str> = named.map(|part| if part.is_empty() { &*lower } else { part }).collect();
        let kept = if command.last() == Some(&"…") { rest } else { &[] };
        line.of_command(&named).add_words(&kept.iter().map(String::as_str).collect::<Vec<_>>())
    });
    Some(Correction::new(format!("there is no command `{word}`: {said}"), right))
}

/// `export OUT --from DIR` is `import --out OUT` in that folder.
fn export_correction(line: &CommandLine) -> Correction {
    let mut rest = line.command().iter().skip(1);
    let (mut out, mut folder, mut kept) = (None, None, Vec::new());
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--from" | "--dir" => folder = rest.next(),
            option if option.starts_with('-') => kept.push(option),
            _ => out = Some(word),
        }
    }
    let out = out.filter(|out| *out != ".").map_or_else(Vec::new, |out| vec!["--out", out]);
    let right = line.of_command(&[&["import"], &*out, &*kept].concat());
    let right = folder.map_or(right.clone(), |folder| right.in_folder(folder));
    Correction::new("there is no command `export`: what is live becomes a policy by `import`", [right])
}
