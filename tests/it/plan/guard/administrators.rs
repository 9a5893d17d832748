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
            guard.removals.roles: co-administrator would be revoked from 3 of 3 holders; the limit is 2
              causes: 1 ana@/co-administrator, 1 bo@/co-administrator, 1 cy@/co-administrator
              approvable: ana@/co-administrator, bo@/co-administrator, cy@/co-administrator
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

#[test]
fn invited_administrators_count_where_nobody_is_active() {
    let both = "users: {ana@: {roles: [co-administrator]}, bo@: {roles: [co-administrator]}, cy@: {}}";
    let firm = ["ana@", "bo@"]
        .into_iter()
        .fold(FirmCase::new(both), |firm, name| firm.edit_user(name, |user| user.state = UserState::Invited));
    let floor = "guard: {administrators: {at_least: 2}, exposure: off}";
    firm.check(
        floor,
        both,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(floor, "users: {ana@: {}, bo@: {}, cy@: {}}", expect![[r#"
        guard.administrators: only 0 active or invited Co-Administrators would be left at some point; at least 2 must stay
          causes: 1 ana@, 1 bo@
    "#]]);
    firm.check(floor, "users: {cy@: {}}", expect![[r#"
        guard.administrators: only 0 active or invited Co-Administrators would be left at some point; at least 2 must stay
          causes: 1 ana@, 1 bo@
    "#]]);
    firm.check(floor, "users: {ana@: {roles: [co-administrator]}, bo@: {}, cy@: {}}", expect![[r#"
        guard.administrators: only 1 active or invited Co-Administrator would be left at some point; at least 2 must stay
          causes: 1 bo@
    "#]]);
    // The plan's own invitations come first, and count.
    let newcomer = |name: &str| {
        format!("{name}: {{first_name: Eva, last_name: Berg, country: PT, roles: [co-administrator]}}")
    };
    let replaced =
        format!("users: {{ana@: {{}}, bo@: {{}}, cy@: {{}}, {}, {}}}", newcomer("di@"), newcomer("eva@"));
    firm.check(
        floor,
        &replaced,
        expect![[r#"
        passes
    "#]],
    );
    // Cy is active, and takes over alone: one is less than there were.
    firm.check(floor, "users: {ana@: {}, bo@: {}, cy@: {roles: [co-administrator]}}", expect![[r#"
        guard.administrators: only 1 active or invited Co-Administrator would be left at some point; at least 2 must stay
          causes: 1 ana@, 1 bo@
    "#]]);
    firm.check(
        "guard: {administrators: off, exposure: off}",
        "users: {cy@: {}}",
        expect![[r#"
        passes
    "#]],
    );
}
