//! Filters select lines: every line that a filtered report shows is one of the report without filters, figure
//! by figure, and every line that should be there is.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cli::*;

/// The exports of a generated firm with use, and what was found out about it without filters.
struct FilteredFirm {
    firm: Quickstart,
    /// The header of both exports, and their rows.
    exports: Vec<(&'static str, String, Vec<UseExportRow>)>,
}

/// What filters can ask of a row of an export.
#[derive(Clone)]
struct UseExportRow {
    text: String,
    country: String,
    /// The full name, with the number behind it in brackets.
    product: String,
    user: String,
}

/// Filters of the command line, and the rows of use that pass them.
struct FilterCase<'a> {
    args: Vec<String>,
    passes: Box<dyn Fn(&UseExportRow) -> bool + 'a>,
}

/// The reports of use, with the list of their lines in JSON, what a line is about, and the report that has a
/// line for everything with use.
const REPORTS: [(&str, &str, &[&str], &str); 6] = [
    ("peaks", "lines", &["product", "feature", "place", "period"], "peaks"),
    ("daily", "days", &["product", "feature", "place", "day"], "daily"),
    ("users", "lines", &["user", "product", "feature", "place"], "users"),
    ("machines", "lines", &["machine", "product", "feature", "place"], "machines"),
    ("forecast", "lines", &["product", "feature", "place"], "peaks"),
    ("advise", "pools", &["product", "feature", "place"], "peaks"),
];

const EXPORTS: [&str; 2] = ["exports/usage-details.csv", "exports/checkouts.csv"];

impl FilteredFirm {
    fn new() -> Self {
        let firm = Quickstart::with_billed_firm();
        let exports = EXPORTS.map(|file| {
            let text = firm.read(file);
            let (header, rows) = text.split_once('\n').unwrap();
            (file, header.to_owned(), rows.lines().map(UseExportRow::new).collect())
        });
        Self { exports: exports.into(), firm }
    }

    fn rows(&self) -> impl Iterator<Item = &UseExportRow> {
        self.exports.iter().flat_map(|(_, _, rows)| rows)
    }

    /// The lines of a report on these files.
    fn lines(&self, report: &str, list: &str, args: &[&str]) -> Vec<Value> {
        // The same time for all, because what is provisional depends on it.
        let args = [&["usage", report], args, &["--format", "json"]].concat();
        let json = self.firm.run_at("2026-11-24T09:30:00Z", &args).assert_exit(0, &[]).out;
        list_of(&json, list)
    }

    /// Writes exports that have only the rows which pass.
    fn write_passing_rows(&self, passes: &dyn Fn(&UseExportRow) -> bool) -> Vec<String> {
        let files = self.exports.iter().map(|(file, header, rows)| {
            let kept = rows.iter().filter(|row| passes(row)).map(|row| format!("{}\n", row.text));
            let part = file.replace("exports/", "part-");
            self.firm.write(&part, &format!("{header}\n{}", kept.collect::<String>()));
            part
        });
        files.collect()
    }

    /// The addresses that an answer of `who` lists.
    fn people(&self, question: &[&str]) -> BTreeSet<String> {
        let json = self.firm.run(&[question, &["--format", "json"]].concat()).assert_exit(0, &[]).out;
        let users = list_of(&json, "users");
        users.iter().map(|user| user["user"].as_str().unwrap().to_owned()).collect()
    }

