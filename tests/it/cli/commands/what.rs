//! `what`: all that one person can start.

use expect_test::expect;

use crate::cli::acme::Acme;

#[test]
fn what_shows_one_person() {
    Acme::new_applied().check(&["what", "sara.lima@contractor.example"], expect![[r#"
        sara.lima@contractor.example, Sara Lima, invited until 2027-03-31, live
        Entitlement country PT: of the profile, which has a contract
        Identity u-56

        Roles: none

        Groups
          designers  member of designers: users/contractors.yaml:16
          roads      member of roads: users/contractors.yaml:17

        Can use
          Bentley View (bentley-view)                  the list of designers names it  member of designers:
                                                                                       users/contractors.yaml:16, list:
                                                                                       groups/disciplines.yaml:8
          MicroStation (microstation)                  the list of designers names it  member of designers:
                                                                                       users/contractors.yaml:16, list:
                                                                                       groups/disciplines.yaml:8
          OpenRoads Designer (openroads-designer)      the list of roads names it      member of roads:
                                                                                       users/contractors.yaml:17, list:
                                                                                       groups/disciplines.yaml:12
          ProjectWise Explorer (projectwise-explorer)  the list of designers names it  member of designers:
                                                                                       users/contractors.yaml:16, list:
                                                                                       groups/disciplines.yaml:8
    "#]]);
}

#[test]
fn people_are_known_by_name_and_by_address_in_any_case() {
    let acme = Acme::new_applied();
    let by_address = acme.run(&["what", "sara.lima@contractor.example"], 0);
    assert_eq!(acme.run(&["what", "Sara.Lima@Contractor.Example"], 0), by_address);
    assert_eq!(acme.run(&["what", "sara LIMA"], 0), by_address);
    acme.check_fails(&["what", "sara lmia"], "no user `sara lmia`; did you mean `Sara Lima`?");
}

#[test]
fn command_is_given_for_what_is_no_person() {
    let acme = Acme::new_applied();
    for (word, said) in [
        ("sacs", "`sacs` is a product: `seatwise who can use sacs` tells of it"),
        ("OpenRoads Designer", "is a product: `seatwise who can use openroads-designer`"),
        ("roads", "`roads` is a group: `seatwise who is in roads`"),
        ("co-administrator", "`co-administrator` is a role: `seatwise who has co-administrator`"),
    ] {
        acme.check_fails(&["what", word], said);
    }
}

/// What `id` in a policy pins has to be learned from somewhere.
#[test]
fn answers_tell_the_identities_of_people_and_groups() {
    let acme = Acme::new_applied();
    let parse = |args: &[&str]| -> serde_json::Value { serde_json::from_str(&acme.run(args, 0)).unwrap() };
    let what = parse(&["what", "sara.lima@contractor.example", "--format", "json"]);
    let id = what["id"].as_str().unwrap();
    let roads = what["groups"].as_array().unwrap().iter().find(|group| group["name"] == "roads").unwrap();
    let group = roads["id"].as_str().unwrap();
    let text = acme.run(&["what", "sara.lima@contractor.example"], 0);
    assert!(text.contains(&format!("\nIdentity {id}\n")), "{text}");
    let who = parse(&["who", "is", "in", "roads", "--format", "json"]);
    assert_eq!(who["id"], group);
    let told = |list: &serde_json::Value| {
        let mut users = list.as_array().unwrap().iter();
        users.any(|user| user["user"] == "sara.lima@contractor.example" && user["id"] == id)
    };
    assert!(told(&who["users"]), "{who}");
    let text = acme.run(&["who", "is", "in", "roads"], 0);
    assert!(text.contains(&format!("Who is in the group roads (identity {group}), live: ")), "{text}");
    assert!(told(&parse(&["who", "can", "use", "microstation", "--format", "json"])["users"]));
    acme.run(&["review", "--out", "review.json"], 0);
    let review = std::fs::read_to_string(acme.path("review.json")).unwrap();
    assert!(told(&serde_json::from_str::<serde_json::Value>(&review).unwrap()["people"]));
    // With the identity in the policy, another address of hers is a rename.
    acme.edit(
        "users/contractors.yaml",
        "  sara.lima@contractor.example:\n",
        &format!("  sara.reis@contractor.example:\n    id: {id}\n"),
    );
    let plan = acme.run(&["plan"], 0);
    assert!(plan.contains("0 to create, 1 to update, 0 to remove"), "{plan}");
    // Somebody who is yet to be invited has none.
    acme.edit("users/contractors.yaml", &format!("    id: {id}\n"), "");
    let what = parse(&["what", "sara.reis@contractor.example", "--policy", "--format", "json"]);
    assert_eq!(what["id"], serde_json::Value::Null);
}
