//! Conditions of own rules: each problem is shown with its place, and reading or evaluating an expression
//! takes bounded time.

use expect_test::expect;
use seatwise::load;
use seatwise::model::Interner;
use seatwise::policy::condition::{Condition, ConditionSubject, ConditionValue, LONGEST};
use seatwise::render::problems::problem_lines;

use crate::dice::TestDice;
use crate::worlds::moment;

fn rule_problems(entry: &str) -> String {
    let settings = "version: 1\norganization: o\nconnector: {kind: sandbox, path: o.db}\naudit:\n  rules:\n";
    let text = format!("{settings}{entry}");
    let files = [("seatwise.yaml", text.as_bytes()), ("p.yaml", b"users: {}\n".as_slice())];
    problem_lines(&load::load_texts(&files, moment().as_of, &Interner::default()).problems)
}

#[test]
fn each_thing_wrong_with_an_expression_is_said_with_its_place() {
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
}

#[test]
fn each_thing_wrong_with_the_tests_of_a_rule_is_said_with_its_place() {
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
    let mut dice = TestDice::new(1);
    for _ in 0..3_000 {
        let text: String = (0..2 + dice.number_below(12)).flat_map(|_| [dice.pick(&words), " "]).collect();
        read += usize::from(Condition::parse(&text, ConditionSubject::User).is_ok());
    }
    for deep in ["(", "[", "!", "-", "true ? true : ", "user.roles.all(r, "] {
        _ = Condition::parse(&deep.repeat(LONGEST / deep.len()), ConditionSubject::User);
    }
    assert!(read < 3_000);
}
