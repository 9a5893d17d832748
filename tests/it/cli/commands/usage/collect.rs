//! `usage collect`: exports are kept, and read where no file is named.

use crate::cli::*;

#[test]
fn what_is_collected_is_read_where_no_file_is_named() {
    let office = Quickstart::with_exports();
    let collect = ["usage", "collect", "usage-details.csv", "checkouts.csv"];
    office.run(&collect).assert_exit(0, &["99 rows of 2 files: 99 new\n  2026-11: 99 new, 99 in all\n"]);
    office.run(&collect).assert_exit(0, &["99 rows of 2 files: 0 new\n"]);
    let from_files =
        office.run(&["usage", "peaks", "usage-details.csv", "checkouts.csv", "--who", "--format", "json"]);
    assert_eq!(
        office.run(&["usage", "peaks", "--who", "--format", "json"]).assert_exit(0, &[]).out,
        from_files.out
    );
    office.run(&["usage", "inactive", "--days", "5"]).assert_exit(0, &["carla.nunes@harbour.example"]);
    office.edit("seatwise.yaml", "version: 1", "version: 1\nusage: {store: kept/use}");
    office.write("x.csv", &format!("{HEADER}{GOOD}p\n"));
    office.run(&["usage", "collect", "x.csv", "--strict"]).assert_exit(8, &["x.csv:3 is damaged"]);
    assert!(!office.path("kept").exists(), "nothing is kept of it");
    office
        .run(&["usage", "collect", "x.csv"])
        .assert_exit(8, &["1 row of 1 file: 1 new", "warning: x.csv:3: 1 column where the header has 6"]);
    assert!(office.path("kept/use/year=2026/month=11/usage.parquet").is_file());
}
