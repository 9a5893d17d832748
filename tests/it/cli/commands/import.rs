//! `import`: the live organization as a policy.

use crate::cli::*;

#[test]
fn imported_policy_plans_empty_on_the_organization_that_comes_along() {
    let quickstart = Quickstart::new_applied();
    quickstart
        .run(&["import", "--out", ".imported"])
        .assert_exit(0, &["written to .imported", "the embedded organization was copied to .imported/"]);
    quickstart
        .run(&["-C", ".imported", "plan", "--detailed-exitcode"])
        .assert_exit(0, &["Nothing to do: quickstart is as the policy wants it."]);
}

#[test]
fn import_onto_a_policy_shows_what_changes_and_asks() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["import", "--out", ".imported"]).assert_exit(0, &[]);
    quickstart.run(&["import", "--out", ".imported"]).assert_exit(0, &["Nothing to write", "stays as it is"]);
    quickstart.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    std::fs::write(quickstart.path(".imported/mine.yaml"), "users: {}\n").unwrap();
    quickstart
        .run(&["import", "--out", ".imported"])
        .assert_exit(64, &["-    groups: [designers, roads]", "1 document stays", "mine.yaml"]);
    quickstart.run(&["import", "--out", ".imported", "--yes"]).assert_exit(0, &["1 file written"]);
    assert_eq!(quickstart.read(".imported/mine.yaml"), "users: {}\n");
}

/// Changes made by hand are taken over into the policy itself.
#[test]
fn import_without_a_folder_writes_into_the_policy() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["import", "--out", "own"]).assert_exit(0, &[]);
    let own = ["-C", "own"];
    quickstart.run(&[&own[..], &["import"]].concat()).assert_exit(0, &["Nothing to write: own is as"]);
}

/// With `id`, an address that changes at the portal is a rename, and not somebody who left and a newcomer.
#[test]
fn import_pins_everybody_by_identity_where_it_is_asked_and_keeps_the_pins_of_the_policy() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["import", "--out", ".own", "--ids"]).assert_exit(0, &[]);
    let what = quickstart.run(&["what", "ana.silva@harbour.example", "--format", "json"]).out;
    let what: serde_json::Value = serde_json::from_str(&what).unwrap();
    let id = what["id"].as_str().unwrap();
    let people = quickstart.read(".own/users/pt.yaml");
    assert!(people.contains(&format!("  ana.silva@harbour.example:\n    id: {id}\n")), "{people}");
    let group = what["groups"][0]["id"].as_str().unwrap();
    assert!(quickstart.read(".own/groups.yaml").contains(&format!("    id: {group}\n    kind: ")));
    quickstart.run(&["-C", ".own", "plan", "--detailed-exitcode"]).assert_exit(0, &["Nothing to do"]);
    // The policy alone has another address for the same identity.
    quickstart.edit(".own/users/pt.yaml", "  ana.silva@harbour.example:", "  ana.reis@harbour.example:");
    quickstart.run(&["-C", ".own", "plan"]).assert_exit(0, &["0 to create, 1 to update, 0 to remove"]);
    quickstart.edit(".own/users/pt.yaml", "  ana.reis@harbour.example:", "  ana.silva@harbour.example:");
    quickstart.run(&["-C", ".own", "import"]).assert_exit(0, &["Nothing to write: .own is as"]);
}
