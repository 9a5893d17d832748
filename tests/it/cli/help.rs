//! Help, schemas, completions and manual pages are all made from one description of the command line.

use super::*;

const COMMANDS: [&str; 12] = [
    "validate",
    "plan",
    "apply",
    "resume",
    "undo",
    "work-order",
    "confirm",
    "drift",
    "sandbox",
    "schema",
    "completions",
    "man",
];

#[test]
fn help_lists_every_command_and_exit_code() {
    let quickstart = Quickstart::new();
    let help = quickstart
        .run(&["--help"])
        .assert_exit(0, &["Exit codes:", "  64  bad command line", "seatwise -C examples/quickstart apply"])
        .out;
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is not in:\n{help}");
    }
    assert!(
        !help.contains("SEATWISE_NOW") && !help.contains("--now"),
        "what is only for tests is not offered"
    );
    quickstart.run(&["--version"]).assert_exit(0, &[concat!("seatwise ", env!("CARGO_PKG_VERSION"))]);
}

#[test]
fn help_of_every_command_has_an_example() {
    let quickstart = Quickstart::new();
    for command in COMMANDS.iter().filter(|command| **command != "sandbox") {
        quickstart.run(&[command, "--help"]).assert_exit(0, &["Example", &format!("seatwise {command}")]);
    }
    for command in ["init", "show", "serve"] {
        quickstart.run(&["sandbox", command, "--help"]).assert_exit(0, &["Example"]);
    }
    for command in ["advise", "collect", "peaks", "daily", "users", "machines", "inactive", "sql"] {
        quickstart
            .run(&["usage", command, "--help"])
            .assert_exit(0, &["Example", &format!("seatwise usage {command}")]);
    }
}

#[test]
fn schemas_are_printed_and_written() {
    let quickstart = Quickstart::new();
    let all: serde_json::Value =
        serde_json::from_str(&quickstart.run(&["schema"]).assert_exit(0, &[]).out).unwrap();
    assert_eq!(
        all.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["confirm", "organization-api", "plan", "policy", "settings"]
    );
    let one: serde_json::Value = serde_json::from_str(
        &quickstart.run(&["schema", "settings", "--draft", "draft-07"]).assert_exit(0, &[]).out,
    )
    .unwrap();
    assert_eq!(one["$schema"], "http://json-schema.org/draft-07/schema#");
    quickstart.run(&["schema", "--out", ".schema"]).assert_exit(0, &[]);
    let fresh =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/policy.schema.json"))
            .unwrap();
    assert_eq!(quickstart.read(".schema/policy.schema.json"), fresh);
}

#[test]
fn completions_and_manual_know_the_commands() {
    let quickstart = Quickstart::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        quickstart.run(&["completions", shell]).assert_exit(0, &["validate", "accept-shrink"]);
    }
    quickstart.run(&["man"]).assert_exit(0, &[".TH seatwise", "Exit codes"]);
    quickstart.run(&["man", "--out", ".man"]).assert_exit(0, &[]);
    assert!(quickstart.read(".man/seatwise-plan.1").contains("detailed"));
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let quickstart = Quickstart::new();
    assert!(!quickstart.run(&["plan"]).out.contains('\u{1b}'));
    assert!(quickstart.run(&["plan", "--color", "always"]).out.contains('\u{1b}'));
}

#[test]
fn one_table_gives_the_order_of_exit_codes() {
    let office = Quickstart::with_exports();
    office
        .run(&["--help"])
        .assert_exit(0, &["Where several hold, the first of 64, 1, 3, 6, 4, 9, 5, 8, 7, 2, 0."]);
    office.write("damaged.csv", &format!("{HEADER}{GOOD}1017,PT,A,broken\n"));
    let audit = |usage: &[&str]| office.run(&[&["audit", "--fail-on", "note"], usage].concat()).code;
    assert_eq!(
        (audit(&[]), audit(&["--usage", "damaged.csv"])),
        (7, 8),
        "damaged lines come before findings"
    );
}
