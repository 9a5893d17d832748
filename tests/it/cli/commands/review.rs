//! `review`: the access review lists everything that each person has, with the reason for each.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use expect_test::expect;

use crate::cli::acme::Acme;

/// The records of a CSV, by column.
fn records(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns: Vec<String> = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
    let record = |record: csv::StringRecord| {
        columns.iter().cloned().zip(record.iter().map(ToOwned::to_owned)).collect()
    };
    reader.records().map(|one| record(one.unwrap())).collect()
}

fn acme_in_git() -> Acme {
    let acme = Acme::new_applied();
    std::fs::write(acme.path(".gitignore"), ".seatwise/\n").unwrap();
    acme.commit("Maria Fonseca", "2026-10-01", "Begin");
    acme.edit(
        "groups/disciplines.yaml",
        "    products: [openground]\n",
        "    products: [openground, plaxis-2d]\n",
    );
    acme.edit(
        "seatwise.yaml",
        "audit:\n",
        "audit:\n  reviews:\n    - {users: \"*@contractor.example\", on: 2026-09-30, by: Katrin Bauer}\n    \
            - {users: \"*\", on: 2026-12-24, by: nobody yet}\n",
    );
    acme.commit("Katrin Bauer", "2026-10-20", "Tunnels calculate");
    acme
}

