//! Rules of the firm's own: what they find, and what is refused.

use expect_test::expect;
use seatwise::load;
use seatwise::model::{Checkout, CountryCode, Interner, Licence, ProductId, UserException, UserState};
use seatwise::policy::condition::{Condition, ConditionSubject, ConditionValue, ConditionValueType, LONGEST};
use seatwise::render::findings;
use seatwise::render::problems::problem_lines;
use seatwise::usage::LastUseDays;

use super::rules::AuditedFirm;
use crate::worlds::{WorldDice, moment};

/// The firm in order with one more rule, whose tests say what it is to say of `yes` and `no`.
fn firm_with_rule(over: &str, when: &str, yes: &str, no: &str) -> AuditedFirm {
    let tests = format!("[{{given: {yes}, finds: true}}, {{given: {no}, finds: false}}]");
    let rule = format!(
        "audit:\n  rules:\n    - {{id: own, over: {over}, when: \"{when}\", title: what we mind, tests: \
            {tests}}}\n"
    );
    AuditedFirm::new().edit_settings("audit:\n", &rule)
}

#[test]
fn rule_over_users_finds_each_of_whom_it_holds_at_the_line_that_declares_them() {
    firm_with_rule(
        "users",
        "'designers' in user.groups && user.last_name.startsWith('S')",
        "{groups: [designers], last_name: So}",
        "{}",
    )
    .assert_findings(&["custom/own ana@firm.example p.yaml:7"]);
    firm_with_rule("users", "user.state == 'locked'", "{state: locked}", "{}")
        .edit_user("bo", |bo| bo.state = UserState::Locked)
        .assert_findings(&[
            "administrators-few organization",
            "custom/own bo@firm.example p.yaml:8",
            "locked-but-entitled bo@firm.example p.yaml:8",
        ]);
    let rules = "user.products == ['cad', 'staad'] && !user.outside && user.declared && user.until == '' && \
        user.country == 'PT'";
    let yes = "{products: [cad, staad], declared: true, country: PT}";
    firm_with_rule("users", rules, yes, "{}")
        .assert_findings(&["custom/own ana@firm.example p.yaml:7", "custom/own bo@firm.example p.yaml:8"]);
}

#[test]
fn rule_over_groups_and_products_counts_who_is_there() {
    firm_with_rule(
        "groups",
        "size(group.members) == 2 && 'cad' in group.products",
        "{members: [a, b], products: [cad]}",
        "{}",
    )
    .assert_findings(&["custom/own group designers p.yaml:5"]);
    firm_with_rule("products", "product.users == 2 && product.owned == 10", "{users: 2, owned: 10}", "{}")
        .assert_findings(&["custom/own product cad seatwise.yaml:7"]);
}

#[test]
fn rule_over_findings_sees_those_of_all_other_rules_and_not_the_ignored() {
    let over = |case: AuditedFirm| case.edit_user("bo", |bo| bo.state = UserState::Invited);
    over(firm_with_rule(
        "findings",
        "finding.rule == 'administrators-few'",
        "{rule: administrators-few}",
        "{}",
    ))
    .assert_findings(&["administrators-few organization", "custom/own organization seatwise.yaml:7"]);
    let ignored = "  ignore: [{rule: administrators-few, reason: agreed, until: 2028-01-01}]\n  inside";
    over(firm_with_rule("findings", "finding.severity == 'error'", "{severity: error}", "{}"))
        .edit_settings("  inside", ignored)
        .assert_findings(&[]);
}

