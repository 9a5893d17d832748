//! Relations that are `exact` without one entry; and the guards that no approval covers.

use expect_test::expect;
use seatwise::load;
use seatwise::model::Interner;
use seatwise::render::problems::problem_lines;

use super::{FirmCase, policy_files};
use crate::worlds::moment;

#[test]
fn exact_relation_without_an_entry_is_refused() {
    let firm = FirmCase::new(
        "users: {ana@: {}}
groups: {roads: {}}
restrictions: [{product: cad, allow: selected}]
alerts: [{product: cad, country: PT, above: 1, sign_in_required: false}]
contacts: [{email: bills@, country: global}]",
    );
    // The number is always 0, whatever the organization has.
    firm.check("", "bundles: {}", expect![[r#"
        manage.users: `users` is managed as `exact`, and the policy has not one entry: 0 entries of the organization would go
        manage.groups: `groups` is managed as `exact`, and the policy has not one entry: 0 entries of the organization would go
        manage.restrictions: `restrictions` is managed as `exact`, and the policy has not one entry: 0 entries of the organization would go
        manage.alerts: `alerts` is managed as `exact`, and the policy has not one entry: 0 entries of the organization would go
        manage.contacts: `contacts` is managed as `exact`, and the policy has not one entry: 0 entries of the organization would go
    "#]]);
    firm.check(
        "",
        "users: {}\ngroups: {}\nrestrictions: []\nalerts: []\ncontacts: [{email: bills@, country: global}]",
        expect![[r#"
            passes
        "#]],
    );
    // One entry is enough to mean what is written.
    let others = "\
users: {bo@: {first_name: Bo, last_name: Berg, country: PT}}
groups: {rail: {}}
restrictions: [{product: free, allow: selected}]
alerts: [{product: free, country: PT, above: 1, sign_in_required: false}]
contacts: [{email: money@, country: global}]";
    firm.check(
        "",
        others,
        expect![[r#"
        passes
    "#]],
    );
}

#[test]
fn no_approval_covers_the_administrators_or_an_empty_relation() {
    let problems = |guard: &str| {
        let settings =
            format!("approvals: [{{guard: {guard}, items: [ana@], reason: why, until: 2027-01-01}}]");
        let files = policy_files(&settings, "users: {}");
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
        problem_lines(&load::load_texts(&files, moment().as_of, &Interner::default()).problems)
    };
    expect![[r#"
        seatwise.yaml:7:21: `guard` of an approval cannot be `administrators`; one of `users`, `groups`, `memberships`, `roles`, `assignments`, `allow_lists`, `one_group`, `loses_access`, `gains_access`, `account_locks`, `licences`, `exposure` [unknown-guard]
    "#]].assert_eq(&problems("administrators"));
    expect![[r#"
        seatwise.yaml:7:21: `guard` of an approval cannot be `manage`; one of `users`, `groups`, `memberships`, `roles`, `assignments`, `allow_lists`, `one_group`, `loses_access`, `gains_access`, `account_locks`, `licences`, `exposure` [unknown-guard]
    "#]].assert_eq(&problems("manage"));
}
