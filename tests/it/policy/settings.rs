//! The settings in `seatwise.yaml`.

use expect_test::{Expect, expect};
use seatwise::load;
use seatwise::model::Interner;
use seatwise::policy::Settings;
use seatwise::policy::settings::{
    Connector, Guard, GuardLimit, Guards, LicenceGuardAction, ManageMode, Relation, RemovalRelation,
};
use seatwise::render::problems::problem_lines;
use seatwise::usage::{
    self, BoundaryStart, ContractKind, FirstInterval, IntervalWidth, PeriodKind, Pooling, PriceBook, Share,
    ShortUse, UsageColumn, UsageColumnNames, UsageType,
};

use crate::load::{SETTINGS, day, policy};

fn settings(more: &str) -> Settings {
    policy(&[(SETTINGS.0, &format!("{}{more}", SETTINGS.1))]).settings
}

fn check(text: &str, expect: Expect) {
    let loaded = load::load_texts(&[(SETTINGS.0, text.as_bytes())], day(), &Interner::default());
    assert!(loaded.policy.is_none());
    expect.assert_eq(&problem_lines(&loaded.problems));
}

fn check_more(more: &str, expect: Expect) {
    check(&format!("{}{more}", SETTINGS.1), expect);
}

#[test]
fn settings_of_the_documentation_are_read() {
    let settings = settings(
        "manage: \
            {users: declared, groups: exact, alerts: observe, ignore: [{users: \"*@Partner.example\"}, {groups: \"legacy-*\"}]}\n\
         guard:\n  removals: \
         {users: {count: 5}, groups: off, allow_lists: {share: 0.5%, floor: 1}}\n  one_group: {share: 25%}\n  loses_access: off\n\
         \x20 administrators: {at_least: 3}\n  protect: [CEO@acme.example]\n  licences: warn\n  exposure: {at_most: 12.50 EUR}\n\
         approvals:\n  - {guard: allow_lists, items: [group bridges], reason: agreed, until: 2026-12-15}\n",
    );
    assert_eq!(settings.connector, Connector::Sandbox { path: ".seatwise/acme.db".into() });
    assert_eq!(
        (settings.mode(Relation::Groups), settings.mode(Relation::Alerts), settings.mode(Relation::Roles)),
        (ManageMode::Exact, ManageMode::Observe, ManageMode::Declared)
    );
    assert!(
        settings.ignore[0].pattern.glob.is_match("eve@partner.example")
            && settings.ignore[1].pattern.glob.is_match("legacy-1")
    );
    let guards = &settings.guards;
    assert_eq!(
        guards.removals[&RemovalRelation::Users],
        Some(GuardLimit { floor: 3, count: Some(5), share: None })
    );
    assert_eq!(guards.removals[&RemovalRelation::Groups], None);
    assert_eq!(guards.removals[&RemovalRelation::Roles], Guards::default().removals[&RemovalRelation::Roles]);
    assert_eq!(
        guards.removals[&RemovalRelation::AllowLists],
        Some(GuardLimit { floor: 1, count: None, share: Some(50) })
    );
    assert_eq!(guards.one_group, Some(GuardLimit { floor: 4, count: None, share: Some(2_500) }));
    assert_eq!(
        (guards.loses_access, guards.administrators, guards.licences),
        (None, Some(3), LicenceGuardAction::Warn)
    );
    assert_eq!(guards.exposure.as_ref().unwrap().to_string(), "12.50 EUR");
    assert!(guards.protect.iter().any(|email| email.as_str() == "ceo@acme.example"));
    assert_eq!(settings.approvals[0].guard, Guard::Removals(RemovalRelation::AllowLists));
}

