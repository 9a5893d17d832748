//! One command line: what holds for one command holds for all. Each test holds one rule of the tree that clap
//! has of the commands and their options.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, ArgAction, Command as Tree};
use seatwise::cli::command_line;

/// The commands that report, with what their reports are.
const REPORTS: [(&str, &[ReportUse]); 40] = {
    use ReportUse::{HasLines, IsFiled, IsReviewed};
    [
        ("validate", &[HasLines]),
        ("plan", &[IsReviewed]),
        ("apply", &[]),
        ("resume", &[]),
        ("undo", &[]),
        ("runs dismiss", &[]),
        ("runs prune", &[]),
        ("work-order", &[]),
        ("confirm", &[IsReviewed, IsFiled]),
        ("drift", &[IsReviewed, IsFiled]),
        ("import", &[]),
        ("who can use", &[IsFiled]),
        ("who has", &[IsFiled]),
        ("who is in", &[IsFiled]),
        ("what", &[IsFiled]),
        ("why", &[IsFiled]),
        ("audit", &[HasLines, IsReviewed, IsFiled]),
        ("history", &[IsReviewed, IsFiled]),
        ("review", &[IsFiled]),
        ("usage collect", &[]),
        ("usage peaks", &[IsReviewed, IsFiled]),
        ("usage daily", &[IsReviewed, IsFiled]),
        ("usage users", &[IsReviewed, IsFiled]),
        ("usage machines", &[IsReviewed, IsFiled]),
        ("usage forecast", &[IsReviewed, IsFiled]),
        ("usage inactive", &[IsReviewed, IsFiled]),
        ("usage advise", &[IsReviewed, IsFiled]),
        ("usage sql", &[]),
        ("billing invoices", &[IsFiled]),
        ("billing payments", &[IsFiled]),
        ("billing overages", &[IsFiled]),
        ("sandbox init", &[]),
        ("sandbox show", &[]),
        ("sandbox serve", &[]),
        ("sandbox generate-usage", &[]),
        // These print a file of a fixed form, and no report.
        ("schema", &[]),
        ("completions", &[]),
        ("man", &[]),
        // Groups of commands.
        ("", &[]),
        ("help", &[]),
    ]
};

/// What a report is for, which decides its formats.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ReportUse {
    /// It names lines of files, which hosts of code show in place.
    HasLines,
    /// It goes into a pull request.
    IsReviewed,
    /// It is a table that somebody files or sends on.
    IsFiled,
}

const FIXED_FORMS: [&str; 3] = ["schema", "completions", "man"];

/// What commands are about, and so may stand without an option before it.
const SUBJECTS: [(&str, &[&str]); 18] = [
    ("apply", &["plan"]),
    ("undo", &["run"]),
    ("runs dismiss", &["run"]),
    ("work-order", &["plan"]),
    ("confirm", &["folder"]),
    ("who can use", &["product"]),
    ("who has", &["role"]),
    ("who is in", &["group"]),
    ("what", &["user"]),
    ("why", &["user", "product"]),
    ("usage sql", &["question"]),
    ("usage collect", &["files"]),
    ("usage *", &["files"]),
    ("billing invoices", &["number"]),
    ("billing overages", &["files"]),
    ("schema", &["kind"]),
    ("completions", &["shell"]),
    ("*", &[]),
];

/// The filters that reports of use take, and which others take some of them.
const FILTERS: [&str; 5] = ["product", "user", "group", "country", "role"];

/// Every command that can be run, by the words that name it.
pub(super) fn commands() -> Vec<(String, Tree)> {
    fn walk(command: &Tree, words: &str, found: &mut Vec<(String, Tree)>) {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            let words = format!("{words} {}", sub.get_name()).trim().to_owned();
            if sub.has_subcommands() {
                walk(sub, &words, found);
            } else {
                found.push((words, sub.clone()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&command_line(), "", &mut found);
    found
}

fn options(command: &Tree) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_positional())
}

fn value_name(arg: &Arg) -> String {
    arg.get_value_names().map(|names| names.join(" ")).unwrap_or_default()
}

fn words_of(arg: &Arg) -> BTreeSet<String> {
    arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

fn option<'a>(command: &'a Tree, name: &str) -> Option<&'a Arg> {
    options(command).find(|arg| arg.get_long() == Some(name))
}

#[test]
fn every_command_is_known_to_these_rules() {
    let known: BTreeSet<&str> = REPORTS.iter().map(|(name, _)| *name).collect();
    for (name, _) in commands() {
        assert!(known.contains(name.as_str()), "`{name}` is in no table: does it report, and for whom?");
    }
}

