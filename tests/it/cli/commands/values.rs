//! Values of the policy that are taken away, that look alike, and files that nobody reads.

use serde_json::json;

use super::not_compared::FaultyOffice;
use crate::cli::*;

/// The quickstart, applied, with a group and a person that have everything that can be taken away.
fn with_optional_values() -> Quickstart {
    let quickstart = Quickstart::new();
    quickstart.write("more.yaml", MORE);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    quickstart
}

const MORE: &str = "groups:\n  north:\n    kind: other\n    country: DE\n    description: Bridges of the north\n\
    users:\n  zoe@harbour.example:\n    first_name: Zoé\n    last_name: Zander\n    country: PT\n    \
    entitlement_country: DE\n";

#[test]
fn none_takes_a_value_away_and_a_missing_key_leaves_it() {
    let quickstart = with_optional_values();
    for line in ["    country: DE\n    description", "    entitlement_country: DE\n"] {
        assert!(quickstart.read("more.yaml").contains(line));
    }
    let without = MORE
        .replace("    country: DE\n    description: Bridges of the north\n", "")
        .replace("    entitlement_country: DE\n", "");
    quickstart.write("more.yaml", &without);
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    let taken = MORE
        .replace("country: DE", "country: none")
        .replace("description: Bridges of the north", "description: none");
    quickstart.write("more.yaml", &taken);
    let said =
        ["country DE → none", "description Bridges of the north → none", "entitlement country DE → none"];
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &said);
    quickstart.run(&["plan", "--format", "markdown"]).assert_exit(0, &["country DE → none"]);
    quickstart.run(&["apply", "plan.json"]).assert_exit(0, &["done"]);
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    let run = quickstart.last_run();
    quickstart.run(&["undo", &run, "--yes"]).assert_exit(0, &["country none → DE", "done"]);
    quickstart.write("more.yaml", MORE);
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn description_that_is_the_word_none_comes_back_from_an_import() {
    let quickstart = Quickstart::new();
    quickstart.write("more.yaml", &MORE.replace("Bridges of the north", "\"none\""));
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    quickstart.run(&["import", "--out", "imported", "--yes"]).assert_exit(0, &[]);
    assert!(quickstart.read("imported/groups.yaml").contains("description: \"none\""));
    quickstart.run(&["-C", "imported", "plan"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn names_in_two_forms_are_one_name() {
    let quickstart = with_optional_values();
    quickstart.edit("more.yaml", "Zoé", "\"Zoe\u{301}  \"");
    quickstart.edit(
        "more.yaml",
        "description: Bridges of the north",
        "description: \"  Bridges of the north\\n\"",
    );
    quickstart.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    quickstart.run(&["drift"]).assert_exit(0, &[]);
}

#[test]
fn difference_that_cannot_be_seen_is_spelled_out() {
    let quickstart = with_optional_values();
    let shows = |name: &str, said: &str| {
        quickstart.write("more.yaml", &MORE.replace("last_name: Zander", &format!("last_name: \"{name}\"")));
        for words in [&["plan"] as &[&str], &["plan", "--format", "markdown"]] {
            let came = quickstart.run(words);
            assert!(came.out.contains(said), "{words:?}: {}", came.out);
        }
    };
    shows("Z\u{430}nder", "Z\\u{430}nder");
    shows("Zander\u{200d}", "Zander\\u{200d}");
    shows("Zan\u{2060}der", "Zan\\u{2060}der");
    shows("Zanders", "Zanders");
}

#[test]
fn file_that_is_not_read_is_named_by_validate_and_plan() {
    let quickstart = Quickstart::new();
    quickstart.write("people.yaml.txt", "users: {}\n");
    quickstart.run(&["validate"]).assert_exit(0, &["warning: the file `people.yaml.txt` is not read"]);
    quickstart.run(&["plan"]).assert_exit(0, &["people.yaml.txt"]);
    quickstart.run(&["plan", "--format", "markdown"]).assert_exit(0, &["people.yaml.txt"]);
}

#[test]
fn import_writes_nothing_that_a_policy_cannot_say() {
    let names = [
        "\\u0001",
        "Ana\\r\\nSilva",
        "a\\u0085b",
        "# Ana",
        "none",
        "2026-11-24",
        "yes",
        "~",
        "0x1F",
        "1e3",
        "- a",
        "\\ufeffAna",
        "\\u202eanA",
        "Ana: b",
        "'",
        "\\t",
        " Ana ",
        "!ana",
        "&ana",
        "1_000",
        "12:30",
        "<<",
        "=",
    ];
    let long = "x".repeat(5_000);
    let names: Vec<&str> = names.into_iter().chain([long.as_str()]).collect();
    let users = names.iter().enumerate().map(|(at, name)| {
        format!(
            "{{\"email\": \"u{at}@harbour.example\", \"first_name\": \"{name}\", \"last_name\": \"U\", \
            \"country\": \"PT\"}}"
        )
    });
    let groups = names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("\"g{at}\": {{\"kind\": \"other\", \"description\": \"{name}\"}}"));
    let firm = Quickstart::with_settings(
        "version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\n",
    );
    let seed = format!(
        "{{\"users\": [{}], \"groups\": {{{}}}}}",
        users.collect::<Vec<_>>().join(", "),
        groups.collect::<Vec<_>>().join(", ")
    );
    firm.write("sandbox-seed.json", &seed);
    firm.run(&["sandbox", "init"]).assert_exit(0, &[]);
    firm.run(&["import", "--out", ".out", "--yes"]).assert_exit(0, &[]);
    firm.run(&["-C", ".out", "validate"]).assert_exit(0, &["24 users"]);
    firm.run(&["-C", ".out", "plan"]).assert_exit(0, &["Nothing to do"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_takes_a_value_away_over_the_organization_api_and_over_scim() {
    for scim in [false, true] {
        let office = FaultyOffice::new(with_optional_values(), json!({"faults": []})).await;
        if scim {
            office.quickstart.edit("seatwise.yaml", "{kind: http}", "{kind: scim}");
        }
        let run =
            async |args: &[&str]| if scim { office.run_scim(args).await } else { office.run(args).await };
        let truth = || office.served.truth().live.0;
        assert!(truth().users["zoe@harbour.example"].profile.entitlement_country.is_some());
        let taken = MORE.replace("entitlement_country: DE", "entitlement_country: none");
        office.quickstart.write("more.yaml", &taken);
        run(&["apply", "--yes"]).await.assert_exit(0, &["entitlement country DE → none", "done"]);
        assert_eq!(truth().users["zoe@harbour.example"].profile.entitlement_country, None, "scim {scim}");
        run(&["plan"]).await.assert_exit(0, &["Nothing to do"]);
        if !scim {
            // SCIM has no place for the country and the description of a group.
            let taken = taken.replace("country: DE", "country: none").replace("Bridges of the north", "none");
            office.quickstart.write("more.yaml", &taken);
            run(&["apply", "--yes"]).await.assert_exit(0, &["country DE → none", "done"]);
            let facts = &truth().groups["north"].facts;
            assert_eq!((facts.country, &*facts.description), (None, ""));
            run(&["plan"]).await.assert_exit(0, &["Nothing to do"]);
        }
    }
}

#[test]
fn groups_whose_names_are_composed_otherwise_are_one_group() {
    let office = Quickstart::new_applied();
    let group = "groups:\n  Brücken:\n    kind: other\n    members: [ana.silva@harbour.example]\n";
    office.write("more.yaml", group);
    office.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    office.write("more.yaml", &group.replace("Brücken", "Bru\u{308}cken"));
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    office.run(&["who", "is", "in", "Bru\u{308}cken"]).assert_exit(0, &["ana.silva@harbour.example"]);
}
