//! Products that the policy and the organization call otherwise: their numbers and features say which is which.

use serde_json::{Value, json};

use crate::cli::{HEADER, ProgramOutcome, Quickstart};

const SETTINGS: &str = "version: 1
organization: birch
connector: {kind: sandbox, path: .seatwise/o.db}
manage: {users: exact, groups: exact, memberships: exact, roles: exact, assignments: exact, restrictions: exact}
guard: {administrators: {at_least: 1}, removals: off, loses_access: off, gains_access: off}
";

/// The catalogue of the policy where it is as the organization has it.
const PRODUCTS: &str = "products:
  cad: {number: 101, name: CAD, licence: pooled}
  bridge: {number: 102, feature: basic, name: Bridge, licence: pooled}
  virtuoso: {number: 103, name: Virtuoso, licence: named}
";

const PEOPLE: &str = "defaults: {country: PT}
users:
  boss@birch.example: {first_name: The, last_name: Boss, roles: [co-administrator]}
  una@birch.example: {first_name: Una, last_name: U, products: [cad, virtuoso], groups: [crew]}
  leo@birch.example: {first_name: Leo, last_name: L, deny: [cad]}
groups: {crew: {kind: entitlement, products: [bridge]}}
restrictions: [{product: cad, allow: selected}, {product: bridge, country: PT, allow: selected}]
alerts: [{product: cad, country: PT, above: 7}]
";

fn seed(products: &Value) -> String {
    json!({
        "contracts": [{"name": "Birch", "kind": "e365", "country": "PT", "revenue": "1000",
            "expires": "2029-12-31", "owned": {"cad": 50, "bridge": 50, "virtuoso": 3}}],
        "products": products,
    })
    .to_string()
}

/// A firm whose organization has three products, and is as its policy has it.
fn firm() -> Quickstart {
    firm_with_products(&json!({
        "cad": {"number": 101, "name": "CAD"},
        "bridge": {"number": 102, "feature": "basic", "name": "Bridge"},
        "virtuoso": {"number": 103, "name": "Virtuoso", "licence": "named"},
    }))
}

fn firm_with_products(products: &Value) -> Quickstart {
    let firm = Quickstart::with_settings(SETTINGS);
    firm.write("sandbox-seed.json", &seed(products));
    firm.write("products.yaml", PRODUCTS);
    firm.write("people.yaml", PEOPLE);
    firm.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    firm
}

/// Calls products of the policy by other names, in all of its files.
fn rename(firm: &Quickstart, names: &[(&str, &str)]) {
    for file in ["products.yaml", "people.yaml", "seatwise.yaml"] {
        let mut text = firm.read(file);
        for (from, to) in names {
            // The word alone, and not the part of an address or of a longer name.
            let words = text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '-');
            let renamed = |word: &str| match word.strip_prefix(from) {
                Some(rest) if rest.chars().all(|c| !c.is_alphanumeric() && c != '-') => format!("{to}{rest}"),
                _ => word.to_owned(),
            };
            text = words.map(renamed).collect();
        }
        firm.write(file, &text);
    }
}

fn parse(outcome: &ProgramOutcome) -> Value {
    serde_json::from_str(&outcome.out).unwrap_or_else(|error| panic!("{error}: {}", outcome.out))
}

/// The commands that compare the policy with the organization.
const COMPARING: [&[&str]; 11] = [
    &["plan"],
    &["apply", "--yes"],
    &["drift"],
    &["audit", "--fail-on", "never"],
    &["review"],
    &["what", "una@birch.example"],
    &["why", "una@birch.example", "cad"],
    &["who", "can", "use", "cad"],
    &["who", "has", "co-administrator", "--compare"],
    &["usage", "peaks"],
    &["usage", "inactive"],
];

#[test]
fn product_of_another_name_and_the_same_number_is_the_same() {
    let firm = firm();
    rename(&firm, &[("cad", "drawing-2027"), ("virtuoso", "expert"), ("bridge", "arch")]);
    let said = ["`drawing-2027` of the policy is `cad` of the organization (product 101)", "Nothing to do"];
    let said: Vec<String> = said.iter().map(|text| text.replace('`', "")).collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    firm.run(&["plan", "--detailed-exitcode"]).assert_exit(0, &said);
    firm.run(&["plan", "--out", "plan.md", "--out", "plan.json"])
        .assert_exit(0, &["arch of the policy is bridge of the organization (product 102, feature basic)"]);
    let markdown = firm.read("plan.md");
    assert!(markdown.contains("`expert` of the policy is `virtuoso` of the organization"), "{markdown}");
    let plan = parse(&firm.run(&["plan", "--format", "json"]));
    assert_eq!(
        plan["plan"]["joined_products"],
        json!([
            {"feature": "basic", "number": 102, "organization": "bridge", "policy": "arch"},
            {"feature": null, "number": 101, "organization": "cad", "policy": "drawing-2027"},
            {"feature": null, "number": 103, "organization": "virtuoso", "policy": "expert"},
        ])
    );
    firm.run(&["drift"]).assert_exit(0, &["No drift"]);
    firm.run(&["apply", "plan.json", "--yes"]).assert_exit(0, &[]);
    firm.run(&["audit", "--fail-on", "never"]).assert_exit(0, &["note: arch of the policy is bridge"]);
}

