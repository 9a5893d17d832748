//! `usage peaks`: from the files of the exports to what a person reads.

use expect_test::expect;

use crate::cli::*;

#[test]
fn peaks_are_held_against_what_the_contracts_own_and_priced() {
    let office = Quickstart::with_exports();
    let shown = office
        .run(&["usage", "peaks", "usage-details.csv", "checkouts.csv", "--who"])
        .assert_exit(0, &[])
        .out;
    expect![[r#"
        report:
        Peaks, quickstart: 4 lines. Charges of 2026Q4: 6,032.00 EUR.
        Read 2026-11-24 09:01 UTC. Not charged: 1 row of `trial` use.

          product                                where  period  peak  owned  excess        charge  at (UTC)
          MicroStation (microstation)            DE     2026Q4     1      0       1    960.00 EUR  2026-11-12 10:20  provisional
              HD-07 (gil.matos@harbour.example)
          MicroStation (microstation)            PT     2026Q4     4      6       0                2026-11-06 10:30  provisional
              HD-02 (ana.silva@harbour.example), HD-03 (bruno.teixeira@harbour.example), HD-04 (carla.nunes@harbour.example),
                HD-05 (edite.ramos@harbour.example)
          OpenRoads Designer                     PT     2026Q4     6      3       3  4,560.00 EUR  2026-11-17 14:10  provisional
          (openroads-designer)
              HD-02 (ana.silva@harbour.example), HD-03 (bruno.teixeira@harbour.example), HD-06 (filipe.lopes@harbour.example),
                HD-20 (rui.costa@contractor.example), HD-21 (7f3c-99a1), HD-L1 (helena.cruz@harbour.example)
          STAAD.Pro Practitioner (staad-pro)     PT     2026Q4     1      0       1    512.00 EUR  2026-11-03 09:50  provisional
              HD-04 (carla.nunes@harbour.example)

          A charge is the excess times 16 % of the list price on the first day of the period, and is rounded half up to the
            currency's minor unit at each line.
          Owned is what the contracts say today.
          Provisional: use may become known until 7 days after it, when machines were offline.
    "#]].assert_eq(&under_heading(&shown));
}

#[test]
fn peaks_are_rows_for_spreadsheets() {
    let office = Quickstart::with_exports();
    let csv = office
        .run(&["usage", "peaks", "usage-details.csv", "checkouts.csv", "--format", "csv"])
        .assert_exit(0, &[])
        .out;
    expect![[r#"
        product,feature,place,period,peak,owned,excess,charge,currency,at,provisional,machines,users
        microstation,,DE,2026Q4,1,0,1,960.00,EUR,2026-11-12T10:20:00Z,true,,
        microstation,,PT,2026Q4,4,6,0,,,2026-11-06T10:30:00Z,true,,
        openroads-designer,,PT,2026Q4,6,3,3,4560.00,EUR,2026-11-17T14:10:00Z,true,,
        staad-pro,,PT,2026Q4,1,0,1,512.00,EUR,2026-11-03T09:50:00Z,true,,
    "#]]
    .assert_eq(&csv.replace("\r\n", "\n"));
}

#[test]
fn peaks_are_json_for_programs() {
    let office = Quickstart::with_exports();
    let json = office.run(&[
        "usage",
        "peaks",
        "usage-details.csv",
        "checkouts.csv",
        "--format",
        "json",
        "--product",
        "openroads-designer",
    ]);
    expect![[r#"
        {
          "format": "seatwise-usage-peaks/1",
          "filters": [
            "--product openroads-designer"
          ],
          "rounding": "a charge is the excess times 16 % of the list price on the first day of the period, and is rounded half up to the currency's minor unit at each line",
          "lines": [
            {
              "product": "openroads-designer",
              "place": "PT",
              "period": "2026Q4",
              "peak": 6,
              "owned": 3,
              "excess": 3,
              "overuse_days": 1,
              "charge": {
                "due": {
                  "amount": "4560.00",
                  "currency": "EUR"
                }
              },
              "at": "2026-11-17T14:10:00Z",
              "provisional": true
            }
          ],
          "totals": [
            {
              "period": "2026Q4",
              "amount": "4560.00",
              "currency": "EUR"
            }
          ],
          "persona_days": [],
          "unapplied": {},
          "uncharged": {
            "trial": 1
          }
        }
    "#]].assert_eq(&json.assert_exit(0, &[]).out);
}

/// A script that uses the page of peaks as a reader does, and answers in the page's title.
const READER: &str = r##"
const rows = () => [...document.querySelectorAll("#lines .body .row")];
const search = document.querySelector("input[type=search]");
const find = word => { search.value = word; search.dispatchEvent(new Event("input")); return rows().filter(row => row.checkVisibility()).length; };
const figure = document.querySelector(".figure");
const [days, week] = figure.querySelectorAll("svg");
const many = (drawing, kind) => drawing.querySelectorAll(kind).length;
const said = {all: rows().length, found: find("openroads"), figures: document.querySelectorAll(".figure").length};
find("");
document.querySelectorAll("#lines .head button")[3].click();
said.least = rows()[0].children[3].textContent;
said.heading = figure.querySelector("h2").textContent;
said.lead = figure.querySelector("p").textContent;
said.days = {used: many(days, ".used"), over: many(days, ".over"), owned: many(days, ".owned")};
said.day = days.querySelector(".over title").textContent;
said.week = {boxes: many(week, "rect"), over: many(week, ".over")};
said.wide = days.getBoundingClientRect().width > 300 && days.getBoundingClientRect().height > 60;
said.who = figure.querySelector(".who").textContent.split("\n");
said.images = document.images.length;
said.fetched = performance.getEntriesByType("resource").length;
document.title = "SAID " + JSON.stringify(said) + " SAID";
"##;

#[test]
fn page_of_peaks_draws_days_hours_and_who_was_there_without_a_network() {
    let office = Quickstart::with_exports();
    office
        .run(&["usage", "peaks", "usage-details.csv", "checkouts.csv", "--out", "peaks.html"])
        .assert_exit(0, &["written to peaks.html"]);
    let page = std::fs::read_to_string(office.path("peaks.html")).unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"), "nothing is fetched");
    let Some(after) = crate::browser::open_page(&page, READER) else { return };
    let said = after.split("SAID").nth(1).unwrap_or_else(|| panic!("the page's own script ran: {after}"));
    let said: serde_json::Value =
        serde_json::from_str(&said.replace("&amp;", "&").replace("&quot;", "\"")).unwrap();
    expect![[r#"
        {
          "all": 4,
          "found": 1,
          "figures": 4,
          "least": "1",
          "heading": "openroads-designer in PT, 2026Q4",
          "lead": "Peak 6, owned 3, excess 3 (4560.00 EUR), at 2026-11-17 14:10 UTC",
          "days": {
            "used": 18,
            "over": 1,
            "owned": 92
          },
          "day": "2026-11-17: peak 6, owned 3",
          "week": {
            "boxes": 168,
            "over": 2
          },
          "wide": true,
          "who": [
            "HD-02 (ana.silva@harbour.example)",
            "HD-03 (bruno.teixeira@harbour.example)",
            "HD-06 (filipe.lopes@harbour.example)",
            "HD-20 (rui.costa@contractor.example)",
            "HD-21 (7f3c-99a1)",
            "HD-L1 (helena.cruz@harbour.example)"
          ],
          "images": 0,
          "fetched": 0
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&said).unwrap());
}

#[test]
fn every_report_is_a_page_and_a_paper_too() {
    let office = Quickstart::with_exports();
    for report in ["peaks", "daily", "users", "machines", "inactive"] {
        let inputs = ["usage", report, "usage-details.csv", "checkouts.csv"];
        let page = office.run(&[&inputs[..], &["--format", "html"]].concat()).assert_exit(0, &[]).out;
        assert!(page.starts_with("<!doctype html>") && page.contains("microstation"), "{report}: {page}");
        let paper = format!("{report}.pdf");
        office.run(&[&inputs[..], &["--out", &paper]].concat()).assert_exit(0, &["written to"]);
        let bytes = std::fs::read(office.path(&paper)).unwrap();
        assert!(bytes.starts_with(b"%PDF-"), "{report}");
        let Some(text) = crate::pdf_text::pdf_text(&office.path(&paper)) else { continue };
        let who = if report == "daily" { "microstation" } else { "harbour.example" };
        let who = if report == "machines" { "HD-02" } else { who };
        assert!(
            text.contains("page 1 of ") && text.contains("quickstart") && text.contains(who),
            "{report}: {text}"
        );
    }
}

#[test]
fn name_on_a_page_is_no_markup() {
    let office = Quickstart::new_applied();
    let hostile =
        "1017,PT,<img src=x onerror=alert(1)>,ana.silva@harbour.example,2026-11-02 09:01,2026-11-02 09:25\n";
    std::fs::write(office.path("hostile.csv"), format!("{HEADER}{hostile}")).unwrap();
    let page = office.run(&["usage", "peaks", "hostile.csv", "--format", "html"]).assert_exit(0, &[]).out;
    assert!(page.contains("&#60;img src=x") && !page.contains("<img"), "{page}");
}

#[test]
fn form_that_the_name_of_a_file_does_not_say_is_asked_for() {
    Quickstart::with_exports()
        .run(&["usage", "peaks", "usage-details.csv", "--out", "peaks.docx"])
        .assert_exit(64, &["say it by `--format`"]);
}

#[test]
fn report_is_about_what_is_asked_for() {
    let office = Quickstart::with_exports();
    let peaks = |args: &[&str]| {
        office
            .run(&[&["usage", "peaks", "usage-details.csv", "--format", "csv"], args].concat())
            .assert_exit(0, &[])
            .out
    };
    assert_eq!(peaks(&["--country", "de"]).lines().count(), 2);
    let roads = peaks(&["--group", "roads", "--product", "openroads-designer"]);
    assert!(
        roads.contains("openroads-designer,,PT,2026Q4,5,3,2,"),
        "the peak counts everybody, and is held against what is owned: {roads}"
    );
    assert_eq!(peaks(&["--user", "7f3c-99a1"]).lines().count(), 2, "an opaque id is a person as well");
    assert!(peaks(&["--to", "2026-11-13", "--product", "openroads-designer"]).contains(",2026Q4,2,"));
    office
        .run(&["usage", "peaks", "usage-details.csv", "--group", "road"])
        .assert_exit(64, &["did you mean `roads`?"]);
    office
        .run(&["usage", "peaks", "usage-details.csv", "--from", "2027-01-01"])
        .assert_exit(64, &["`--from` is after `--to`"]);
    office
        .run(&["usage", "peaks"])
        .assert_exit(1, &["nothing was ever collected", "hint: name exports, or collect some"]);
}

#[test]
fn damaged_lines_are_told_of_and_the_exit_code_says_so() {
    let office = Quickstart::with_exports();
    office.write(
        "x.csv",
        &format!(
            "{HEADER}{GOOD}1017,PT,B,,2026-11-31 09:01,2026-11-02 \
            09:25\n\u{1b}[2J,PT,B,,2026-11-02 09:01,2026-11-02 09:25\n"
        ),
    );
    let said = office.run(&["usage", "peaks", "x.csv"]).assert_exit(
        8,
        &[
            "warning: x.csv:3: `2026-11-31 09:01` is no start",
            "warning: x.csv:4: `\\u{1b}[2J` is no product",
            "warning: 2 lines were left out of the figures",
            "MicroStation (microstation)  PT     2026Q4",
        ],
    );
    assert!(!said.err.contains('\u{1b}'), "{}", said.err);
    let strict = office
        .run(&["usage", "peaks", "x.csv", "--strict"])
        .assert_exit(8, &["x.csv:3 is damaged: `2026-11-31 09:01` is no start", "hint: without `--strict`"]);
    assert_eq!(strict.out, "");
    office.write("y.csv", "a,b\n");
    office
        .run(&["usage", "peaks", "y.csv"])
        .assert_exit(1, &["y.csv is no usage export: its columns are `a`, `b`", "hint: `usage.columns`"]);
    office.run(&["usage", "peaks", "none.csv"]).assert_exit(1, &["none.csv could not be read"]);
}

#[test]
fn csv_has_no_formulas() {
    let office = Quickstart::with_exports();
    office.write(
        "x.csv",
        &format!(
            "{HEADER}=1+1,PT,@SUM(A1),,2026-11-02 09:01,2026-11-02 \
            09:25\n+2,PT,\"-3,\"\"x\",,2026-11-02 09:01,2026-11-02 09:25\n"
        ),
    );
    let csv = office.run(&["usage", "machines", "x.csv", "--format", "csv"]).assert_exit(0, &[]).out;
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "\"'-3,\"\"x\",'+2,,PT,1,0 00:20,2026-11-02,2026-11-02",
            "'@SUM(A1),'=1+1,,PT,1,0 00:20,2026-11-02,2026-11-02"
        ]
    );
}

#[test]
fn settings_that_cannot_be_applied_to_exports_are_said() {
    let office = Quickstart::with_exports();
    office.edit(
        "seatwise.yaml",
        "version: 1",
        "version: 1\nusage: {short_use: free, first_interval: count, columns: {machine: Rechner}}",
    );
    let details = office.read("usage-details.csv").replace("Machine Name", "Rechner");
    office.write("details.csv", &details);
    let rows = details.lines().count() - 2;
    office.run(&["usage", "peaks", "details.csv"]).assert_exit(
        0,
        &[
            &format!("`first_interval` of the policy could not be applied to {rows} rows"),
            "`short_use` of the policy could not be applied",
            "Not charged: 1 row of `trial` use.",
        ],
    );
}