#[test]
fn policy_folder_is_named_in_one_way() {
    let root = command_line();
    let dir = option(&root, "dir").expect("there is `--dir`");
    assert_eq!((dir.get_short(), value_name(dir).as_str()), (Some('C'), "DIR"));
    assert!(dir.is_global_set());
    for (name, command) in commands() {
        for arg in command.get_arguments().filter(|arg| arg.get_id() != "dir") {
            assert!(
                !value_name(arg).contains("DIR"),
                "`{name}` takes a folder of a policy by {}",
                arg.get_id()
            );
        }
        for gone in ["live-from", "force"] {
            assert!(option(&command, gone).is_none(), "`{name} --{gone}`");
        }
    }
}

#[test]
fn what_stands_alone_is_what_the_command_is_about() {
    for (name, command) in commands() {
        let group = name.split(' ').next().map(|group| format!("{group} *"));
        let about =
            |entry: &&(&str, &[&str])| entry.0 == name || Some(entry.0) == group.as_deref() || entry.0 == "*";
        let (_, subjects) = SUBJECTS.iter().find(about).unwrap();
        let alone: Vec<&str> = command.get_positionals().map(|arg| arg.get_id().as_str()).collect();
        let billing = ["billing payments"].contains(&name.as_str());
        assert_eq!(alone, if billing { &[][..] } else { subjects }, "`{name}`");
    }
}

#[test]
fn every_report_offers_the_formats_of_its_use() {
    for (name, command) in commands() {
        if FIXED_FORMS.contains(&name.as_str()) {
            assert!(option(&command, "format").is_none(), "`{name}`");
            assert!(option(&command, "out").is_some(), "`{name}`");
            continue;
        }
        let (_, uses) = REPORTS.iter().find(|(known, _)| *known == name).unwrap();
        let mut wanted = BTreeSet::from(["text", "json"]);
        for of_use in *uses {
            wanted.extend(match of_use {
                ReportUse::HasLines => &["short", "sarif", "github", "gitlab"][..],
                ReportUse::IsReviewed => &["markdown"],
                ReportUse::IsFiled => &["csv", "html", "pdf"],
            });
        }
        let format = option(&command, "format").unwrap_or_else(|| panic!("`{name}` has no `--format`"));
        let offered = words_of(format);
        let offered: BTreeSet<&str> = offered.iter().map(String::as_str).collect();
        let missing: Vec<_> = wanted.difference(&offered).collect();
        assert!(missing.is_empty(), "`{name}` lacks {missing:?}");
        let more: Vec<_> = offered.difference(&wanted).filter(|word| **word != "markdown").collect();
        assert!(more.is_empty(), "`{name}` offers {more:?}");
    }
}

/// The commands whose result is a folder, and those that keep nothing but the organization itself.
#[test]
fn every_report_is_kept_by_out() {
    for (name, command) in commands() {
        let Some(out) = option(&command, "out") else {
            let keeps_nothing = name.starts_with("sandbox ") || name == "usage collect";
            assert!(keeps_nothing, "`{name}` has no `--out`");
            continue;
        };
        let is_folder = ["work-order", "import", "schema", "man"].contains(&name.as_str());
        assert_eq!(value_name(out), if is_folder { "FOLDER" } else { "FILE" }, "`{name}`");
    }
}