#[test]
fn steps_name_products_as_the_organization_does() {
    let firm = firm();
    rename(&firm, &[("cad", "drawing"), ("virtuoso", "expert"), ("bridge", "arch")]);
    firm.edit("people.yaml", "deny: [drawing]", "products: [drawing, expert]");
    firm.edit("people.yaml", "products: [arch]", "products: [arch, drawing]");
    firm.edit(
        "people.yaml",
        "{product: arch, country: PT, allow: selected}",
        "{product: arch, allow: selected}",
    );
    firm.edit("people.yaml", "above: 7", "above: 8");
    let plan = firm.run(&["plan", "--out", "plan.json"]);
    let plan = plan.assert_exit(0, &["list adds cad", "alert cad in PT", "restriction bridge"]);
    for name in ["drawing", "expert", "arch"] {
        let steps = plan.out.lines().filter(|line| line.contains(name) && !line.contains("Same product"));
        assert_eq!(steps.count(), 0, "{}", plan.out);
    }
    firm.run(&["work-order", "plan.json", "--out", "order"]).assert_exit(0, &[]);
    firm.run(&["confirm", "order"]).assert_exit(2, &[]);
    firm.run(&["apply", "plan.json", "--yes"]).assert_exit(0, &["done"]);
    firm.run(&["confirm", "order"]).assert_exit(0, &[]);
    firm.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    // Where the policy has changed since, drift looks at what the policy names.
    firm.edit("people.yaml", "last_name: L", "last_name: Lo");
    firm.edit("seatwise.yaml", "restrictions: exact", "restrictions: declared");
    firm.run(&["drift"]).assert_exit(0, &["No drift"]);
}

/// Questions and filters take both names, and answer with the lines of the policy.
#[test]
fn questions_know_both_names() {
    let firm = firm();
    rename(&firm, &[("cad", "drawing")]);
    for name in ["drawing", "cad", "101", "DRAWING"] {
        firm.run(&["who", "can", "use", name]).assert_exit(0, &["una@birch.example", "people.yaml:4"]);
        firm.run(&["why", "una@birch.example", name, "--policy"]).assert_exit(0, &["people.yaml:4"]);
    }
    firm.run(&["what", "una@birch.example", "--compare"]).assert_exit(0, &["people.yaml:4"]);
    firm.write("use.csv", &format!("{HEADER}101,PT,A,una@birch.example,2026-11-02 09:01,2026-11-02 09:25\n"));
    firm.run(&["usage", "peaks", "use.csv", "--product", "drawing"]).assert_exit(0, &["1 line", "CAD (cad)"]);
}

