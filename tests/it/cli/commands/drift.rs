//! `drift`: what others have changed since the last run.

use crate::cli::*;

#[test]
fn drift_is_what_others_have_changed_since_the_last_run() {
    let quickstart = Quickstart::new();
    quickstart.run(&["drift"]).assert_exit(1, &["nothing was ever applied"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &[]);
    quickstart.run(&["drift"]).assert_exit(0, &["No drift"]);
    quickstart.act_at_portal(leave_group("ana.silva@harbour.example", "roads"));
    quickstart.run(&["drift"]).assert_exit(2, &["ana.silva@harbour.example", "Drift: 1 difference"]);
    // The policy's own change is not drift.
    quickstart.edit("people.yaml", "last_name: Nunes", "last_name: Nunes Reis");
    let came =
        quickstart.run(&["drift"]).assert_exit(2, &["ana.silva@harbour.example", "Drift: 1 difference"]);
    assert!(!came.out.contains("Nunes"), "{}", came.out);
}
