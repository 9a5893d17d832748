//! `usage sql`: the SQL, run by the engines it is written for, finds what the reports find.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;

use serde_json::Value;
use serde_json::json;

use crate::cli::*;
use crate::dice::TestDice;

/// The time of all questions. Carla has had a named licence since the first apply, and a checkout still goes
/// on.
const NOW: &str = "2027-01-20T09:04:30Z";

/// A person whose name would end a literal in any engine.
const HOSTILE: &str = r"o'brien\'); drop table users; -- \é";

/// The questions, each with a change of the `usage` settings and with its filters. Spark takes seconds for
/// each question, so only every other question is put to Spark.
const CASES: [(&str, &str, &[&str]); 12] = [
    ("peaks", "", &[]),
    ("users", "", &[]),
    ("machines", "", &[]),
    ("daily", "", &[]),
    ("peaks", "{pool: site, period: month, interval: 15m, first_interval: count}", &[]),
    ("daily", "{pool: site, period: month, interval: 15m, first_interval: count}", &["--country", "PT"]),
    (
        "daily",
        r#"{boundary_start: count, short_use: free, interval: 5m, usage_types: [production, "trial 'x\\"]}"#,
        &[],
    ),
    (
        "users",
        r#"{boundary_start: count, short_use: free, interval: 60m, usage_types: [production, "trial 'x\\"]}"#,
        &["--product", "staad-pro"],
    ),
    ("users", "", &["--user", HOSTILE, "--user", "7F3C*", "--from", "2026-11-10", "--to", "2026-12-02"]),
    ("peaks", "", &["--product", "microstation", "--product", "a'b", "--from", "2026-12-05"]),
    ("machines", "", &["--user", "Bruno Teixeira", "--country", "de", "--product", "staad*"]),
    ("daily", "", &["--group", "Roads", "--to", "2026-11-20"]),
];

const ENGINES: [&str; 4] = ["duckdb", "datafusion", "spark", "clickhouse"];

/// The rows of each case, taken from the reports and written as an engine would answer. The SQL lies in the
/// folder.
struct SqlExpectations {
    folder: tempfile::TempDir,
    told: BTreeMap<String, Vec<Vec<Value>>>,
}

/// An organization with much use in its store.
fn office() -> Quickstart {
    let office = Quickstart::new_applied();
    office.write("sessions.csv", &sessions());
    office.write("details.csv", &details());
    office.write(
        "checkouts.csv",
        "Product,Country,Machine,Email,Checked Out,Expires\n2210,PT,L1,,2026-11-16 \
            10:00,2027-02-15\n1017,PT,L2,,2026-11-16,2026-11-18\n",
    );
    office
        .run(&["usage", "collect", "sessions.csv", "details.csv", "checkouts.csv"])
        .assert_exit(0, &["3 files"]);
    office
}

/// Sessions of all lengths, to the microsecond, over midnights and ends of months and quarters, on few
/// machines so that many overlap.
fn sessions() -> String {
    let mut dice = TestDice::new(1);
    let mut roll = |below| dice.number_below(below);
    let mut out = "Product,Feature,Country,Site,Usage Type,Machine,Email,Start,End\n".to_owned();
    let start: seatwise::model::Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    for _ in 0..4000 {
        let begins =
            start + jiff::SignedDuration::from_secs(i64::try_from(roll(75 * 86400) / 30 * 30).unwrap());
        let seconds = [0, 30, 240, 599, 600, 601, 1800, 7200, 30_000, 100_000][roll(10)];
        let ends = begins + jiff::SignedDuration::from_secs(seconds);
        let micros = if roll(9) == 0 { ".000001" } else { "" };
        let product = ["1017", "2210", "staad-pro", "a'b"][roll(4)];
        let feature = ["", "3D", "it's; \\"][roll(3)];
        let country = ["PT", "DE", "", "PT"][roll(4)];
        let site = ["north", "süd", ""][roll(3)];
        let kind = ["Production", "", "trial 'x\\", "Trial"][roll(4)];
        let user = [
            "carla.nunes@harbour.example",
            "Ana.Silva@harbour.example",
            "7f3c-99a1",
            "",
            HOSTILE,
            "bruno.teixeira@harbour.example",
        ];
        let (machine, user) = (roll(7), user[roll(6)]);
        let time = |at: seatwise::model::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        out += &format!(
            "{product},{feature},{country},{site},{kind},M'{machine},{user},{}{micros},{}{micros}\n",
            time(begins),
            time(ends)
        );
    }
    out
}

