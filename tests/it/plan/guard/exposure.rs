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