#[test]
fn exposure_is_limited_where_nothing_is_said() {
    let limits = |text: &str| {
        let guards = settings(text).guards;
        [guards.added_exposure, guards.exposure].map(|limit| limit.map(|limit| limit.to_string()))
    };
    let (some, none) = (|text: &str| Some(text.to_owned()), None::<String>);
    assert_eq!(limits(""), [some("5000 EUR"), none.clone()]);
    assert_eq!(limits("guard: {exposure: off}\n"), [none.clone(), none.clone()]);
    assert_eq!(limits("guard: {exposure: {adds_at_most: 7 CHF}}\n"), [some("7 CHF"), none.clone()]);
    // What is written replaces the default as a whole.
    assert_eq!(limits("guard: {exposure: {at_most: 7 CHF}}\n"), [none, some("7 CHF")]);
    let both = "guard: {exposure: {adds_at_most: 7 CHF, at_most: 9 CHF}}\n";
    assert_eq!(limits(both), [some("7 CHF"), some("9 CHF")]);
}

#[test]
fn locks_and_roles_are_limited_where_nothing_is_said() {
    let guards = settings("").guards;
    let limit = |count, share| Some(GuardLimit { floor: 3, count: Some(count), share: Some(share) });
    assert_eq!(guards.account_locks, limit(5, 200));
    assert_eq!(guards.removals[&RemovalRelation::Roles], limit(5, 2_500));
    assert_eq!(settings("guard: {account_locks: off}\n").guards.account_locks, None);
}