#[test]
fn finding_of_an_own_rule_is_ignored_by_its_name_and_told_in_every_format() {
    let case = || firm_with_rule("users", "user.email.startsWith('bo@')", "{email: bo@x.example}", "{}");
    case()
        .edit_settings(
            "  inside",
            "  ignore: [{rule: custom/own, reason: agreed, until: 2028-01-01}]\n  inside",
        )
        .assert_findings(&[]);
    case().look_at_report(|report| {
        expect![[r"
            warning[custom/own]: what we mind
              bo@firm.example: what we mind  p.yaml:8

            1 warning, live.
        "]]
        .assert_eq(&findings::findings_text("live", report));
        let sarif: serde_json::Value = serde_json::from_str(&findings::sarif_log("", report)).unwrap();
        let run = &sarif["runs"][0];
        let index = usize::try_from(run["results"][0]["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            (&run["results"][0]["ruleId"], &run["tool"]["driver"]["rules"][index]["id"]),
            (&"custom/own".into(), &"custom/own".into())
        );
    });
}

#[test]
fn rule_that_comes_to_no_answer_is_a_finding_and_not_silent() {
    // The sum is only taken of Bo, and texts and numbers have none.
    let case = firm_with_rule(
        "users",
        "user.first_name == 'Bo' && user.roles + user.groups + ['x'] > 3 || user.state == 'x'",
        "{state: x}",
        "{}",
    );
    case.look_at_report(|report| {
        assert_eq!(report.findings.len(), 1, "{report:?}");
        assert!(
            report.findings[0].message.starts_with("bo@firm.example: the rule comes to no answer: "),
            "{report:?}"
        );
    });
}

fn rule_problems(entry: &str) -> String {
    let settings = "version: 1\norganization: o\nconnector: {kind: sandbox, path: o.db}\naudit:\n  rules:\n";
    let text = format!("{settings}{entry}");
    let files = [("seatwise.yaml", text.as_bytes()), ("p.yaml", b"users: {}\n".as_slice())];
    problem_lines(&load::load_texts(&files, moment().as_of, &Interner::default()).problems)
}

#[test]
fn each_thing_wrong_with_a_rule_is_said_with_its_place() {
    let with = |over: &str, when: &str| {
        format!("    - {{id: a, over: {over}, when: \"{when}\", title: t, tests: []}}\n")
    };
    let wrong = [
        with("users", "user.emial == 'a'"),
        with("users", "group.name == 'a'"),
        with("users", "user == 'a'"),
        with("users", "user.email"),
        with("users", "user.roles > 3"),
        with("users", "user.email.matches('a')"),
        with("users", "user.roles.map(r, r + r) == []"),
        with("users", "user.roles[0] == 'a'"),
        with("users", "has(user.email)"),
        with("users", "{'a': 1} == {}"),
        with("users", "user.email =="),
        with("user", "true"),
        with("users", "user.roles.all(a, user.groups.all(b, [1].all(c, true)))"),
    ];
    expect![[r#"
        seatwise.yaml:6:34: `user` has no field `emial`; did you mean `email`? [bad-condition]
        seatwise.yaml:7:34: `.name` is asked of what has no fields; an expression over users sees `user` and its fields: `user.email` [bad-condition]
        seatwise.yaml:8:34: `user` stands without a field; an expression over users sees `user` and its fields: `user.email` [bad-condition]
        seatwise.yaml:9:34: the expression comes to a value of type string, not to true or false; `user.email` is a text [bad-condition]
        seatwise.yaml:10:34: found no matching overload for '_>_' applied to '(list, int)'; `user.roles` is a list of texts [bad-condition]
        seatwise.yaml:11:34: `matches` cannot stand in an expression; the functions are size, startsWith, endsWith, contains, all, exists, exists_one, filter, in [bad-condition]
        seatwise.yaml:12:34: `map` cannot stand in an expression; the functions are size, startsWith, endsWith, contains, all, exists, exists_one, filter, in [bad-condition]
        seatwise.yaml:13:34: `[]` cannot stand in an expression; the functions are size, startsWith, endsWith, contains, all, exists, exists_one, filter, in [bad-condition]
        seatwise.yaml:14:34: `has` cannot stand in an expression; the functions are size, startsWith, endsWith, contains, all, exists, exists_one, filter, in [bad-condition]
        seatwise.yaml:15:34: a map or a message stands in the expression; texts, numbers, `true`, `false` and lists can stand in it [bad-condition]
        seatwise.yaml:16:34: the expression cannot be read at line 1, column 14: it ends too early; `user.country == 'PT' && 'download' in user.roles` [bad-condition]
        seatwise.yaml:17:21: `over` cannot be `user`; did you mean `users`? [unknown-word]
        seatwise.yaml:18:34: lists are gone through too deeply; at most 2 within one another [bad-condition]
    "#]]
    .assert_eq(&rule_problems(&wrong.concat()));
    let rule = |rest: &str| format!("    - {{id: a, over: users, when: user.outside, title: t, {rest}}}\n");
    let tests = [
        rule("tests: [{given: {outside: true}, finds: true}]"),
        rule("tests: [{given: {}, finds: true}, {given: {outside: true}, finds: false}]"),
        rule("tests: [{given: {outsied: true}, finds: true}, {given: {roles: a}, finds: 1}, {finds: true}]"),
        rule("tests: [{given: {outside: true}, finds: true}, {given: {}, finds: false}]")
            .replace("id: a", "id: A b"),
        rule("severity: bad"),
        rule("tests: [{given: {outside: true}, finds: true}, {given: {}, finds: false}]"),
        rule("tests: [{given: {outside: true}, finds: true}, {given: {}, finds: false}]"),
    ];
    expect![[r#"
        seatwise.yaml:6:65: no test says what the rule leaves alone; add `{given: {…}, finds: false}` [untested-rule]
        seatwise.yaml:7:7: there are two rules `custom/a`; first here: seatwise.yaml:6:7 [duplicate-rule]
        seatwise.yaml:7:66: the rule does not find this, and the test says it does; mend `when`, or the test [failed-test]
        seatwise.yaml:7:92: the rule finds this, and the test says it does not; mend `when`, or the test [failed-test]
        seatwise.yaml:8:7: there are two rules `custom/a`; first here: seatwise.yaml:6:7 [duplicate-rule]
        seatwise.yaml:8:75: `user` has no field `outsied`; did you mean `outside`? [unknown-field]
        seatwise.yaml:8:121: `roles` must be a list, not a single value [wrong-type]
        seatwise.yaml:8:132: `finds` must be `true` or `false` [wrong-type]
        seatwise.yaml:8:136: a test needs `given`; add `given: …` [missing-field]
        seatwise.yaml:9:12: `A b` is no id of a rule; lower-case letters, digits and `-`, at most 60: `licence-manager-abroad` [bad-name]
        seatwise.yaml:10:68: `severity` cannot be `bad`; one of `note`, `warning`, `error` [unknown-word]
        seatwise.yaml:11:7: there are two rules `custom/a`; first here: seatwise.yaml:6:7 [duplicate-rule]
        seatwise.yaml:12:7: there are two rules `custom/a`; first here: seatwise.yaml:6:7 [duplicate-rule]
    "#]]
    .assert_eq(&rule_problems(&tests.concat()));
}

#[test]
fn expression_is_short_and_its_time_bounded() {
    let long = format!("user.email == '{}'", "a".repeat(LONGEST));
    assert!(Condition::parse(&long, ConditionSubject::User).unwrap_err().message.contains("too long"));
    let again = Condition::parse(
        "group.members.exists(a, group.members.exists(b, a == b + 'x'))",
        ConditionSubject::Group,
    )
    .unwrap();
    let members = |count: usize| {
        move |_: &'static _| ConditionValue::Texts((0..count).map(|at| at.to_string()).collect())
    };
    assert_eq!(again.holds(members(500)), Ok(false));
    assert!(again.holds(members(501)).unwrap_err().to_string().contains("too many"));
    let once = Condition::parse("group.members.exists(a, a == '49999')", ConditionSubject::Group).unwrap();
    assert_eq!(once.holds(members(50_000)), Ok(true));
}

#[test]
fn no_text_makes_the_reader_of_expressions_fall_over() {
    let words = [
        "user", ".", "email", "roles", "(", ")", "[", "]", "'a'", "1", "+", "-", "!", "in", "&&", "||", "?",
        ":", ",", "exists", "{", "}", "\\", "\"", "é", "null",
    ];
    let mut read = 0;
    let mut dice = WorldDice::new(1);
    for _ in 0..3_000 {
        let text: String = (0..2 + dice.number_below(12)).flat_map(|_| [dice.pick(&words), " "]).collect();
        read += usize::from(Condition::parse(&text, ConditionSubject::User).is_ok());
    }
    for deep in ["(", "[", "!", "-", "true ? true : ", "user.roles.all(r, "] {
        _ = Condition::parse(&deep.repeat(LONGEST / deep.len()), ConditionSubject::User);
    }
    assert!(read < 3_000);
}

/// Bo is from outside, leaves, and holds one of everything.
fn rich_firm(over: &str, when: &str) -> AuditedFirm {
    let [staad, cad] = ["staad", "cad"].map(|name| ProductId::new(name).unwrap());
    let case = firm_with_rule(over, when, "{}", "{}")
        .edit_settings("audit:\n", "audit:\n  inside: [else.example]\n")
        .edit_settings("  inside: [firm.example]\n", "");
    case.edit_policy(
        "bo@firm.example: {first_name: Bo,",
        "bo@firm.example: {until: 2027-06-30, first_name: Bo,",
    )
    .edit_policy("kind: entitlement,", "country: PT, description: d, kind: entitlement,")
    .edit_live(|live| {
        let group = live.groups.values_mut().next().unwrap();
        group.facts.country = CountryCode::new("PT").ok();
        group.facts.description = "d".into();
    })
    .edit_user("bo", |bo| {
        bo.exceptions.insert(staad.clone(), UserException::Deny);
        bo.exceptions.insert(cad.clone(), UserException::Allow);
        bo.licences.insert(staad.clone(), Licence { assigned: None });
        bo.checkouts.add(Checkout { product: cad, machine: "m".into(), expires: moment().now });
    })
    .with_uses(
        "2026-10-01",
        &[("bo", "cad", LastUseDays { pooled: Some(moment().as_of), ..LastUseDays::default() })],
    )
}

#[test]
fn every_field_says_something_of_what_has_everything() {
    for field in ConditionSubject::ALL
        .into_iter()
        .flat_map(|subject| subject.fields().iter().map(move |field| (subject, field)))
    {
        let (subject, field) = field;
        let name = format!("{}.{}", subject.as_str(), field.name);
        let (when, yes) = match field.kind {
            ConditionValueType::Text => (format!("{name} != ''"), "a"),
            ConditionValueType::Number => (format!("{name} > 0"), "1"),
            ConditionValueType::Flag => (name.clone(), "true"),
            ConditionValueType::Texts => (format!("size({name}) > 0"), "[a]"),
        };
        let rule = rich_firm(subject.plural(), &when).edit_settings(
            "given: {}, finds: true",
            &format!("given: {{{}: {yes}}}, finds: true", field.name),
        );
        let found = rule.look_at_report(|report| {
            report.findings.iter().filter(|finding| finding.rule.id == "custom/own").count()
        });
        assert!(found > 0, "{name} says nothing");
    }
}
