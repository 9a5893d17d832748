//! The administrator floor.

use expect_test::expect;
use seatwise::model::UserState;

use super::FirmCase;

#[test]
fn administrators_below_the_floor_are_refused() {
    let firm = FirmCase::new(
        "users: {ana@: {roles: [co-administrator]}, bo@: {roles: [co-administrator]}, \
        cy@: {roles: [co-administrator]}, di@: {}}",
    );
    let floor = "guard: {administrators: {at_least: 2}}";
    let two = "ana@: {roles: [co-administrator]}, bo@: {roles: [co-administrator]}";
    firm.check(
        floor,
        &format!("users: {{{two}, cy@: {{}}, di@: {{}}}}"),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        floor,
        "users: {ana@: {roles: [co-administrator]}, bo@: {}, cy@: {}, di@: {}}",
        expect![[r#"
        guard.administrators: only 1 active Co-Administrator would be left at some point; at least 2 must stay
          causes: 1 bo@, 1 cy@
    "#]],
    );
    let locked = two.replace("bo@: {", "bo@: {state: locked, ");
    firm.check(
        floor,
        &format!("users: {{{locked}, di@: {{}}}}"),
        expect![[r#"
        guard.administrators: only 1 active Co-Administrator would be left at some point; at least 2 must stay
          causes: 1 bo@, 1 cy@
    "#]],
    );
}

#[test]
fn floor_counts_active_administrators_after_every_step() {
    let firm = FirmCase::new(
        "users: {ana@: {roles: [co-administrator]}, bo@: {roles: [co-administrator]}, \
        cy@: {roles: [co-administrator]}, di@: {}}",
    );
    let floor = "guard: {administrators: {at_least: 2}}";
    let two = "ana@: {roles: [co-administrator]}, bo@: {roles: [co-administrator]}";
    firm.check(
        "guard: {administrators: off}",
        "users: {ana@: {}, bo@: {}, cy@: {}, di@: {}}",
        expect![[r#"
        passes
    "#]],
    );
    // The new one comes before the old one goes.
    firm.check(
        "guard: {administrators: {at_least: 3}}",
        &format!("users: {{{two}, cy@: {{}}, di@: {{roles: [co-administrator]}}}}"),
        expect![[r#"
            passes
        "#]],
    );
    // An invitation that is not accepted is no active administrator.
    let newcomer = "{first_name: Eva, last_name: Berg, country: PT, roles: [co-administrator]}";
    let invited = format!(
        "users: {{ana@: {{roles: [co-administrator]}}, bo@: {{}}, cy@: {{}}, di@: {{}}, eva@: {newcomer}}}"
    );
    firm.check(
        floor,
        &invited,
        expect![[r#"
        guard.administrators: only 1 active Co-Administrator would be left at some point; at least 2 must stay
          causes: 1 bo@, 1 cy@
        warning: free: 1 machine above what is owned, and no list price in the limit's currency is known
    "#]],
    );
}

#[test]
fn firm_with_fewer_administrators_than_the_floor_keeps_those_it_has() {
    let firm = FirmCase::new("users: {ana@: {roles: [co-administrator]}, bo@: {roles: [co-administrator]}}")
        .edit_user("bo@", |user| user.state = UserState::Invited);
    let floor = "guard: {administrators: {at_least: 2}}";
    firm.check(
        floor,
        "users: {ana@: {roles: [co-administrator]}, bo@: {}}",
        expect![[r#"
        passes
    "#]],
    );
    firm.check(floor, "users: {ana@: {}, bo@: {roles: [co-administrator]}}", expect![[r#"
        guard.administrators: only 0 active Co-Administrators would be left at some point; at least 1 must stay
          causes: 1 ana@
    "#]]);
}
