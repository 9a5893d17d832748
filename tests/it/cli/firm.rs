//! A generated firm with use: what its exports come to.

use super::*;

/// A firm of so many people, whose policy says nothing of them.
fn firm(users: &str) -> Quickstart {
    let firm = Quickstart::bare("version: 1\norganization: firm\nconnector: {kind: sandbox, path: .seatwise/firm.db}\n");
    firm.run(&["sandbox", "init", "--users", users]).with(0, &[]);
    firm
}

#[test]
fn sessions_and_the_details_that_the_portal_makes_of_them_come_to_the_same_peaks() {
    let firm = firm("60");
    firm.run(&["sandbox", "generate-usage", "--months", "3", "--exports", "exports"]).with(0, &["sessions and checkouts on", "written to exports"]);
    let peaks = |file: &str| firm.run(&["usage", "peaks", file, "exports/checkouts.csv", "--format", "csv"]).with(0, &[]).out;
    let (details, sessions) = (peaks("exports/usage-details.csv"), peaks("exports/sessions.csv"));
    assert!(details.lines().count() > 40, "{details}");
    assert_eq!(details, sessions);
    firm.run(&["usage", "collect", "exports/usage-details.csv", "exports/checkouts.csv"]).with(0, &[]);
    assert_eq!(firm.run(&["usage", "peaks", "--format", "csv"]).with(0, &[]).out, details);
}

#[test]
fn use_is_generated_again_in_the_place_of_what_there_was() {
    let firm = firm("20");
    firm.run(&["sandbox", "generate-usage", "--months", "1", "--seed", "3"]).with(0, &["from 2026-09-01 on"]);
    firm.run(&["sandbox", "show", "--audit", "1"]).with(0, &["report use"]);
    firm.run(&["sandbox", "generate-usage", "--months", "0"]).with(64, &["0 is not in 1..=60"]);
    Quickstart::new().run(&["sandbox", "generate-usage"]).with(1, &[]);
}