    /// Filters of every kind, with names from the exports and from the organization.
    fn cases(&self) -> Vec<FilterCase<'_>> {
        let products: BTreeSet<&str> = self.rows().map(|row| &*row.product).collect();
        let users: BTreeSet<&str> = self.rows().map(|row| &*row.user).collect();
        let countries: BTreeSet<&str> = self.rows().map(|row| &*row.country).collect();
        let (one, other) = (*products.first().unwrap(), *products.last().unwrap());
        let (ana, zoe) = (*users.first().unwrap(), *users.last().unwrap());
        let (first, last) = (*countries.first().unwrap(), *countries.last().unwrap());
        let (name, number) = one.trim_end_matches(')').split_once(" (").unwrap();
        let other_number = other.trim_end_matches(')').split_once(" (").unwrap().1;
        let full_name = self.firm.run(&["what", ana]).assert_exit(0, &[]).out;
        let full_name = full_name.split(", ").nth(1).unwrap().to_owned();
        let water = self.people(&["who", "is", "in", "water"]);
        let administrators = self.people(&["who", "has", "co-administrator"]);
        vec![
            FilterCase::new(&["--product", &name.to_uppercase()], move |row| row.product == one),
            FilterCase::new(&["--product", number, "--product", other_number], move |row| {
                row.product == one || row.product == other
            }),
            FilterCase::new(&["--product", "OpenR*"], |row| row.product.starts_with("OpenR")),
            FilterCase::new(&["--country", &first.to_lowercase(), "--country", last], move |row| {
                row.country == first || row.country == last
            }),
            FilterCase::new(&["--user", &full_name, "--user", &zoe.to_uppercase()], move |row| {
                row.user == ana || row.user == zoe
            }),
            FilterCase::new(&["--user", "a*@*"], |row| row.user.starts_with('a')),
            FilterCase::new(&["--group", "WATER"], move |row| water.contains(&row.user)),
            FilterCase::new(&["--role", "co-administrator"], move |row| administrators.contains(&row.user)),
            FilterCase::new(&["--user", "*@firm.example", "--country", first], move |row| {
                row.country == first
            }),
        ]
    }
}

impl UseExportRow {
    fn new(text: &str) -> Self {
        // Both exports begin with country, product, feature string, machine and address.
        let cells: Vec<&str> = text.split(',').collect();
        let [country, product, _, _, user] = *cells.first_chunk().unwrap();
        Self {
            text: text.to_owned(),
            country: country.to_owned(),
            product: product.to_owned(),
            user: user.to_owned(),
        }
    }
}

impl<'a> FilterCase<'a> {
    fn new(args: &[&str], passes: impl Fn(&UseExportRow) -> bool + 'a) -> Self {
        Self { args: args.iter().map(|arg| (*arg).to_owned()).collect(), passes: Box::new(passes) }
    }

    fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }
}

fn list_of(json: &str, list: &str) -> Vec<Value> {
    let json: Value = serde_json::from_str(json).unwrap();
    json[list].as_array().unwrap_or_else(|| panic!("no {list}: {json}")).clone()
}

/// What a line is about.
fn line_key(line: &Value, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| line[*key].to_string()).collect()
}

#[test]
fn usage_filters_select_lines_by_their_rows_and_change_no_figure() {
    let firm = FilteredFirm::new();
    let all = REPORTS.map(|(report, list, _, _)| firm.lines(report, list, &EXPORTS));
    for case in firm.cases() {
        let part = firm.write_passing_rows(&case.passes);
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        for ((report, list, keys, rows), all) in REPORTS.iter().zip(&all) {
            let list_of_rows = if *rows == "daily" { "days" } else { "lines" };
            let used = firm.lines(rows, list_of_rows, &part);
            let used: BTreeSet<_> = used.iter().map(|line| line_key(line, keys)).collect();
            let expected: Vec<&Value> =
                all.iter().filter(|line| used.contains(&line_key(line, keys))).collect();
            let found = firm.lines(report, list, &[&EXPORTS[..], &case.args()].concat());
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{report} {:?}", case.args);
            assert!(*report == "advise" || (!found.is_empty() && found.len() < all.len()), "{:?}", case.args);
        }
    }
}