#[test]
fn spreadsheet_has_a_row_for_each_thing_with_reason_lines_since_and_until() {
    let acme = acme_in_git();
    acme.edit("users/lisbon.yaml", "    first_name: Rita\n", "    first_name: \"=HYPERLINK(\\\"x\\\")\"\n");
    acme.run(&["apply", "--yes", "--quiet"], 0);
    acme.run(&["review", "--out", "evidence.csv"], 0);
    let text = std::fs::read_to_string(acme.path("evidence.csv")).unwrap();
    let records = records(&text);
    let told = |user: &str| {
        let of = records.iter().filter(|record| record["user"] == user).map(|record| {
            let cells = [
                "kind",
                "item",
                "product names",
                "reason",
                "policy lines",
                "since",
                "set by",
                "until",
                "last reviewed",
                "reviewed by",
            ];
            cells.map(|cell| record[cell].as_str()).join(" | ") + "\n"
        });
        of.collect::<String>()
    };
    expect_test::expect_file!["review/contractor.txt"].assert_eq(&told("tom.becker@contractor.example"));
    expect![[r#"
        person |  |  | declared | users/lisbon.yaml:73 | 2026-10-01 | Maria Fonseca |  |  | 
        membership | cost-lisbon |  |  | users/lisbon.yaml:6 | 2026-10-01 | Maria Fonseca |  |  | 
        membership | designers |  |  | users/lisbon.yaml:76 | 2026-10-01 | Maria Fonseca |  |  | 
        membership | roads |  |  | users/lisbon.yaml:77 | 2026-10-01 | Maria Fonseca |  |  | 
        membership | tunnels |  |  | users/lisbon.yaml:77 | 2026-10-01 | Maria Fonseca |  |  | 
        group list | designers | bentley-view microstation projectwise-explorer |  | groups/disciplines.yaml:8, users/lisbon.yaml:76 | 2026-10-01 | Maria Fonseca |  |  | 
        group list | roads | openroads-designer |  | groups/disciplines.yaml:12, users/lisbon.yaml:77 | 2026-10-01 | Maria Fonseca |  |  | 
        group list | tunnels | openground plaxis-2d |  | groups/disciplines.yaml:50, users/lisbon.yaml:77 | 2026-10-20 | Katrin Bauer |  |  | 
    "#]].assert_eq(&told("rita.magalhaes@acme.example"));
    let states: std::collections::BTreeSet<_> =
        records.iter().map(|record| record["policy"].as_str()).collect();
    expect![[r#"
        {
            "declared",
            "ignored",
            "nobody in the organization",
            "not in the policy",
        }
    "#]]
    .assert_debug_eq(&states);
    assert!(
        records.iter().any(|record| record["first name"] == "'=HYPERLINK(\"x\")"),
        "no cell is a formula"
    );
    let people: std::collections::BTreeSet<_> =
        records.iter().filter(|record| record["kind"] == "person").map(|record| &record["user"]).collect();
    assert_eq!(people.len(), 63, "everybody once");
}

#[test]
fn programs_read_the_same_and_a_past_day_is_reviewed_from_the_policy_alone() {
    let acme = acme_in_git();
    let live: serde_json::Value =
        serde_json::from_str(&acme.run(&["review", "--format", "json"], 0)).unwrap();
    let past: serde_json::Value =
        serde_json::from_str(&acme.run(&["review", "--format", "json", "--at", "2026-10-10"], 0)).unwrap();
    assert_eq!(
        (&live["side"], &past["side"], &past["as_of"]),
        (&"live".into(), &"the policy alone".into(), &"2026-10-10".into())
    );
    let usable = |of: &serde_json::Value| {
        let people = of["people"].as_array().unwrap();
        people
            .iter()
            .map(|one| (one["user"].as_str().unwrap().to_owned(), one["usable_products"].as_u64().unwrap()))
            .collect::<BTreeMap<_, _>>()
    };
    let now: serde_json::Value =
        serde_json::from_str(&acme.run(&["review", "--format", "json", "--at", "HEAD"], 0)).unwrap();
    let gained: Vec<_> = usable(&now)
        .into_iter()
        .filter(|(user, count)| usable(&past)[user] < *count)
        .map(|(user, _)| user)
        .collect();
    assert_eq!(
        gained,
        ["pedro.antunes@acme.example", "rita.magalhaes@acme.example"],
        "those in the group whose list grew"
    );
    assert!(
        usable(&live).len() == 63 && usable(&past).len() == 61,
        "the policy knows neither the guest nor the account's administrator"
    );
    let said = acme.run(&["review", "--at", "2020-01-01"], 1);
    assert!(said.contains("no commit on 2020-01-01 or before"), "{said}");
}

#[test]
fn shallow_clone_names_nobody_for_a_line_that_may_be_older() {
    let acme = acme_in_git();
    let clone = acme.shallow_clone(1);
    let said = clone.run(&["review", "--out", "evidence.csv", "--out", "evidence.json"], 0);
    assert!(
        said.contains(
            "who set the lines up to 2026-10-20 is not known: a shallow clone (`git fetch --unshallow`"
        ),
        "{said}"
    );
    let rows = records(&std::fs::read_to_string(clone.path("evidence.csv")).unwrap());
    // The organization itself says since when a licence is assigned.
    let stated =
        |row: &&BTreeMap<String, String>| !row["policy lines"].is_empty() && row["kind"] != "named licence";
    assert!(rows.iter().filter(stated).count() > 50);
    for row in rows.iter().filter(stated) {
        assert_eq!((row["since"].as_str(), row["set by"].as_str()), ("not known: a shallow clone", ""));
    }
    let json = std::fs::read_to_string(clone.path("evidence.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["set_by_not_known"].as_str().unwrap().contains("a shallow clone"), "{json}");
    let why = ["why", "ana.silva@acme.example", "openroads-designer"];
    let told = clone.run(&why, 0);
    assert!(
        told.contains("not known") && told.contains("a shallow clone (`git fetch --unshallow`"),
        "{told}"
    );
    assert!(!told.contains("Katrin") && acme.run(&why, 0).contains("Maria Fonseca"), "{told}");
    let markdown = clone.run(&[&why[..], &["--format", "markdown"]].concat(), 0);
    assert!(markdown.contains("a shallow clone") && !markdown.contains("Katrin"), "{markdown}");
    // What was set after the beginning of the clone is known, and so is a line that is not committed.
    clone.edit("users/lisbon.yaml", "    first_name: Rita\n", "    first_name: \"Rita\"\n");
    clone.commit("Maria Fonseca", "2026-11-02", "Quote a name");
    clone.edit(
        "groups/disciplines.yaml",
        "products: [openroads-designer]",
        "products: [openroads-designer ]",
    );
    let told = clone.run(&why, 0);
    assert!(
        told.contains("users/lisbon.yaml:18") && !told.contains("disciplines.yaml:12  not known"),
        "{told}"
    );
}

#[test]
fn review_and_why_say_that_git_did_not_tell_who_set_the_lines() {
    let acme = acme_in_git();
    let foreign = [("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")];
    let refused = "not known: git: detected dubious ownership in repository at ";
    let said = acme.run_in(&foreign, &["review", "--out", "evidence.csv", "--out", "evidence.md"], 0);
    assert!(said.contains(&format!("warning: who set which line is {refused}")), "{said}");
    let page = std::fs::read_to_string(acme.path("evidence.md")).unwrap();
    assert!(page.contains("detected dubious ownership"), "{page}");
    let rows = records(&std::fs::read_to_string(acme.path("evidence.csv")).unwrap());
    assert!(rows.iter().any(|row| row["since"] == "not known: Git did not say"));
    assert!(rows.iter().all(|row| row["since"] != "not committed"));
    let why = ["why", "ana.silva@acme.example", "openroads-designer"];
    assert!(acme.run_in(&foreign, &why, 0).contains(&format!("Last set by: {refused}")));
    let json = acme.run_in(&foreign, &[&why[..], &["--format", "json"]].concat(), 0);
    assert!(json.contains("\"set_by_not_known\""), "{json}");
}

#[test]
fn part_that_could_not_be_read_makes_the_review_fail() {
    let acme = Acme::new_applied();
    acme.run(&["sandbox", "init", "--yes"], 0);
    let said = acme.run(&["review", "--out", "evidence.csv"], 1);
    assert!(said.contains("it would look whole and is not: users was not read"), "{said}");
    assert!(!acme.path("evidence.csv").exists());
}

#[test]
fn summary_says_how_much_there_is_to_look_at() {
    let said = acme_in_git().run(&["review", "--at", "HEAD"], 0);
    let (before, after) = said.split_once("policy at ").unwrap();
    let masked = format!("{before}policy at COMMIT{}", &after[10..]);
    expect![[r#"
        Access review of acme-engineering, the policy alone, as of 2026-10-20, made 2026-11-24 09:00 UTC; policy at COMMIT;
          last use not looked at

          people                        61
          declared                      61
          declared to leave              0
          ignored                        0
          not in the policy              0
          with a role                    7  alice.adams@acme.example, ana.silva@acme.example, katrin.bauer@acme.example,
                                            maria.fonseca@acme.example, nina.weiss@acme.example, olivia.price@acme.example,
                                            tiago.barros@acme.example
          locked                         1  li.wu@acme.example
          never reviewed                57
          contacts who are nobody here   1  finance@acme.example

        The evidence itself: `--out review.html`, `.pdf`, `.csv` or `.json`.
    "#]].assert_eq(&masked);
}

#[test]
fn review_with_usage_says_when_each_last_used_what_they_have() {
    let acme = Acme::new_applied();
    let row =
        |user: &str, product: &str, day: &str| format!("{product},PT,M1,{user},{day} 09:01,{day} 09:25\n");
    let rows = [
        row("tom.becker@contractor.example", "PLAXIS 3D", "2026-11-03"),
        row("rita.magalhaes@acme.example", "MicroStation", "2026-11-05"),
    ];
    std::fs::write(
        acme.path("used.csv"),
        format!("Product,Country,Machine,Email,Start,End\n{}", rows.concat()),
    )
    .unwrap();
    let records = records(&acme.run(&["review", "--usage", "used.csv", "--format", "csv"], 0));
    let used = records.iter().filter(|record| !record["last used"].is_empty());
    let used: Vec<_> = used
        .map(|record| ["user", "kind", "item", "last used"].map(|cell| &*record[cell]).join(" | "))
        .collect();
    expect![[r#"
        rita.magalhaes@acme.example | person |  | 2026-11-05
        tom.becker@contractor.example | person |  | 2026-11-03
        tom.becker@contractor.example | assignment | plaxis-3d | 2026-11-03"#]]
    .assert_eq(&used.join("\n"));
    assert!(acme.run(&["review", "--usage", "used.csv"], 0).contains("; use known since 2026-11-03"));
    let audited = acme.run(&["audit", "--usage", "used.csv", "--fail-on", "never"], 0);
    assert!(!audited.contains("no usage is known"), "{audited}");
    assert!(
        acme.run(&["audit", "--fail-on", "never"], 0)
            .contains("no usage is known, so nothing is looked for by licence-missing")
    );
    acme.run(&["usage", "collect", "used.csv"], 0);
    assert!(
        acme.run(&["review"], 0).contains("; use known since 2026-11-03"),
        "what was collected is there without a word"
    );
    assert!(!acme.run(&["audit", "--fail-on", "never"], 0).contains("no usage is known"));
    std::fs::write(
        acme.path("used.csv"),
        "Product,Country,Machine,Email,Start,End\nMicroStation,PT,M1,a@b.example,never,never\n",
    )
    .unwrap();
    acme.run(&["review", "--usage", "used.csv"], 8);
}

#[test]
fn form_that_a_name_does_not_say_is_asked_for() {
    let said = Acme::new_applied().run(&["review", "--out", "evidence.docx"], 64);
    assert!(said.contains("say it by `--format`"), "{said}");
}

/// A script that uses the page as a reviewer does, and answers in the page's title.
const REVIEWER: &str = r##"
const search = document.querySelector("input[type=search]");
const rows = () => [...document.querySelectorAll("#people .body .row")];
const seen = () => rows().filter(row => row.checkVisibility()).map(row => row.querySelector(".soft").textContent);
const find = word => { search.value = word; search.dispatchEvent(new Event("input")); return seen(); };
const said = {all: seen().length};
said.name = find("RITA");
said.group = find("tunnels lisbon");
said.product = find("synchro-4d").length;
said.counted = document.querySelector("output").value;
said.nobody = find("nobody at all").length;
find("");
document.querySelectorAll("#people .head button")[6].click();
said.least = rows()[0].children[6].textContent;
document.querySelectorAll("#people .head button")[6].click();
said.most = rows()[0].children[6].textContent;
said.scripts = document.scripts.length;
said.images = document.images.length;
said.fetched = performance.getEntriesByType("resource").length;
find("RITA");
const more = rows().find(row => row.checkVisibility()).querySelector(".more");
const told = () => more.nextElementSibling.checkVisibility();
said.folded = !told();
more.click();
said.unfolded = told() && more.getAttribute("aria-expanded") === "true";
more.click();
said.foldedAgain = !told();
find("");
dispatchEvent(new Event("beforeprint"));
said.closed = document.querySelectorAll("details:not([open])").length;
dispatchEvent(new Event("afterprint"));
said.closedAgain = document.querySelectorAll("details:not([open])").length > 0;
document.title = "SAID " + JSON.stringify(said) + " SAID";
"##;

#[test]
fn page_is_searched_sorted_and_printed_in_a_browser_without_a_network() {
    let acme = acme_in_git();
    acme.edit(
        "users/lisbon.yaml",
        "    first_name: Rita\n",
        "    first_name: \"<img src=x onerror=alert(1)></script>Rita\"\n",
    );
    acme.run(&["apply", "--yes", "--quiet"], 0);
    acme.run(&["review", "--out", "evidence.html"], 0);
    let page = std::fs::read_to_string(acme.path("evidence.html")).unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"), "nothing is fetched");
    let Some(after) = crate::browser::open_page(&page, REVIEWER) else { return };
    let said = after.split("SAID").nth(1).unwrap_or_else(|| panic!("the page's own script ran: {after}"));
    let said: serde_json::Value =
        serde_json::from_str(&said.replace("&amp;", "&").replace("&quot;", "\"")).unwrap();
    expect![[r#"
        {
          "all": 63,
          "name": [
            "rita.magalhaes@acme.example"
          ],
          "group": [
            "pedro.antunes@acme.example",
            "rita.magalhaes@acme.example"
          ],
          "product": 1,
          "counted": "1 of 63",
          "nobody": 0,
          "least": "3",
          "most": "11",
          "scripts": 3,
          "images": 0,
          "fetched": 0,
          "folded": true,
          "unfolded": true,
          "foldedAgain": true,
          "closed": 0,
          "closedAgain": true
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&said).unwrap());
}

#[test]
fn paper_is_a_pdf_of_several_pages_with_everybody_on_them() {
    let acme = Acme::new_applied();
    acme.commit("Ana Silva", "2026-11-23", "the commit makes the foot too long for its line");
    acme.run(&["review", "--out", "evidence.pdf"], 0);
    let bytes = std::fs::read(acme.path("evidence.pdf")).unwrap();
    assert!(bytes.starts_with(b"%PDF-") && bytes.len() > 20_000, "{} bytes", bytes.len());
    let Some(text) = crate::pdf_text::pdf_text(&acme.path("evidence.pdf")) else { return };
    for said in [
        "Access review: acme-engineering",
        "Dörte Krüger",
        "João Santos",
        "“Brenner survey”",
        "page 2 of ",
        "Signature",
    ] {
        let said = said.trim_matches(['“', '”']);
        assert!(text.contains(said), "`{said}` is not in:\n{text}");
    }
    let feet: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once("page "))
        .filter(|(_, number)| number.contains(" of "))
        .collect();
    assert!(
        feet.len() > 2 && feet.iter().all(|(foot, _)| foot.ends_with("…   ")),
        "a foot runs into its number: {feet:?}"
    );
    let missing: Vec<_> = records(&acme.run(&["review", "--format", "csv"], 0))
        .into_iter()
        .map(|record| record["user"].clone())
        .collect();
    let missing: Vec<_> =
        missing.iter().filter(|user| !text.contains(user.split('@').next().unwrap())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
