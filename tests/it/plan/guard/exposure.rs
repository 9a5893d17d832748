//! The projected overage of the running period.

use expect_test::expect;

use super::{FirmCase, with_approval};

#[test]
fn projected_overage_is_refused_above_the_limit() {
    let closed = "restrictions: [{product: cad, allow: selected}]";
    let live = format!("users: {{ana@: {{}}, bo@: {{products: [cad]}}, cy@: {{products: [cad]}}}}\n{closed}");
    let firm = FirmCase::new(&live).with_machines(Some(2));
    // Two people made two machines at once, one beyond what is owned; Ana makes it three.
    let more = live.replace("ana@: {}", "ana@: {products: [cad]}");
    let more = more.as_str();
    firm.check(
        "guard: {exposure: {at_most: 320 EUR}}",
        more,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        "guard: {exposure: {at_most: 319 EUR}}",
        more,
        expect![[r#"
        guard.exposure: the projected overage is 320 EUR; the limit is 319 EUR
          causes: 160 cad
          approvable: cad
    "#]],
    );
    firm.check(
        "guard: {exposure: off}",
        more,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        &with_approval("guard: {exposure: {at_most: 319 EUR}}", "exposure", "cad"),
        more,
        expect![[r#"
            passes
        "#]],
    );
    // What it came to before is no reason to refuse a plan that adds nothing.
    firm.check(
        "guard: {exposure: {at_most: 100 EUR}}",
        &live.replace("cy@: {products: [cad]}", "cy@: {}"),
        expect![[r#"
            passes
        "#]],
    );
    firm.check(
        "guard: {exposure: {at_most: 100 USD}}",
        more,
        expect![[r#"
        warning: cad: 2 machines above what is owned, and no list price in the limit's currency is known
    "#]],
    );
}

#[test]
fn overage_that_is_not_known_is_a_warning() {
    let live = "users: {ana@: {}, bo@: {products: [free]}}\nrestrictions: [{product: free, allow: selected}]";
    let more = &live.replace("ana@: {}", "ana@: {products: [free]}");
    let limit = "guard: {exposure: {at_most: 0 EUR}}";
    FirmCase::new(live).with_machines(None).check(
        limit,
        more,
        expect![[r#"
        warning: usage was not read: the projected overage is unknown, not 0
    "#]],
    );
    FirmCase::new(live).with_machines(Some(0)).check(
        limit,
        more,
        expect![[r#"
        warning: usage is known up to 2026-09-28 only: the projected overage is unknown, not 0
    "#]],
    );
    FirmCase::new(live).with_machines(Some(1)).check(
        limit,
        more,
        expect![[r#"
        warning: free: 1 machine above what is owned, and no list price in the limit's currency is known
    "#]],
    );
}

#[test]
fn what_a_plan_adds_is_limited_and_not_what_there_was() {
    let closed = "restrictions: [{product: cad, allow: selected}]";
    let live = format!("users: {{ana@: {{}}, bo@: {{products: [cad]}}, cy@: {{products: [cad]}}}}\n{closed}");
    // Sixty machines above what is owned cost more than the limit already.
    let firm = FirmCase::new(&live).with_machines(Some(61));
    let more = live.replace("ana@: {}", "ana@: {products: [cad]}");
    firm.check(
        "",
        &more,
        expect![[r#"
        passes
    "#]],
    );
    let limit = "guard: {exposure: {adds_at_most: 4000 EUR}}";
    firm.check(
        limit,
        &more,
        expect![[r#"
        guard.exposure: 4,960 EUR would be added to the projected overage of 9,600 EUR; the limit is 4,000 EUR
          causes: 4960 cad
          approvable: cad
    "#]],
    );
    firm.check(
        &with_approval(limit, "exposure", "CAD"),
        &more,
        expect![[r#"
        passes
    "#]],
    );
    // Both limits: what approves one lifts the other.
    firm.check(
        "guard: {exposure: {adds_at_most: 4000 EUR, at_most: 9000 EUR}}",
        &more,
        expect![[r#"
        guard.exposure: 4,960 EUR would be added to the projected overage of 9,600 EUR; the limit is 4,000 EUR
          causes: 4960 cad
          approvable: cad
        guard.exposure: the projected overage is 14,560 EUR; the limit is 9,000 EUR
          causes: 4960 cad
    "#]],
    );
    firm.check(
        "guard: {exposure: {adds_at_most: 1 USD}}",
        &more,
        expect![[r#"
        warning: cad: 91 machines above what is owned, and no list price in the limit's currency is known
    "#]],
    );
}
