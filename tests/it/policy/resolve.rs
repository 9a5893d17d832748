//! The policy that several documents give together.

use expect_test::{Expect, expect};
use seatwise::load;
use seatwise::model::{FlatMap, Interner};
use seatwise::policy::{Grant, GrantStanding, Policy, PolicyFiles, Presence};

use crate::load::{SETTINGS, day, policy};

fn grants_text<K: Ord + std::fmt::Display>(sources: &PolicyFiles, grants: &FlatMap<K, Grant>) -> String {
    let shown = grants.iter().map(|(key, grant)| {
        let standing = match grant.standing {
            GrantStanding::Holds => "",
            GrantStanding::NotYet => " (not yet)",
            GrantStanding::Ended => " (ended)",
        };
        let at = sources.cite(grant.place);
        format!("{key}{standing} {}:{}", at.file, at.line)
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// A user's grants, each with its line.
fn user_text(policy: &Policy, email: &str) -> String {
    let user = policy.users.get(email).unwrap();
    let list =
        |name: &str, list: Option<String>| list.map_or(String::new(), |list| format!("{name}: {list}\n"));
    let some =
        |grants_of: &Option<FlatMap<_, Grant>>| grants_of.as_ref().map(|of| grants_text(&policy.sources, of));
    let presence = match user.presence {
        Presence::Present => String::new(),
        Presence::Removed(_) => "removed\n".to_owned(),
        Presence::Ended(on, _) => format!("ended {on}\n"),
    };
    let groups = user.groups_spelled_out || !user.groups.is_empty();
    [
        presence,
        user.country.map_or(String::new(), |country| format!("country: {country}\n")),
        list("roles", user.roles.as_ref().map(|of| grants_text(&policy.sources, of))),
        list("groups", groups.then(|| grants_text(&policy.sources, &user.groups))),
        list("products", some(&user.products)),
        list("deny", some(&user.deny)),
    ]
    .concat()
}

fn check(document: &str, email: &str, expect: Expect) {
    expect.assert_eq(&user_text(&policy(&[SETTINGS, ("p.yaml", document)]), email));
}

const CATALOGUE: &str = "products: {p: {number: 1}, q: {number: 2}, r: {number: 3}}\n";

#[test]
fn defaults_add_to_lists_and_fill_in_single_values() {
    let document = format!(
        "defaults: {{country: PT, groups: [lisbon], products: [p]}}\ngroups: {{lisbon: {{}}, bridges: \
            {{}}}}\n{CATALOGUE}\
         users:\n  a@x.example: {{groups: [bridges]}}\n  b@x.example: {{country: DE, products: [{{product: \
         p, until: 2026-01-01}}]}}\n"
    );
    check(
        &document,
        "a@x.example",
        expect![[r#"
        country: PT
        groups: bridges p.yaml:5, lisbon p.yaml:1
        products: p p.yaml:1
    "#]],
    );
    check(
        &document,
        "b@x.example",
        expect![[r#"
        country: DE
        groups: lisbon p.yaml:1
        products: p p.yaml:1
    "#]],
    );
}

#[test]
fn defaults_are_for_the_users_of_their_own_document() {
    let policy = policy(&[
        SETTINGS,
        ("a.yaml", "defaults: {country: PT}\nusers: {a@x.example: {}}\n"),
        ("b.yaml", "users: {b@x.example: {}}\n"),
    ]);
    assert_eq!(policy.users.get("a@x.example").unwrap().country.unwrap().as_str(), "PT");
    assert_eq!(policy.users.get("b@x.example").unwrap().country, None);
}

#[test]
fn bundles_hold_while_both_the_bundle_and_its_entry_do() {
    let document = format!(
        "bundles:\n  cad: {{roles: [download], products: [p, {{product: q, until: 2026-06-30}}, {{product: \
            r, from: 2027-01-01}}]}}\n  none: {{groups: []}}\n{CATALOGUE}\
         users:\n  a@x.example: {{bundles: [cad]}}\n  b@x.example: {{bundles: [{{bundle: cad, from: \
         2027-01-01}}]}}\n\
         \x20 c@x.example: {{bundles: [none]}}\n  d@x.example: {{products: [{{product: p, until: \
         2026-01-01}}], bundles: [cad]}}\n"
    );
    check(
        &document,
        "a@x.example",
        expect![[r#"
        roles: download p.yaml:6
        products: p p.yaml:6, q (ended) p.yaml:6, r (not yet) p.yaml:6
    "#]],
    );
    check(
        &document,
        "b@x.example",
        expect![[r#"
        roles: download (not yet) p.yaml:7
        products: p (not yet) p.yaml:7, r (not yet) p.yaml:7
    "#]],
    );
    check(
        &document,
        "c@x.example",
        expect![[r#"
        groups: 
    "#]],
    );
    check(
        &document,
        "d@x.example",
        expect![[r#"
        roles: download p.yaml:9
        products: p p.yaml:9, q (ended) p.yaml:9, r (not yet) p.yaml:9
    "#]],
    );
}

#[test]
fn a_grant_from_two_places_holds_when_either_does() {
    let document = format!(
        "{CATALOGUE}groups: {{g: {{members: [a@x.example]}}}}\nusers:\n  a@x.example:\n    groups: [{{group: \
            g, until: 2026-01-31}}]\n\
         \x20   products: [{{product: p, until: 2026-01-31}}, {{product: p, from: 2026-11-01}}, {{product: \
         q, until: 2026-12-01}}, {{product: r, from: 2026-12-02}}]\n"
    );
    check(
        &document,
        "a@x.example",
        expect![[r#"
        groups: g p.yaml:2
        products: p p.yaml:6, q p.yaml:6, r (not yet) p.yaml:6
    "#]],
    );
}

#[test]
fn includes_are_flattened_at_any_remove_and_keep_the_dates_of_the_membership() {
    let document = "groups:\n  a: {includes: [b]}\n  b: {includes: [c, d]}\n  c: {includes: [d]}\n  d: \
        {members: [{user: y@x.example, until: 2026-01-31}]}\n\
                    users:\n  x@x.example: {groups: [d]}\n  y@x.example: {groups: [b]}\n  z@x.example: {}\n";
    check(
        document,
        "x@x.example",
        expect![[r#"
        groups: a p.yaml:7, b p.yaml:7, c p.yaml:7, d p.yaml:7
    "#]],
    );
    check(
        document,
        "y@x.example",
        expect![[r#"
        groups: a p.yaml:8, b p.yaml:8, c (ended) p.yaml:5, d (ended) p.yaml:5
    "#]],
    );
    check(document, "z@x.example", expect![""]);
}

#[test]
fn after_a_user_s_last_day_nothing_holds() {
    let document = "groups: \
        {g: {members: [a@x.example]}}\nusers:\n  a@x.example: {until: 2026-11-30, roles: [download]}\n  b@x.example: {until: 2026-12-01, groups: [g]}\n";
    check(
        document,
        "a@x.example",
        expect![[r#"
        ended 2026-11-30
        roles: download (ended) p.yaml:3
        groups: g (ended) p.yaml:1
    "#]],
    );
    check(
        document,
        "b@x.example",
        expect![[r#"
        groups: g p.yaml:4
    "#]],
    );
}

#[test]
fn removed_users_take_no_defaults() {
    check(
        "defaults: {groups: [g], until: 2026-01-01}\ngroups: \
            {g: {}}\nusers: {a@x.example: {state: removed}}\n",
        "a@x.example",
        expect![[r#"
        removed
    "#]],
    );
}

#[test]
fn keys_that_stand_somewhere_are_noted_even_when_empty() {
    let files = [
        SETTINGS,
        ("p.yaml", "users: {a@x.example: {roles: []}}\ncontacts: [{email: c@x.example, country: global}]\n"),
    ];
    let spelled: Vec<_> = policy(&files).spelled_out.iter().map(|relation| relation.as_str()).collect();
    assert_eq!(spelled, ["users", "roles", "contacts"]);
}

#[test]
fn products_outside_the_catalogue_are_kept_with_their_first_place() {
    let policy = policy(&[
        SETTINGS,
        ("a.yaml", "users:\n  a@x.example: {products: [z]}\n  b@x.example: {deny: [y, z]}\n"),
    ]);
    let unknown: Vec<_> = policy
        .unknown_products
        .iter()
        .map(|(id, place)| (id.as_str(), policy.sources.cite(*place).line))
        .collect();
    assert_eq!(unknown, [("y", 3), ("z", 2)]);
}

#[test]
fn neither_the_order_nor_the_division_of_files_changes_the_policy_but_for_its_places() {
    let one = "users: {a@x.example: {groups: [g]}, b@x.example: {}}\n";
    let two = "groups: {g: {members: [b@x.example]}}\n";
    let digest = |files: &[(&str, &str)]| {
        let policy = policy(files);
        (user_text(&policy, "a@x.example"), policy.digest)
    };
    assert_eq!(
        digest(&[SETTINGS, ("a.yaml", one), ("b.yaml", two)]),
        digest(&[("b.yaml", two), ("a.yaml", one), SETTINGS])
    );
    assert_ne!(
        digest(&[SETTINGS, ("a.yaml", one), ("b.yaml", two)]).1,
        digest(&[SETTINGS, ("a.yaml", one), ("c.yaml", two)]).1
    );
}

#[test]
fn users_of_all_files_stand_in_the_order_of_their_addresses() {
    let long = |at: usize| format!("somebody.with.a.very.long.name.indeed.{}@x.example", 9 - at);
    let names: Vec<String> =
        (0..10).map(long).chain((0..30).map(|at| format!("u{}@x.example", at * 7 % 30))).collect();
    let documents: Vec<(String, String)> = (0..4)
        .map(|file| {
            let lines = names.iter().skip(file).step_by(4).map(|name| format!("  {name}: {{country: PT}}\n"));
            (
                format!("f{file}.yaml"),
                format!(
                    "users:\n{}groups: {{g{file}: {{members: [{}]}}}}\n",
                    lines.collect::<String>(),
                    names[9 - file]
                ),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> =
        documents.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain([SETTINGS]).collect();
    let policy = policy(&files);
    let mut expected = names.clone();
    expected.sort();
    assert_eq!(policy.users.keys().map(|email| email.as_str()).collect::<Vec<_>>(), expected);
    for file in 0..4 {
        let groups: Vec<_> = policy
            .users
            .get(names[9 - file].as_str())
            .unwrap()
            .groups
            .keys()
            .map(|group| group.as_str())
            .collect();
        assert_eq!(groups, [format!("g{file}")]);
    }
    assert!(policy.users.iter().all(|(email, user)| *policy.sources.cite(user.place).file
        == *format!("f{}.yaml", names.iter().position(|name| name == email.as_str()).unwrap() % 4)));
}

#[test]
fn threads_do_not_change_the_result() {
    let documents: Vec<(String, String)> = (0..40)
        .map(|at| {
            (
                format!("u{at:02}.yaml"),
                format!(
                    "users:\n  u{at}@x.example: {{groups: [g{}, nowhere{at}]}}\n  shared@x.example: {{}}\n",
                    at % 7
                ),
            )
        })
        .collect();
    let mut files: Vec<(&str, &[u8])> =
        documents.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    files.push((SETTINGS.0, SETTINGS.1.as_bytes()));
    let run = || load::load_texts(&files, day(), &Interner::default()).problems;
    let first = run();
    assert!(first.len() > 100);
    assert!((0..10).all(|_| run() == first));
}
