//! Plans in Markdown, for pull requests.

use expect_test::expect_file;
use seatwise::model::ProductId;
use seatwise::plan::impact::{AccessCause, ProductImpact};
use seatwise::plan::{GuardWarning, Plan};
use seatwise::policy::settings::{Guard, RemovalRelation};
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
    let order = [
        "### Plan for",
        "**Refused**",
        "#### Administrators",
        "`co-administrator`",
        "**Not undoable:**",
        "is switched off",
        "#### Access",
        "#### Licences",
        "#### Removals",
        "Other changes",
        "Withheld",
        "Who loses access",
    ];
    assert!(order.map(at).is_sorted(), "{shown}");
}

/// 900 people leave, one of whom is a Co-Administrator; tables have many rows.
fn plan_with_long_lists() -> Plan {
    let mut build = PlanBuilder::new();
    for number in 1..=900 {
        let profile = profile(&format!("someone.with.a.name.{number:04}@acme.example"), "Some Body", "PT");
        build = build.step(PlainAct::RemoveUser(profile), declared_why(&format!("users.yaml:{number}")));
    }
    let revoked =
        PlainAct::RevokeRole { user: email("ana.silva@acme.example"), role: role("co-administrator") };
    let mut plan = build.step(revoked, declared_why("users.yaml:1000")).0;
    plan.impact.not_undoable.identities = 900;
    plan.verdict.warnings = vec![GuardWarning::Off(Guard::Removals(RemovalRelation::Users))];
    plan.impact.products = (1..=20).map(|number| lost_product(number, number)).collect();
    plan.impact.losing = (1..=400)
        .map(|number| {
            let products = [product("cad")].into();
            (email(&format!("loser{number}@acme.example")), [(cause(1), products)].into())
        })
        .collect();
    plan
}

fn cause(number: usize) -> AccessCause {
    AccessCause::Group(group(&format!("group{number}")))
}

fn lost_product(number: usize, lost: usize) -> (ProductId, ProductImpact) {
    let causes = [(cause(number), (lost, 0))].into();
    (product(&format!("product-{number:03}")), ProductImpact { lost, causes, ..ProductImpact::default() })
}

#[test]
fn what_must_stay_is_kept_however_long_the_lists_are() {
    let plan = plan_with_long_lists();
    for budget in [6_000, 12_000, 40_000, plan_markdown::BUDGET] {
        let shown = plan_markdown::plan_markdown(&plan, budget);
        assert!(shown.chars().count() <= budget, "{budget}");
        for kept in [
            "0 to create, 0 to update, 901 to remove",
            "#### Administrators (1)",
            "- **Not undoable:** 900 identities removed",
            "`guard.removals.users` is switched off",
            "#### Access (20)",
            "| `product-001` | −1 |",
            "| `product-020` | −20 |",
        ] {
            assert!(shown.contains(kept), "{budget}: {kept}\n{shown}");
        }
        let removals = shown.matches("someone.with.a.name").count();
        let losers = shown.matches("| `loser").count();
        let left_out = |shown: usize, all: usize, noun: &str| {
            format!("{} of {all} {noun}", seatwise::render::words::number(all - shown))
        };
        for (number, all, noun) in [(removals, 900, "removals"), (losers, 400, "people who lose access")] {
            let is_said = shown.contains(&left_out(number, all, noun));
            assert_eq!(is_said, number < all, "{budget}: {noun}\n{shown}");
        }
        // A table that is cut says so beneath its rows, too.
        assert_eq!(
            shown.contains(&format!("\n{} more are left out.\n", 900 - removals)),
            (1..900).contains(&removals)
        );
    }
    // The shorter list is whole before the longer one begins.
    let shown = plan_markdown::plan_markdown(&plan, plan_markdown::BUDGET);
    assert_eq!(shown.matches("| `loser").count(), 400);
}

#[test]
fn table_that_does_not_fit_alone_leaves_room_for_what_is_short() {
    let mut plan = plan_with_long_lists();
    plan.impact.products = (1..=2000).map(|number| lost_product(number, number)).collect();
    let shown = plan_markdown::plan_markdown(&plan, 20_000);
    assert!(shown.chars().count() <= 20_000);
    for kept in ["#### Administrators (1)", "**Not undoable:**", "is switched off", "| `product-2000` |"] {
        assert!(shown.contains(kept), "{kept}\n{shown}");
    }
    let rows = shown.matches("| `product-").count();
    let said = format!("{} of 2,000 rows of the access table", seatwise::render::words::number(2000 - rows));
    assert!(shown.contains(&said), "{said}\n{shown}");
}

#[test]
fn products_with_the_same_numbers_and_causes_share_a_row() {
    let mut plan = PlanBuilder::new().0;
    let same = (1..=327).map(|number| {
        let (id, impact) = lost_product(number, 4);
        (id, ProductImpact { causes: [(cause(1), (4, 0))].into(), ..impact })
    });
    plan.impact.products = same.chain([lost_product(400, 3)]).collect();
    let shown = plan_markdown::plan_markdown(&plan, plan_markdown::BUDGET);
    assert!(shown.contains("#### Access (2)"), "{shown}");
    assert!(shown.contains("| 327 products | −4 | 0 | group `group1` (4) |"), "{shown}");
    assert!(shown.contains("| `product-400` | −3 | 0 | group `group400` (3) |"), "{shown}");
    let few = plan.impact.products.clone().into_iter().skip(324).collect();
    plan.impact.products = few;
    let shown = plan_markdown::plan_markdown(&plan, plan_markdown::BUDGET);
    assert!(shown.contains("| `product-325`, `product-326`, `product-327` | −4 |"), "{shown}");
}

#[test]
fn newcomers_and_leavers_have_one_row_each() {
    let mut plan = PlanBuilder::new().0;
    let passing =
        ProductImpact { lost: 2, lost_by_leaving: 2, gained: 3, gained_by_newcomers: 3, causes: [].into() };
    plan.impact.products =
        (1..=327).map(|number| (product(&format!("product-{number:03}")), passing.clone())).collect();
    let (id, stays) = lost_product(400, 1);
    plan.impact.products.insert(id, ProductImpact { lost: 3, lost_by_leaving: 2, ..stays });
    plan.impact.arriving = 3;
    plan.impact.leaving =
        [("a", 1), ("b", 328)].map(|(name, had)| (email(&format!("{name}@acme.example")), had)).into();
    let shown = plan_markdown::plan_markdown(&plan, plan_markdown::BUDGET);
    let rows: Vec<&str> =
        shown.lines().filter(|line| line.starts_with("| ") && line.ends_with(" |")).skip(1).collect();
    let expected = [
        "| leavers | −2 | 0 | 328 products |",
        "| `product-400` | −1 | 0 | group `group400` (1) |",
        "| newcomers | 0 | +3 | 327 products |",
    ];
    assert_eq!(rows, expected, "{shown}");
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