#[test]
fn files_of_runs_are_kept_for_as_long_as_is_said() {
    let days = |text: &str| settings(text).keep.run_days;
    assert_eq!(days(""), 400);
    assert_eq!((days("keep: {runs: 90d}\n"), days("keep: {runs: 2y}\n")), (90, 732));
    check_more(
        "keep: {runs: 0d}\n",
        expect![[r#"
        seatwise.yaml:4:14: `0d` is not a time to keep something; a time is written as `400d` or `3y` [bad-keep-time]
    "#]],
    );
}

#[test]
fn counting_of_use_is_set_point_by_point() {
    assert_eq!(settings("").usage, usage::UsageSettings::default());
    let read = settings(
        "usage:\n  interval: 60m\n  pool: site\n  first_interval: count\n  boundary_start: count\n  \
            short_use: free\n  usage_types: [Production, evaluation]\n\
         \x20 period: month\n  term_share: 12.5%\n  discount: 7%\n  forgive: 3\n  contract: e365\n  \
         price_book: anz\n  store: use\n  columns: {first: von, last: bis}\n",
    );
    let percent = |hundredths| Share::from_percent(rust_decimal::Decimal::new(hundredths, 2)).unwrap();
    let expected = usage::UsageSettings {
        interval: IntervalWidth::from_minutes(60).unwrap(),
        pool: Pooling::Site,
        first_interval: FirstInterval::Count,
        boundary_start: BoundaryStart::Count,
        short_use: ShortUse::Free,
        usage_types: ["production", "evaluation"].map(UsageType::new).into(),
        period: PeriodKind::Month,
        term_share: percent(1_250),
        discount: percent(700),
        forgive: 3,
        contract: ContractKind::E365,
        price_book: PriceBook::AustraliaNewZealand,
        store: "use".into(),
        columns: UsageColumnNames(
            [(UsageColumn::First, "von".into()), (UsageColumn::Last, "bis".into())].into(),
        ),
    };
    assert_eq!(read.usage, expected);
    assert_eq!(
        settings("usage: {forgive: 3}\n").usage,
        usage::UsageSettings { forgive: 3, ..usage::UsageSettings::default() }
    );
}

#[test]
fn mistakes_in_how_use_is_counted_are_told_with_their_place() {
    check_more(
        "usage:\n  interval: 7m\n  pool: world\n  first_interval: dropp\n  usage_types: []\n  term_share: \
            16\n  forgive: -1\n  short: free\n  columns: {begin: von, last: \"\"}\n",
        expect![[r#"
            seatwise.yaml:5:13: `interval` cannot be `7m`; one of `5m`, `6m`, `10m`, `12m`, `15m`, `20m`, `30m`, `60m` [unknown-word]
            seatwise.yaml:6:9: `pool` cannot be `world`; one of `country`, `site` [unknown-word]
            seatwise.yaml:7:19: `first_interval` cannot be `dropp`; did you mean `drop`? [unknown-word]
            seatwise.yaml:8:16: without usage types nothing is ever charged; name them, such as `production`, or remove the key [empty-items]
            seatwise.yaml:9:15: `16` is not a share; a share is written as `2%` or `0.5%`, at most `100%` [bad-share]
            seatwise.yaml:10:12: `forgive` must be a whole number [wrong-type]
            seatwise.yaml:11:3: unknown field `short`; the fields here are `interval`, `pool`, `first_interval`, `boundary_start`, `short_use`, `usage_types`, `period`, `term_share`, `discount`, `forgive`, `contract`, `price_book`, `store`, `columns` [unknown-field]
            seatwise.yaml:12:13: unknown field `begin`; the fields here are `product`, `feature`, `country`, `site`, `usage_type`, `machine`, `email`, `user`, `date`, `first`, `last`, `start`, `end`, `duration`, `checked_out`, `checked_in`, `expires`, `activation_key`, `server_type` [unknown-field]
            seatwise.yaml:12:31: the name of a column must be one line of 1 to 400 bytes; write it out, or leave the key out [bad-name]
        "#]],
    );
}

#[test]
fn an_approval_that_has_ended_is_no_problem() {
    let ended =
        settings("approvals: [{guard: users, items: [a@x.example], reason: gone, until: 2020-01-01}]\n");
    assert_eq!(ended.approvals.len(), 1);
}

#[test]
fn version_organization_and_connector_are_needed() {
    check(
        "guard: {}\n",
        expect![[r#"
            seatwise.yaml:1:1: `seatwise.yaml` needs `version`, `organization`, `connector`; add `version: …`, `organization: …`, `connector: …` [missing-field]
        "#]],
    );
    check(
        "version: 2\norganization: a/b\nconnector: {kind: http, path: /etc/passwd}\n",
        expect![[r#"
            seatwise.yaml:1:10: version `2` of the language is not known; this seatwise reads `version: 1` [bad-version]
            seatwise.yaml:2:15: `a/b` is not a name: 1 to 200 characters, no control characters, no `/`, no white space at either end [bad-name]
            seatwise.yaml:3:25: unknown field `path`; the fields here are `kind` [unknown-field]
        "#]],
    );
    check(
        "version: 1\norganization: acme\nconnector: {kind: sandbox}\n",
        expect![[r#"
            seatwise.yaml:3:12: `connector` needs `path`; add `path: …` [missing-field]
        "#]],
    );
    check(
        "version: 1\norganization: acme\nconnector: {kind: sandbox, path: ../../x.db}\n",
        expect![[r#"
        seatwise.yaml:3:34: `../../x.db` does not stay inside the policy's folder; a relative path with `/`, without `.` and `..`, such as `.seatwise/acme.db` [connector-path]
    "#]],
    );
}

#[test]
fn credentials_commands_and_addresses_are_refused_with_a_reason() {
    check_more(
        "token: abc\nproxy: http://x\n",
        expect![[r#"
        seatwise.yaml:4:1: `token` does not belong in a policy: a pull request must not be able to run code or send a token elsewhere; addresses, credentials and proxies come from flags, `SEATWISE_*` variables or your own configuration file [secret-in-policy]
        seatwise.yaml:5:1: `proxy` does not belong in a policy: a pull request must not be able to run code or send a token elsewhere; addresses, credentials and proxies come from flags, `SEATWISE_*` variables or your own configuration file [secret-in-policy]
    "#]],
    );
    check(
        "version: 1\norganization: acme\nconnector: \
            {kind: sandbox, path: a.db, url: http://x, client-secret: y}\n",
        expect![[r#"
        seatwise.yaml:3:40: `url` does not belong in a policy: a pull request must not be able to run code or send a token elsewhere; addresses, credentials and proxies come from flags, `SEATWISE_*` variables or your own configuration file [secret-in-policy]
        seatwise.yaml:3:55: `client-secret` does not belong in a policy: a pull request must not be able to run code or send a token elsewhere; addresses, credentials and proxies come from flags, `SEATWISE_*` variables or your own configuration file [secret-in-policy]
    "#]],
    );
}

#[test]
fn words_of_manage_and_guard_are_checked() {
    check_more(
        "manage: \
            {users: exat, memberships: all, assignment: exact, ignore: [{users: \"[\"}, {}, {user: x}]}\n",
        expect![[r#"
            seatwise.yaml:4:17: the mode of `users` cannot be `exat`; did you mean `exact`? [unknown-mode]
            seatwise.yaml:4:36: the mode of `memberships` cannot be `all`; one of `exact`, `declared`, `observe` [unknown-mode]
            seatwise.yaml:4:41: there is no relation `assignment`; did you mean `assignments`? [unknown-relation]
            seatwise.yaml:4:77: `[` is no pattern: unclosed character class; missing ']'; `*` stands for any text, `?` for one character [bad-glob]
            seatwise.yaml:4:83: an entry of `ignore` needs `users`; add `users: …` [missing-field]
            seatwise.yaml:4:88: unknown field `user`; did you mean `users`? [unknown-field]
        "#]],
    );
    check_more(
        "guard:\n  removals: {users: {count: many, share: 2}, group: off}\n  one_group: {}\n  gains_access: \
            {share: 101%}\n  administrators: {}\n  licences: maybe\n  exposure: {at_most: 5}\n",
        expect![[r#"
            seatwise.yaml:5:29: `count` must be a whole number [wrong-type]
            seatwise.yaml:5:42: `2` is not a share; a share is written as `2%` or `0.5%`, at most `100%` [bad-share]
            seatwise.yaml:5:46: unknown field `group`; did you mean `groups`? [unknown-field]
            seatwise.yaml:6:14: `one_group` limits nothing; give a `count`, a `share` or both, or write `off` [empty-limit]
            seatwise.yaml:7:25: `101%` is not a share; a share is written as `2%` or `0.5%`, at most `100%` [bad-share]
            seatwise.yaml:8:19: `administrators` needs `at_least`; add `at_least: …` [missing-field]
            seatwise.yaml:9:13: `licences` cannot be `maybe`; one of `refuse`, `warn`, `off` [unknown-word]
            seatwise.yaml:10:23: `5` is not an amount with a currency, such as `6000 EUR` [bad-money]
        "#]],
    );
}

#[test]
fn approvals_are_complete_and_name_a_guard() {
    check_more(
        "approvals:\n  - {guard: user, items: [a], reason: r, until: 2026-12-15}\n  - \
            {guard: users, items: [], reason: r, until: 2026-12-15}\n\
         \x20 - {guard: administrators, items: [a], reason: \"\", until: soon}\n  - {guard: users}\n",
        expect![[r#"
            seatwise.yaml:5:13: `guard` of an approval cannot be `user`; did you mean `users`? [unknown-guard]
            seatwise.yaml:6:27: an approval without items approves nothing; name them as the refusal does, or remove the approval [empty-items]
            seatwise.yaml:7:13: `guard` of an approval cannot be `administrators`; one of `users`, `groups`, `memberships`, `roles`, `assignments`, `allow_lists`, `one_group`, `loses_access`, `gains_access`, `account_locks`, `licences`, `exposure` [unknown-guard]
            seatwise.yaml:7:49: `reason` must be one line of 1 to 400 bytes; write it out, or leave the key out [bad-name]
            seatwise.yaml:7:60: `soon` is not a date; a day is written as `2027-03-31` [bad-date]
            seatwise.yaml:8:5: an approval needs `items`, `reason`, `until`; add `items: …`, `reason: …`, `until: …` [missing-field]
        "#]],
    );
}
