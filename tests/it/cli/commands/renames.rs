//! Renames through the command line: who is who stays true whatever addresses change hands.

use serde_json::json;

use super::not_compared::FaultyOffice;
use crate::cli::Quickstart;

const ANA: &str = "  ana.silva@harbour.example:\n    first_name: Ana\n    last_name: Silva\n";
const BRUNO: &str = "  bruno.teixeira@harbour.example:\n    first_name: Bruno\n    last_name: Teixeira\n";

fn block(address: &str, marker: &str, first: &str, last: &str) -> String {
    format!("  {address}:\n    {marker}\n    first_name: {first}\n    last_name: {last}\n")
}

#[test]
fn address_that_is_left_is_taken_by_a_newcomer_in_the_same_plan() {
    let office = Quickstart::new_applied();
    let renamed = block("ana.lopes@harbour.example", "formerly: ana.silva@harbour.example", "Ana", "Lopes");
    office.edit("people.yaml", ANA, &renamed);
    office.edit("people.yaml", "users:\n", &format!("users:\n{}", ANA.replace("Ana", "Anabela")));
    let planned = office.run(&["plan", "--out", "plan.json"]);
    let planned = planned
        .assert_exit(0, &["ana.silva@harbour.example →", "ana.lopes@harbour.example", "invite Anabela"]);
    let (rename, invitation) = (planned.out.find("→"), planned.out.find("invite Anabela"));
    assert!(rename < invitation, "{}", planned.out);
    assert!(!planned.out.contains("- user"), "{}", planned.out);
    office.run(&["apply", "plan.json"]).assert_exit(0, &["done"]);
    // The former name may stay: the rename is done, and the address is somebody else's.
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    assert!(!office.run(&["plan"]).out.contains("formerly"));
    let run = office.last_run();
    office.run(&["undo", &run, "--yes"]).assert_exit(0, &["undo the run once more"]);
    office.run(&["undo", &run, "--yes"]).assert_exit(0, &["done"]);
    office.run(&["what", "ana.silva@harbour.example"]).assert_exit(0, &["roads"]);
}

#[test]
fn block_that_was_forgotten_beside_its_rename_is_a_problem_with_a_true_way_out() {
    let office = Quickstart::new_applied();
    let renamed = block("ana.lopes@harbour.example", "formerly: ana.silva@harbour.example", "Ana", "Silva");
    office.edit("people.yaml", "users:\n", &format!("users:\n{renamed}"));
    office.run(&["validate"]).assert_exit(3, &["just as it was before", "formerly-declared"]);
    // With another name on the new block, only the organization tells.
    office.edit("people.yaml", &renamed, &renamed.replace("Silva", "Lopes"));
    office.run(&["validate"]).assert_exit(0, &[]);
    let refused = office.run(&["plan"]);
    refused.assert_exit(3, &["same-object", "apply the rename first"]);
}

#[test]
fn chains_and_rings_of_addresses_are_planned_and_carried_out() {
    let office = Quickstart::new_applied();
    let (ana, bruno) = ("ana.silva@harbour.example", "bruno.teixeira@harbour.example");
    office.edit("people.yaml", ANA, &block(bruno, &format!("formerly: {ana}"), "Ana", "Silva"));
    let swapped = block(ana, &format!("formerly: {bruno}"), "Bruno", "Teixeira");
    office.edit("people.yaml", BRUNO, &swapped);
    let planned = office.run(&["plan", "--out", "plan.json"]);
    planned.assert_exit(0, &["ana.silva.seatwise-rename@harbour.example; for a moment", "3 to update"]);
    office.run(&["apply", "plan.json"]).assert_exit(0, &["done"]);
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    let run = office.last_run();
    office.run(&["undo", &run, "--yes"]).assert_exit(0, &["done"]);
    office.run(&["what", ana]).assert_exit(0, &["Ana Silva"]);
    // A chain: Ana takes Bruno's address, and Bruno a new one.
    office.edit("people.yaml", &swapped, &swapped.replace(&format!("  {ana}"), "  bt@harbour.example"));
    office.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    office.run(&["what", "bt@harbour.example"]).assert_exit(0, &["Bruno Teixeira"]);
}

#[test]
fn exchange_that_names_cannot_tell_is_refused_with_the_way_out() {
    let office = Quickstart::new_applied();
    let (ana, bruno) = ("ana.silva@harbour.example", "bruno.teixeira@harbour.example");
    // Both blocks have new names besides, so the swap may be done or not.
    office.edit("people.yaml", ANA, &block(bruno, &format!("formerly: {ana}"), "Carla", "Reis"));
    office.edit("people.yaml", BRUNO, &block(ana, &format!("formerly: {bruno}"), "Duarte", "Vaz"));
    office.run(&["plan"]).assert_exit(3, &["undecided-rename", "pin the objects by `id`"]);
    office.run(&["apply", "--yes"]).assert_exit(3, &["undecided-rename"]);
}

#[test]
fn protected_address_is_not_given_to_another() {
    let office = Quickstart::new_applied();
    office.edit("seatwise.yaml", "[ines.moreira@harbour.example]", "[ana.silva@harbour.example]");
    let marker = "formerly: ana.silva@harbour.example";
    office.edit("people.yaml", ANA, &block("mallory@elsewhere.example", marker, "Ana", "Silva"));
    for command in [&["plan"] as &[&str], &["apply", "--yes"]] {
        office.run(command).assert_exit(3, &["protected-rename", "guard.protect"]);
    }
    office.edit("seatwise.yaml", "[ana.silva@harbour.example]", "[mallory@elsewhere.example]");
    office.run(&["plan"]).assert_exit(0, &["mallory@elsewhere.example"]);
}

