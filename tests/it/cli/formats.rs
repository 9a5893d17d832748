//! The formats of reports: each command writes those that it offers, to stdout and to files alike.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::cli::acme::Acme;
use crate::cli::*;

/// A report that is a table, with a text that stands in one of its rows.
struct ReportedTable<'a> {
    args: &'a [&'a str],
    title: &'a str,
    row: &'a str,
    code: i32,
}

/// The formats of tables, and the endings of their files.
const TABLE_FORMATS: [(&str, &str); 6] =
    [("text", "txt"), ("csv", "csv"), ("json", "json"), ("markdown", "md"), ("html", "html"), ("pdf", "pdf")];

/// Calls the program at a time that stands still, so that the same report has the same bytes.
fn call_at_rest(folder: &Path, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    program
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("SEATWISE_NOW", "2026-11-24T10:00:00Z")
        .current_dir(folder);
    program.args(args).stdin(Stdio::null()).output().unwrap()
}

/// Calls the program, asserts its exit code, and returns its stdout and its stderr.
#[track_caller]
fn call_with_code(folder: &Path, args: &[&str], code: i32) -> (Vec<u8>, String) {
    let Output { status, stdout, stderr } = call_at_rest(folder, args);
    let errors = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{args:?}: {}{errors}", String::from_utf8_lossy(&stdout));
    (stdout, errors)
}

/// Calls the program, and returns the JSON document that is all of its stdout.
#[track_caller]
fn json_of(folder: &Path, args: &[&str], code: i32) -> serde_json::Value {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let (out, _) = call_with_code(folder, &args, code);
    serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{args:?}: {error}"))
}

/// Asserts that a file whose ending says `format` holds the same bytes as stdout, and returns them.
#[track_caller]
fn same_in_file(folder: &Path, args: &[&str], code: i32, (format, ending): (&str, &str)) -> Vec<u8> {
    let file = format!("report.{ending}");
    let with = |more: &[&str]| {
        let args: Vec<String> = args.iter().chain(more).map(|arg| (*arg).to_owned()).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        call_with_code(folder, &args, code).0
    };
    let shown = with(&["--format", format]);
    // The ending says the format, unless several formats have it.
    let is_said = TABLE_FORMATS.contains(&(format, ending)) || format == ending;
    let beside = if is_said { with(&["--out", &file]) } else { with(&["--format", format, "--out", &file]) };
    assert!(beside.is_empty(), "{args:?}: a report in a file is not on stdout");
    let path = folder.join(&file);
    assert!(std::fs::read(&path).unwrap() == shown, "{args:?}: {file} and --format {format} differ");
    std::fs::remove_file(path).unwrap();
    shown
}

#[track_caller]
fn assert_table_in_every_format(folder: &Path, report: &ReportedTable<'_>) {
    let ReportedTable { args, title, row, code } = *report;
    for (format, ending) in TABLE_FORMATS {
        let bytes = same_in_file(folder, args, code, (format, ending));
        if format == "pdf" {
            assert!(bytes.starts_with(b"%PDF"), "{args:?}");
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(row), "{args:?} as {format}: `{row}` is not in\n{text}");
        match format {
            "csv" => {
                let mut sheet = csv::Reader::from_reader(text.as_bytes());
                let columns = sheet.headers().unwrap().len();
                assert!(columns > 1, "{args:?}: {text}");
                // The reader refuses a record with more or fewer cells than the head.
                assert!(sheet.records().map(Result::unwrap).count() > 0, "{args:?}: {text}");
            }
            "json" => {
                let document: serde_json::Value = serde_json::from_str(&text).unwrap();
                // With `--compare`, there is a document for each side.
                let document = document.get(0).unwrap_or(&document);
                assert!(document["format"].as_str().unwrap().starts_with("seatwise-"), "{args:?}: {text}");
            }
            "markdown" => {
                let rows = text.lines().filter(|line| line.starts_with("| ")).collect::<Vec<_>>();
                assert!(rows.len() > 2 && text.starts_with("### "), "{args:?}: {text}");
                assert!(rows.iter().any(|line| line.contains(row)), "{args:?}: {text}");
            }
            "html" => assert!(text.contains(&format!("<title>{title}")), "{args:?}: {text}"),
            _ => {}
        }
    }
}

