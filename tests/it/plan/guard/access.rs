//! Limits on the people who lose and gain access.

use expect_test::expect;

use super::{FirmCase, with_approval};

#[test]
fn people_who_lose_access_are_refused_above_the_limit() {
    let firm = FirmCase::new("users: {ana@: {}, bo@: {}, cy@: {products: [cad]}}");
    let limit = "guard: {loses_access: {count: 1, floor: 0}}";
    let denied = |who: &str| format!("users: {{{who}}}");
    firm.check(
        limit,
        &denied("ana@: {deny: [cad]}, bo@: {}, cy@: {products: [cad]}"),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        &denied("ana@: {deny: [cad, free]}, bo@: {deny: [cad]}, cy@: {products: [cad]}"),
        expect![[r#"
            guard.loses_access: 2 people of 3 would lose access to a product; the limit is 1
              causes: 1 ana@/cad, 1 ana@/free, 1 bo@/cad
              approvable: ana@/cad, ana@/free, bo@/cad
        "#]],
    );
    // Cy's own assignment is above the product's setting.
    let closed =
        "users: {ana@: {}, bo@: {}, cy@: {products: [cad]}}\nrestrictions: [{product: cad, allow: selected}]";
    firm.check(
        limit,
        closed,
        expect![[r#"
        guard.loses_access: 2 people of 3 would lose access to a product; the limit is 1
          causes: 2 product cad
          approvable: product cad
    "#]],
    );
    firm.check(
        &with_approval(limit, "loses_access", "product cad"),
        closed,
        expect![[r#"
            passes
        "#]],
    );
    // Who leaves loses access, too, and the approved removal covers it.
    let left = "users: {ana@: {deny: [cad]}, cy@: {products: [cad]}}";
    firm.check(
        limit,
        left,
        expect![[r#"
        guard.loses_access: 2 people of 3 would lose access to a product; the limit is 1
          causes: 1 ana@/cad, 1 bo@
          approvable: ana@/cad, bo@
    "#]],
    );
    firm.check(
        &with_approval(limit, "users", "bo@"),
        left,
        expect![[r#"
            passes
        "#]],
    );
}

#[test]
fn people_who_gain_access_are_refused_above_the_limit() {
    let closed = "restrictions: [{product: cad, allow: selected}]";
    let firm = FirmCase::new(&format!("users: {{ana@: {{}}, bo@: {{}}}}\n{closed}"));
    let limit = "guard: {gains_access: {count: 1, floor: 0}}";
    firm.check(
        limit,
        &format!("users: {{ana@: {{products: [cad]}}, bo@: {{}}}}\n{closed}"),
        expect![[r#"
        passes
    "#]],
    );
    let both = format!("users: {{ana@: {{products: [cad]}}, bo@: {{products: [cad]}}}}\n{closed}");
    firm.check(
        limit,
        &both,
        expect![[r#"
        guard.gains_access: 2 people of 2 who are already there would gain access to a product; the limit is 1
          causes: 1 ana@/cad, 1 bo@/cad
          approvable: ana@/cad, bo@/cad
    "#]],
    );
    firm.check(
        limit,
        "users: {ana@: {}, bo@: {}}\nrestrictions: [{product: cad, allow: everyone}]",
        expect![[r#"
            guard.gains_access: 2 people of 2 who are already there would gain access to a product; the limit is 1
              causes: 2 product cad
              approvable: product cad
        "#]],
    );
    // Newcomers are not already there.
    let newcomer = "{first_name: Cy, last_name: Berg, country: PT, products: [cad]}";
    firm.check(
        limit,
        &format!(
            "users: {{ana@: {{products: [cad]}}, bo@: {{}}, cy@: {newcomer}, di@: {newcomer}}}\n{closed}"
        ),
        expect![[r#"
            warning: free: 1 machine above what is owned, and no list price in the limit's currency is known
        "#]],
    );
    firm.check(
        &with_approval(limit, "gains_access", "ana@/cad"),
        &both,
        expect![[r#"
            passes
        "#]],
    );
}
