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
fn revoked_roles_are_refused_above_the_limit() {
    let firm = FirmCase::new("users: {ana@: {roles: [download, beta]}, bo@: {roles: [download]}, cy@: {}}");
    let limit = "guard: {removals: {roles: {count: 1, floor: 0}}}";
    firm.check(
        limit,
        "users: {ana@: {roles: [download]}, bo@: {roles: [download]}, cy@: {}}",
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        "users: {ana@: {roles: [download]}, bo@: {}, cy@: {}}",
        expect![[r#"
        guard.removals.roles: 2 roles of 3 would go; the limit is 1
          causes: 1 ana@/beta, 1 bo@/download
          approvable: ana@/beta, bo@/download
    "#]],
    );
    let approved = with_approval(limit, "roles", "bo@/download");
    firm.check(
        &approved,
        "users: {ana@: {roles: [download]}, bo@: {}, cy@: {}}",
        expect![[r#"
            passes
        "#]],
    );
    // Two of the roles are Ana's own.
    let hers = with_approval(limit, "roles", "ana@");
    firm.check(
        &hers,
        "users: {ana@: {}, bo@: {}, cy@: {}}",
        expect![[r#"
        passes
    "#]],
    );
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
          approvable: group rail, group roads
    "#]],
    );
    firm.check(
        limit,
        &groups("ana@", ""),
        expect![[r#"
        guard.one_group: one group would lose 3 members of 4; the limit is 2
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
