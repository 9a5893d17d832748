//! The README shows the real output of the program: `UPDATE_EXPECT=1 cargo test --test it readme` rewrites
//! the blocks of output.

use seatwise::audit::rules::{RULES, RULES_OF_THE_AUDIT};
use seatwise::render::findings;
use std::path::Path;

use seatwise::apply::RunId;
use seatwise::plan::approval::approve_plan;
use seatwise::plan::{Plan, file};
use seatwise::render::plan_text::PlanTextOptions;
use seatwise::render::{plan_markdown, plan_text};
use seatwise::sandbox::seed::SEED_FILE;

use crate::folders::{EmbeddedOrganization, files_with_ending, moment, overlaid_copy, repository_path};

/// The example's seed with events that no policy declares: somebody asks to join, a leaver has taken a
/// licence offline, and a named licence was assigned two weeks before the plan. The rest is the example's own
/// seed.
fn lived_in_seed(example: &Path) -> tempfile::TempDir {
    let seed = std::fs::read(example.join(SEED_FILE)).unwrap();
    let mut seed: serde_json::Value = serde_json::from_slice(&seed).unwrap();
    seed["users"].as_array_mut().unwrap().extend([
        serde_json::json!({"email": "paulo.dias@acme.example", "first_name": "Paulo", "last_name": "Dias",
            "country": "PT", "state": "pending"}),
        serde_json::json!({"email": "frank.foster@acme.example", "first_name": "Frank", "last_name": "Foster",
            "country": "US",
            "checkouts": [{"product": "microstation", "machine": "EXT-0417",
                "expires": "2026-12-20T17:00:00Z"}]}),
        serde_json::json!({"email": "hanna.obermeier@acme.example", "first_name": "Hanna",
            "last_name": "Obermeier", "country": "DE",
            "licences": {"staad-pro": "2026-11-10T08:00:00Z"}}),
    ]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(SEED_FILE), seed.to_string()).unwrap();
    folder
}

/// The plan of `acme-engineering` with one change of each kind, at five requests a second.
fn acme_plan() -> Plan {
    let example = repository_path("examples/acme-engineering");
    let changed = overlaid_copy("acme-engineering", "tests/acme-change");
    let world = EmbeddedOrganization::with_seed_of(lived_in_seed(&example).path());
    world.apply(&example, moment("2026-09-01T08:00:00Z"));
    // The embedded organization is as fast as its disk; a pace makes the plan state how long it will take.
    world.plan_with_pace(changed.path(), moment("2026-11-24T09:12:00Z"), Some(5))
}

