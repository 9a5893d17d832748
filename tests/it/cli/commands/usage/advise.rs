//! `usage advise`: the ways out of excess, as a person reads them, and the edit of the policy for each.

use std::path::Path;
use std::process::Command;

use expect_test::expect;

use crate::cli::*;

/// The office with its exports collected, and a folder with an empty Git repository.
fn office() -> (tempfile::TempDir, Quickstart) {
    let top = tempfile::tempdir().unwrap();
    let office = Quickstart::with_exports();
    office.run(&["usage", "collect", "usage-details.csv", "checkouts.csv"]).assert_exit(0, &[]);
    git(top.path(), &["init", "--quiet"]);
    (top, office)
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A day on which the quarter of the exports is over.
const AFTER: &str = "2027-01-20T09:00:00Z";

#[test]
fn every_way_out_of_excess_has_its_money_and_its_people() {
    let (_, office) = office();
    let shown = office.run_at(AFTER, &["usage", "advise"]).assert_exit(0, &[]).out;
    expect![[r#"
        report:
        What to do about excess, quickstart: 8 lines. The cheapest choices come to 3,200.00 EUR together, over the next 12
          quarters.
        Read 2027-01-20 09:00 UTC.

          product                                  where  what to do      people           once         in all  excess
          MicroStation (microstation)              DE     leave it                               11,520.00 EUR       1
              owned 0; 2026Q4 peak 1, excess 1
          MicroStation (microstation)              DE     release it           1                      0.00 EUR       0  cheapest
              gil.matos@harbour.example (1 day)
          MicroStation (microstation)              DE     buy 1 licence            6,000.00 EUR   6,000.00 EUR       0
              it would have been used in 1 of 1 period
          OpenRoads Designer (openroads-designer)  PT     leave it                               54,720.00 EUR       3
              owned 3; 2026Q4 peak 6, excess 3
          OpenRoads Designer (openroads-designer)  PT     release it           3                      0.00 EUR       0  cheapest
              ana.silva@harbour.example (10 days), filipe.lopes@harbour.example (8 days), rui.costa@contractor.example (1 day)
          OpenRoads Designer (openroads-designer)  PT     buy 3 licences          28,500.00 EUR  28,500.00 EUR       0
              the last of them would have been used in 1 of 1 period
          STAAD.Pro Practitioner (staad-pro)       PT     leave it                                6,144.00 EUR       1
              owned 0; 2026Q4 peak 1, excess 1
          STAAD.Pro Practitioner (staad-pro)       PT     buy 1 licence            3,200.00 EUR   3,200.00 EUR       0  cheapest
              it would have been used in 1 of 1 period

          In all: what it costs once, and the charges of the next 12 quarters if they are like those of 2026Q4.
          Cheapest is in money alone: what it costs those who lose the product is not in it.
          Excess: the most that would have been above what is owned today.
          A licence that is bought costs the list price, and has paid for itself after 7 quarters with excess.
          To release is to take the product from those who were there when too many were and used it on the fewest days.
          Here a charge is the excess times 16 % of the list price on the first day of the period, and is rounded half up to the
            currency's minor unit at each line.
          `--patch release` and `--patch restrict` print the edit of the policy, for `git apply`.
    "#]].assert_eq(&format!("report:\n{shown}"));
}

#[test]
fn advice_is_rows_for_spreadsheets() {
    let (_, office) = office();
    let csv = office.run_at(AFTER, &["usage", "advise", "--format", "csv"]).assert_exit(0, &[]).out;
    expect![[r#"
        product,feature,place,act,licences,people,users,once,cost,currency,excess,cheapest
        microstation,,DE,leave,,0,,0.00,11520.00,EUR,1,false
        microstation,,DE,release,,1,gil.matos@harbour.example,0.00,0.00,EUR,0,true
        microstation,,DE,buy,1,0,,6000.00,6000.00,EUR,0,false
        openroads-designer,,PT,leave,,0,,0.00,54720.00,EUR,3,false
        openroads-designer,,PT,release,,3,ana.silva@harbour.example filipe.lopes@harbour.example rui.costa@contractor.example,0.00,0.00,EUR,0,true
        openroads-designer,,PT,buy,3,0,,28500.00,28500.00,EUR,0,false
        staad-pro,,PT,leave,,0,,0.00,6144.00,EUR,1,false
        staad-pro,,PT,buy,1,0,,3200.00,3200.00,EUR,0,true
    "#]]
    .assert_eq(&csv.replace("\r\n", "\n"));
}

#[test]
fn advice_is_json_for_programs() {
    let (_, office) = office();
    let json = office
        .run_at(AFTER, &["usage", "advise", "--format", "json", "--product", "openroads-designer"])
        .assert_exit(0, &[])
        .out;
    expect_test::expect_file!["advise/advice.json"].assert_eq(&json);
}

/// Applies the patch with Git, and returns what the patch changed.
fn apply_patch(office: &Quickstart, which: &str) -> String {
    let patch = office.run_at(AFTER, &["usage", "advise", "--patch", which]).assert_exit(0, &[]).out;
    git(office.folder.path(), &["init", "--quiet"]);
    office.write("edit.patch", &patch);
    let before: Vec<String> = ["people.yaml", "access.yaml"].map(|file| office.read(file)).into();
    git(office.folder.path(), &["apply", "--check", "edit.patch"]);
    git(office.folder.path(), &["apply", "edit.patch"]);
    let after = ["people.yaml", "access.yaml"].map(|file| office.read(file));
    let kept = before.iter().zip(&after).all(|(before, after)| {
        let mut lines = after.lines();
        before.lines().filter(|line| !lines.any(|other| other == *line)).count() <= 1
    });
    assert!(kept, "comments and layout stay: {after:?}");
    office.run(&["validate"]).assert_exit(0, &[]);
    patch
}

#[test]
fn edit_that_releases_is_taken_by_git_and_does_what_was_said() {
    let (_, office) = office();
    assert_eq!(steps(&office), "");
    let patch = apply_patch(&office, "release");
    expect![[r#"
        diff --git a/people.yaml b/people.yaml
        --- a/people.yaml
        +++ b/people.yaml
        @@ -17,6 +17,7 @@
             first_name: Ana
             last_name: Silva
             groups: [designers, roads]
        +    deny: [openroads-designer]
           bruno.teixeira@harbour.example:
             first_name: Bruno
             last_name: Teixeira
        @@ -35,11 +36,13 @@
             first_name: Filipe
             last_name: Lopes
             groups: [roads]
        +    deny: [openroads-designer]
           gil.matos@harbour.example:
             first_name: Gil
             last_name: Matos
             country: DE
             groups: [designers]
        +    deny: [microstation]
           helena.cruz@harbour.example:
             first_name: Helena
             last_name: Cruz
        @@ -50,3 +53,4 @@
             last_name: Costa
             groups: [roads]
             until: 2027-06-30                 # after that day every grant ends and the user is removed
        +    deny: [openroads-designer]
    "#]]
    .assert_eq(&patch);
    expect![[r#"
        + deny ana.silva@harbour.example     openroads-designer  people.yaml:20
        + deny filipe.lopes@harbour.example  openroads-designer  people.yaml:39
        + deny gil.matos@harbour.example     microstation        people.yaml:45
        + deny rui.costa@contractor.example  openroads-designer  people.yaml:56
        - guard: loses_access
    "#]]
    .assert_eq(&steps(&office));
}

/// Every step of the plan. The policy describes the whole organization, so the steps are what the edit means,
/// and nothing else.
fn steps(office: &Quickstart) -> String {
    let plan = office.run_at(AFTER, &["plan"]).out;
    let steps =
        plan.lines().filter(|line| ["  + ", "  - ", "  ~ "].iter().any(|sign| line.starts_with(sign)));
    steps.map(|line| format!("{}\n", line.trim_start())).collect()
}

/// An office where everybody in Portugal may use OpenRoads Designer, and four people used it at once.
fn crowded_office() -> Quickstart {
    let office = Quickstart::new();
    // Everybody in Portugal may use the product, without a group that allows it.
    office.edit(
        "access.yaml",
        "  - {product: openroads-designer, allow: selected}      # only by an assignment or a group list\n",
        "",
    );
    office.edit(
        "people.yaml",
        "    last_name: Cruz\n    products:\n      - \
            {product: microstation, until: 2027-12-31, reason: \"archive project\"}",
        "    last_name: Cruz",
    );
    office.run(&["apply", "--yes"]).assert_exit(0, &[]);
    let header = "Product,Country,Machine,Email,Start,End\n";
    let use_of = |name: &str, machine: &str| {
        format!("2210,PT,{machine},{name}@harbour.example,2026-11-24 12:01,2026-11-24 14:00\n")
    };
    let rows: String = ["ana.silva", "bruno.teixeira", "filipe.lopes", "helena.cruz"]
        .iter()
        .enumerate()
        .map(|(at, name)| use_of(name, &format!("M{at}")))
        .collect();
    office.write("sessions.csv", &format!("{header}{rows}"));
    office.run_at("2026-11-25T09:00:00Z", &["usage", "collect", "sessions.csv"]).assert_exit(0, &[]);
    office
}

#[test]
fn edit_that_restricts_is_taken_by_git_and_closes_the_product() {
    let office = crowded_office();
    let shown = office.run_at(AFTER, &["usage", "advise"]).assert_exit(0, &["restrict it"]).out;
    expect![[r#"
        report:
        What to do about excess, quickstart: 4 lines. The cheapest choices come to 0.00 EUR together, over the next 12 quarters.
        Read 2027-01-20 09:00 UTC.

          product                                  where  what to do     people          once         in all  excess
          OpenRoads Designer (openroads-designer)  PT     leave it                             18,240.00 EUR       1
              owned 3; 2026Q4 peak 4, excess 1
          OpenRoads Designer (openroads-designer)  PT     release it          1                     0.00 EUR       0  cheapest
              ana.silva@harbour.example (1 day)
          OpenRoads Designer (openroads-designer)  PT     restrict it         3                     0.00 EUR       0
              helena.cruz@harbour.example (1 day), account.administrator@quickstart.example (no use),
                ines.moreira@harbour.example (no use)
          OpenRoads Designer (openroads-designer)  PT     buy 1 licence          9,500.00 EUR   9,500.00 EUR       0
              it would have been used in 1 of 1 period

          In all: what it costs once, and the charges of the next 12 quarters if they are like those of 2026Q4.
          Cheapest is in money alone: what it costs those who lose the product is not in it.
          Excess: the most that would have been above what is owned today.
          A licence that is bought costs the list price, and has paid for itself after 7 quarters with excess.
          To release is to take the product from those who were there when too many were and used it on the fewest days.
          To restrict is to close the product in that country to all but those with an assignment or a group list.
          Here a charge is the excess times 16 % of the list price on the first day of the period, and is rounded half up to the
            currency's minor unit at each line.
          `--patch release` and `--patch restrict` print the edit of the policy, for `git apply`.
    "#]].assert_eq(&format!("report:\n{shown}"));
    expect![[r#"
        diff --git a/access.yaml b/access.yaml
        --- a/access.yaml
        +++ b/access.yaml
        @@ -18,6 +18,7 @@
 
         restrictions:
           - {product: staad-pro, allow: selected}
        +  - {product: openroads-designer, country: PT, allow: selected}
 
         contacts:
           - {email: ines.moreira@harbour.example, country: global}
    "#]]
    .assert_eq(&apply_patch(&office, "restrict").replace("\n \n", "\n\n"));
    expect![[r#"
        + restriction openroads-designer in PT  not set → closed (only an assignment or a group list lets       access.yaml:21
    "#]]
    .assert_eq(&steps(&office));
}

#[test]
fn patch_of_a_policy_below_the_top_of_the_repository_names_files_from_the_top() {
    let (top, office) = office();
    let folder = top.path().join("our policies/bent\"ley");
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    std::fs::rename(office.folder.path(), &folder).unwrap();
    let dir = folder.to_str().unwrap();
    let asked = ["-C", dir, "usage", "advise", "--patch", "release"];
    let mut program = Command::new(env!("CARGO_BIN_EXE_seatwise"));
    let came = program
        .env_clear()
        .env("XDG_STATE_HOME", crate::state_home::state_home())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("SEATWISE_NOW", AFTER)
        .current_dir(top.path())
        .args(asked)
        .output()
        .unwrap();
    let patch = String::from_utf8(came.stdout).unwrap();
    assert!(
        patch.starts_with(r#"diff --git "a/our policies/bent\"ley/"#),
        "{patch}{}",
        String::from_utf8_lossy(&came.stderr)
    );
    std::fs::write(top.path().join("edit.patch"), &patch).unwrap();
    git(top.path(), &["apply", "edit.patch"]);
    assert!(
        std::fs::read_to_string(folder.join("people.yaml")).unwrap().contains("deny: [openroads-designer]")
    );
}

#[test]
fn advice_that_has_no_place_in_the_policy_is_said_and_not_guessed() {
    let (_, office) = office();
    office
        .run_at(AFTER, &["usage", "advise", "--patch", "restrict"])
        .assert_exit(0, &["nothing of what is asked for is an edit of the policy"]);
    office
        .run_at(AFTER, &["usage", "advise", "--country", "nz"])
        .assert_exit(0, &["No line is of what is asked for: `--country nz`."]);
}

#[test]
fn advice_is_a_page_and_a_paper_too() {
    let (_, office) = office();
    let page = office.run_at(AFTER, &["usage", "advise", "--format", "html"]).assert_exit(0, &[]).out;
    assert!(page.starts_with("<!doctype html>") && page.contains("buy 3 licences"), "{page}");
    assert!(
        page.contains(
            "to release it: ana.silva@harbour.example (10 days), filipe.lopes@harbour.example (8 days)"
        ),
        "{page}"
    );
    office.run_at(AFTER, &["usage", "advise", "--out", "advice.pdf"]).assert_exit(0, &["written to"]);
    let Some(text) = crate::pdf_text::pdf_text(&office.path("advice.pdf")) else { return };
    assert!(text.contains("page 1 of ") && text.contains("What to do about excess"), "{text}");
}