#[test]
fn spreadsheets_have_the_same_lines_with_filters_and_without() {
    let firm = Quickstart::with_billed_firm();
    let inactive = ["usage", "inactive", "--days", "30"];
    let reports: [&[&str]; 6] = [
        &["usage", "peaks", "--who"],
        &["usage", "forecast"],
        &inactive,
        &["billing", "invoices"],
        &["billing", "payments"],
        &["billing", "overages"],
    ];
    for report in reports {
        let csv = |filters: &[&str]| {
            let args = [report, &["--format", "csv"], filters].concat();
            firm.run_at("2026-11-24T09:30:00Z", &args).assert_exit(0, &[]).out
        };
        let all = csv(&[]);
        let mut people: Vec<&[&str]> = Vec::new();
        if report[0] == "usage" {
            people = vec![&["--user", "A*"], &["--group", "OFFICE-b*"], &["--role", "bim-VIEWER"]];
        }
        let pools: [&[&str]; 2] = [&["--product", "open*"], &["--country", "gb", "--country", "Portugal"]];
        for filters in pools.into_iter().chain(people) {
            let some = csv(filters);
            let mut lines = all.lines();
            for line in some.lines() {
                assert!(lines.any(|known| known == line), "{report:?} {filters:?}: {line}");
            }
            let (some, all) = (some.lines().count(), all.lines().count());
            assert!(1 < some && some < all, "{report:?} {filters:?}: {some} of {all}");
        }
    }
}

#[test]
fn invoice_keeps_its_total_where_some_of_its_lines_are_shown() {
    let firm = Quickstart::with_billed_firm();
    let invoices = |args: &[&str]| {
        let args = [&["billing", "invoices", "--format", "json"], args].concat();
        list_of(&firm.run(&args).assert_exit(0, &[]).out, "invoices")
    };
    let all = invoices(&[]);
    let long = all.iter().find(|invoice| invoice["lines"].as_array().unwrap().len() > 1).unwrap();
    let (number, line) = (long["number"].as_str().unwrap(), &long["lines"][0]);
    let product = line["product"].as_str().unwrap();
    let listed = invoices(&["--product", product]);
    assert!(listed.contains(long), "an invoice of the list is whole: {listed:?}");
    let shown = invoices(&[number, "--product", product]);
    assert_eq!(shown[0]["total"], long["total"]);
    assert_eq!(shown[0]["lines"], Value::from(vec![line.clone()]));
    let total = format!("Total: {} ", long["total"]["amount"].as_str().unwrap());
    let shown = firm
        .run(&["billing", "invoices", number, "--product", product])
        .assert_exit(0, &[&format!("Only lines of `--product {product}`")]);
    assert!(shown.out.replace(',', "").contains(&total), "{}", shown.out);
}

#[test]
fn inactive_filters_ask_for_what_is_held() {
    let firm = Quickstart::with_billed_firm();
    let lines = |args: &[&str]| {
        let args = [&["usage", "inactive", "--format", "json"], args].concat();
        list_of(&firm.run_at("2026-11-24T09:30:00Z", &args).assert_exit(0, &[]).out, "lines")
    };
    let all = lines(&[]);
    let (user, product) = (all[0]["user"].as_str().unwrap(), all[0]["product"].as_str().unwrap());
    let expect = |key: &str, value: &str| -> Vec<Value> {
        all.iter().filter(|line| line[key] == value).cloned().collect()
    };
    assert_eq!(lines(&["--user", &user.to_uppercase()]), expect("user", user));
    assert_eq!(lines(&["--product", product]), expect("product", product));
}

#[test]
fn sums_over_lines_say_so_and_those_of_the_organization_stay() {
    let firm = Quickstart::with_billed_firm();
    firm.run(&["usage", "peaks", "--country", "gb"])
        .assert_exit(0, &["Charges of 2026Q1, of the lines shown: ", "Only lines of `--country gb`; every"]);
    firm.run(&["billing", "invoices", "--country", "gb"])
        .assert_exit(0, &["Billed in all, of the lines shown: "]);
    let totals = |filters: &[&str]| {
        let args = [&["usage", "forecast", "--format", "json"], filters].concat();
        let json = firm.run_at("2026-11-24T09:30:00Z", &args).assert_exit(0, &[]).out;
        let json: Value = serde_json::from_str(&json).unwrap();
        (json["totals"].clone(), json["backtest"].clone())
    };
    assert_eq!(totals(&["--country", "gb"]), totals(&[]));
    firm.run(&["usage", "forecast", "--country", "gb"])
        .assert_exit(0, &["Exposure of 2026Q4 of all products and places: "]);
}

