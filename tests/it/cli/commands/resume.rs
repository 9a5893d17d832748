//! `resume`: an interrupted run is finished, or given up.

use crate::cli::*;

#[test]
fn unfinished_run_is_resumed_before_anything_else() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &["saved to plan.json"]);
    quickstart.kill_a_run_of("plan.json");
    quickstart.run(&["apply", "--yes"]).assert_exit(1, &["is unfinished", "seatwise resume"]);
    quickstart.run(&["drift"]).assert_exit(1, &["is unfinished"]);
    quickstart.run(&["resume", "--approve", "00000000"]).assert_exit(6, &[]);
    quickstart.run(&["resume"]).assert_exit(0, &["33 done"]);
    quickstart.run(&["resume"]).assert_exit(1, &["nothing is left to resume"]);
    quickstart.run(&["apply"]).assert_exit(0, &["Nothing to do"]);
}

#[test]
fn run_that_is_given_up_makes_room_for_another() {
    let quickstart = Quickstart::new();
    quickstart.run(&["plan", "--out", "plan.json"]).assert_exit(0, &[]);
    quickstart.kill_a_run_of("plan.json");
    quickstart.run(&["resume", "--give-up"]).assert_exit(5, &["has ended where it stood"]);
    quickstart.run(&["apply", "--yes"]).assert_exit(0, &["33 done"]);
}
