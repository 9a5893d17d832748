//! Conditions of own rules: each problem is shown with its place, and reading or evaluating an expression
//! takes bounded time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::types::{CelBool, CelList, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env};
use expect_test::expect;
use seatwise::load;
use seatwise::model::Interner;
use seatwise::policy::condition::{Condition, ConditionSubject, LONGEST, ValueSize};
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
fn expression_is_short_and_small_where_all_lists_are_empty() {
    let refused = |source: &str| Condition::parse(source, ConditionSubject::User).unwrap_err().message;
    let long = format!("user.email == '{}'", "a".repeat(LONGEST));
    assert!(refused(&long).contains("too long"));
    let list = format!("[{}]", vec!["1"; 200].join(","));
    let nested = format!("{list}.all(a, {list}.all(b, a == b))");
    expect!["the expression takes 1045212 steps even where all lists are empty"].assert_eq(&refused(&nested));
}

/// Settings with rules named `a0`, `a1`, … that go through roles within roles.
fn costly_rules(count: usize, given: &str) -> String {
    let rule = |at| {
        format!(
            "    - id: a{at}\n      over: users\n      title: t\n      when: 'user.roles.exists(a, \
                user.roles.exists(b, a == b + \"x\")) || user.outside'\n      tests: [{{given: {{outside: \
                true, roles: [{given}]}}, finds: true}}, {{given: {{}}, finds: false}}]\n"
        )
    };
    (0..count).map(rule).collect()
}