#[test]
fn value_that_names_nothing_is_an_error_with_the_nearest_name() {
    let office = Quickstart::with_exports();
    let unknown: [(&[&str], &str); 9] = [
        (
            &["--product", "openroad-designer"],
            "no product `openroad-designer`; did you mean `openroads-designer`?",
        ),
        (&["--product", "OpenRoads Desinger"], "did you mean `openroads-designer`?"),
        (&["--product", "zz*"], "no product `zz*`"),
        (&["--country", "Portugul"], "no country `Portugul`; did you mean `Portugal`?"),
        (&["--user", "ana.sliva@harbour.example"], "did you mean `ana.silva@harbour.example`?"),
        (&["--user", "Ana Sliva"], "no user `Ana Sliva`; did you mean `Ana Silva`?"),
        (&["--user", "7f3c-99a2"], "no user `7f3c-99a2`; did you mean `7f3c-99a1`?"),
        (&["--group", "road"], "no group `road`; did you mean `roads`?"),
        (&["--role", "Co-Administrater"], "did you mean `co-administrator`?"),
    ];
    for report in ["peaks", "daily", "users", "machines", "forecast", "inactive", "advise"] {
        for (filter, said) in unknown {
            let args = [&["usage", report, "usage-details.csv"], filter].concat();
            office.run_at("2026-11-24T09:30:00Z", &args).assert_exit(64, &[said]);
        }
    }
    office
        .run(&["usage", "sql", "peaks", "--dialect", "duckdb", "--group", "road"])
        .assert_exit(64, &["did you mean `roads`?"]);
    office
        .run(&["usage", "peaks", "usage-details.csv", "--user", "[a"])
        .assert_exit(64, &["`[a` is no glob"]);
    for report in ["invoices", "payments", "overages"] {
        Quickstart::with_generated_firm("20")
            .run(&["billing", report, "--product", "microstatoin"])
            .assert_exit(64, &["no product `microstatoin`; did you mean `microstation`?"]);
    }
}

#[test]
fn name_that_is_known_and_has_no_lines_gives_an_empty_report_that_says_so() {
    let office = Quickstart::with_exports();
    for report in ["peaks", "daily", "users", "machines", "forecast", "advise", "inactive"] {
        let args = ["usage", report, "usage-details.csv", "--country", "nz"];
        let said =
            office.run(&args).assert_exit(0, &["No line is of what is asked for: `--country nz`."]).out;
        assert!(!said.contains("Only lines of"), "{said}");
        let csv = office.run(&[&args[..], &["--format", "csv"]].concat()).assert_exit(0, &[]).out;
        assert_eq!(csv.lines().count(), 1, "{csv}");
    }
    Quickstart::with_generated_firm("20")
        .run(&["billing", "invoices", "--country", "nz"])
        .assert_exit(0, &["No line is of what is asked for: `--country nz`."]);
}

#[test]
fn name_of_several_people_is_asked_for_again() {
    let office = Quickstart::with_exports();
    office.edit(
        "people.yaml",
        "users:\n",
        "users:\n  ana.silva.2@harbour.example: {first_name: Ana, last_name: Silva, country: PT}\n",
    );
    let said =
        "`ana SILVA` may be any of `ana.silva.2@harbour.example`, `ana.silva@harbour.example`: say which";
    office.run(&["usage", "users", "usage-details.csv", "--user", "ana SILVA"]).assert_exit(64, &[said]);
    office.run(&["what", "ana SILVA"]).assert_exit(64, &[said]);
    office
        .run(&["usage", "users", "usage-details.csv", "--user", "ana s*"])
        .assert_exit(0, &["ana.silva@harbour.example"]);
}
