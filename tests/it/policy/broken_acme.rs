//! A policy with 40 problems of 40 kinds: one run finds all of them, at their places, and no problem causes
//! further ones.

use std::collections::BTreeSet;
use std::path::Path;

use expect_test::expect;
use seatwise::load;
use seatwise::model::Interner;
use seatwise::policy::problem::{Problem, ProblemLocation};

use crate::load::day;

fn problems() -> Vec<Problem<ProblemLocation>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken-acme");
    let loaded = load::load_policy(&root, day(), &Interner::default()).unwrap();
    assert!(loaded.policy.is_none());
    let mut problems: Vec<_> = loaded.problems.into_iter().chain(loaded.unknown_products).collect();
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    problems
}

#[test]
fn forty_problems_of_forty_kinds_are_found_in_one_run_and_nothing_follows_from_them() {
    let problems = problems();
    let listed: Vec<String> = problems
        .iter()
        .map(
            |Problem { code, place: ProblemLocation { file, line, column, length, .. }, message, .. }| {
                format!("{file}:{line}:{column} +{length} {}: {message}\n", code.as_str())
            },
        )
        .collect();
    expect![[r#"
        access.yaml:6:15 +7 nobody-with-grants: `synchro` is allowed to nobody, and somebody is granted it
        access.yaml:7:15 +18 duplicate-restriction: `openroads-designer` is restricted everywhere already
        access.yaml:12:15 +12 duplicate-alert: `microstation` has an alert in DE already
        access.yaml:16:13 +24 bad-email: `buchhaltung.acme.example` is not an e-mail address
        access.yaml:17:13 +20 duplicate-contact: finance@acme.example is a contact everywhere already
        groups/disciplines.yaml:23:41 +24 unknown-user: unknown user `petra.vogel@acme.exmaple`
        groups/disciplines.yaml:24:55 +12 unknown-product: unknown product `microstatoin`
        groups/disciplines.yaml:28:16 +19 list-without-entitlement: the group `water` has products and is no entitlement group
        groups/disciplines.yaml:33:16 +8 removed-group: the group `old-team` is to be removed
        groups/offices.yaml:14:16 +1 null-value: `description` is null, which says neither "none" nor "leave alone"
        groups/offices.yaml:33:27 +4 include-cycle: this include closes a cycle: apac → asia → apac
        jobs.yaml:5:3 +8 portal-role: `download` is the portal's own role Product Delivery Administrator
        jobs.yaml:11:5 +7 unknown-field: unknown field `product`
        jobs.yaml:16:9 +54 empty-grant: an entry of `products` names nothing
        products.yaml:4:112 +9 bad-money: `9000 Euro` is not an amount with a currency, such as `6000 EUR`
        products.yaml:6:3 +17 duplicate-number: `openrail-designer` has the number 2210 of another product
        products.yaml:7:75 +6 unknown-word: `licence` cannot be `shared`
        products.yaml:12:3 +12 duplicate-key: `microstation` stands twice in this mapping
        seatwise.yaml:7:3 +5 secret-in-policy: `token` does not belong in a policy: a pull request must not be able to run code or send a token elsewhere
        seatwise.yaml:13:10 +4 unknown-mode: the mode of `roles` cannot be `exat`
        seatwise.yaml:14:3 +12 unknown-relation: there is no relation `assignements`
        seatwise.yaml:19:14 +20 bad-glob: `*@[partner.example` is no pattern: unclosed character class; missing ']'
        seatwise.yaml:24:31 +1 bad-share: `2` is not a share
        seatwise.yaml:27:14 +10 empty-limit: `one_group` limits nothing
        seatwise.yaml:34:13 +4 unknown-guard: `guard` of an approval cannot be `user`
        seatwise.yaml:35:5 +91 missing-field: an approval needs `until`
        users/contractors.yaml:10:15 +11 unknown-bundle: unknown bundle `cad-enginer`
        users/contractors.yaml:15:65 +10 dates-reversed: `until: 2027-02-01` is before `from: 2027-03-01`
        users/contractors.yaml:18:54 +3 removed-user: gone@contractor.example is to be removed
        users/lisbon.yaml:13:26 +2 bad-country: `de` is not a country code of ISO 3166-1 alpha-2
        users/lisbon.yaml:24:14 +7 unknown-group: unknown group `brigdes`
        users/lisbon.yaml:29:12 +18 allowed-and-denied: marta.sousa@acme.example has `openroads-designer` both in `products` and in `deny`
        users/munich.yaml:8:89 +21 account-administrator: `account-administrator` follows the contract and cannot be granted by a policy
        users/munich.yaml:11:77 +15 unknown-role: unknown role `licence-manager`
        users/oslo.yaml:14:39 +10 bad-date: `31.03.2027` is not a date
        users/porto.yaml:12:9 +4 needs-download: the role `beta` needs `download`, which tiago.lopes@acme.example does not have on 2026-12-01
        users/porto.yaml:13:3 +22 declared-twice: the user `ana.silva@acme.example` is declared twice
        users/porto.yaml:17:12 +8 wrong-type: `roles` must be a list, not a single value
        users/porto.yaml:18:82 +6 several-allocation-groups: helena.marques@acme.example is in the allocation groups `porto` and `lisbon`
        users/singapore.yaml:6:86 +1 syntax: not YAML: mismatched bracket '[' closed by '}'
    "#]].assert_eq(&listed.concat());
    let kinds: BTreeSet<_> = problems.iter().map(|problem| problem.code).collect();
    let files: BTreeSet<_> = problems.iter().map(|problem| &problem.place.file).collect();
    assert_eq!((problems.len(), kinds.len()), (40, 40));
    assert!(files.len() >= 8, "{files:?}");
}

#[test]
fn a_problem_is_drawn_with_its_text_underlined() {
    let problems = problems();
    let shown = |code: &str| {
        let one: Vec<_> = problems.iter().filter(|problem| problem.code.as_str() == code).cloned().collect();
        seatwise::render::problems::draw_problems(&one, 100, seatwise::render::problems::ColourChoice::Never)
    };
    expect![[r#"
        1 problem in 1 file

        unknown-group

          × unknown group `brigdes`
            ╭─[users/lisbon.yaml:24:14]
         23 │     last_name: Almeida
         24 │     groups: [brigdes, {group: coordination, from: 2026-01-01}]
            ·              ───────
         25 │   marta.sousa@acme.example:
            ╰────
          help: did you mean `bridges`?
    "#]]
    .assert_eq(&shown("unknown-group"));
    expect![[r#"
        1 problem in 1 file

        declared-twice

          × the user `ana.silva@acme.example` is declared twice
            ╭─[users/porto.yaml:13:3]
         12 │       - beta
         13 │   ana.silva@acme.example: {first_name: Ana, last_name: Silva}
            ·   ──────────────────────
         14 │   miguel.costa@acme.example:
            ╰────
          help: first here: users/lisbon.yaml:10:3
    "#]]
    .assert_eq(&shown("declared-twice"));
}

#[test]
fn problems_as_lines_are_what_editors_parse() {
    let problems = problems();
    let lines = seatwise::render::problems::problem_lines(&problems[..3]);
    expect![[r#"
        access.yaml:6:15: `synchro` is allowed to nobody, and somebody is granted it; write `allow: selected`, or remove the grants; granted here: users/lisbon.yaml:28:16 [nobody-with-grants]
        access.yaml:7:15: `openroads-designer` is restricted everywhere already; first here: access.yaml:4:15 [duplicate-restriction]
        access.yaml:12:15: `microstation` has an alert in DE already; first here: access.yaml:10:15 [duplicate-alert]
    "#]].assert_eq(&lines);
}