#[test]
fn every_table_of_an_office_is_written_in_every_format() {
    let office = Quickstart::with_exports();
    office.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    office.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    let ana = "ana.silva@harbour.example";
    let exports = ["usage-details.csv", "checkouts.csv"];
    let usage = |command: &'static str| ["usage", command, exports[0], exports[1]];
    let table = |args, title, row, code| ReportedTable { args, title, row, code };
    for report in [
        table(&["who", "can", "use", "microstation"], "Who can use", ana, 0),
        table(&["who", "can", "use", "openroads-designer", "--compare"], "Who can use", ana, 0),
        table(&["who", "has", "co-administrator"], "Who has the role", "duarte.pinto@harbour.example", 0),
        table(&["who", "is", "in", "roads", "--policy"], "Who is in the group", ana, 0),
        table(&["what", ana, "--policy"], "What ana.silva", "designers", 0),
        table(&["why", ana, "microstation"], "Why ana.silva", "designers", 0),
        table(&["drift"], "Drift: quickstart", ana, 2),
        table(&["audit", "--fail-on", "never"], "Audit: quickstart", "administrators-few", 0),
        table(&usage("peaks"), "Peaks: quickstart", "openroads-designer", 0),
        table(&usage("daily"), "Peaks of days: quickstart", "openroads-designer", 0),
        table(&usage("users"), "Use by people: quickstart", ana, 0),
        table(&usage("machines"), "Use by machines: quickstart", "openroads-designer", 0),
        table(&usage("inactive"), "Not used: quickstart", "helena.cruz@harbour.example", 0),
    ] {
        assert_table_in_every_format(&office.path("."), &report);
    }
}

#[test]
fn bills_are_written_in_every_format() {
    let firm = Quickstart::with_billed_firm();
    for (command, title) in [("invoices", "Invoices"), ("payments", "Payments"), ("overages", "Overages")] {
        let report = ReportedTable {
            args: &["billing", command],
            title: &format!("{title}: firm"),
            row: "2026Q3",
            code: 0,
        };
        assert_table_in_every_format(&firm.path("."), &report);
    }
}

#[test]
fn history_is_written_in_every_format() {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\nreport.*\n").unwrap();
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.edit("users/contractors.yaml", "until: 2027-06-30", "until: 2026-10-15");
    acme.commit("Katrin <b>|@all", "2026-10-20", "=cmd()|x");
    let args = ["history", "--from", "HEAD~1"];
    let report = ReportedTable {
        args: &args,
        title: "History of access",
        row: "rui.costa@contractor.example",
        code: 0,
    };
    assert_table_in_every_format(&acme.path("."), &report);
    let page = |format| {
        String::from_utf8(call_with_code(&acme.path("."), &[&args[..], &["--format", format]].concat(), 0).0)
            .unwrap()
    };
    assert!(!page("html").contains("<b>"));
}

#[test]
fn work_order_is_confirmed_in_every_format() {
    let office = Quickstart::new();
    office.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    let folder = office.path(".");
    let order = json_of(&folder, &["work-order", "plan.json", "--out", "order"], 0);
    assert_eq!((&order["format"], &order["folder"]), (&"seatwise-work-order/1".into(), &"order".into()));
    assert_eq!(order["visits"][0]["tasks"][0]["steps"].as_array().map(Vec::is_empty), Some(false));
    let ana = "ana.silva@harbour.example";
    let report =
        ReportedTable { args: &["confirm", "order"], title: "Work order: quickstart", row: ana, code: 2 };
    assert_table_in_every_format(&folder, &report);
}

#[test]
fn review_is_summarized_for_a_pull_request() {
    let office = Quickstart::new_applied();
    let review = |form| String::from_utf8(same_in_file(&office.path("."), &["review"], 0, form)).unwrap();
    let summary = review(("markdown", "md"));
    assert!(summary.starts_with("### Access review of quickstart\n"), "{summary}");
    assert!(summary.contains("| with a role | 3 | `"), "{summary}");
    assert!(review(("html", "html")).contains("Access review"));
}