/// Compares the block `name` between its marks with `shown`, or replaces the block where `UPDATE_EXPECT` is
/// set.
fn check_block(name: &str, shown: &str) {
    let path = repository_path("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let (before, rest) = readme.split_once(&begin).unwrap_or_else(|| panic!("the README has no `{begin}`"));
    let (found, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the README has no `{end}`"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, format!("{before}{begin}{shown}{end}{after}")).unwrap();
    } else {
        assert_eq!(found, shown, "the README is stale: run `UPDATE_EXPECT=1 cargo test --test it readme`");
    }
}

#[test]
fn readme_shows_the_plan_of_one_change_of_each_kind() {
    let plan = acme_plan();
    let in_text = plan_text::plan_text(
        &plan,
        PlanTextOptions { width: 140, withheld: true, ..PlanTextOptions::default() },
    );
    let in_markdown = plan_markdown::plan_markdown(&plan, 60_000);
    check_block("plan in text", &format!("```text\n{in_text}```\n"));
    check_block("plan in Markdown", &format!("{in_markdown}\n"));
    assert!(approve_plan(plan).is_ok(), "the plan shown is one that can be applied");
}

/// The commands of the session; `RUN` stands for the run that the first `apply` names. A guard refuses to
/// undo the invitation of a whole firm, and the page shows that refusal.
const SESSION: [&str; 6] = [
    "seatwise -C examples/quickstart validate",
    "seatwise -C examples/quickstart plan",
    "seatwise -C examples/quickstart apply --yes",
    "seatwise -C examples/quickstart apply --yes",
    "seatwise -C examples/quickstart import --out live",
    "seatwise -C examples/quickstart undo RUN --yes",
];

#[test]
fn readme_shows_a_whole_session() {
    let here = example_copy("examples/quickstart");
    let (mut shown, mut run) = (String::new(), None);
    for line in SESSION {
        let line = line.replace("RUN", run.as_deref().unwrap_or("RUN"));
        let said = command_output(&line, here.path());
        run = run.or_else(|| run_id(&said));
        shown += &format!("$ {line}\n{said}\n");
    }
    // The end of a run's name tells apart two runs in the same second, and differs each time.
    let run = run.expect("apply names its run");
    let shown = shown.replace(&run, "20261124T091200Z-7f3c91");
    check_block("session", &format!("```console\n{}\n```\n", shown.trim_end()));
}

const QUESTIONS: [&str; 2] = [
    "seatwise -C examples/acme-engineering who can use openbridge-modeler --policy",
    "seatwise -C examples/acme-engineering why joao.santos@acme.example openbridge-modeler --policy",
];

#[test]
fn readme_shows_who_can_use_what_and_why() {
    let here = example_copy("examples/acme-engineering");
    let shown = QUESTIONS.map(|line| format!("$ {line}\n{}\n", command_output(line, here.path()))).concat();
    check_block("answers", &format!("```console\n{}\n```\n", shown.trim_end()));
}

#[test]
fn readme_shows_an_audit_and_its_rules() {
    let here = example_copy("examples/acme-engineering");
    let line = "seatwise -C examples/acme-engineering audit --policy";
    check_block("audit", &format!("```console\n$ {line}\n{}```\n", command_output(line, here.path())));
    check_block(
        "audit rules",
        &findings::rules_markdown(RULES.iter().chain(&RULES_OF_THE_AUDIT).map(|rule| rule.summary())),
    );
    check_block("audit fields", &findings::fields_markdown());
}

#[test]
fn readme_shows_an_access_review() {
    let here = example_copy("examples/acme-engineering");
    command_output("seatwise -C examples/acme-engineering apply --yes --quiet", here.path());
    let line = "seatwise -C examples/acme-engineering review";
    check_block("review", &format!("```console\n$ {line}\n{}```\n", command_output(line, here.path())));
}

/// The table is the one of `seatwise help`.
#[test]
fn readme_shows_the_exit_codes() {
    let help = seatwise::cli::command_line().get_after_long_help().unwrap().to_string();
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let (codes, order) = codes.split_once("\nWhere").unwrap();
    let rows = codes.lines().map(|line| {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        format!("| {code} | {meaning} |\n")
    });
    let table = format!("| Code | Meaning |\n|--:|---|\n{}\nWhere{order}\n", rows.collect::<String>());
    check_block("exit codes", &table);
}

/// The policy changes a name and a group after it was applied.
#[test]
fn readme_shows_a_work_order() {
    let here = example_copy("examples/quickstart");
    command_output("seatwise -C examples/quickstart apply --yes --quiet", here.path());
    let people = here.path().join("examples/quickstart/people.yaml");
    let before = std::fs::read_to_string(&people).unwrap();
    let after = before
        .replace("last_name: Nunes", "last_name: Nunes Reis")
        .replace("groups: [designers, roads]", "groups: [designers]");
    assert_ne!(before, after);
    std::fs::write(people, after).unwrap();
    command_output("seatwise -C examples/quickstart plan --out plan.json", here.path());
    let mut shown = String::new();
    for line in [
        "seatwise -C examples/quickstart work-order plan.json --out order",
        "seatwise -C examples/quickstart confirm order",
    ] {
        shown += &format!("$ {line}\n{}\n", command_output(line, here.path()));
    }
    // Identities follow the order in which writes arrive, which differs each time, and the digest covers
    // identities.
    let digest = file::read_plan(&std::fs::read_to_string(here.path().join("plan.json")).unwrap())
        .unwrap()
        .digest
        .short_hex();
    let file = |name: &str| {
        std::fs::read_to_string(here.path().join("order").join(name)).unwrap().replace(&digest, "7f3c91d2")
    };
    check_block(
        "work order",
        &format!("```console\n{}\n```\n", shown.trim_end().replace(&digest, "7f3c91d2")),
    );
    check_block("work order steps", &format!("```markdown\n{}```\n", file("steps.md")));
    check_block(
        "work order file",
        &format!("```text\n{}```\n", file("01-update-users.csv").replace("\r\n", "\n")),
    );
}

#[test]
fn readme_shows_what_use_comes_to() {
    let here = example_copy("examples/quickstart");
    command_output("seatwise -C examples/quickstart apply --yes", here.path());
    for file in ["usage-details.csv", "checkouts.csv"] {
        std::fs::copy(repository_path("tests/usage").join(file), here.path().join(file)).unwrap();
    }
    let line = "seatwise -C examples/quickstart usage peaks usage-details.csv checkouts.csv --who";
    check_block("usage", &format!("```console\n$ {line}\n{}```\n", command_output(line, here.path())));
    let line = "seatwise -C examples/quickstart usage advise usage-details.csv checkouts.csv";
    check_block("usage advice", &format!("```console\n$ {line}\n{}```\n", command_output(line, here.path())));
}

/// The commands about a firm of 200 people in its fifth quarter.
const FIRM: [&str; 5] = [
    "seatwise -C firm sandbox init --users 200 --quiet",
    "seatwise -C firm sandbox generate-usage",
    "seatwise -C firm usage collect --live",
    "seatwise -C firm usage forecast --country GB",
    "seatwise -C firm billing overages --country GB --from 2026-07-01",
];

#[test]
fn readme_shows_what_the_quarter_will_cost_and_what_was_billed() {
    let here = tempfile::tempdir().unwrap();
    let firm = here.path().join("firm");
    std::fs::create_dir(&firm).unwrap();
    std::fs::write(
        firm.join("seatwise.yaml"),
        "version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\n",
    )
    .unwrap();
    let told = FIRM.map(|line| (line, command_output(line, here.path())));
    let shown = told
        .iter()
        .skip(1)
        .filter(|(line, _)| !line.contains("collect"))
        .map(|(line, said)| format!("$ {line}\n{said}\n"));
    check_block("forecast", &format!("```console\n{}\n```\n", shown.collect::<String>().trim_end()));
}

/// A folder with a copy of the example at its usual path, without the state that other runs left in the
/// repository.
fn example_copy(example: &str) -> tempfile::TempDir {
    let here = tempfile::tempdir().unwrap();
    let from = repository_path(example);
    for file in files_with_ending(&from, "yaml").into_iter().chain(files_with_ending(&from, "json")) {
        let to = here.path().join(example).join(file.strip_prefix(&from).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&file, to).unwrap();
    }
    here
}

/// The output of one command: standard error, then standard output.
fn command_output(line: &str, here: &std::path::Path) -> String {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("seatwise"));
    command
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T09:12:00Z")
        .current_dir(here)
        .args(line.split(' ').skip(1));
    let output = command.assert().get_output().clone();
    String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap()
}

/// The first name of a run that `text` contains.
fn run_id(text: &str) -> Option<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    words.filter(|word| word.parse::<RunId>().is_ok()).map(str::to_owned).next()
}