/// What the settings say of products is in the policy's names.
#[test]
fn approvals_findings_and_own_rules_may_use_the_policys_name() {
    let firm = firm();
    rename(&firm, &[("cad", "drawing")]);
    firm.edit(
        "seatwise.yaml",
        "removals: off",
        "removals: {assignments: {count: 0, floor: 0, share: 0%}, allow_lists: {share: 0%, floor: 0}}",
    );
    firm.edit("people.yaml", "products: [drawing, virtuoso]", "products: [virtuoso]");
    firm.run(&["plan"]).assert_exit(4, &["una@birch.example/cad"]);
    let approval = "approvals:\n  - {guard: assignments, items: [una@birch.example/drawing], reason: r, until: 2026-12-31}\n";
    firm.write("seatwise.yaml", &(firm.read("seatwise.yaml") + approval));
    let plan = firm.run(&["plan"]).assert_exit(0, &["una@birch.example"]);
    assert!(!plan.out.contains("matches nothing"), "{}", plan.out);
    let rules = "audit:
  rules:
    - id: has-drawing
      over: users
      when: user.assigned.exists(product, product == \"drawing\")
      severity: error
      title: somebody has drawing by name
      tests:
        - {given: {assigned: [drawing]}, finds: true}
        - {given: {assigned: [cad]}, finds: false}
";
    firm.write("seatwise.yaml", &(firm.read("seatwise.yaml") + rules));
    firm.run(&["audit"]).assert_exit(7, &["custom/has-drawing", "una@birch.example"]);
    // What is accepted is named by the policy's name, too.
    let accepted =
        "audit:\n  ignore: [{rule: product-unusable, item: product drawing, reason: r, until: 2026-12-31}]\n";
    firm.run(&["apply", "--yes"]).assert_exit(0, &[]);
    let is_found = |firm: &Quickstart| {
        firm.run(&["audit", "--format", "csv"])
            .out
            .lines()
            .any(|line| line.contains("product-unusable") && line.contains("cad"))
    };
    assert!(is_found(&firm));
    firm.edit("seatwise.yaml", "audit:\n", accepted);
    assert!(!is_found(&firm));
}

/// A name that stands for two products, or a product that is licensed in two ways, ends every comparison.
#[test]
fn contradicting_catalogues_are_a_problem_before_anything_is_compared() {
    for (from, to, said) in [
        (
            "number: 101",
            "number: 104",
            &["`cad` is product 104 in this policy, and product 101 in the organization", "products.yaml:2"]
                [..],
        ),
        (
            "feature: basic",
            "feature: pro",
            &["`bridge` is product 102 with the feature `pro` in this policy"],
        ),
        (
            "name: Virtuoso, licence: named",
            "name: Virtuoso, licence: pooled",
            &["`virtuoso` is licensed `pooled` in this policy, and `named` in the organization"],
        ),
        (
            "name: CAD, licence: pooled",
            "name: CAD, licence: named",
            &["`cad` is licensed `named` in this policy, and `pooled` in the organization"],
        ),
        (
            "virtuoso: {number: 103, name: Virtuoso, licence: named}",
            "cad-2: {number: 103, name: Virtuoso, licence: pooled}",
            &["`cad-2` is licensed `pooled` in this policy, and `named` in the organization, as `virtuoso`"],
        ),
    ] {
        let firm = firm();
        firm.edit("products.yaml", from, to);
        if to.starts_with("cad-2") {
            firm.edit("people.yaml", "virtuoso", "cad-2");
        }
        for args in COMPARING {
            let ended = firm.run(args).assert_exit(3, said);
            assert!(!ended.out.contains("Nothing to do"), "{args:?}: {}", ended.out);
        }
    }
}

#[test]
fn names_that_are_the_other_way_round_are_told_with_the_right_ones() {
    let firm = firm();
    rename(&firm, &[("cad", "x"), ("bridge", "cad"), ("x", "bridge")]);
    firm.run(&["plan"]).assert_exit(
        3,
        &[
            "`bridge` is product 101 in this policy, and product 102 with the feature `basic` in the",
            "call product 101 `cad`, as the organization does",
            "call product 102 with the feature `basic` `bridge`, as the organization does",
        ],
    );
    // A chain: each has the name of the next one.
    let firm = self::firm();
    rename(&firm, &[("virtuoso", "expert"), ("bridge", "virtuoso"), ("cad", "bridge")]);
    firm.run(&["apply", "--yes"]).assert_exit(3, &["`virtuoso` is product 102", "`bridge` is product 101"]);
}

#[test]
fn licence_that_the_policy_leaves_out_is_the_organizations() {
    let firm = firm();
    firm.edit("products.yaml", ", licence: named", "");
    firm.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    rename(&firm, &[("virtuoso", "expert")]);
    firm.run(&["plan"]).assert_exit(0, &["Nothing to do", "expert of the policy is virtuoso"]);
}

#[test]
fn feature_strings_tell_products_of_one_number_apart() {
    let firm = firm_with_products(&json!({
        "cad": {"number": 101, "name": "CAD"},
        "bridge": {"number": 102, "feature": "basic", "name": "Bridge"},
        "bridge-pro": {"number": 102, "feature": "pro", "name": "Bridge Pro"},
        "virtuoso": {"number": 103, "name": "Virtuoso", "licence": "named"},
    }));
    rename(&firm, &[("bridge", "arch")]);
    firm.run(&["plan"]).assert_exit(0, &["Nothing to do", "arch of the policy is bridge of the"]);
    firm.edit("products.yaml", "feature: basic", "feature: pro");
    firm.run(&["plan"]).assert_exit(0, &["arch of the policy is bridge-pro of the", "bridge"]);
    // A product with a feature that the organization has not is a product of its own.
    firm.edit("products.yaml", "feature: pro", "feature: ultra");
    let plan = firm.run(&["plan"]).assert_exit(0, &["arch"]);
    assert!(!plan.out.contains("Same product"), "{}", plan.out);
}

#[test]
fn number_that_stands_twice_in_the_organization_is_no_name_for_either() {
    let firm = firm_with_products(&json!({
        "cad": {"number": 101, "name": "CAD"},
        "cad-old": {"number": 101, "name": "CAD of before"},
        "bridge": {"number": 102, "feature": "basic", "name": "Bridge"},
        "virtuoso": {"number": 103, "name": "Virtuoso", "licence": "named"},
    }));
    firm.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    rename(&firm, &[("cad", "drawing")]);
    firm.run(&["plan"])
        .assert_exit(3, &["`drawing` is product 101, which the organization calls `cad` and `cad-old`"]);
}

#[test]
fn both_names_of_a_product_in_one_policy_are_a_problem() {
    let firm = firm();
    rename(&firm, &[("cad", "drawing")]);
    firm.edit("people.yaml", "deny: [drawing]", "deny: [cad]");
    firm.run(&["plan"]).assert_exit(
        3,
        &["`cad` is product 101 in the organization, and `drawing` is it in this policy", "people.yaml:5"],
    );
}
