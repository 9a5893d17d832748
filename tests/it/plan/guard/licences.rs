//! Named licences beyond what is owned.

use expect_test::expect;

use super::{FirmCase, with_approval};

#[test]
fn named_licences_beyond_what_is_owned_are_refused() {
    let firm = FirmCase::new("users: {ana@: {products: [staad]}, bo@: {}, cy@: {}}");
    let refuse = "guard: {licences: refuse}";
    let licensed = "users: {ana@: {products: [staad]}, bo@: {products: [staad]}, cy@: {products: [staad]}}";
    firm.check(
        refuse,
        "users: {ana@: {products: [staad]}, bo@: {products: [staad]}, cy@: {}}",
        expect![[r#"
            passes
        "#]],
    );
    // The number is that of all assigned licences, not of those beyond what is owned.
    firm.check(
        refuse,
        licensed,
        expect![[r#"
        guard.licences: 3 named licences would be assigned beyond what is owned; the limit is 2
          causes: 1 bo@/staad, 1 cy@/staad
          approvable: bo@/staad, cy@/staad
    "#]],
    );
    firm.check(
        "guard: {licences: warn}",
        licensed,
        expect![[r#"
        warning: staad: 3 assigned by name, 2 owned
    "#]],
    );
    firm.check(
        "guard: {licences: off}",
        licensed,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        &with_approval(refuse, "licences", "cy@/staad"),
        licensed,
        expect![[r#"
            passes
        "#]],
    );
    firm.check(
        refuse,
        "users: {ana@: {products: [staad]}, bo@: {products: [plant]}, cy@: {}}",
        expect![[r#"
            warning: plant: 1 licence would be assigned by name, and how many are owned is not known
        "#]],
    );
}

#[test]
fn named_licences_that_were_beyond_before_refuse_no_plan_that_adds_none() {
    let firm = FirmCase::new(
        "users: {ana@: {products: [staad]}, bo@: {products: [staad]}, cy@: {products: [staad]}, di@: {}}",
    );
    let moved =
        "users: {ana@: {products: [staad]}, bo@: {products: [staad]}, cy@: {}, di@: {products: [staad]}}";
    firm.check(
        "",
        moved,
        expect![[r#"
        passes
    "#]],
    );
    let added = "users: {ana@: {products: [staad]}, bo@: {products: [staad]}, \
        cy@: {products: [staad]}, di@: {products: [staad]}}";
    firm.check(
        "",
        added,
        expect![[r#"
        guard.licences: 4 named licences would be assigned beyond what is owned; the limit is 2
          causes: 1 di@/staad
          approvable: di@/staad
    "#]],
    );
}
