//! `usage inactive`: licences that nobody uses.

use expect_test::expect;

use crate::cli::*;

#[test]
fn assignments_and_named_licences_without_use_are_listed() {
    let office = Quickstart::with_exports();
    let shown = office.run(&["usage", "inactive", "usage-details.csv"]).assert_exit(0, &[]).out;
    expect![[r#"
        report:
        Not used, quickstart: 2 lines.
        Read 2026-11-24 09:01 UTC. The exports begin on 2026-11-02: nothing is known of the 68 days before it.

          user                         product                             held as        last used
          carla.nunes@harbour.example  STAAD.Pro Practitioner (staad-pro)  named licence  never
          helena.cruz@harbour.example  MicroStation (microstation)         assignment     never

          1 person in the exports is only an opaque id: what they used may be among these.
    "#]]
    .assert_eq(&under_heading(&shown));
}
