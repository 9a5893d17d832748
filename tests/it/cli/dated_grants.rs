//! Grants with dates, as all answers tell them: the end that counts, and the day on which dates contradict
//! each other.

use super::Quickstart;

const SETTINGS: &str = "version: 1
organization: birch
connector: {kind: sandbox, path: .seatwise/o.db}
manage: {users: exact, groups: exact, memberships: exact, roles: exact, assignments: exact}
guard: {administrators: {at_least: 1}}
";

const HEAD: &str = "products: {cad: {number: 101}, rail: {number: 102}}\nroles: {viewer: {name: Viewer}}\n\
    defaults: {country: PT}\n";

/// A firm whose policy is `text` after the catalogue, in `p.yaml` from line 4 on.
fn firm(text: &str) -> Quickstart {
    let firm = Quickstart::with_settings(SETTINGS);
    firm.write("p.yaml", &format!("{HEAD}{text}"));
    firm
}

/// A firm in which una is in a group and has a role by two ways, of which one ends on Friday.
fn firm_with_two_ways() -> Quickstart {
    firm(
        "bundles: {drafter: {roles: [viewer]}}
groups:
  crew:
    kind: entitlement
    products: [cad]
    includes: [night]
  night:
    members: [una@birch.example]
users:
  boss@birch.example: {first_name: The, last_name: Boss, roles: [co-administrator]}
  una@birch.example:
    first_name: Una
    last_name: U
    groups: [{group: crew, until: 2026-11-27}]
    roles: [{role: viewer, until: 2026-11-27}]
    bundles: [{bundle: drafter, from: 2026-11-28, until: 2026-12-31}]
",
    )
}

#[test]
fn every_answer_tells_the_end_of_the_place_that_lasts_longest() {
    let firm = firm_with_two_ways();
    let plan = firm.run(&["plan"]).assert_exit(0, &["until 2026-12-31"]);
    assert!(!plan.out.contains("2026-11-27"), "{}", plan.out);
    firm.run(&["apply", "--yes"]).assert_exit(0, &[]);
    firm.run(&["review", "--out", "review.csv"]).assert_exit(0, &[]);
    let review = firm.read("review.csv");
    let fact = |kind: &str| {
        let mut lines = review.lines().filter(|line| line.starts_with("una@birch.example"));
        lines.find(|line| line.contains(kind)).unwrap_or_else(|| panic!("{kind} is in:\n{review}")).to_owned()
    };
    assert!(fact("membership,crew").contains("p.yaml:9, p.yaml:11"), "{review}");
    assert!(fact("role,").contains("2026-12-31") && fact("role,").contains("p.yaml:19"), "{review}");
    for question in [
        &["what", "una@birch.example"][..],
        &["what", "una@birch.example", "--format", "json"],
        &["why", "una@birch.example", "cad"],
        &["why", "una@birch.example", "cad", "--format", "json"],
        &["who", "has", "viewer"],
        &["who", "is", "in", "crew", "--format", "csv"],
    ] {
        let answer = firm.run(question).assert_exit(0, &["p.yaml"]).out;
        assert!(!answer.contains("2026-11-27"), "{question:?}: {answer}");
    }
    assert!(!review.contains("2026-11-27"), "{review}");
    let audit = |now: &str| firm.run_at(now, &["audit"]).out;
    assert!(!audit("2026-11-25T09:00:00Z").contains("2026-11-27"));
    assert!(audit("2026-12-20T09:00:00Z").contains("2026-12-31"));
}

#[test]
fn grant_with_a_gap_ends_before_the_gap_and_its_removal_names_the_last_end() {
    let firm = firm(
        "users:\n  boss@birch.example: {first_name: The, last_name: Boss, roles: [co-administrator]}\n  \
         una@birch.example:\n    first_name: Una\n    last_name: U\n    roles:\n    - {role: viewer, until: \
         2026-11-25}\n    - {role: viewer, until: 2026-11-27}\n    - {role: viewer, from: 2026-11-29}\n",
    );
    firm.run(&["apply", "--yes"]).assert_exit(0, &["until 2026-11-27"]);
    firm.run(&["what", "una@birch.example"]).assert_exit(0, &["until 2026-11-27", "p.yaml:11"]);
    firm.run_at("2026-11-28T09:00:00Z", &["plan"]).assert_exit(0, &["ended 2026-11-27", "p.yaml:11"]);
}

/// Policies that are right today and contradict themselves from 5 December on: what una has, what the problem
/// says, and what is withheld on that day.
const TORN: [(&str, &str, &str); 4] = [
    (
        "roles: [{role: download, until: 2026-12-04}, beta]",
        "the role `beta` needs `download`, which una@birch.example does not have on 2026-12-05",
        "- role una@birch.example download (Product Delivery Administrator): the role beta, which goes on, \
            needs it",
    ),
    (
        "groups: [{group: lisbon, until: 2026-12-05}, {group: porto, from: 2026-12-05}]",
        "una@birch.example is in the allocation groups `lisbon` and `porto` on 2026-12-05",
        "one allocation group is all that a person can be in, and lisbon goes on",
    ),
    (
        "products: [cad, {product: rail, from: 2026-12-05}]",
        "`rail` is allowed to nobody, and somebody is granted it on 2026-12-05",
        "the product is allowed to nobody",
    ),
    (
        "products: [cad], deny: [{product: cad, from: 2026-12-05}]",
        "una@birch.example has `cad` both in `products` and in `deny` on 2026-12-05",
        "it is both allowed and denied today",
    ),
];

#[test]
fn contradiction_of_dates_is_told_today_and_stops_nothing_but_itself() {
    for (grants, problem, withheld) in TORN {
        let firm = firm(&format!(
            "restrictions: [{{product: rail, allow: nobody}}]
groups: {{lisbon: {{kind: allocation}}, porto: {{kind: allocation}}}}
users:
  boss@birch.example: {{first_name: The, last_name: Boss, roles: [co-administrator]}}
  joe@birch.example: {{first_name: Joe, last_name: J, until: 2026-12-04}}
  una@birch.example: {{first_name: Una, last_name: U, {grants}}}
"
        ));
        firm.run(&["validate"]).assert_exit(3, &[problem, "p.yaml:"]);
        firm.run(&["validate", "--format", "json"]).assert_exit(3, &[problem]);
        let plan = firm.run(&["plan"]).assert_exit(0, &[problem]);
        let begins = ["Withheld: -", "Withheld: +", "Withheld: ~"];
        assert!(!begins.iter().any(|begin| plan.out.contains(begin)), "{}", plan.out);
        firm.run(&["apply", "--yes"]).assert_exit(0, &[problem]);
        let then = "2026-12-05T06:00:00Z";
        let plan = firm.run_at(then, &["plan"]).assert_exit(0, &[problem, withheld]);
        let (first, user) = (plan.out.find("Problem: p.yaml:"), plan.out.find("joe@birch.example"));
        assert!(first.is_some() && first < user, "{}", plan.out);
        firm.run_at(then, &["plan", "--format", "markdown"]).assert_exit(0, &["Problems in the policy"]);
        firm.run_at(then, &["plan", "--out", "plan.json"]).assert_exit(0, &[]);
        assert!(firm.read("plan.json").contains("2026-12-05"));
        firm.run_at(then, &["apply", "plan.json", "--yes"]).assert_exit(0, &[problem, "1 done"]);
        let left = firm.run_at(then, &["plan"]).assert_exit(0, &["Nothing is planned", withheld]);
        assert!(!left.out.contains("joe@birch.example"), "{}", left.out);
    }
}
