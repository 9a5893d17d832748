//! Limits on removals: users, groups, memberships, roles, assignments, products on lists, and the members of
//! one group.

use expect_test::expect;

use super::{FirmCase, with_approval};

#[test]
fn removed_users_are_refused_above_the_limit() {
    let firm = FirmCase::new("users: {ana@: {}, bo@: {}, cy@: {}, di@: {}}");
    let limit = "guard: {removals: {users: {count: 1, floor: 0}}}";
    firm.check(
        limit,
        "users: {ana@: {}, bo@: {}, cy@: {}}",
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        "users: {ana@: {}, bo@: {}}",
        expect![[r#"
        guard.removals.users: 2 users of 4 would go; the limit is 1
          causes: 1 cy@, 1 di@
          approvable: cy@, di@
    "#]],
    );
    firm.check(
        limit,
        "users: {ana@: {}, bo@: {}, cy@: {state: removed}, di@: {until: 2026-11-30}}",
        expect![[r#"
            guard.removals.users: 2 users of 4 would go; the limit is 1
              causes: 1 cy@, 1 di@
              approvable: cy@, di@
        "#]],
    );
    let approved = "approvals: [{guard: users, items: [di@], reason: left, until: 2026-12-01}]";
    firm.check(
        &format!("{limit}\n{approved}"),
        "users: {ana@: {}, bo@: {}}",
        expect![[r#"
        passes
    "#]],
    );
    let ended = "approvals: [{guard: users, items: [di@], reason: left, until: 2026-11-30}]";
    firm.check(
        &format!("{limit}\n{ended}"),
        "users: {ana@: {}, bo@: {}}",
        expect![[r#"
        guard.removals.users: 2 users of 4 would go; the limit is 1
          causes: 1 cy@, 1 di@
          approvable: cy@, di@
    "#]],
    );
}

#[test]
fn share_counts_from_what_there_was_and_a_floor_lets_small_numbers_pass() {
    let firm = FirmCase::new("users: {ana@: {}, bo@: {}, cy@: {}, di@: {}}");
    let policy = "users: {ana@: {}, bo@: {}}";
    firm.check(
        "guard: {removals: {users: {share: 50%, floor: 0}}}",
        policy,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        "guard: {removals: {users: {share: 49%, floor: 0}}}",
        policy,
        expect![[r#"
        guard.removals.users: 2 users of 4 would go; the limit is 1
          causes: 1 cy@, 1 di@
          approvable: cy@, di@
    "#]],
    );
    firm.check(
        "guard: {removals: {users: {share: 49%, floor: 2}}}",
        policy,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        "guard: {removals: {users: off}}",
        policy,
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn removed_groups_are_refused_above_the_limit() {
    let firm = FirmCase::new("groups: {roads: {}, bridges: {}, rail: {}}");
    let limit = "guard: {removals: {groups: {count: 1, floor: 0}}}";
    firm.check(
        limit,
        "groups: {roads: {}, bridges: {}}",
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        "groups: {roads: {}}",
        expect![[r#"
        guard.removals.groups: 2 groups of 3 would go; the limit is 1
          causes: 1 bridges, 1 rail
          approvable: bridges, rail
    "#]],
    );
    let approved = with_approval(limit, "groups", "rail");
    firm.check(
        &approved,
        "groups: {roads: {}}",
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn lost_memberships_are_refused_above_the_limit() {
    let firm =
        FirmCase::new("users: {ana@: {}, bo@: {}, cy@: {}}\ngroups: {roads: {members: [ana@, bo@, cy@]}}");
    let limit = "guard: {removals: {memberships: {count: 1, floor: 0}}}";
    let users = "users: {ana@: {}, bo@: {}, cy@: {}}";
    firm.check(
        limit,
        &format!("{users}\ngroups: {{roads: {{members: [ana@, bo@]}}}}"),
        expect![[r#"
        passes
    "#]],
    );
    let lost = format!("{users}\ngroups: {{roads: {{members: [ana@]}}}}");
    firm.check(
        limit,
        &lost,
        expect![[r#"
        guard.removals.memberships: 2 memberships of 3 would go; the limit is 1
          causes: 2 group roads
          approvable: roads/bo@, roads/cy@
    "#]],
    );
    let approved = with_approval(limit, "memberships", "roads/bo@");
    firm.check(
        &approved,
        &lost,
        expect![[r#"
        passes
    "#]],
    );
    let of_group = with_approval(limit, "memberships", "group roads");
    firm.check(
        &of_group,
        &lost,
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn memberships_of_leavers_and_of_removed_groups_count_and_are_covered_with_them() {
    let users = "users: {ana@: {}, bo@: {}, cy@: {}}";
    let firm = FirmCase::new(&format!("{users}\ngroups: {{roads: {{members: [ana@, bo@, cy@]}}}}"));
    let limit = "guard: {removals: {memberships: {count: 1, floor: 0}}}";
    firm.check(
        limit,
        "users: {ana@: {}}\ngroups: {roads: {members: [ana@]}}",
        expect![[r#"
        guard.removals.memberships: 2 memberships of 3 would go; the limit is 1
          causes: 1 bo@, 1 cy@
          approvable: bo@, cy@
    "#]],
    );
    firm.check(
        limit,
        &format!("{users}\ngroups: {{roads: {{state: removed}}}}"),
        expect![[r#"
        guard.removals.memberships: 3 memberships of 3 would go; the limit is 1
          causes: 3 roads
          approvable: roads
    "#]],
    );
    let group = with_approval(limit, "groups", "roads");
    firm.check(
        &group,
        &format!("{users}\ngroups: {{roads: {{state: removed}}}}"),
        expect![[r#"
            passes
        "#]],
    );
}

#[test]
fn revoked_roles_are_refused_above_the_limit_of_each_role() {
    let firm = FirmCase::new(
        "users: {ana@: {roles: [download, beta]}, bo@: {roles: [download, beta]}, cy@: {roles: [download]}}",
    );
    let limit = "guard: {removals: {roles: {count: 1, floor: 0}}}";
    let one_of_each = "users: {ana@: {roles: [download]}, bo@: {roles: [download, beta]}, cy@: {}}";
    firm.check(
        limit,
        one_of_each,
        expect![[r#"
        passes
    "#]],
    );
    let two = "users: {ana@: {roles: [download]}, bo@: {roles: [download]}, cy@: {}}";
    firm.check(
        limit,
        two,
        expect![[r#"
        guard.removals.roles: beta would be revoked from 2 of 2 holders; the limit is 1
          causes: 1 ana@/beta, 1 bo@/beta
          approvable: ana@/beta, bo@/beta
    "#]],
    );
    firm.check(
        &with_approval(limit, "roles", "bo@/beta"),
        two,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        &with_approval(limit, "roles", "bo@"),
        two,
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        "users: {ana@: {}, bo@: {}, cy@: {}}",
        expect![[r#"
        guard.removals.roles: download would be revoked from 3 of 3 holders; the limit is 1
          causes: 1 ana@/beta, 1 ana@/download, 1 bo@/beta, 1 bo@/download, 1 cy@/download
          approvable: ana@/beta, ana@/download, bo@/beta, bo@/download, cy@/download
    "#]],
    );
    // Who leaves loses the roles, too, and is approved as a whole.
    firm.check(
        limit,
        "users: {cy@: {roles: [download]}}",
        expect![[r#"
        guard.removals.roles: beta would be revoked from 2 of 2 holders; the limit is 1
          causes: 2 ana@, 2 bo@
          approvable: ana@, bo@
    "#]],
    );
}

#[test]
fn few_administrators_may_be_exchanged_by_default_and_no_more() {
    let administrators = |count: usize, others: usize| {
        let user = |at: usize| match at < count {
            true => format!("u{at}@: {{roles: [co-administrator, download]}}"),
            false => format!("u{at}@: {{roles: [download]}}"),
        };
        format!("users: {{{}}}", (0..count + others).map(user).collect::<Vec<_>>().join(", "))
    };
    let settings = "guard: {exposure: off}";
    let firm = FirmCase::new(&administrators(7, 0));
    firm.check(
        settings,
        &administrators(5, 2),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        settings,
        &administrators(4, 3),
        expect![[r#"
        guard.removals.roles: co-administrator would be revoked from 3 of 7 holders; the limit is 2
          causes: 1 u4@/co-administrator, 1 u5@/co-administrator, 1 u6@/co-administrator
          approvable: u4@/co-administrator, u5@/co-administrator, u6@/co-administrator
    "#]],
    );
}

#[test]
fn of_other_roles_three_holders_may_go_by_default_or_a_quarter_and_no_more_than_five() {
    let settings = "guard: {exposure: off}";
    let holders = |count: usize, of: usize| {
        let user = |at: usize| match at < count {
            true => format!("u{at}@: {{roles: [download]}}"),
            false => format!("u{at}@: {{}}"),
        };
        format!("users: {{{}}}", (0..of).map(user).collect::<Vec<_>>().join(", "))
    };
    let seven = FirmCase::new(&holders(7, 7));
    seven.check(
        settings,
        &holders(4, 7),
        expect![[r#"
        passes
    "#]],
    );
    seven.check(
        settings,
        &holders(3, 7),
        expect![[r#"
        guard.removals.roles: download would be revoked from 4 of 7 holders; the limit is 3
          causes: 1 u3@/download, 1 u4@/download, 1 u5@/download, 1 u6@/download
          approvable: u3@/download, u4@/download, u5@/download, u6@/download
    "#]],
    );
    FirmCase::new(&holders(16, 16)).check(
        settings,
        &holders(12, 16),
        expect![[r#"
        passes
    "#]],
    );
    FirmCase::new(&holders(40, 40)).check(settings, &holders(34, 40), expect![[r#"
        guard.removals.roles: download would be revoked from 6 of 40 holders; the limit is 5
          causes: 1 u34@/download, 1 u35@/download, 1 u36@/download, 1 u37@/download, 1 u38@/download, 1 u39@/download
          approvable: u34@/download, u35@/download, u36@/download, u37@/download, u38@/download, u39@/download
    "#]]);
}

#[test]
fn taken_assignments_are_refused_above_the_limit() {
    let firm = FirmCase::new("users: {ana@: {products: [cad, staad]}, bo@: {products: [cad]}}");
    let limit = "guard: {removals: {assignments: {count: 1, floor: 0}}}";
    firm.check(
        limit,
        "users: {ana@: {products: [cad]}, bo@: {products: [cad]}}",
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        "users: {ana@: {products: [cad]}, bo@: {}}",
        expect![[r#"
        guard.removals.assignments: 2 assignments of 3 would go; the limit is 1
          causes: 1 ana@/staad, 1 bo@/cad
          approvable: ana@/staad, bo@/cad
    "#]],
    );
    firm.check(
        limit,
        "users: {ana@: {products: [cad]}, bo@: {deny: [cad]}}",
        expect![[r#"
        guard.removals.assignments: 2 assignments of 3 would go; the limit is 1
          causes: 1 ana@/staad, 1 bo@/cad
          approvable: ana@/staad, bo@/cad
    "#]],
    );
    let approved = with_approval(limit, "assignments", "bo@/cad");
    firm.check(
        &approved,
        "users: {ana@: {products: [cad]}, bo@: {}}",
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn products_taken_off_lists_are_refused_above_the_limit() {
    let firm = FirmCase::new(
        "groups: {roads: {kind: entitlement, products: [cad, free, staad]}, \
        rail: {kind: entitlement, products: [cad]}}",
    );
    let limit = "guard: {removals: {allow_lists: {count: 1, floor: 0}}}";
    let lists = |roads: &str, rail: &str| {
        format!(
            "groups: {{roads: {{kind: entitlement, products: [{roads}]}}, \
            rail: {{kind: entitlement, products: [{rail}]}}}}"
        )
    };
    firm.check(
        limit,
        &lists("cad, free", "cad"),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        &lists("cad", "cad"),
        expect![[r#"
        guard.removals.allow_lists: 2 products on group lists of 4 would go; the limit is 1
          causes: 2 group roads
          approvable: group roads
    "#]],
    );
    firm.check(
        limit,
        &lists("cad, free", ""),
        expect![[r#"
        guard.removals.allow_lists: 2 products on group lists of 4 would go; the limit is 1
          causes: 1 group rail, 1 group roads
          approvable: group rail, group roads
    "#]],
    );
    let approved = with_approval(limit, "allow_lists", "group roads");
    firm.check(
        &approved,
        &lists("", "cad"),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        &approved,
        &lists("", ""),
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn members_of_one_group_are_refused_above_the_limit() {
    let live = "users: {ana@: {}, bo@: {}, cy@: {}, di@: {}}\n";
    let groups = |roads: &str, rail: &str| {
        format!("{live}groups: {{roads: {{members: [{roads}]}}, rail: {{members: [{rail}]}}}}")
    };
    let firm = FirmCase::new(&groups("ana@, bo@, cy@, di@", "ana@, bo@"));
    let limit = "guard: {removals: {memberships: off}, one_group: {share: 50%, floor: 0}}";
    firm.check(
        limit,
        &groups("ana@, bo@", "ana@"),
        expect![[r#"
        passes
    "#]],
    );
    // `group rail` is within its limit and is listed all the same.
    firm.check(
        limit,
        &groups("ana@", "ana@"),
        expect![[r#"
            guard.one_group: one group would lose 3 members of 4; the limit is 2
              causes: 3 group roads
              approvable: group roads
        "#]],
    );
    firm.check(
        limit,
        &groups("ana@", ""),
        expect![[r#"
            guard.one_group: one group would lose 3 members of 4; the limit is 2; the largest share: group rail, 2 of 2; the limit is 1
              causes: 3 group roads, 2 group rail
              approvable: group rail, group roads
        "#]],
    );
    let approved = with_approval(limit, "one_group", "group roads");
    firm.check(
        &approved,
        &groups("ana@", "ana@"),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        &approved,
        &groups("ana@", ""),
        expect![[r#"
        guard.one_group: one group would lose 2 members of 2; the limit is 1
          causes: 2 group rail
          approvable: group rail
    "#]],
    );
    let others = with_approval(limit, "one_group", "di@");
    firm.check(
        &others,
        &groups("ana@", "ana@"),
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn deleted_group_is_no_business_of_the_guard_on_one_group() {
    let users = "users: {ana@: {}, bo@: {}}\n";
    let firm = FirmCase::new(&format!(
        "{users}groups: {{roads: {{members: [ana@, bo@]}}, rail: {{members: [ana@]}}}}"
    ));
    let limit = "guard: {removals: {memberships: off}, one_group: {count: 0, floor: 0}}";
    let roads = "roads: {members: [ana@, bo@]}";
    firm.check(
        limit,
        &format!("{users}groups: {{{roads}, rail: {{state: removed}}}}"),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        &format!("{users}groups: {{{roads}}}"),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        &format!("{users}groups: {{{roads}, rail: {{}}}}"),
        expect![[r#"
        guard.one_group: one group would lose 1 member of 1; the limit is 0
          causes: 1 group rail
          approvable: group rail
    "#]],
    );
}

#[test]
fn largest_loss_and_largest_share_are_both_said() {
    let names: Vec<String> = (0..12).map(|number| format!("u{number}@")).collect();
    let users = format!(
        "users: {{{}}}\n",
        names.iter().map(|name| format!("{name}: {{}}")).collect::<Vec<_>>().join(", ")
    );
    let groups = |large: usize, small: usize, third: usize| {
        let members = |count: usize| names[..count].join(", ");
        format!(
            "{users}groups: {{large: {{members: [{}]}}, small: {{members: [{}]}}, third: {{members: [{}]}}}}",
            members(large),
            members(small),
            members(third)
        )
    };
    let firm = FirmCase::new(&groups(12, 5, 12));
    let limit = "guard: {removals: {memberships: off}, one_group: {share: 50%, floor: 4}, exposure: off}";
    firm.check(limit, &groups(5, 0, 11), expect![[r#"
        guard.one_group: one group would lose 7 members of 12; the limit is 6; the largest share: group small, 5 of 5; the limit is 4
          causes: 7 group large, 5 group small
          approvable: group large, group small
    "#]]);
}