/// The same option means the same: it takes the same value, as often, and is said to be the same.
#[test]
fn option_of_one_name_is_one_option() {
    let (mut known, mut others) = (BTreeMap::<String, (String, String)>::new(), Vec::new());
    // What these mean depends on what is reported, and is said with each.
    let differs = ["format", "out", "from", "to", "approve", "yes", "strict", "seed", "users", "exports"];
    for (name, command) in commands() {
        for arg in options(&command) {
            let long = arg.get_long().unwrap_or_default().to_owned();
            // A folder is written once, and files as often as they are wanted.
            let is_out = long == "out";
            let form = format!(
                "{} {:?} {:?}",
                if is_out { String::new() } else { value_name(arg).replace("REV|", "") },
                arg.get_short(),
                if is_out { &ArgAction::Set } else { arg.get_action() }
            );
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let help = if differs.contains(&&*long) { String::new() } else { help };
            let (first, said) =
                known.entry(long.clone()).or_insert_with(|| (name.clone(), format!("{form}: {help}")));
            let own = format!("{form}: {help}");
            if *said != own {
                others.push(format!(
                    "`--{long}` of `{first}` and of `{name}`:
  {said}
  {own}"
                ));
            }
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn days_are_asked_for_by_the_same_words() {
    for (name, command) in commands() {
        for arg in ["as-of", "from", "to", "at"].iter().filter_map(|word| option(&command, word)) {
            let named = value_name(arg);
            assert!(["DAY", "REV|DAY"].contains(&&*named), "`{name} --{}` takes {named}", arg.get_id());
            assert!(arg.is_allow_hyphen_values_set(), "`{name} --{} -30d`", arg.get_id());
        }
        for other in ["date", "since", "until", "day", "month"] {
            assert!(option(&command, other).is_none(), "`{name} --{other}`");
        }
    }
}

#[test]
fn questions_about_a_state_name_it_in_one_way() {
    for name in ["who can use", "who has", "who is in", "what", "why"] {
        let (_, command) = commands().into_iter().find(|(known, _)| known == name).unwrap();
        for word in ["policy", "compare", "at", "as-of"] {
            assert!(option(&command, word).is_some(), "`{name}` has no `--{word}`");
        }
    }
}

#[test]
fn filters_are_the_same_everywhere() {
    let mut with_all = BTreeSet::new();
    for (name, command) in commands() {
        let found: Vec<&Arg> = FILTERS.iter().filter_map(|word| option(&command, word)).collect();
        for arg in &found {
            assert!(
                matches!(arg.get_action(), ArgAction::Append),
                "`{name} --{}` is taken once",
                arg.get_id()
            );
        }
        if found.len() == FILTERS.len() {
            with_all.insert(name.clone());
        }
        assert!(
            found.is_empty() || found.len() == FILTERS.len() || name.starts_with("billing"),
            "`{name}` takes some filters and not others"
        );
    }
    let usage = ["peaks", "daily", "users", "machines", "forecast", "inactive", "advise", "sql"];
    for name in usage.map(|report| format!("usage {report}")).iter().chain([&"history".to_owned()]) {
        assert!(with_all.contains(name), "`{name}` does not take every filter");
    }
}

#[test]
fn what_asks_is_answered_by_yes() {
    for (name, command) in commands() {
        let asks = ["apply", "undo", "resume", "runs prune", "runs dismiss", "import", "sandbox init"]
            .contains(&name.as_str());
        let yes = option(&command, "yes");
        assert_eq!(yes.is_some(), asks, "`{name}`");
        assert!(yes.is_none_or(|yes| yes.get_short() == Some('y')), "`{name}`");
    }
}

#[test]
fn global_options_are_shown_once() {
    let root = command_line();
    let global: BTreeSet<String> =
        root.get_arguments().filter(|arg| arg.is_global_set()).map(|arg| arg.get_id().to_string()).collect();
    let connection = ["url", "token_file", "ca_file"];
    let shown = |arg: &Arg| !arg.is_hide_set();
    for arg in root.get_arguments().filter(|arg| arg.get_id() != "now") {
        assert!(shown(arg), "`seatwise help` does not show {}", arg.get_id());
    }
    let offline = [
        "validate",
        "schema",
        "completions",
        "man",
        "sandbox init",
        "sandbox show",
        "sandbox generate-usage",
    ];
    for (name, command) in commands() {
        for arg in command.get_arguments().filter(|arg| global.contains(arg.get_id().as_str())) {
            let connects = !offline.contains(&name.as_str()) && connection.contains(&arg.get_id().as_str());
            assert_eq!(shown(arg), connects, "`{name} --help` and {}", arg.get_id());
        }
    }
}

#[test]
fn examples_in_help_are_command_lines() {
    let mut tried = 0;
    let root = command_line();
    let helps = commands().into_iter().chain([("help".to_owned(), root)]);
    for (name, command) in helps {
        let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.contains("xample") || name == "help", "`{name}` has no example");
        let lines = help.lines().filter_map(|line| line.strip_prefix("  seatwise "));
        for line in lines {
            for part in line.split("&& seatwise ").take(2) {
                // What follows two spaces or a pipe is not part of the command.
                let part = part.split("  ").next().unwrap().split(['|', '>', '&']).next().unwrap();
                let words = shlex::split(&format!("seatwise {part}")).unwrap();
                let parsed = command_line().try_get_matches_from(words);
                let is_help = |error: &clap::Error| !error.use_stderr();
                assert!(
                    parsed.as_ref().is_ok_and(|_| true) || parsed.as_ref().err().is_some_and(is_help),
                    "`{name}`: `seatwise {part}`: {}",
                    parsed.unwrap_err()
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 40, "only {tried} examples were found");
}
