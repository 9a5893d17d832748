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
