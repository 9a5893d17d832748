//! `sandbox generate-usage`: sessions and the exports of the portal.

use crate::cli::*;

#[test]
fn sessions_and_the_details_that_the_portal_makes_of_them_come_to_the_same_peaks() {
    let firm = Quickstart::with_generated_firm("60");
    firm.run(&["sandbox", "generate-usage", "--months", "3", "--exports", "exports"])
        .assert_exit(0, &["sessions and checkouts on", "written to exports"]);
    let peaks = |file: &str| {
        firm.run(&["usage", "peaks", file, "exports/checkouts.csv", "--format", "csv"])
            .assert_exit(0, &[])
            .out
    };
    let (details, sessions) = (peaks("exports/usage-details.csv"), peaks("exports/sessions.csv"));
    assert!(details.lines().count() > 40, "{details}");
    assert_eq!(details, sessions);
    firm.run(&["usage", "collect", "exports/usage-details.csv", "exports/checkouts.csv"]).assert_exit(0, &[]);
    assert_eq!(firm.run(&["usage", "peaks", "--format", "csv"]).assert_exit(0, &[]).out, details);
}

#[test]
fn use_is_generated_again_in_the_place_of_what_there_was() {
    let firm = Quickstart::with_generated_firm("20");
    firm.run(&["sandbox", "generate-usage", "--months", "1", "--seed", "3"])
        .assert_exit(0, &["from 2026-09-01 on"]);
    firm.run(&["sandbox", "show", "--audit", "1"]).assert_exit(0, &["report use"]);
    firm.run(&["sandbox", "generate-usage", "--months", "0"]).assert_exit(64, &["0 is not in 1..=60"]);
    Quickstart::new().run(&["sandbox", "generate-usage"]).assert_exit(1, &[]);
}
