//! Plans as text for a person.

use expect_test::{expect, expect_file};
use seatwise::render::outline::{Outline, OutlineCounts};
use seatwise::render::plan_text;
use seatwise::render::plan_text::PlanTextOptions;

use super::sample_plans::*;
use crate::plain_act::PlainAct;
use crate::plan_builder::*;

fn options(width: usize) -> PlanTextOptions<'static> {
    PlanTextOptions { width, ..PlanTextOptions::default() }
}

#[test]
fn plan_is_read_at_a_wide_terminal() {
    expect_file!["plan_text/wide.txt"].assert_eq(&plan_text::plan_text(&acme_plan(), options(140)));
}

#[test]
fn plan_is_read_at_a_narrow_terminal() {
    let shown = plan_text::plan_text(&acme_plan(), options(80));
    expect_file!["plan_text/narrow.txt"].assert_eq(&shown);
    expect_file!["plan_text/narrowest.txt"].assert_eq(&plan_text::plan_text(&acme_plan(), options(48)));
}

#[test]
fn places_stand_in_one_column() {
    let shown = plan_text::plan_text(&acme_plan(), options(140));
    let column = |line: &str| {
        let before = line[..line.find(".yaml:")?].rfind("  ")? + 2;
        Some(line[..before].chars().count())
    };
    let columns: std::collections::BTreeSet<usize> = shown.lines().filter_map(column).collect();
    assert_eq!(columns.len(), 1, "{columns:?}");
}

#[test]
fn full_plan_hides_nothing() {
    let shown =
        plan_text::plan_text(&acme_plan(), PlanTextOptions { full: true, withheld: true, ..options(140) });
    expect_file!["plan_text/full.txt"].assert_eq(&shown);
    assert!(shown.contains("bridge.designer41@acme.example"));
    assert!(!shown.contains("(--full)"));
    for step in &acme_plan().steps {
        for place in step.why.iter().filter_map(seatwise::render::words::why_place) {
            assert!(shown.contains(&place), "{place}");
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    // The width is so large that no line is broken: the brackets that replace colour around changed words
    // would move the line breaks.
    let coloured = plan_text::plan_text(&acme_plan(), PlanTextOptions { colour: true, ..options(1000) });
    let plain = plan_text::plan_text(&acme_plan(), options(1000));
    assert!(coloured.contains("\u{1b}["));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped += before;
        rest = after.split_once('m').unwrap().1;
    }
    stripped += rest;
    let words = |text: &str| {
        text.replace(char::is_whitespace, "")
            .replace("[-", "")
            .replace("-]", "")
            .replace("{+", "")
            .replace("+}", "")
    };
    assert_eq!(words(&stripped), words(&plain));
}

#[test]
fn refusals_say_what_would_approve_them() {
    expect_file!["plan_text/refused.txt"].assert_eq(&plan_text::plan_text(&refused_plan(), options(120)));
}

#[test]
fn approvals_are_yaml_for_exactly_the_items() {
    #[derive(serde::Deserialize)]
    struct ApprovalsYaml {
        approvals: Vec<ApprovalYaml>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ApprovalYaml {
        guard: String,
        items: Vec<String>,
        reason: String,
        until: String,
    }
    let plan = refused_plan();
    let ApprovalsYaml { approvals } = serde_saphyr::from_str(&plan_text::approvals_yaml(&plan)).unwrap();
    assert_eq!(approvals.len(), 2);
    for (approval, refusal) in approvals.iter().zip(&plan.verdict.refusals) {
        assert_eq!(approval.guard, refusal.guard.as_str());
        assert_eq!(
            approval.items,
            refusal.approvable.iter().map(|item| item.to_string()).collect::<Vec<_>>()
        );
        assert!(!approval.reason.is_empty());
        assert_eq!(approval.until, "2026-12-08");
    }
}

#[test]
fn plan_without_refusals_has_no_approvals_to_print() {
    assert_eq!(plan_text::approvals_yaml(&acme_plan()), "");
}

#[test]
fn empty_plan_says_that_there_is_nothing_to_do() {
    expect![[r#"
        acme-engineering: 1,204 users, 37 products; read in 4 requests at 2026-11-24
          09:12 UTC

        Nothing to do: acme-engineering is as the policy wants it.
    "#]]
    .assert_eq(&plan_text::plan_text(&empty_plan(), options(80)));
    let mut withheld = empty_plan();
    withheld.withheld = acme_plan().withheld;
    expect![
        "Nothing to do: acme-engineering is as the policy wants it. Withheld: 3 (`seatwise plan --withheld`)."
    ]
    .assert_eq(&plan_text::plan_summary(&withheld));
}

#[test]
fn plan_of_another_day_says_so() {
    let mut plan = empty_plan();
    plan.as_of = date("2027-01-01");
    assert!(plan_text::plan_text(&plan, options(80)).contains("The plan of 2027-01-01 (--as-of)."));
}

#[test]
fn what_comes_or_goes_with_somebody_is_one_line() {
    let plan = acme_plan();
    let outline = Outline::new(&plan);
    assert_eq!(
        outline.entries.len() + outline.entries.iter().map(|entry| entry.with.len()).sum::<usize>(),
        plan.steps.len()
    );
    assert_eq!(outline.counts(), OutlineCounts { create: 8, update: 11, remove: 6 });
}

#[test]
fn administrator_is_never_folded_into_another_line() {
    let plan = PlanBuilder::new()
        .step(PlainAct::Invite(profile("new@acme.example", "New Boss", "PT")), declared_why("users.yaml:1"))
        .step(
            PlainAct::GrantRole { user: email("new@acme.example"), role: role("download") },
            declared_why("users.yaml:2"),
        )
        .step(
            PlainAct::GrantRole { user: email("new@acme.example"), role: role("co-administrator") },
            declared_why("users.yaml:2"),
        )
        .0;
    assert_eq!(Outline::new(&plan).entries.len(), 2);
}

#[test]
fn hostile_text_cannot_move_the_cursor_or_make_a_line() {
    let plan = hostile_plan();
    for full in [false, true] {
        let shown = plan_text::plan_text(&plan, PlanTextOptions { full, ..options(120) });
        assert!(is_harmless(&shown));
        assert!(!shown.lines().any(|line| line.starts_with("- user ceo")), "{shown}");
        // The item of an approval must appear unshortened.
        let item = |line: &&str| line.starts_with("      - ");
        assert!(shown.lines().filter(|line| !item(line)).all(|line| line.chars().count() < 800));
    }
    assert!(is_harmless(&plan_text::approvals_yaml(&plan)));
    let approvals = plan_text::approvals_yaml(&plan);
    assert_eq!(
        serde_saphyr::from_str::<serde_json::Value>(&approvals).unwrap()["approvals"]
            .as_array()
            .unwrap()
            .len(),
        11
    );
}
