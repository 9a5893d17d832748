//! `what`: all that one person can start.

use expect_test::expect;

use crate::cli::acme::Acme;

#[test]
fn what_shows_one_person() {
    Acme::new_applied().check(&["what", "sara.lima@contractor.example"], expect![[r#"
        sara.lima@contractor.example, Sara Lima, invited until 2027-03-31, live
        Entitlement country PT: of the profile, which has a contract

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