/// Rows of Usage Details, without some of the columns.
fn details() -> String {
    let mut dice = TestDice::new(1);
    let mut roll = |below| dice.number_below(below);
    let mut out = "Product,Country,Machine,Email,First Interval,Last Interval\n".to_owned();
    for _ in 0..800 {
        let (day, hour, minute) = (roll(30) + 1, roll(22), roll(6) * 10);
        let (machine, long) = (roll(9), roll(2));
        out += &format!(
            "1017,PT,M'{machine},,2026-12-{day:02} {hour:02}:{minute:02},2026-12-{day:02} {:02}:50\n",
            hour + long
        );
    }
    out
}

/// Asks every question once, for all engines.
fn sql_expectations() -> &'static SqlExpectations {
    static ASKED: OnceLock<SqlExpectations> = OnceLock::new();
    ASKED.get_or_init(|| {
        let (office, folder) = (office(), tempfile::tempdir().unwrap());
        let settings = office.read("seatwise.yaml");
        let mut told = BTreeMap::new();
        for (number, (question, usage, filters)) in CASES.iter().enumerate() {
            let usage = if usage.is_empty() { String::new() } else { format!("usage: {usage}\n") };
            office.write("seatwise.yaml", &format!("{settings}{usage}"));
            let name = format!("{number:02}-{question}");
            let report = office
                .run_at(NOW, &[&["usage", question, "--format", "json"], *filters].concat())
                .assert_exit(0, &[])
                .out;
            let rows = report_rows(question, &serde_json::from_str(&report).unwrap());
            assert!(rows.len() > 3, "{name} asks for something: {report}");
            told.insert(name.clone(), rows);
            for engine in ENGINES.into_iter().filter(|engine| *engine != "spark" || number % 2 == 0) {
                let sql = office
                    .run_at(NOW, &[&["usage", "sql", question, "--dialect", engine], *filters].concat())
                    .assert_exit(0, &[])
                    .out;
                std::fs::write(folder.path().join(format!("{name}.{engine}.sql")), sql).unwrap();
            }
        }
        // The store moves into the folder of the SQL, and the SQL then names the new place.
        let kept = folder.path().join("office");
        std::fs::rename(office.folder.keep(), &kept).unwrap();
        for file in crate::folders::files_with_ending(folder.path(), "sql") {
            let sql = std::fs::read_to_string(&file).unwrap();
            let at = sql.find("/.seatwise/usage").expect("the store is named");
            let from = sql[..at].rfind('\'').unwrap() + 1;
            std::fs::write(&file, sql.replace(&sql[from..at], kept.to_str().unwrap())).unwrap();
        }
        SqlExpectations { folder, told }
    })
}

/// The lines of a report as the rows that SQL answers with, sorted.
fn report_rows(question: &str, report: &Value) -> Vec<Vec<Value>> {
    let lines = report[if question == "daily" { "days" } else { "lines" }].as_array().unwrap();
    let text = |line: &Value, key: &str| line.get(key).cloned().unwrap_or_else(|| json!(""));
    let row = |line: &Value| {
        let pool = [text(line, "product"), text(line, "feature"), text(line, "place")];
        let at = text(line, "at").as_str().unwrap().trim_end_matches(":00Z").replace('T', " ");
        let (who, rest) = match question {
            "peaks" => (None, vec![line["period"].clone(), line["peak"].clone(), json!(at)]),
            "daily" => (
                None,
                vec![
                    line["day"].clone(),
                    line["peak"].clone(),
                    json!(format!("{} {at}", line["day"].as_str().unwrap())),
                ],
            ),
            "users" => {
                (Some(line.get("user").cloned().unwrap_or_else(|| json!("(not named)"))), time_cells(line))
            }
            "machines" => (Some(line["machine"].clone()), time_cells(line)),
            other => panic!("no report {other}"),
        };
        who.into_iter().chain(pool).chain(rest).collect()
    };
    sorted_rows(lines.iter().map(row).collect())
}

fn time_cells(line: &Value) -> Vec<Value> {
    ["days", "minutes", "first", "last"].map(|key| line[key].clone()).to_vec()
}

fn sorted_rows(mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    rows.sort_by_key(|row| row.iter().map(Value::to_string).collect::<Vec<_>>());
    rows
}