#[test]
fn rule_whose_tests_take_too_much_is_a_problem_before_they_are_run_and_ends_the_reading() {
    let given: Vec<String> = (0..500).map(|at| format!("role-{at}")).collect();
    expect![[r#"
        seatwise.yaml:10:15: with this test, the tests of all rules take 8 million steps, and at most 1 million are allowed; give it shorter lists [costly-rule]
    "#]]
    .assert_eq(&rule_problems(&costly_rules(30, &given.join(", "))));
}

#[test]
fn rules_that_take_too_much_on_the_policys_own_people_are_a_problem_at_the_first_that_is_too_many() {
    let problems = |rules: usize, roles: usize| {
        let settings =
            "version: 1\norganization: o\nconnector: {kind: sandbox, path: o.db}\naudit:\n  rules:\n";
        let text = format!("{settings}{}", costly_rules(rules, "a"));
        let names: Vec<String> = (0..roles).map(|at| format!("r{at}")).collect();
        let names = names.join(", ");
        let roles: String = names.split(", ").map(|name| format!("  {name}: {{name: {name}}}\n")).collect();
        let people = format!("roles:\n{roles}users:\n  ana@o.example:\n    roles: [{names}]\n");
        let files = [("seatwise.yaml", text.as_bytes()), ("p.yaml", people.as_bytes())];
        problem_lines(&load::load_texts(&files, moment().as_of, &Interner::default()).problems)
    };
    expect![[r#"
        seatwise.yaml:36:7: with this rule, the audit takes 91 million steps, and at most 80 million are allowed; go through fewer or shorter lists within other lists [costly-rule]
    "#]].assert_eq(&problems(7, 500));
    expect![[r#"
        seatwise.yaml:106:7: with this rule, the audit takes 84 million steps, and at most 80 million are allowed; go through fewer or shorter lists within other lists [costly-rule]
    "#]].assert_eq(&problems(30, 10));
    expect![[r#"
        seatwise.yaml:36:7: with this rule, the audit takes 91 million steps, and at most 80 million are allowed; go through fewer or shorter lists within other lists [costly-rule]
    "#]].assert_eq(&problems(30, 500));
}

/// Makes expressions that do as much as they can, over lists and texts that grow.
struct HostileAuthor {
    dice: TestDice,
    /// The names of the items of the lists that are being walked.
    bound: Vec<&'static str>,
}

impl HostileAuthor {
    fn list(&mut self, depth: usize) -> String {
        match self.dice.number_below(if depth == 0 { 2 } else { 7 }) {
            0 => "user.roles".to_owned(),
            1 => "user.groups".to_owned(),
            2 => format!("[{}, {}]", self.text(depth - 1), self.text(depth - 1)),
            3 => format!("({} ? {} : {})", self.flag(depth - 1), self.list(depth - 1), self.list(depth - 1)),
            4 if self.bound.len() < 2 => self.walk("filter", depth - 1),
            _ => format!("({} + {})", self.list(depth - 1), self.list(depth - 1)),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.dice.number_below(if depth == 0 { 2 } else { 4 }) {
            0 => "user.email".to_owned(),
            1 => self.bound.last().map_or("'a'", |item| item).to_owned(),
            _ => format!("({} + {})", self.text(depth - 1), self.text(depth - 1)),
        }
    }

    fn flag(&mut self, depth: usize) -> String {
        match self.dice.number_below(if depth == 0 { 2 } else { 8 }) {
            0 => "user.outside".to_owned(),
            1 => format!("{} == user.email", self.text(0)),
            2 => format!("{} in {}", self.text(depth - 1), self.list(depth - 1)),
            3 => format!("({} && {})", self.flag(depth - 1), self.flag(depth - 1)),
            4 => format!("size({}) > 3", self.text(depth - 1)),
            _ if self.bound.len() == 2 => format!("!({})", self.flag(depth - 1)),
            walk => self.walk(["exists", "all", "exists_one"][walk - 5], depth - 1),
        }
    }

    /// A walk that looks at a field in every round.
    fn walk(&mut self, walk: &str, depth: usize) -> String {
        let list = self.list(depth);
        let item = ["a", "b"][self.bound.len()];
        self.bound.push(item);
        let body = self.flag(depth);
        self.bound.pop();
        format!("{list}.{walk}({item}, user.declared == ({body}))")
    }
}

/// A user whose fields count how often they are looked at.
struct WatchedUser {
    roles: Vec<String>,
    looks: AtomicU64,
}

impl VariableResolver for WatchedUser {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let text = |text: &str| Box::new(CelString::from(text.to_owned())) as Box<dyn Val>;
        match name {
            "user.roles" | "user.groups" => Some(CowVal::owned(CelList::from(
                self.roles.iter().map(|role| text(role)).collect::<Vec<_>>(),
            ))),
            "user.email" => Some(CowVal::owned(CelString::from("ana@firm.example"))),
            "user.outside" | "user.declared" => Some(CowVal::owned(CelBool::from(true))),
            _ => None,
        }
    }
}

#[test]
fn no_expression_takes_more_steps_than_are_counted_before() {
    let mut author = HostileAuthor { dice: TestDice::new(7), bound: Vec::new() };
    let (mut accepted, mut most, mut nearest) = (0, 0, 0.0_f64);
    for at in 0..4_000 {
        let source = author.flag(3 + at % 3);
        let Ok(condition) = Condition::parse(&source, ConditionSubject::User) else { continue };
        let roles: Vec<String> = (0..author.dice.number_below(6)).map(|at| format!("r{at}")).collect();
        let size = ValueSize::texts(roles.len(), 2);
        let steps = condition.steps(|field| match field.name {
            "roles" | "groups" => size.clone(),
            _ => ValueSize::text("ana@firm.example".len()),
        });
        if steps > 2_000_000 {
            continue;
        }
        let user = WatchedUser { roles, looks: AtomicU64::new(0) };
        let mut context = Context::with_env(Arc::new(Env::stdlib().with_optional_support(false)));
        context.set_variable_resolver(&user);
        let program = Env::stdlib().with_optional_support(false).compile(&source).unwrap();
        program.execute(&context).unwrap_or_else(|error| panic!("{source}: {error}"));
        // A look at a field counts as four steps.
        let looks = 4 * user.looks.load(Ordering::Relaxed);
        assert!(looks <= steps, "{source} looked at fields in {looks} of {steps} steps");
        accepted += 1;
        most = most.max(looks);
        nearest = nearest.max(looks as f64 / steps as f64);
    }
    // The law says something only where much is done, and where the count is not far above it.
    assert!(accepted > 1_000 && most > 2_000 && nearest > 0.3, "{accepted} {most} {nearest}");
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
