//! Plans in Markdown, for pull requests.

use expect_test::expect_file;
use seatwise::render::plan_markdown;

use super::sample_plans::*;
use crate::plain_act::PlainAct;
use crate::plan_builder::*;

#[test]
fn markdown_is_read_in_a_pull_request() {
    expect_file!["plan_markdown/plan.md"]
        .assert_eq(&plan_markdown::plan_markdown(&acme_plan(), plan_markdown::BUDGET));
    expect_file!["plan_markdown/refused.md"]
        .assert_eq(&plan_markdown::plan_markdown(&refused_plan(), plan_markdown::BUDGET));
}

#[test]
fn markdown_puts_what_hurts_first() {
    let shown = plan_markdown::plan_markdown(&refused_plan(), plan_markdown::BUDGET);
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("**Refused**") < at("#### Removals and administrators"));
    assert!(at("#### Removals and administrators") < at("#### Access"));
    assert!(at("#### Access") < at("Other changes"));
    assert!(
        at("#### Removals and administrators") < at("co-administrator")
            && at("co-administrator") < at("#### Access")
    );
}

#[test]
fn markdown_stays_within_its_budget_and_counts_what_it_leaves_out() {
    let invite = |build: PlanBuilder, number: usize| {
        build.step(
            PlainAct::Invite(profile(&format!("user{number}@acme.example"), "Some Body", "PT")),
            declared_why(&format!("users.yaml:{number}")),
        )
    };
    let plan = (1..=3000).fold(PlanBuilder::new(), invite).0;
    for budget in [3_000, 20_000, plan_markdown::BUDGET] {
        let shown = plan_markdown::plan_markdown(&plan, budget);
        assert!(shown.chars().count() <= budget, "{}", shown.chars().count());
        let rows = shown.lines().filter(|line| line.contains("@acme.example")).count();
        let left_out = seatwise::render::words::number(3000 - rows);
        assert!(
            rows > 0 && shown.contains(&format!("**{left_out} lines are left out**")),
            "{budget}: {rows}"
        );
        assert!(
            shown.ends_with(")\n") && shown.contains(&seatwise::plan::file::plan_digest(&plan).short_hex())
        );
    }
    let all = plan_markdown::plan_markdown(&plan, 10_000_000);
    assert!(!all.contains("left out"));
}

#[test]
fn hostile_text_stays_inside_its_code_span() {
    let shown = plan_markdown::plan_markdown(&hostile_plan(), 1_000_000);
    assert!(is_harmless(&shown));
    let mut in_fence = false;
    for line in shown.lines() {
        if line.starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        if in_fence {
            continue;
        }
        // Every second piece between backticks is code; the other pieces are seatwise's own text.
        let pieces: Vec<&str> = line.split('`').collect();
        assert!(pieces.len() % 2 == 1, "odd number of backticks: {line}");
        let own: String = pieces.iter().step_by(2).copied().collect();
        for bad in ["@", "<img", "<!--", "javascript", "evil", "#1", "desrever"] {
            assert!(!own.contains(bad), "{bad}: {line}");
        }
        let code: String = pieces.iter().skip(1).step_by(2).copied().collect();
        assert!(!line.starts_with("| ") || !code.contains('|'), "{line}");
        if line.starts_with("| `") {
            assert_eq!(line.matches('|').count(), 5, "{line}");
        }
    }
    assert!(!in_fence);
}
