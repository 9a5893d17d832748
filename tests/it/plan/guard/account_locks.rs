//! Limits on the people whose account a plan locks.

use expect_test::expect;
use seatwise::model::UserState;

use super::{FirmCase, with_approval};

#[test]
fn locked_accounts_are_refused_above_the_limit() {
    let firm = FirmCase::new("users: {ana@: {}, bo@: {}, cy@: {}, di@: {}}")
        .edit_user("di@", |user| user.state = UserState::Locked);
    let limit = "guard: {account_locks: {count: 1, floor: 0}}";
    let locked = |who: &[&str]| {
        let state = |name: &&str| if who.contains(name) { "{state: locked}" } else { "{}" };
        let users = ["ana@", "bo@", "cy@"].map(|name| format!("{name}: {}", state(&name)));
        format!("users: {{{}, di@: {{state: locked}}}}", users.join(", "))
    };
    firm.check(
        limit,
        &locked(&["bo@"]),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        &locked(&["ana@", "bo@"]),
        expect![[r#"
        guard.account_locks: the accounts of 2 people of 4 would be locked; the limit is 1
          causes: 1 ana@, 1 bo@
          approvable: ana@, bo@
    "#]],
    );
    let approved = with_approval(limit, "account_locks", "bo@");
    firm.check(
        &approved,
        &locked(&["ana@", "bo@"]),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        "guard: {account_locks: off}",
        &locked(&["ana@", "bo@", "cy@"]),
        expect![[r#"
        passes
    "#]],
    );
    // Without a word of the policy, three may be locked in the smallest organization.
    firm.check(
        "",
        &locked(&["ana@", "bo@", "cy@"]),
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn share_of_locked_accounts_is_of_everybody_and_newcomers_are_not_locked_out() {
    let many: Vec<String> = (0..40).map(|number| format!("u{number}@: {{}}")).collect();
    let firm = FirmCase::new(&format!("users: {{{}}}", many.join(", ")));
    let locked = |count: usize| {
        let states = many.iter().enumerate().map(|(at, user)| match at < count {
            true => user.replace("{}", "{state: locked}"),
            false => user.clone(),
        });
        let newcomer = "new@: {first_name: N, last_name: N, country: PT, state: locked}".to_owned();
        format!("users: {{{}}}", states.chain([newcomer]).collect::<Vec<_>>().join(", "))
    };
    let limit = "guard: {account_locks: {share: 10%, floor: 0}, exposure: off}";
    firm.check(
        limit,
        &locked(4),
        expect![[r#"
        passes
    "#]],
    );
    firm.check(
        limit,
        &locked(5),
        expect![[r#"
        guard.account_locks: the accounts of 5 people of 40 would be locked; the limit is 4
          causes: 1 u0@, 1 u1@, 1 u2@, 1 u3@, 1 u4@
          approvable: u0@, u1@, u2@, u3@, u4@
    "#]],
    );
}