#[test]
fn acting_identity_keeps_its_address_and_whoever_needs_it_waits() {
    let office = Quickstart::new();
    let seed = office.read("sandbox-seed.json");
    let acting = seed.replacen('{', "{\"acting\": \"duarte.pinto@harbour.example\",", 1);
    office.write("sandbox-seed.json", &acting);
    office.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    let duarte = "  duarte.pinto@harbour.example:\n    first_name: Duarte\n    last_name: Pinto\n";
    let marker = "formerly: duarte.pinto@harbour.example";
    office.edit("people.yaml", duarte, &block("dp@harbour.example", marker, "Duarte", "Pinto"));
    let newcomer = block("duarte.pinto@harbour.example", "country: DE", "Dora", "Vaz");
    office.edit("people.yaml", "users:\n", &format!("users:\n{newcomer}"));
    let planned = office.run(&["plan", "--withheld"]);
    let planned = planned.assert_exit(0, &["seatwise acts as this user", "the address is in use until"]);
    assert!(!planned.out.contains("1 to create"), "{}", planned.out);
    office.run(&["apply", "--yes"]).assert_exit(0, &[]);
    office
        .run(&["what", "duarte.pinto@harbour.example"])
        .assert_exit(0, &["Duarte Pinto", "co-administrator"]);
}

#[test]
fn former_address_that_nobody_has_is_told() {
    let office = Quickstart::new_applied();
    let marker = "formerly: ana.silvo@harbour.example";
    office.edit("people.yaml", ANA, &block("ana@harbour.example", marker, "Ana Maria", "Silva"));
    // The plan would remove somebody of a near address.
    let refused = office.run(&["plan"]);
    refused.assert_exit(3, &["unmatched-formerly", "ana.silva@harbour.example", "did you mean"]);
    // Or somebody of the same name.
    office.edit("people.yaml", "Ana Maria", "Ana");
    office.edit("people.yaml", marker, "formerly: nowhere.near@harbour.example");
    office.run(&["plan"]).assert_exit(3, &["unmatched-formerly", "ana.silva@harbour.example"]);
    // Nobody alike is removed: the line has no effect.
    office.edit("people.yaml", "first_name: Ana\n", "first_name: Berta\n");
    office.run(&["plan"]).assert_exit(0, &["`formerly: nowhere.near@harbour.example`", "matches nothing"]);
}

#[test]
fn group_leaves_its_name_to_a_new_one_and_two_groups_exchange_theirs() {
    let office = Quickstart::new_applied();
    let roads = "  roads:\n    kind: entitlement\n    description: Road designers\n";
    let renamed = roads.replace("  roads:\n", "  highways:\n    formerly: roads\n");
    office.edit("access.yaml", roads, &renamed);
    let new = "groups:\n  roads:\n    kind: other\n    description: Small roads\n";
    office.edit("access.yaml", "groups:\n", new);
    office.write("people.yaml", &office.read("people.yaml").replace("roads]", "highways]"));
    office.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
    office.edit("access.yaml", "  highways:\n    formerly: roads\n", "  roads:\n    formerly: highways\n");
    office.edit(
        "access.yaml",
        "  roads:\n    kind: other\n",
        "  highways:\n    formerly: roads\n    kind: other\n",
    );
    office.write("people.yaml", &office.read("people.yaml").replace("highways]", "roads]"));
    let planned = office.run(&["plan"]);
    planned.assert_exit(0, &["(seatwise rename)", "3 to update"]);
    office.run(&["apply", "--yes"]).assert_exit(0, &["done"]);
    office.run(&["plan"]).assert_exit(0, &["Nothing to do"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_change_hands_over_the_organization_api_and_over_scim() {
    for scim in [false, true] {
        let quickstart = Quickstart::new_applied();
        let (ana, bruno) = ("ana.silva@harbour.example", "bruno.teixeira@harbour.example");
        quickstart.edit("people.yaml", ANA, &block(bruno, &format!("formerly: {ana}"), "Ana", "Silva"));
        quickstart.edit(
            "people.yaml",
            BRUNO,
            &block(ana, &format!("formerly: {bruno}"), "Bruno", "Teixeira"),
        );
        let gil = "  gil.matos@harbour.example:\n    first_name: Gil\n    last_name: Matos\n";
        quickstart.edit(
            "people.yaml",
            gil,
            &block("gm@harbour.example", "formerly: gil.matos@harbour.example", "Gil", "Matos"),
        );
        let newcomer = block("gil.matos@harbour.example", "country: DE", "Gilberto", "Matos");
        quickstart.edit("people.yaml", "users:\n", &format!("users:\n{newcomer}"));
        let office = FaultyOffice::new(quickstart, json!({"faults": []})).await;
        if scim {
            office.quickstart.edit("seatwise.yaml", "{kind: http}", "{kind: scim}");
        }
        let run =
            async |args: &[&str]| if scim { office.run_scim(args).await } else { office.run(args).await };
        let applied = run(&["apply", "--yes"]).await;
        assert!(applied.out.contains("done"), "scim {scim}: {}{}", applied.out, applied.err);
        let again = run(&["plan", "--format", "json"]).await;
        let again: serde_json::Value = serde_json::from_str(&again.out).unwrap();
        assert_eq!(again["plan"]["steps"], json!([]), "scim {scim}");
        let truth = office.served.truth().live.0;
        for (address, first) in [
            (ana, "Bruno"),
            (bruno, "Ana"),
            ("gm@harbour.example", "Gil"),
            ("gil.matos@harbour.example", "Gilberto"),
        ] {
            assert_eq!(&*truth.users[address].profile.first_name, first, "scim {scim}");
        }
        let invited = office.served.store.outbox().unwrap();
        assert_eq!(invited.iter().filter(|mail| mail.email.as_str().starts_with("gil.matos")).count(), 2);
    }
}
