//! Hostile text: every text ends in a clear problem, quickly, in bounded memory.

use std::fmt::Write as _;
use std::time::Instant;

use expect_test::{Expect, expect};
use seatwise::load::{self};
use seatwise::model::Interner;
use seatwise::render::problems::problem_lines;

use crate::load::{QUICK, SETTINGS, day};

fn check(bytes: impl AsRef<[u8]>, expect: Expect) {
    let start = Instant::now();
    let files = [(SETTINGS.0, SETTINGS.1.as_bytes()), ("p.yaml", bytes.as_ref())];
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert!(loaded.policy.is_none());
    expect.assert_eq(&problem_lines(&loaded.problems));
    assert!(start.elapsed() < QUICK, "took {:?}", start.elapsed());
}

#[test]
fn billion_laughs_are_counted_before_they_are_read() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{below}]").unwrap();
    }
    check(
        text,
        expect![[r#"
        p.yaml:5:10: the aliases of this file stand for more than it may hold; use a bundle, a group or `defaults` [alias-expansion]
    "#]],
    );
}

#[test]
fn one_alias_a_hundred_thousand_times_is_counted_too() {
    let list = vec!["download"; 1_000].join(", ");
    let uses = vec!["*r"; 100_000].join(", ");
    check(
        format!("base: &r [{list}]\nusers: [{uses}]\n"),
        expect![[r#"
        p.yaml:2:1685: the aliases of this file stand for more than it may hold; use a bundle, a group or `defaults` [alias-expansion]
    "#]],
    );
}

#[test]
fn an_alias_inside_its_own_value_is_a_problem() {
    check(
        "users: &u\n  a@x.example: *u\n",
        expect![[r#"
        p.yaml:2:16: this alias stands inside the value it names; write the value out [alias-in-itself]
    "#]],
    );
}

#[test]
fn ten_thousand_levels_end_at_the_limit() {
    check(
        "[".repeat(200_000),
        expect![[r#"
        p.yaml:1:65: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
    check(
        format!("users: {}", "{a: ".repeat(10_000)),
        expect![[r#"
        p.yaml:1:264: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
    let block: String = (0..10_000).fold(String::new(), |mut text, level| {
        writeln!(text, "{}a:", " ".repeat(level.min(300))).unwrap();
        text
    });
    check(
        block,
        expect![[r#"
        p.yaml:65:65: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
    check(
        "- ".repeat(10_000),
        expect![[r#"
        p.yaml:1:129: values are nested more than 64 deep; no policy is nested so deeply [too-deep]
    "#]],
    );
}

#[test]
fn huge_scalars_are_refused() {
    check(
        format!("users:\n  a@x.example: {{first_name: \"{}\"}}\n", "x".repeat(5_000_000)),
        expect![[r#"
        p.yaml:2:29: a text of 5000002 bytes; at most 65535 are allowed; shorten it [scalar-too-long]
    "#]],
    );
    check(
        format!("users:\n  a@x.example:\n    first_name: >\n      {}\n", "x ".repeat(2_000_000)),
        expect![[r#"
        p.yaml:4:7: a text of 4000001 bytes; at most 65535 are allowed; shorten it [scalar-too-long]
    "#]],
    );
    check(
        format!("{}: 1\n", "k".repeat(1_000_000)),
        expect![[r#"
        p.yaml:1:1: a text of 1000000 bytes; at most 65535 are allowed; shorten it [scalar-too-long]
    "#]],
    );
}

#[test]
fn texts_that_are_none_are_named_as_what_they_are() {
    check(
        b"users:\n  a@x.example: {first_name: \"\0\"}\n",
        expect![[r#"
        p.yaml:2:30: a NUL character; is this a text file? [nul-character]
    "#]],
    );
    check(
        b"users:\n  # caf\xe9\n  a@x.example: {}\n",
        expect![[r#"
        p.yaml:2:8: the file is not UTF-8 from here on; save it as UTF-8 [not-utf8]
    "#]],
    );
    let little: Vec<u8> = "users: {}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = "\u{FEFF}users: {}\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(
        little,
        expect![[r#"
        p.yaml:1:1: the file is UTF-16; save it as UTF-8 [utf-16]
    "#]],
    );
    check(
        big,
        expect![[r#"
        p.yaml:1:1: the file is UTF-16; save it as UTF-8 [utf-16]
    "#]],
    );
    check(
        "users:\n  a@x.example: {first_name: \"\\0\"}\n",
        expect![[r#"
        p.yaml:2:29: `first_name` has a control character; remove it [bad-name]
    "#]],
    );
}

#[test]
fn empty_files_and_several_documents_are_problems() {
    check(
        "",
        expect![[r#"
        p.yaml:1:1: the file is empty; delete it, or declare something in it [empty-file]
    "#]],
    );
    check(
        "# nothing yet\n",
        expect![[r#"
        p.yaml:1:1: the file is empty; delete it, or declare something in it [empty-file]
    "#]],
    );
    check(
        "---\nusers: {}\n---\ngroups: {}\n",
        expect![[r#"
        p.yaml:3:1: a second YAML document begins here; put it into a file of its own [several-documents]
    "#]],
    );
    check(
        "just a text\n",
        expect![[r#"
        p.yaml:1:1: a policy document must be a mapping, not a single value [wrong-type]
    "#]],
    );
    check(
        "%YAML 1.1\n---\nusers: {}\n",
        expect![[r#"
        p.yaml:1:1: directives are not part of the policy language; remove the line [yaml-directive]
    "#]],
    );
}

#[test]
fn merge_keys_are_refused() {
    check(
        "base: &b {country: PT}\nusers:\n  a@x.example: {<<: *b}\n",
        expect![[r#"
            p.yaml:1:1: unknown field `base`; the fields here are `defaults`, `users`, `groups`, `products`, `roles`, `bundles`, `restrictions`, `alerts`, `contacts` [unknown-field]
            p.yaml:3:17: merge keys are not part of the policy language; use a bundle or `defaults`, or write the keys out [merge-key]
        "#]],
    );
}

#[test]
fn a_hundred_thousand_unknown_names_take_no_time() {
    let mut text = "groups: {known: {}}\nusers:\n".to_owned();
    for at in 0..100_000 {
        writeln!(text, "  u{at}@x.example: {{groups: [knwon{at}]}}").unwrap();
    }
    let start = Instant::now();
    let files = [(SETTINGS.0, SETTINGS.1.as_bytes()), ("p.yaml", text.as_bytes())];
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert_eq!(loaded.problems.len(), 100_000);
    assert!(start.elapsed() < QUICK, "took {:?}", start.elapsed());
}

#[test]
fn includes_do_not_multiply_without_bound() {
    let many = |prefix: &str| (0..6_000).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>();
    let mut text = format!("groups:\n  hub: {{includes: [{}]}}\n", many("c").join(", "));
    for outer in many("p") {
        writeln!(text, "  {outer}: {{includes: [hub]}}").unwrap();
    }
    for inner in many("c") {
        writeln!(text, "  {inner}: {{}}").unwrap();
    }
    check(
        text,
        expect![[r#"
        p.yaml:2:22227: includes stand for more than 20000000 memberships [too-many-memberships]
    "#]],
    );
}

#[test]
fn includes_ten_thousand_deep_need_no_deep_stack() {
    let mut text = "users: {a@x.example: {}}\ngroups:\n".to_owned();
    for at in 0..6_000 {
        writeln!(text, "  g{at}: {{includes: [g{}]}}", at + 1).unwrap();
    }
    text.push_str("  g6000: {members: [a@x.example]}\n");
    let files = [(SETTINGS.0, SETTINGS.1.as_bytes()), ("p.yaml", text.as_bytes())];
    let loaded = load::load_texts(&files, day(), &Interner::default());
    assert_eq!(loaded.policy.unwrap().users.get("a@x.example").unwrap().groups.len(), 6_001);
}