/// The problems of SARIF logs by the published schema.
fn sarif_problems(log: &serde_json::Value) -> Vec<String> {
    // One pattern of the published schema has an unescaped `]`, which only lenient engines read as a literal.
    let schema =
        include_str!("../../schemas/sarif-2.1.0.json").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}\\\\]?$");
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Asserts that a report on lines of the policy names the same number of them in every format.
#[track_caller]
fn assert_lines_in_every_format(folder: &Path, args: &[&str], code: i32, lines: usize) {
    let of = |format, ending| String::from_utf8(same_in_file(folder, args, code, (format, ending))).unwrap();
    let short = of("short", "txt");
    assert_eq!(short.lines().count(), lines, "{short}");
    for line in short.lines() {
        let mut parts = line.splitn(4, ':');
        assert!(parts.next().unwrap().ends_with(".yaml"), "{line}");
        assert!(parts.next().unwrap().parse::<u32>().is_ok() && parts.next().unwrap().parse::<u32>().is_ok());
    }
    let sarif: serde_json::Value = serde_json::from_str(&of("sarif", "sarif")).unwrap();
    assert_eq!(sarif_problems(&sarif), Vec::<String>::new());
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), lines);
    let github = of("github", "txt");
    assert_eq!(github.lines().filter(|line| line.starts_with("::")).count(), lines, "{github}");
    let gitlab = json_of_format(folder, args, code, "gitlab");
    let remarks = gitlab.as_array().unwrap();
    assert_eq!(remarks.len(), lines);
    for remark in remarks {
        for field in ["description", "check_name", "fingerprint", "severity"] {
            assert!(!remark[field].as_str().unwrap().is_empty(), "{remark}");
        }
        assert!(remark["location"]["path"].is_string() && remark["location"]["lines"]["begin"].is_u64());
    }
    let names: std::collections::BTreeSet<_> =
        remarks.iter().map(|remark| remark["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(names.len(), lines, "{names:?}");
}

/// Calls the program, and returns the JSON document of a format that is not for every command.
#[track_caller]
fn json_of_format(folder: &Path, args: &[&str], code: i32, format: &str) -> serde_json::Value {
    let args: Vec<&str> = args.iter().copied().chain(["--format", format]).collect();
    serde_json::from_slice(&call_with_code(folder, &args, code).0).unwrap()
}

#[test]
fn problems_and_findings_are_written_in_every_format_for_lines() {
    let office = Quickstart::new_applied();
    let folder = office.path(".");
    let audit = json_of(&folder, &["audit", "--fail-on", "never"], 0);
    let findings = audit["findings"].as_array().unwrap().len();
    assert!(findings > 0);
    assert_lines_in_every_format(&folder, &["audit", "--fail-on", "never"], 0, findings);

    let fine = json_of(&folder, &["validate"], 0);
    assert_eq!((&fine["organization"], &fine["counts"]["users"]), (&"quickstart".into(), &10.into()));
    assert_eq!(fine["problems"].as_array().map(Vec::len), Some(0));
    assert_eq!(json_of_format(&folder, &["validate"], 0, "gitlab"), serde_json::json!([]));

    // The same fault twice, with a name that would do harm.
    office.edit("people.yaml", "groups: [roads]", "groups: [\"x%0A::error::\"]");
    let faults = json_of(&folder, &["validate"], 3);
    let problems = faults["problems"].as_array().unwrap();
    assert_eq!((&faults["format"], &faults["counts"]), (&"seatwise-problems/1".into(), &().into()));
    assert_eq!(
        (&problems[0]["file"], &problems[0]["code"]),
        (&"people.yaml".into(), &"unknown-group".into())
    );
    assert!(
        problems[0]["line"].is_u64() && problems[0]["column"].is_u64() && problems.len() == 2,
        "{faults}"
    );
    assert_lines_in_every_format(&folder, &["validate"], 3, 2);
    let above = call_with_code(
        folder.parent().unwrap(),
        &["-C", folder.to_str().unwrap(), "validate", "--format", "github"],
        3,
    );
    assert!(
        String::from_utf8(above.0)
            .unwrap()
            .contains(&format!("file={}/", folder.to_str().unwrap().trim_end_matches('/')))
    );
}

#[test]
fn run_is_reported_to_programs_and_its_plan_to_people() {
    let office = Quickstart::new();
    let folder = office.path(".");
    let (out, shown) = call_with_code(&folder, &["apply", "--yes", "--format", "json"], 0);
    let run: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert!(shown.contains("33 to create") || shown.contains("to create"), "{shown}");
    assert_eq!((&run["format"], &run["organization"]), (&"seatwise-run/1".into(), &"quickstart".into()));
    assert_eq!((&run["summary"]["done"], &run["halt"], &run["resume"]), (&33.into(), &().into(), &().into()));
    assert_eq!(run["steps"].as_array().unwrap().len(), 33);
    assert_eq!((&run["steps"][0]["no"], &run["steps"][0]["fate"]), (&1.into(), &"done".into()));
    let id = run["run"].as_str().unwrap();
    assert_eq!(run["undo"], format!("seatwise undo {id}"));

    let nothing = json_of(&folder, &["apply", "--yes"], 0);
    assert_eq!((&nothing["run"], &nothing["steps"]), (&().into(), &serde_json::json!([])));

    office.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    let (out, shown) =
        call_with_code(&folder, &["apply", "--yes", "--out", "run.json", "--out", "run.txt"], 0);
    assert!(out.is_empty() && shown.contains("Nunes Reis"), "{shown}");
    let run: serde_json::Value = serde_json::from_str(&office.read("run.json")).unwrap();
    let id = run["run"].as_str().unwrap();
    assert!(office.read("run.txt").contains(&format!("Run {id}: 1 done.")));
    let back = json_of(&folder, &["undo", id, "--yes"], 0);
    assert_eq!((&back["summary"]["done"], &back["steps"][0]["kind"]), (&1.into(), &"user".into()));
}

#[test]
fn question_is_asked_about_what_is_shown_even_where_little_is_said() {
    let office = Quickstart::new();
    let (out, shown) = call_with_code(&office.path("."), &["apply", "--quiet", "--format", "json"], 64);
    assert!(out.is_empty() && shown.contains("ana.silva@harbour.example"), "{shown}");
}

#[test]
fn run_that_was_killed_is_reported_when_it_goes_on_or_is_given_up() {
    let given_up = Quickstart::new();
    let resumed = Quickstart::new();
    for office in [&given_up, &resumed] {
        office.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
        office.kill_a_run_of("plan.json");
    }
    let run = json_of(&given_up.path("."), &["resume", "--give-up"], 5);
    assert_eq!((&run["halt"]["kind"], &run["summary"]["left"]), (&"given_up".into(), &33.into()));
    assert_eq!((&run["resume"], &run["undo"]), (&().into(), &().into()));
    let run = json_of(&resumed.path("."), &["resume"], 0);
    assert_eq!((&run["summary"]["done"], &run["halt"]), (&33.into(), &().into()));
}

#[test]
fn commands_that_make_something_say_to_programs_what_they_made() {
    let firm = Quickstart::with_settings(
        "version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\n",
    );
    let folder = firm.path(".");
    let made = json_of(&folder, &["sandbox", "init", "--users", "40"], 0);
    assert_eq!((&made["format"], &made["organization"]), (&"seatwise-sandbox/1".into(), &"firm".into()));
    let shown = json_of(&folder, &["sandbox", "show", "--outbox", "--audit", "3"], 0);
    assert!(shown["outbox"].is_array() && shown["audit"].is_array(), "{shown}");
    assert_eq!(shown["counts"], made["counts"]);
    let used = json_of(&folder, &["sandbox", "generate-usage", "--months", "3", "--exports", "exports"], 0);
    assert_eq!((&used["format"], &used["exports"]), (&"seatwise-sandbox-usage/1".into(), &"exports".into()));
    let collected = json_of(&folder, &["usage", "collect", "exports/usage-details.csv"], 0);
    assert_eq!(collected["format"], "seatwise-usage-collect/1");
    assert_eq!(
        collected["new"],
        collected["months"]
            .as_array()
            .unwrap()
            .iter()
            .map(|month| month["new"].as_u64().unwrap())
            .sum::<u64>()
    );
    let imported = json_of(&folder, &["import", "--out", "policy"], 0);
    assert_eq!(imported["format"], "seatwise-import/1");
    for file in imported["written"].as_array().unwrap() {
        assert!(folder.join("policy").join(file.as_str().unwrap()).is_file(), "{imported}");
    }
    assert_eq!(json_of(&folder, &["import", "--out", "policy"], 0)["written"], serde_json::json!([]));
}

#[test]
fn sql_is_the_same_statements_in_both_formats() {
    let office = Quickstart::new_applied();
    let folder = office.path(".");
    let args = ["usage", "sql", "peaks", "--dialect", "duckdb"];
    let sql = json_of(&folder, &args, 0);
    assert_eq!((&sql["dialect"], &sql["question"]), (&"duckdb".into(), &"peaks".into()));
    call_with_code(&folder, &[&args[..], &["--out", "peaks.sql"]].concat(), 0);
    let statements: Vec<&str> =
        sql["statements"].as_array().unwrap().iter().map(|statement| statement.as_str().unwrap()).collect();
    let words = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(words(&statements.concat()), words(&office.read("peaks.sql")));
    assert!(statements.iter().all(|statement| statement.ends_with(';')));
}

#[test]
fn completions_are_the_same_in_a_file() {
    let office = Quickstart::new();
    let (shown, _) = call_with_code(&office.path("."), &["completions", "bash"], 0);
    call_with_code(&office.path("."), &["completions", "bash", "--out", "here/seatwise"], 0);
    assert!(std::fs::read(office.path("here/seatwise")).unwrap() == shown);
}

#[test]
fn format_that_contradicts_the_name_of_the_file_is_an_error_before_anything_is_done() {
    let office = Quickstart::new();
    for args in [
        &["apply", "--yes"][..],
        &["audit"],
        &["billing", "invoices"],
        &["billing", "overages"],
        &["billing", "payments"],
        &["confirm", "order"],
        &["drift"],
        &["history"],
        &["plan"],
        &["resume"],
        &["review"],
        &["sandbox", "generate-usage"],
        &["sandbox", "init"],
        &["sandbox", "serve"],
        &["sandbox", "show"],
        &["undo", "20261124T090000Z-abcdef"],
        &["usage", "collect", "usage-details.csv"],
        &["usage", "daily"],
        &["usage", "peaks"],
        &["usage", "sql", "peaks", "--dialect", "duckdb"],
        &["validate"],
        &["what", "ana.silva@harbour.example"],
        &["who", "has", "download"],
        &["why", "ana.silva@harbour.example", "microstation"],
    ] {
        let args = [args, &["--format", "text", "--out", "report.json"]].concat();
        let (out, errors) = call_with_code(&office.path("."), &args, 64);
        assert!(
            out.is_empty() && errors.contains("--format text") && errors.contains("report.json"),
            "{errors}"
        );
    }
    assert!(!office.path(".seatwise").exists() && !office.path("report.json").exists());
}

#[test]
fn hostile_name_does_no_harm_in_a_table_of_any_format() {
    let office = Quickstart::new_applied();
    let hostile = "=cmd()<img src=x>|@everyone`\u{202e}\u{1b}[31m";
    let named = |name: &str| crate::plan_builder::profile("carla.nunes@harbour.example", name, "PT");
    office.act_at_portal(PlainAct::UpdateUser {
        before: named("Carla Nunes"),
        after: named(&format!("{hostile} Nunes")),
    });
    let folder = office.path(".");
    let page =
        |format| String::from_utf8(call_with_code(&folder, &["drift", "--format", format], 2).0).unwrap();
    for format in ["text", "csv", "json", "markdown", "html"] {
        let page = page(format);
        assert!(page.contains("cmd()"), "the name is there, as {format}: {page}");
        assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'), "{format}: {page}");
    }
    assert!(!page("html").contains("<img"));
    let markdown = page("markdown");
    let outside_code: String = markdown.split('`').step_by(2).collect();
    assert!(!outside_code.contains('@') && !outside_code.contains('<'), "{markdown}");
    let row = markdown.lines().find(|line| line.contains("everyone")).unwrap();
    let head = markdown.lines().find(|line| line.starts_with("| ")).unwrap();
    assert_eq!(row.matches('|').count(), head.matches('|').count(), "{markdown}");
}