/// Runs an engine from `target/engines`. `None` where the engine is not installed.
fn engine_answers(engine: &str) -> Option<BTreeMap<String, Vec<Vec<Value>>>> {
    let engines = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("engines");
    let spark = engines.join("spark");
    let python = if engine == "spark" { PathBuf::from("python3") } else { engines.join("python/bin/python") };
    if !(if engine == "spark" { &spark } else { &python }).exists() {
        println!("{engine} is not in {}: its SQL was not run", engines.display());
        return None;
    }
    let mut program = Command::new(python);
    program
        .arg(crate::folders::repository_path("tests/ci/engine.py"))
        .arg(engine)
        .arg(sql_expectations().folder.path());
    // Spark starts Java in the folder in which Spark itself runs, and Java writes files there.
    let work = tempfile::tempdir().unwrap();
    program.current_dir(work.path()).stdin(Stdio::null());
    if engine == "spark" {
        let py4j = std::fs::read_dir(spark.join("lib"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|end| end == "zip"));
        let path = std::env::join_paths([Some(spark.clone()), py4j].into_iter().flatten()).unwrap();
        program
            .env("SPARK_HOME", spark.join("deps"))
            .env("PYTHONPATH", path)
            .env("SPARK_LOCAL_DIRS", work.path())
            .env("SPARK_LOCAL_IP", "127.0.0.1");
    }
    let came = program.output().unwrap();
    let said = String::from_utf8_lossy(&came.stderr).into_owned();
    assert!(came.status.success(), "{engine}: {said}");
    if engine == "spark" {
        assert!(said.contains("executors: 2"), "several executors worked: {said}");
    }
    Some(
        serde_json::from_slice(&came.stdout)
            .unwrap_or_else(|error| panic!("{engine}: {error}: {}", String::from_utf8_lossy(&came.stdout))),
    )
}

fn check_engine(engine: &str) {
    let Some(answers) = engine_answers(engine) else { return };
    assert_eq!(answers.len(), if engine == "spark" { CASES.len() / 2 } else { CASES.len() });
    for (name, rows) in answers {
        // Some engines write numbers of 64 bits as text.
        let number = |value: Value| {
            value.as_str().and_then(|text| text.parse::<i64>().ok()).map_or(value, |number| json!(number))
        };
        let plain = |row: Vec<Value>| row.into_iter().map(number).collect();
        let (found, told) = (
            sorted_rows(rows.into_iter().map(plain).collect()),
            sorted_rows(sql_expectations().told[&name].iter().cloned().map(plain).collect()),
        );
        assert_eq!(found, told, "{engine}, {name}");
    }
}

#[test]
fn duckdb_finds_what_the_reports_find() {
    check_engine("duckdb");
}

#[test]
fn datafusion_finds_what_the_reports_find() {
    check_engine("datafusion");
}

#[test]
fn spark_with_several_executors_finds_what_the_reports_find() {
    check_engine("spark");
}

#[test]
fn clickhouse_finds_what_the_reports_find() {
    check_engine("clickhouse");
}

#[test]
fn sql_is_printed_for_the_engine_that_is_asked_for() {
    let office = Quickstart::new_applied();
    let sql = office
        .run(&[
            "usage",
            "sql",
            "peaks",
            "--dialect",
            "spark",
            "--store",
            "s3a://firm/usage/",
            "--from",
            "2026-10-01",
        ])
        .assert_exit(0, &[])
        .out;
    expect_test::expect_file!["sql/spark.sql"].assert_eq(&sql);
}

#[test]
fn no_name_stands_in_sql_as_it_is() {
    let office = office();
    for engine in ENGINES {
        let asked = ["usage", "sql", "users", "--dialect", engine, "--user", HOSTILE, "--product", "a'b"];
        let sql = office.run(&asked).assert_exit(0, &[]).out;
        assert!(!sql.contains("drop") && !sql.contains('\\') && !sql.contains('é'), "{sql}");
        assert!(sql.contains("6f27627269656e5c27293b2064726f70"), "it is there in hexadecimal: {sql}");
        assert_eq!(sql.matches('\'').count() % 2, 0);
    }
}

#[test]
fn store_of_which_an_engine_would_make_something_else_is_refused() {
    let office = Quickstart::new_applied();
    for store in ["a'b", "a*b", "", "a\\b", "a\nb", "{a,b}"] {
        let asked = ["usage", "sql", "peaks", "--dialect", "duckdb", "--store", store];
        office.run(&asked).assert_exit(64, &["has characters that no engine takes for a place", "--store"]);
    }
}
