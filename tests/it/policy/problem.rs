//! Each kind of problem: what is wrong, where, and what to do.

use expect_test::{Expect, expect};
use seatwise::load;
use seatwise::model::Interner;
use seatwise::render::problems::problem_lines;

use crate::load::{SETTINGS, day};

/// Checks the problems of a document that stands beside the smallest settings.
fn check(document: &str, expect: Expect) {
    check_files(&[SETTINGS, ("p.yaml", document)], expect);
}

fn check_files(files: &[(&str, &str)], expect: Expect) {
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let loaded = load::load_texts(&files, day(), &Interner::default());
    let problems: Vec<_> = loaded.problems.into_iter().chain(loaded.unknown_products).collect();
    let dated = loaded.dated_problems;
    assert_eq!(
        loaded.policy.is_none(),
        problems.iter().any(|problem| problem.code.as_str() != "unknown-product")
    );
    let all: Vec<_> = problems.into_iter().chain(dated).collect();
    expect.assert_eq(&problem_lines(&all));
}

#[test]
fn duplicate_key_is_cited_with_the_first() {
    check(
        "users:\n  a@x.example: {first_name: A, first_name: B}\n  a@x.example: {}\n",
        expect![[r#"
        p.yaml:2:32: `first_name` stands twice in this mapping; first here: p.yaml:2:17 [duplicate-key]
        p.yaml:3:3: `a@x.example` stands twice in this mapping; first here: p.yaml:2:3 [duplicate-key]
    "#]],
    );
}

#[test]
fn duplicate_key_is_found_wherever_the_order_of_keys_breaks() {
    // Twenty keys in order, one out of order, and then each kind of repetition.
    let ordered: String = (10..30).map(|at| format!("  u{at}@x.example: {{}}\n")).collect();
    check(
        &format!(
            "users:\n{ordered}  u29@x.example: {{}}\n  u05@x.example: {{}}\n  u10@x.example: {{}}\n  \
                u99@x.example: {{}}\n  u05@x.example: {{}}\n"
        ),
        expect![[r#"
        p.yaml:22:3: `u29@x.example` stands twice in this mapping; first here: p.yaml:21:3 [duplicate-key]
        p.yaml:24:3: `u10@x.example` stands twice in this mapping; first here: p.yaml:2:3 [duplicate-key]
        p.yaml:26:3: `u05@x.example` stands twice in this mapping; first here: p.yaml:23:3 [duplicate-key]
    "#]],
    );
}

#[test]
fn addresses_that_differ_only_far_behind_are_different_people() {
    let long = |end: &str| format!("somebody.with.a.very.long.name.indeed@{end}.example");
    let (a, b, c) = (long("aaaa"), long("bbbb"), long("cccc"));
    let groups = format!("groups: {{g: {{members: [{b}, {c}]}}}}\n");
    check_files(
        &[
            SETTINGS,
            ("a.yaml", &format!("users: {{{b}: {{}}, {a}: {{}}}}\n")),
            ("b.yaml", &format!("{groups}users: {{{a}: {{}}}}\n")),
        ],
        expect![[r#"
            b.yaml:1:76: unknown user `somebody.with.a.very.long.name.indeed@cccc.example` [unknown-user]
            b.yaml:2:9: the user `somebody.with.a.very.long.name.indeed@aaaa.example` is declared twice; first here: a.yaml:1:65 [declared-twice]
        "#]],
    );
}

#[test]
fn settings_of_the_audit_are_looked_at() {
    let settings = format!(
        "{}audit:\n  inside: [acme.example, not a domain, \"@ACME.de\"]\n  separation: [[a, b], [a], [a, b, \
            c]]\n  ending_days: 0\n  \
         ignore: [{{rule: same-name, until: 2027-01-01}}, {{rule: x, reason: y, until: z, why: w}}]\n  \
         reviews: [{{users: \"*\", on: 2026-09-30}}, {{users: \"[\", on: soon, by: Ana, who: me}}]\n",
        SETTINGS.1
    );
    check_files(
        &[("seatwise.yaml", &settings)],
        expect![[r#"
            seatwise.yaml:5:26: `not a domain` is not a domain; write it as `acme.example` [bad-email]
            seatwise.yaml:6:24: an entry of `separation` is a pair of roles; write it as `[co-administrator, license-manager]` [wrong-type]
            seatwise.yaml:6:29: an entry of `separation` is a pair of roles; write it as `[co-administrator, license-manager]` [wrong-type]
            seatwise.yaml:7:16: `ending_days` is out of range; a whole number from 1 to 4294967295 [bad-number]
            seatwise.yaml:8:12: an entry of `audit.ignore` needs `reason`; add `reason: …` [missing-field]
            seatwise.yaml:8:78: `z` is not a date; a day is written as `2027-03-31` [bad-date]
            seatwise.yaml:8:81: unknown field `why`; the fields here are `rule`, `item`, `reason`, `until` [unknown-field]
            seatwise.yaml:9:13: an entry of `audit.reviews` needs `by`; add `by: …` [missing-field]
            seatwise.yaml:9:51: `[` is no pattern: unclosed character class; missing ']'; `*` stands for any text, `?` for one character [bad-glob]
            seatwise.yaml:9:60: `soon` is not a date; a day is written as `2027-03-31` [bad-date]
            seatwise.yaml:9:75: unknown field `who`; the fields here are `users`, `on`, `by` [unknown-field]
        "#]],
    );
}

#[test]
fn unknown_field_suggests_the_near_one_or_lists_all() {
    check(
        "users:\n  a@x.example: {frist_name: A, shoe_size: 44}\n",
        expect![[r#"
            p.yaml:2:17: unknown field `frist_name`; did you mean `first_name`? [unknown-field]
            p.yaml:2:32: unknown field `shoe_size`; the fields here are `id`, `formerly`, `first_name`, `last_name`, `country`, `entitlement_country`, `state`, `roles`, `groups`, `products`, `deny`, `bundles`, `until` [unknown-field]
        "#]],
    );
}

#[test]
fn wrong_types_and_null_are_told_apart() {
    check(
        "users:\n  a@x.example: {roles: download, groups: {}, products: ~, first_name: [A]}\n  \
            b@x.example:\n  c@x.example: 5\ngroups: []\n",
        expect![[r#"
            p.yaml:2:24: `roles` must be a list, not a single value [wrong-type]
            p.yaml:2:42: `groups` must be a list, not a mapping [wrong-type]
            p.yaml:2:56: `products` is null, which says neither "none" nor "leave alone"; write `[]` or `{}` for none, or leave the key out to say nothing [null-value]
            p.yaml:2:71: `first_name` must be a text, not a list [wrong-type]
            p.yaml:3:14: a user is null, which says neither "none" nor "leave alone"; write `[]` or `{}` for none, or leave the key out to say nothing [null-value]
            p.yaml:4:16: a user must be a mapping, not a single value [wrong-type]
            p.yaml:5:9: `groups` must be a mapping, not a list [wrong-type]
        "#]],
    );
}

#[test]
fn columns_count_characters_and_not_bytes() {
    check(
        "users:\n  a@x.example: {first_name: Łukasz, last_name: Größe, cuontry: PL}\n",
        expect![[r#"
        p.yaml:2:55: unknown field `cuontry`; did you mean `country`? [unknown-field]
    "#]],
    );
}

#[test]
fn byte_order_mark_and_crlf_do_not_move_columns() {
    check(
        "\u{FEFF}users:\r\n  a@x.example: {country: pt}\r\n",
        expect![[r#"
        p.yaml:2:26: `pt` is not a country code of ISO 3166-1 alpha-2; did you mean `PT`? [bad-country]
    "#]],
    );
    check(
        "\u{FEFF}usres: {}\r\n",
        expect![[r#"
        p.yaml:1:1: unknown field `usres`; did you mean `users`? [unknown-field]
    "#]],
    );
}

#[test]
fn tab_in_the_indentation_is_named_as_such() {
    check(
        "users:\n  a@x.example:\n\t\tfirst_name: A\n",
        expect![[r#"
        p.yaml:3:1: a tab in the indentation; indent with spaces [tab-indentation]
    "#]],
    );
    check(
        "users:\n\ta@x.example: {}\n",
        expect![[r#"
        p.yaml:2:1: a tab in the indentation; indent with spaces [tab-indentation]
    "#]],
    );
}

#[test]
fn country_by_name_or_in_lower_case_is_suggested() {
    check(
        "users:\n  a@x.example: {country: Portugal}\n  b@x.example: {country: uk}\n  c@x.example: \
            {country: XX}\n",
        expect![[r#"
            p.yaml:2:26: `Portugal` is not a country code of ISO 3166-1 alpha-2; did you mean `PT`? [bad-country]
            p.yaml:3:26: `uk` is not a country code of ISO 3166-1 alpha-2; did you mean `GB`? [bad-country]
            p.yaml:4:26: `XX` is not a country code of ISO 3166-1 alpha-2; two upper-case letters, such as `PT` [bad-country]
        "#]],
    );
}

#[test]
fn values_of_a_certain_shape_are_checked() {
    check(
        "users:\n  a@x.example: {until: 2027-02-30}\n  b@x.example: {until: 1.3.2027}\n  not-an-address: \
            {}\n  c@x.example: {groups: [a/b]}\n\
         products:\n  p: {number: 0}\n  q: {number: \"12\"}\n  r: {number: 1, list_price: EUR 5}\n",
        expect![[r#"
            p.yaml:2:24: `2027-02-30` is not a date; a day is written as `2027-03-31` [bad-date]
            p.yaml:3:24: `1.3.2027` is not a date; a day is written as `2027-03-31` [bad-date]
            p.yaml:4:3: `not-an-address` is not an e-mail address [bad-email]
            p.yaml:5:26: `a/b` is not a name: 1 to 200 characters, no control characters, no `/`, no white space at either end [bad-name]
            p.yaml:7:15: `number` is out of range; a whole number from 1 to 4294967295 [bad-number]
            p.yaml:8:15: `number` must be a whole number [wrong-type]
            p.yaml:9:30: `EUR 5` is not an amount with a currency, such as `6000 EUR` [bad-money]
        "#]],
    );
}

#[test]
fn grants_name_something_and_end_after_they_begin() {
    check(
        "users:\n  a@x.example:\n    products: [{from: 2026-01-01}, \
            {product: p, from: 2026-02-01, until: 2026-01-31}, {role: p}, {}]\nproducts: {p: {number: 1}}\n",
        expect![[r#"
            p.yaml:3:16: an entry of `products` names nothing; add `product: …` [empty-grant]
            p.yaml:3:74: `until: 2026-01-31` is before `from: 2026-02-01`; exchange them, or remove the entry [dates-reversed]
            p.yaml:3:87: an entry of `products` names nothing; add `product: …` [empty-grant]
            p.yaml:3:88: unknown field `role`; the fields here are `product`, `from`, `until`, `reason` [unknown-field]
            p.yaml:3:98: an entry of `products` names nothing; add `product: …` [empty-grant]
        "#]],
    );
}

#[test]
fn unknown_names_suggest_the_near_one() {
    check(
        "users:\n  ana.silva@x.example: \
            {roles: [co-administator], groups: [brigdes], bundles: [cad-enginer], products: [microstaton]}\n\
         groups:\n  bridges: {members: [ana.sliva@x.example], includes: [nowhere]}\n\
         products: {microstation: {number: 1}}\nbundles: {cad-engineer: {}}\n",
        expect![[r#"
            p.yaml:2:33: unknown role `co-administator`; did you mean `co-administrator`? [unknown-role]
            p.yaml:2:60: unknown group `brigdes`; did you mean `bridges`? [unknown-group]
            p.yaml:2:80: unknown bundle `cad-enginer`; did you mean `cad-engineer`? [unknown-bundle]
            p.yaml:4:23: unknown user `ana.sliva@x.example`; did you mean `ana.silva@x.example`? [unknown-user]
            p.yaml:4:56: unknown group `nowhere` [unknown-group]
            p.yaml:2:105: unknown product `microstaton`; did you mean `microstation`? [unknown-product]
        "#]],
    );
}

#[test]
fn without_a_catalogue_products_are_the_organization_s_matter() {
    check("users:\n  a@x.example: {products: [microstation]}\n", expect![""]);
}

#[test]
fn a_broken_file_takes_no_reference_to_what_it_would_declare_with_it() {
    check_files(
        &[
            SETTINGS,
            ("groups.yaml", "groups:\n  bridges: {kind: other\n  roads: {}\n"),
            ("users.yaml", "users:\n  a@x.example: {groups: [bridges, roads, nowhere]}\n"),
        ],
        expect![[r#"
            groups.yaml:3:8: not YAML: while parsing a flow mapping, did not find expected ',' or '}' [syntax]
            users.yaml:2:42: unknown group `nowhere` [unknown-group]
        "#]],
    );
}

#[test]
fn an_unreadable_key_or_entry_takes_no_reference_with_it() {
    check(
        "users:\n  a@x.example: {groups: [bridges, roads]}\ngroups:\n  bridges: 5\ngrups:\n  roads: {}\n",
        expect![[r#"
        p.yaml:4:12: a group must be a mapping, not a single value [wrong-type]
        p.yaml:5:1: unknown field `grups`; did you mean `groups`? [unknown-field]
    "#]],
    );
    check(
        "users:\n  a@x.example: {groups: [bridges]}\ngroups: [bridges]\n",
        expect![[r#"
            p.yaml:3:9: `groups` must be a mapping, not a list [wrong-type]
        "#]],
    );
    check(
        "base: &base\n  bridges: {}\nusers:\n  a@x.example: {groups: [bridges]}\ngroups:\n  <<: *base\n",
        expect![[r#"
            p.yaml:1:1: unknown field `base`; the fields here are `defaults`, `users`, `groups`, `products`, `roles`, `bundles`, `restrictions`, `alerts`, `contacts` [unknown-field]
            p.yaml:6:3: merge keys are not part of the policy language; use a bundle or `defaults`, or write the keys out [merge-key]
        "#]],
    );
}

#[test]
fn the_same_thing_stands_once_over_all_files() {
    check_files(
        &[
            SETTINGS,
            (
                "a.yaml",
                "users: \
                    {a@x.example: {}}\ngroups: {g: {}}\nproducts: {p: {number: 1}}\nroles: {r: {}}\nbundles: {b: {}}\n",
            ),
            (
                "b.yaml",
                "users: \
                    {A@x.example: {}}\ngroups: {g: {}}\nproducts: {p: {number: 2}}\nroles: {r: {}}\nbundles: {b: {}}\n",
            ),
        ],
        expect![[r#"
            b.yaml:1:9: the user `a@x.example` is declared twice; first here: a.yaml:1:9 [declared-twice]
            b.yaml:2:10: the group `g` is declared twice; first here: a.yaml:2:10 [declared-twice]
            b.yaml:3:12: the product `p` is declared twice; first here: a.yaml:3:12 [declared-twice]
            b.yaml:4:9: the role `r` is declared twice; first here: a.yaml:4:9 [declared-twice]
            b.yaml:5:11: the bundle `b` is declared twice; first here: a.yaml:5:11 [declared-twice]
        "#]],
    );
}

#[test]
fn includes_that_close_a_cycle_are_named_once() {
    check(
        "groups:\n  a: {includes: [b]}\n  b: {includes: [c]}\n  c: {includes: [a]}\n  d: {includes: [d]}\n",
        expect![[r#"
        p.yaml:4:18: this include closes a cycle: a → b → c → a; remove one of these includes [include-cycle]
        p.yaml:5:18: this include closes a cycle: d → d; remove one of these includes [include-cycle]
    "#]],
    );
}

#[test]
fn a_product_is_not_allowed_and_denied_at_once() {
    check(
        "users:\n  a@x.example: {products: [p], deny: [p]}\n\
         \x20 b@x.example: \
         {products: [{product: p, until: 2026-12-31}], deny: [{product: p, from: 2027-01-01}]}\nproducts: \
         {p: {number: 1}}\n",
        expect![[r#"
            p.yaml:2:39: a@x.example has `p` both in `products` and in `deny`; in `products`: p.yaml:2:28 [allowed-and-denied]
        "#]],
    );
}

#[test]
fn roles_that_need_download_are_judged_on_every_day() {
    check(
        "users:\n  a@x.example: {roles: [beta]}\n  b@x.example: \
            {roles: [beta, {role: download, until: 2026-11-30}]}\n\
         \x20 c@x.example: {roles: [{role: download-sdk, from: 2027-01-01}]}\n  d@x.example: \
         {roles: [beta], bundles: [cad]}\nbundles: {cad: {roles: [download]}}\n",
        expect![[r#"
            p.yaml:2:25: the role `beta` needs `download`, which a@x.example does not have on 2026-12-01; add `download` to the roles [needs-download]
            p.yaml:3:25: the role `beta` needs `download`, which b@x.example does not have on 2026-12-01; let `download` hold on all days of the role; `download` is granted here: p.yaml:3:38 [needs-download]
            p.yaml:4:32: the role `download-sdk` needs `download`, which c@x.example does not have on 2027-01-01; add `download` to the roles [needs-download]
        "#]],
    );
}

#[test]
fn a_user_is_in_one_allocation_group_includes_counted() {
    check(
        "users:\n  a@x.example: {groups: [lisbon, porto]}\n  b@x.example: {groups: [team]}\n  c@x.example: \
            {groups: [lisbon, {group: porto, from: 2027-01-01}]}\n\
         groups:\n  lisbon: {kind: allocation, includes: [team]}\n  porto: {kind: allocation}\n  team: \
         {kind: allocation}\n",
        expect![[r#"
            p.yaml:2:34: a@x.example is in the allocation groups `lisbon` and `porto`; a user is in at most one; a group's members count for the groups that include it; the other one: p.yaml:2:26 [several-allocation-groups]
            p.yaml:3:26: b@x.example is in the allocation groups `lisbon` and `team`; a user is in at most one; a group's members count for the groups that include it [several-allocation-groups]
            p.yaml:4:42: c@x.example is in the allocation groups `lisbon` and `porto` on 2027-01-01; a user is in at most one; a group's members count for the groups that include it; the other one: p.yaml:4:26 [several-allocation-groups]
        "#]],
    );
}

#[test]
fn lists_belong_to_entitlement_groups() {
    check(
        "groups:\n  a: {products: [p]}\n  b: {kind: other, products: []}\nproducts: {p: {number: 1}}\n",
        expect![[r#"
        p.yaml:2:18: the group `a` has products and is no entitlement group; write `kind: entitlement`, or remove the products; the group: p.yaml:2:3 [list-without-entitlement]
    "#]],
    );
}

#[test]
fn nobody_means_that_no_grant_names_the_product() {
    check(
        "users:\n  a@x.example: {products: [p]}\ngroups:\n  g: \
            {kind: entitlement, products: [{product: q, until: 2026-01-31}]}\n\
         products: \
         {p: {number: 1}, q: {number: 2}}\nrestrictions:\n  - {product: p, allow: nobody}\n  - {product: q, allow: nobody}\n",
        expect![[r#"
            p.yaml:7:15: `p` is allowed to nobody, and somebody is granted it; write `allow: selected`, or remove the grants; granted here: p.yaml:2:28 [nobody-with-grants]
        "#]],
    );
}

#[test]
fn restrictions_alerts_and_contacts_stand_once() {
    check(
        "products: \
            {p: {number: 1}}\nrestrictions:\n  - {product: p, allow: everyone}\n  - {product: p, country: PT, allow: everyone}\n  - {product: p, allow: selected}\n\
         \x20 - {country: PT, default: everyone}\n  - {country: PT, default: nobody}\n  - {product: p}\n  - {default: nobody}\n  - {}\n\
         alerts:\n  - {product: p, country: PT, above: 1}\n  - {product: p, country: PT, above: 2}\n  - {product: p, country: PT}\n\
         contacts:\n  - {email: a@x.example, country: global}\n  - {email: A@x.example, country: global}\n  - {email: a@x.example}\n",
        expect![[r#"
            p.yaml:5:15: `p` is restricted everywhere already; first here: p.yaml:3:15 [duplicate-restriction]
            p.yaml:7:5: PT has a default already; first here: p.yaml:6:5 [duplicate-default]
            p.yaml:8:5: a restriction of a product needs `allow`; add `allow: …` [missing-field]
            p.yaml:9:5: a default needs `country`; add `country: …` [missing-field]
            p.yaml:10:5: a restriction is for a product or sets a country's default; write `{product: …, allow: …}`, with a `country` or without one, or `{country: …, default: …}` [missing-field]
            p.yaml:13:15: `p` has an alert in PT already; first here: p.yaml:12:15 [duplicate-alert]
            p.yaml:14:5: an alert needs `above`; add `above: …` [missing-field]
            p.yaml:17:13: a@x.example is a contact everywhere already; first here: p.yaml:16:13 [duplicate-contact]
            p.yaml:18:5: a contact needs `country`; add `country: …` [missing-field]
        "#]],
    );
}

#[test]
fn an_account_has_one_to_ten_contacts() {
    let many: String =
        (0..11).map(|at| format!("  - {{email: c{at}@x.example, country: global}}\n")).collect();
    check(
        &format!("contacts:\n{many}"),
        expect![[r#"
        p.yaml:12:13: an account has at most 10 contacts, and this is one more [too-many-contacts]
    "#]],
    );
    let exact = format!("{}manage: {{contacts: exact}}\n", SETTINGS.1);
    check_files(
        &[("seatwise.yaml", &exact), ("p.yaml", "contacts: []\n")],
        expect![[r#"
        p.yaml:1:1: an account needs a contact, and contacts are `exact`; name one, or remove the key [no-contact]
    "#]],
    );
    check_files(
        &[("seatwise.yaml", &exact), ("p.yaml", "contacts: [{email: nobody}]\n")],
        expect![[r#"
        p.yaml:1:20: `nobody` is not an e-mail address [bad-email]
    "#]],
    );
    check("contacts: []\n", expect![""]);
}

#[test]
fn administrators_of_the_account_and_the_portal_s_roles_are_not_the_policy_s() {
    check(
        "users:\n  a@x.example: {roles: [account-administrator]}\nroles: {download: {name: Mine}}\n",
        expect![[r#"
            p.yaml:2:25: `account-administrator` follows the contract and cannot be granted by a policy; remove it; `co-administrator` is the strongest role a policy grants [account-administrator]
            p.yaml:3:9: `download` is the portal's own role Product Delivery Administrator; the portal's roles need no entry; give a custom role another id [portal-role]
        "#]],
    );
}

#[test]
fn whoever_is_to_be_removed_is_granted_nothing() {
    let protecting = format!("{}guard: {{protect: [a@x.example]}}\n", SETTINGS.1);
    check_files(
        &[
            ("seatwise.yaml", &protecting),
            (
                "p.yaml",
                "defaults: {groups: [h]}\nusers:\n  a@x.example: {state: removed, groups: [h]}\n  \
                    b@x.example: {groups: [g]}\n  c@x.example: {state: removed}\n\
                 groups:\n  g: {state: removed, members: [b@x.example]}\n  h: {members: [c@x.example]}\n",
            ),
        ],
        expect![[r#"
            p.yaml:3:24: a@x.example is to be removed and is protected in `seatwise.yaml`; take the address off `guard.protect` first [protected-and-removed]
            p.yaml:3:42: a@x.example is to be removed; remove the lists, or the `state`; here: p.yaml:3:24 [removed-user]
            p.yaml:4:26: the group `g` is to be removed; declared here: p.yaml:7:3 [removed-group]
            p.yaml:7:33: the group `g` is to be removed; here: p.yaml:7:14 [removed-group]
            p.yaml:8:17: c@x.example is to be removed; declared here: p.yaml:5:3 [removed-user]
        "#]],
    );
}

#[test]
fn identities_and_former_names_are_pinned_once() {
    check(
        "users:\n  a@x.example: {id: u1, formerly: old@x.example}\n  b@x.example: \
            {id: u1, formerly: old@x.example}\n  c@x.example: {formerly: a@x.example}\n\
         groups:\n  g: {id: u1}\n  h: {id: g1, formerly: g}\n  i: {id: g1}\n",
        expect![[r#"
            p.yaml:3:21: the identity `u1` is pinned twice; first here: p.yaml:2:21 [duplicate-id]
            p.yaml:3:35: `old@x.example` is the former address of two users; first here: p.yaml:2:35 [duplicate-formerly]
            p.yaml:8:11: the identity `g1` is pinned twice; first here: p.yaml:7:11 [duplicate-id]
        "#]],
    );
}

#[test]
fn a_line_of_defaults_is_reported_once_for_all_its_users() {
    check(
        "defaults: {groups: [nowhere], roles: [beta]}\nusers:\n  a@x.example: {}\n  b@x.example: {}\n",
        expect![[r#"
            p.yaml:1:21: unknown group `nowhere` [unknown-group]
            p.yaml:1:39: the role `beta` needs `download`, which a@x.example does not have on 2026-12-01; add `download` to the roles [needs-download]
        "#]],
    );
}

#[test]
fn anchors_are_plain_values_and_tags_are_not_known() {
    check(
        "users:\n  a@x.example: {groups: &g [x]}\n  b@x.example: {groups: *g}\n  c@x.example: \
            {groups: *nope, first_name: !!str A}\n",
        expect![[r#"
        p.yaml:2:29: unknown group `x` [unknown-group]
        p.yaml:4:25: no anchor `&nope` stands before this alias; define the anchor above, or write the value out [unknown-anchor]
        p.yaml:4:44: tags are not part of the policy language; remove it; put quotes around a text that looks like a number [yaml-tag]
    "#]],
    );
}

#[test]
fn settings_files_stand_once() {
    check_files(
        &[SETTINGS, ("p.yaml", "version: 1\n")],
        expect![[r#"
        p.yaml:1:1: unknown field `version`; the fields here are `defaults`, `users`, `groups`, `products`, `roles`, `bundles`, `restrictions`, `alerts`, `contacts` [unknown-field]
    "#]],
    );
}

#[test]
fn problems_of_one_file_are_listed_up_to_a_limit() {
    let many: String = (0..5_000).map(|at| format!("  u{at}@x.example: {{x: 1}}\n")).collect();
    let files = [("p.yaml", format!("users:\n{many}")), (SETTINGS.0, SETTINGS.1.to_owned())];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let problems = load::load_texts(&files, day(), &Interner::default()).problems;
    assert_eq!(problems.len(), 2_001);
    assert_eq!(problems.last().unwrap().code.as_str(), "too-many-problems");
    let drawn = seatwise::render::problems::draw_problems(
        &problems,
        80,
        seatwise::render::problems::ColourChoice::Never,
    );
    assert!(drawn.contains("… and 1,951 more") && drawn.contains("2,001 problems in 1 file"));
}

#[test]
fn what_is_declared_and_ignored_is_a_problem_with_both_lines() {
    let settings = format!(
        "{}manage:\n  ignore:\n    - users: \"*@Partner.example\"\n    - groups: \"legacy-*\"\n    - users: \
            eve@x.example\n",
        SETTINGS.1
    );
    check_files(
        &[
            (SETTINGS.0, &settings),
            (
                "p.yaml",
                "users:\n  LIA@partner.example: {first_name: Lia}\n  gone@partner.example: {state: removed}\n  \
                    eva@x.example: {formerly: eve@x.example}\n  ana@x.example: {groups: [roads]}\ngroups:\n  \
                    legacy-cad: {state: removed}\n  roads: {formerly: legacy-roads}\n  other: {}\n",
            ),
            // A contact is no user: it is compared and changed, so nothing is hidden.
            ("rest.yaml", "contacts: [{email: bills@partner.example, country: global}]\n"),
        ],
        expect![[r#"
            p.yaml:2:3: `lia@partner.example` is declared here, and an `ignore` entry leaves it alone; take the declaration away, or narrow the entry; ignored here: seatwise.yaml:6:14 [declared-and-ignored]
            p.yaml:3:3: `gone@partner.example` is declared here, and an `ignore` entry leaves it alone; take the declaration away, or narrow the entry; ignored here: seatwise.yaml:6:14 [declared-and-ignored]
            p.yaml:4:3: `eve@x.example` is declared here, and an `ignore` entry leaves it alone; take the declaration away, or narrow the entry; ignored here: seatwise.yaml:8:14 [declared-and-ignored]
            p.yaml:7:3: `legacy-cad` is declared here, and an `ignore` entry leaves it alone; take the declaration away, or narrow the entry; ignored here: seatwise.yaml:7:15 [declared-and-ignored]
            p.yaml:8:3: `legacy-roads` is declared here, and an `ignore` entry leaves it alone; take the declaration away, or narrow the entry; ignored here: seatwise.yaml:7:15 [declared-and-ignored]
        "#]],
    );
}

#[test]
fn nothing_foreign_in_a_problem_moves_the_cursor_or_commands_a_log() {
    use seatwise::render::inert::{TextSyntax, inert_text};
    use seatwise::render::problems::{ColourChoice, draw_problems};

    let texts = [
        "users:\n  # \u{1b}]0;mine\u{7}\u{1b}[2J\u{9b}1m\n  a@b.example: {rle: 1}\n",
        "users:\n  # hello\u{202e} dlrow\u{2028}\n  a@b.example: {rle: 1}\n",
        "users:\n  a@b.example: {\"\\e[2J\\r\": 1}\n",
        "users:\n  a@b.example: {state: \"\\e[2Jx\"}\n",
        "users:\n  a@b.example: {\"x\\n::add-mask::y\": 1, \"##vso[task.complete]\": 2}\n",
        "users:\n  a@b.example: {state: \"::error::x\", first_name: [##[group]]}\n",
    ];
    for (text, file) in
        texts.into_iter().flat_map(|text| ["p.yaml", "::warning::\u{1b}[2J.yaml"].map(|file| (text, file)))
    {
        let files = [("seatwise.yaml", SETTINGS.1.as_bytes()), (file, text.as_bytes())];
        let loaded = load::load_texts(&files, day(), &Interner::default());
        assert!(!loaded.problems.is_empty(), "{text:?}");
        let drawn = draw_problems(&loaded.problems, 80, ColourChoice::Never);
        for shown in [drawn, problem_lines(&loaded.problems)] {
            let is_raw = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2028}".contains(c);
            assert!(!shown.contains(is_raw), "{shown:?}");
            assert!(!shown.contains("##vso[") && !shown.contains("##["), "{shown:?}");
            // Where lines begin is seen at the gate that everything passes before it is printed.
            let printed = inert_text(&shown, TextSyntax::Plain);
            assert!(!printed.lines().any(|line| line.trim_start().starts_with("::")), "{printed:?}");
        }
    }
}
