//! What approvals name: without case, exactly what was refused, and not nothing.

use expect_test::expect;
use seatwise::render::plan_markdown::{BUDGET, plan_markdown};
use seatwise::render::plan_text::{PlanTextOptions, approvals_yaml, plan_text};

use super::{DOMAIN, FirmCase, with_approval};

const STRICT: &str = "guard: {removals: {users: {count: 0, floor: 0}}, exposure: off}";

#[test]
fn approval_matches_whatever_its_case() {
    let firm = FirmCase::new("users: {ana@: {}, old.name@: {}}\ngroups: {Roads: {members: [ana@]}}");
    let left = "users: {ana@: {}}\ngroups: {Roads: {members: [ana@]}}";
    firm.check(
        &with_approval(STRICT, "users", "Old.Name@"),
        left,
        expect![[r#"
        passes
    "#]],
    );
    let limit = "guard: {removals: {memberships: off}, one_group: {count: 0, floor: 0}, exposure: off}";
    let empty = "users: {ana@: {}, old.name@: {}}\ngroups: {Roads: {}}";
    firm.check(
        &with_approval(limit, "one_group", "group roads"),
        empty,
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn approval_that_is_spelled_as_one_name_does_not_cover_another_in_other_case() {
    let live = "users: {ana@: {}, bo@: {}}\n";
    let firm =
        FirmCase::new(&format!("{live}groups: {{Roads: {{members: [ana@]}}, roads: {{members: [bo@]}}}}"));
    let limit = "guard: {removals: {memberships: off}, one_group: {count: 0, floor: 0}, exposure: off}";
    firm.check(
        &with_approval(limit, "one_group", "group roads"),
        &format!("{live}groups: {{Roads: {{}}, roads: {{}}}}"),
        expect![[r#"
            guard.one_group: one group would lose 1 member of 1; the limit is 0
              causes: 1 group Roads
              approvable: group Roads
        "#]],
    );
}

#[test]
fn approval_that_matches_nothing_refused_is_told_with_the_nearest() {
    let firm = FirmCase::new("users: {ana@: {}, bo@: {}, old.name@: {}}");
    let left = "users: {ana@: {}, bo@: {}}";
    firm.check(&with_approval(STRICT, "users", "old.nmae@"), left, expect![[r#"
        guard.removals.users: 1 user of 3 would go; the limit is 0
          causes: 1 old.name@
          approvable: old.name@
        warning: the approval for `users` of old.nmae@ matches nothing that the guard refuses; did you mean old.name@?
    "#]]);
    // Bo is there, and stays.
    firm.check(
        &with_approval(STRICT, "users", "bo@"),
        left,
        expect![[r#"
        guard.removals.users: 1 user of 3 would go; the limit is 0
          causes: 1 old.name@
          approvable: old.name@
        warning: the approval for `users` of bo@ matches nothing that the guard refuses
    "#]],
    );
    // Where nothing is refused, an approval for somebody who is there is one for later.
    firm.check(
        &with_approval("", "users", "bo@"),
        left,
        expect![[r#"
        passes
    "#]],
    );
    let plan = firm.plan(&with_approval(STRICT, "users", "old.nmae@"), left);
    let said = format!("matches nothing that the guard refuses; did you mean old.name@{DOMAIN}?");
    let text = plan_text(&plan, PlanTextOptions { width: 200, ..PlanTextOptions::default() });
    assert!(text.contains(&said), "{text}");
    let markdown = plan_markdown(&plan, BUDGET);
    assert!(markdown.contains(&format!("did you mean `old.name@{DOMAIN}`?")), "{markdown}");
    let json = seatwise::render::plan_json::plan_json(&plan);
    let idle = format!(r#""item":"old.nmae@{DOMAIN}","nearest":"old.name@{DOMAIN}""#);
    assert!(json.contains(&idle), "{json}");
}

#[test]
fn item_that_names_nothing_on_either_side_is_idle_even_where_nothing_is_refused() {
    let firm = FirmCase::new("users: {ana@: {}}\ngroups: {roads: {}}");
    let policy = "users: {ana@: {}}\ngroups: {roads: {}}";
    let idle = |guard: &str, item: &str| {
        let plan = firm.plan(&with_approval("", guard, item), policy);
        plan.left_alone.idle.iter().map(|text| text.replace(DOMAIN, "")).collect::<Vec<_>>().join("; ")
    };
    for (guard, item) in [
        ("users", "ANA@"),
        ("groups", "Roads"),
        ("one_group", "group ROADS"),
        ("memberships", "roads/Ana@"),
        ("roles", "ana@/Co-administrator"),
        ("assignments", "ana@/cad"),
        ("loses_access", "restriction cad PT"),
        ("gains_access", "product CAD"),
        ("loses_access", "default PT"),
        ("exposure", "staad"),
        ("account_locks", "ana@"),
    ] {
        assert_eq!(idle(guard, item), "", "{guard} {item}");
    }
    expect![[r#"
        `anna@` of the approval for `users` matches nothing; did you mean `ana@`?
        `roads` of the approval for `users` matches nothing
        `group raods` of the approval for `one_group` matches nothing; did you mean `group roads`?
        `road/ana@` of the approval for `memberships` matches nothing; did you mean `roads/ana@`?
        `ana@/co-administrater` of the approval for `roles` matches nothing; did you mean `ana@/co-administrator`?
        `product cda` of the approval for `gains_access` matches nothing; did you mean `product cad`?
        `nobody@` of the approval for `account_locks` matches nothing
    "#]].assert_eq(
        &[
            ("users", "anna@"),
            ("users", "roads"),
            ("one_group", "group raods"),
            ("memberships", "road/ana@"),
            ("roles", "ana@/co-administrater"),
            ("gains_access", "product cda"),
            ("account_locks", "nobody@"),
        ]
        .map(|(guard, item)| idle(guard, item) + "\n")
        .concat(),
    );
}

#[test]
fn refusal_that_other_approvals_lift_says_so() {
    let firm = FirmCase::new("users: {ana@: {}, bo@: {groups: [roads]}}\ngroups: {roads: {}}");
    let none = "{count: 0, floor: 0}";
    let settings = format!(
        "guard: {{removals: {{users: {none}, memberships: {none}}}, one_group: {none}, loses_access: {none}, \
            exposure: off}}"
    );
    let gone = "users: {ana@: {}}\ngroups: {roads: {}}";
    let plan = firm.plan(&settings, gone);
    let text = plan_text(&plan, PlanTextOptions { width: 200, ..PlanTextOptions::default() });
    assert_eq!(text.matches("covered by the above").count(), 3, "{text}");
    assert!(!text.contains("No approval"), "{text}");
    assert_eq!(plan_markdown(&plan, BUDGET).matches("covered by the above").count(), 3);
    let approved = format!("{settings}\n{}", approvals_yaml(&plan));
    firm.check(
        &approved.replace(&format!("@{DOMAIN}"), "@"),
        gone,
        expect![[r#"
        passes
    "#]],
    );
}
