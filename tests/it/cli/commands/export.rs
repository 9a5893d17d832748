//! `export`: the live organization as a policy.

use crate::cli::*;

#[test]
fn exported_organization_plans_empty() {
    let quickstart = Quickstart::new_applied();
    quickstart.run(&["export", ".export"]).assert_exit(0, &["written to .export"]);
    quickstart
        .run(&["plan", ".export", "--live-from", ".", "--detailed-exitcode"])
        .assert_exit(0, &["Nothing to do"]);
    quickstart.run(&["export", ".export"]).assert_exit(0, &["Nothing to write"]);
    quickstart.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    std::fs::write(quickstart.path(".export/mine.yaml"), "users: {}\n").unwrap();
    quickstart
        .run(&["export", ".export"])
        .assert_exit(64, &["-    groups: [designers, roads]", "1 document stays", "mine.yaml"]);
    quickstart.run(&["export", ".export", "--yes"]).assert_exit(0, &["1 file written"]);
    assert_eq!(quickstart.read(".export/mine.yaml"), "users: {}\n");
}
