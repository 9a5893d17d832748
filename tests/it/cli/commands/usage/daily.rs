//! `usage daily`, `usage users` and `usage machines`: one line for each day, person and machine.

use expect_test::expect;

use crate::cli::*;

#[test]
fn days_people_and_machines_are_listed() {
    let office = Quickstart::with_exports();
    let run = |args: &[&str]| office.run(&[&["usage"], args].concat()).assert_exit(0, &[]).out;
    let daily = run(&[
        "daily",
        "usage-details.csv",
        "--product",
        "openroads-designer",
        "--from",
        "2026-11-16",
        "--to",
        "2026-11-18",
    ]);
    expect![[r#"
        report:
        Peaks of days, quickstart: 3 lines.
        Read 2026-11-24 09:01 UTC. Only use from 2026-11-16 to 2026-11-18 counts.

          day         product                                  place  peak  owned  at
          2026-11-16  OpenRoads Designer (openroads-designer)  PT        1      3  10:30
          2026-11-17  OpenRoads Designer (openroads-designer)  PT        5      3  14:10  provisional
          2026-11-18  OpenRoads Designer (openroads-designer)  PT        2      3  10:30  provisional

          Only lines of `--product openroads-designer`; every figure is the same as without.
    "#]]
    .assert_eq(&under_heading(&daily));
    expect![[r#"
        report:
        Use by people, quickstart: 5 lines.
        Read 2026-11-24 09:02 UTC.

          user                            product                                  place  days  D HH:MM  first       last
          ana.silva@harbour.example       OpenRoads Designer (openroads-designer)  PT       10  0 20:20  2026-11-02  2026-11-20
          bruno.teixeira@harbour.example  OpenRoads Designer (openroads-designer)  PT       10  0 16:50  2026-11-02  2026-11-19
          filipe.lopes@harbour.example    OpenRoads Designer (openroads-designer)  PT        8  0 14:20  2026-11-02  2026-11-20
          rui.costa@contractor.example    OpenRoads Designer (openroads-designer)  PT        1  0 01:30  2026-11-17  2026-11-17
          7f3c-99a1                       OpenRoads Designer (openroads-designer)  PT        1  0 01:30  2026-11-17  2026-11-17

          Only lines of `--product openroads-designer`; every figure is the same as without.
    "#]]
    .assert_eq(&under_heading(&run(&["users", "usage-details.csv", "--product", "openroads-designer"])));
    expect![[r#"
        {
          "format": "seatwise-usage-machines/1",
          "lines": [
            {
              "machine": "HD-07",
              "product": "microstation",
              "place": "DE",
              "days": 1,
              "minutes": 90,
              "first": "2026-11-12",
              "last": "2026-11-12"
            }
          ]
        }
    "#]]
    .assert_eq(&run(&["machines", "usage-details.csv", "--country", "DE", "--format", "json"]));
}
