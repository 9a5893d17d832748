//! Reports of use, from files to what a person reads.

use expect_test::expect;

use super::*;

/// The organization of `examples/quickstart` as it is after the first apply, and its exports.
fn office() -> Quickstart {
    let office = Quickstart::new_applied();
    for file in ["usage-details.csv", "checkouts.csv"] {
        std::fs::copy(crate::folders::repository_path("tests/usage").join(file), office.path(file)).unwrap();
    }
    office
}

const HEADER: &str = "Product,Country,Machine,Email,Start,End\n";
const GOOD: &str = "1017,PT,A,ana.silva@harbour.example,2026-11-02 09:01,2026-11-02 09:25\n";

/// A report below a line of its own: expectations lose the spaces that all lines begin with.
fn under_heading(report: &str) -> String {
    format!("report:\n{report}")
}

#[test]
fn peaks_are_held_against_what_the_contracts_own_and_priced() {
    let office = office();
    let shown = office
        .run(&["usage", "peaks", "usage-details.csv", "checkouts.csv", "--who"])
        .assert_exit(0, &[])
        .out;
    expect![[r#"
        report:
          product             where  period  peak  owned  excess       charge  at (UTC)
          microstation        DE     2026Q4     1      0       1   960.00 EUR  2026-11-12 10:20  provisional
              HD-07 (gil.matos@harbour.example)
          microstation        PT     2026Q4     4      6       0               2026-11-06 10:30  provisional
              HD-02 (ana.silva@harbour.example), HD-03 (bruno.teixeira@harbour.example), HD-04 (carla.nunes@harbour.example), HD-05 (edite.ramos@harbour.example)
          openroads-designer  PT     2026Q4     6      3       3  4560.00 EUR  2026-11-17 14:10  provisional
              HD-02 (ana.silva@harbour.example), HD-03 (bruno.teixeira@harbour.example), HD-06 (filipe.lopes@harbour.example), HD-20 (rui.costa@contractor.example), HD-21 (7f3c-99a1), HD-L1 (helena.cruz@harbour.example)
          staad-pro           PT     2026Q4     1      0       1   512.00 EUR  2026-11-03 09:50  provisional
              HD-04 (carla.nunes@harbour.example)

          Charges of 2026Q4: 6032.00 EUR
          A charge is the excess times 16 % of the list price on the first day of the period, and is rounded half up to the currency's minor unit at each line.
          Owned is what the contracts say today.
          Provisional: use may become known until 7 days after it, when machines were offline.
          Not charged: 1 row of `trial` use.
    "#]].assert_eq(&under_heading(&shown));
}

#[test]
fn peaks_are_the_same_for_spreadsheets_and_programs() {
    let office = office();
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

/// What a reader does with the page of peaks, by a script that answers in the page's title.
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
    let office = office();
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
    let office = office();
    for report in ["peaks", "daily", "users", "machines", "inactive"] {
        let inputs = ["usage", report, "usage-details.csv", "checkouts.csv"];
        let page = office.run(&[&inputs[..], &["--format", "html"]].concat()).assert_exit(0, &[]).out;
        assert!(page.starts_with("<!doctype html>") && page.contains("microstation"), "{report}: {page}");
        let paper = format!("{report}.pdf");
        office.run(&[&inputs[..], &["--out", &paper]].concat()).assert_exit(0, &["written to"]);
        let bytes = std::fs::read(office.path(&paper)).unwrap();
        assert!(bytes.starts_with(b"%PDF-"), "{report}");
        let Some(text) = crate::paper::pdf_text(&office.path(&paper)) else { continue };
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
    office()
        .run(&["usage", "peaks", "usage-details.csv", "--out", "peaks.docx"])
        .assert_exit(64, &["say it by `--format`"]);
}

#[test]
fn report_is_about_what_is_asked_for() {
    let office = office();
    let peaks = |args: &[&str]| {
        office
            .run(&[&["usage", "peaks", "usage-details.csv", "--format", "csv"], args].concat())
            .assert_exit(0, &[])
            .out
    };
    assert_eq!(peaks(&["--country", "de"]).lines().count(), 2);
    let roads = peaks(&["--group", "roads", "--product", "openroads-designer"]);
    assert!(
        roads.contains("openroads-designer,,PT,2026Q4,4,,,,"),
        "of some people, nothing is held against what is owned: {roads}"
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
fn days_people_and_machines_are_listed() {
    let office = office();
    let run = |args: &[&str]| office.run(&[&["usage"], args].concat()).assert_exit(0, &[]).out;
    let daily = run(&[
        "daily",
        "usage-details.csv",
        "--product",
        "openroads-designer",
        "--from",
        "2026-11-16",
        "--to",
        "2026-11-18",
    ]);
    expect![[r#"
        report:
          day         product             place  peak  owned  at
          2026-11-16  openroads-designer  PT        1      3  10:30
          2026-11-17  openroads-designer  PT        5      3  14:10  provisional
          2026-11-18  openroads-designer  PT        2      3  10:30  provisional

          Only use from 2026-11-16 to 2026-11-18 counts.
    "#]]
    .assert_eq(&under_heading(&daily));
    expect![[r#"
        report:
          user                            product             place  days  D HH:MM  first       last
          ana.silva@harbour.example       openroads-designer  PT       10  0 20:20  2026-11-02  2026-11-20
          bruno.teixeira@harbour.example  openroads-designer  PT       10  0 16:50  2026-11-02  2026-11-19
          filipe.lopes@harbour.example    openroads-designer  PT        8  0 14:20  2026-11-02  2026-11-20
          rui.costa@contractor.example    openroads-designer  PT        1  0 01:30  2026-11-17  2026-11-17
          7f3c-99a1                       openroads-designer  PT        1  0 01:30  2026-11-17  2026-11-17
    "#]]
    .assert_eq(&under_heading(&run(&["users", "usage-details.csv", "--product", "openroads-designer"])));
    expect![[r#"
        {
          "format": "seatwise-usage-machines/1",
          "lines": [
            {
              "machine": "HD-07",
              "product": "microstation",
              "place": "DE",
              "days": 1,
              "minutes": 90,
              "first": "2026-11-12",
              "last": "2026-11-12"
            }
          ]
        }
    "#]]
    .assert_eq(&run(&["machines", "usage-details.csv", "--country", "DE", "--format", "json"]));
}

#[test]
fn assignments_and_named_licences_without_use_are_listed() {
    let office = office();
    let shown = office.run(&["usage", "inactive", "usage-details.csv"]).assert_exit(0, &[]).out;
    expect![[r#"
        report:
          user                         product       held as        last used
          carla.nunes@harbour.example  staad-pro     named licence  never
          helena.cruz@harbour.example  microstation  assignment     never

          The exports begin on 2026-11-02: nothing is known of the 68 days before it.
          1 person in the exports is only an opaque id: what they used may be among these.
    "#]]
    .assert_eq(&under_heading(&shown));
}

#[test]
fn damaged_lines_are_told_of_and_the_exit_code_says_so() {
    let office = office();
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
            "microstation  PT     2026Q4",
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
    let office = office();
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
    let office = office();
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

#[test]
fn what_is_collected_is_read_where_no_file_is_named() {
    let office = office();
    let collect = ["usage", "collect", "usage-details.csv", "checkouts.csv"];
    office.run(&collect).assert_exit(0, &["99 rows of 2 files: 99 new\n  2026-11: 99 new, 99 in all\n"]);
    office.run(&collect).assert_exit(0, &["99 rows of 2 files: 0 new\n"]);
    let from_files =
        office.run(&["usage", "peaks", "usage-details.csv", "checkouts.csv", "--who", "--format", "json"]);
    assert_eq!(
        office.run(&["usage", "peaks", "--who", "--format", "json"]).assert_exit(0, &[]).out,
        from_files.out
    );
    office.run(&["usage", "inactive", "--days", "5"]).assert_exit(0, &["carla.nunes@harbour.example"]);
    office.edit("seatwise.yaml", "version: 1", "version: 1\nusage: {store: kept/use}");
    office.write("x.csv", &format!("{HEADER}{GOOD}p\n"));
    office.run(&["usage", "collect", "x.csv", "--strict"]).assert_exit(8, &["x.csv:3 is damaged"]);
    assert!(!office.path("kept").exists(), "nothing is kept of it");
    office
        .run(&["usage", "collect", "x.csv"])
        .assert_exit(8, &["1 row of 1 file: 1 new", "warning: x.csv:3: 1 column where the header has 6"]);
    assert!(office.path("kept/use/year=2026/month=11/usage.parquet").is_file());
}

/// The office with use collected up to a day before the tests' own, and since before the quarter.
fn used_office() -> Quickstart {
    let office = office();
    office.write(
        "before.csv",
        &format!("{HEADER}1017,PT,HD-01,duarte.pinto@harbour.example,2026-09-28 09:01,2026-09-28 09:25\n"),
    );
    office
        .run(&["usage", "collect", "usage-details.csv", "checkouts.csv", "before.csv"])
        .assert_exit(0, &["100 new"]);
    office
}

#[test]
fn plan_says_what_the_period_costs_beyond_what_is_owned_before_and_after() {
    let office = used_office();
    office.edit(
        "people.yaml",
        "roles: [co-administrator]\n    groups: [designers]",
        "roles: [co-administrator]\n    groups: [designers, roads]",
    );
    let plan = office.run(&["plan"]).assert_exit(4, &[]);
    // Four people could start it, and six machines were there at the peak: the fifth person counts as two.
    expect![[r#"
        plan:
          Licences                      owned  peak 90 d  assigned                   exposure
                    openroads-designer      3          6     0 → 0  4560.00 EUR → 7600.00 EUR

          Exposure: 6032.00 EUR → 9072.00 EUR in 2026Q4, if people whom this brings to a product use it as others do
            (provisional)

          Refused guard.exposure: the projected overage is 9,072 units of the currency; the limit is 5,000
              3,040  openroads-designer
            To approve exactly these, add under `approvals:` in seatwise.yaml, say why, and have it reviewed:
          - {guard: exposure, items: [openroads-designer], reason: "say why", until: 2026-12-08}
    "#]]
    .assert_eq(&format!("plan:\n  {}\n",
        &plan.out[plan.out.find("Licences").unwrap()..plan.out.find("\n\n  Or,").unwrap()]));
    let markdown = office
        .run(&["plan", "--format", "markdown"])
        .assert_exit(4, &["| `openroads-designer` | 3 | 6 | 0 → 0 | 4560.00 EUR → 7600.00 EUR |"]);
    assert!(markdown.out.contains("- **Exposure:** 6032.00 EUR → 9072.00 EUR in 2026Q4"), "{}", markdown.out);
    office.run(&["plan", "--format", "json"]).assert_exit(
        4,
        &[
            r#""exposure":{"known":{"after":["9072.00 EUR"],"before":["6032.00 EUR"],"period":"2026Q4","since":null}}"#,
            r#""exposure":{"after":{"charge":{"due":"7600.00 EUR"},"machines":5},"before":{"charge":{"due":"4560.00 EUR"},"machines":3}}"#,
        ],
    );
    office.edit(
        "seatwise.yaml",
        "guard:\n",
        "approvals: \
            [{guard: exposure, items: [openroads-designer], reason: tender, until: 2026-12-31}]\nguard:\n",
    );
    office.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["4560.00 EUR → 7600.00 EUR"]);
    office.run(&["apply", "plan.json", "--yes"]).assert_exit(0, &["4560.00 EUR → 7600.00 EUR"]);
}

#[test]
fn saved_plan_is_judged_by_the_exposure_it_was_reviewed_with() {
    let office = used_office();
    office.edit(
        "people.yaml",
        "roles: [co-administrator]\n    groups: [designers]",
        "roles: [co-administrator]\n    groups: [designers, roads]",
    );
    office.edit("seatwise.yaml", "guard:\n", "guard:\n  exposure: {at_most: 9000 EUR}\n");
    office
        .run(&["plan", "--out", "plan.json"])
        .assert_exit(4, &["the projected overage is 9,072 units of the currency; the limit is 9,000"]);
    std::fs::remove_dir_all(office.path(".seatwise/usage")).unwrap();
    office.run(&["apply", "plan.json", "--yes"]).assert_exit(4, &["guard.exposure"]);
}

#[test]
fn overage_of_before_refuses_no_plan_that_adds_nothing_to_it() {
    let office = used_office();
    office.edit("people.yaml", "groups: [roads]\n  gil", "groups: []\n  gil");
    office.run(&["plan"]).assert_exit(0, &["Exposure: 6032.00 EUR in 2026Q4 (provisional)"]);
}

#[test]
fn person_without_a_named_licence_any_more_comes_into_the_pool_with_all_others() {
    let office = used_office();
    // Carla, Helena, Inês and the account's administrator are on no list that would keep them out.
    office.edit(
        "people.yaml",
        "    groups: [designers]\n    products: [staad-pro]             # licensed by \
        name: this licence is hers\n",
        "",
    );
    office.edit(
        "access.yaml",
        "{product: staad-pro, allow: selected}",
        "{product: staad-pro, allow: everyone}",
    );
    // Nobody was in this pool in the last 90 days under the settings before, but one machine was: Carla's,
    // before the licence was hers.
    let plan = office.run(&["plan"]).assert_exit(4, &["guard.exposure", "staad-pro (by name)"]);
    let line = plan.out.lines().find(|line| line.contains("staad-pro (by name)")).unwrap();
    assert!(line.ends_with("512.00 EUR → 2560.00 EUR"), "{line}");
}

#[test]
fn usage_that_ends_long_ago_or_begins_within_the_period_is_said() {
    let office = office();
    office.edit("people.yaml", "    deny: [openroads-designer]\n", "");
    office.run(&["plan"]).assert_exit(0, &["usage was not read: the projected overage is unknown, not 0"]);
    office.run(&["usage", "collect", "usage-details.csv", "checkouts.csv"]).assert_exit(0, &[]);
    office.run(&["plan"]).assert_exit(
        0,
        &[
            "usage is known from 2026-11-02 on only: the overage of the period may be higher",
            "Exposure: 6032.00 EUR in",
        ],
    );
    let later = office
        .run_at("2026-12-08T09:00:00Z", &["plan"])
        .assert_exit(0, &["usage is known up to 2026-11-", "the projected overage is unknown, not 0"]);
    assert!(
        !later.out.contains("Exposure:"),
        "a checkout that goes on says nothing of the rest: {}",
        later.out
    );
    office.edit("seatwise.yaml", "version: 1", "version: 1\nusage: {pool: site}");
    office.run(&["plan"]).assert_exit(0, &["usage was not read"]);
}
