//! The lock that lets only one run at a time apply to an organization.

use seatwise::apply::{LockError, LockOwner, RunLock};

use super::*;

fn owner(who: &str) -> LockOwner {
    LockOwner { who: who.into(), since: time() }
}

#[test]
fn second_run_is_refused_with_the_owner_and_the_time_of_the_first() {
    let folder = SeatwiseFolder::new();
    let _held = RunLock::take(folder.path(), &owner("ana@desk, process 7")).unwrap();
    let refused = RunLock::take(folder.path(), &owner("bo@desk, process 8")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "another run is under way: ana@desk, process 7, since 2026-11-24T09:12:07Z"
    );
    assert!(matches!(refused, LockError::Held(Some(held)) if held == owner("ana@desk, process 7")));
}

#[test]
fn run_that_is_over_frees_the_lock() {
    let folder = SeatwiseFolder::new();
    drop(RunLock::take(folder.path(), &owner("ana")).unwrap());
    drop(RunLock::take(folder.path(), &owner("bo")).unwrap());
    let _held = RunLock::take(folder.path(), &owner("cy")).unwrap();
    assert!(RunLock::take(folder.path(), &owner("di")).unwrap_err().to_string().contains("cy"));
}

#[test]
fn lock_file_left_by_a_killed_process_does_not_lock() {
    let folder = SeatwiseFolder::new();
    std::fs::write(
        folder.path().join("lock"),
        "2026-01-01T00:00:00Z\tgone@desk, process 1 with a very long name\n",
    )
    .unwrap();
    let _held = RunLock::take(folder.path(), &owner("ana")).unwrap();
    assert!(RunLock::take(folder.path(), &owner("bo")).unwrap_err().to_string().contains("way: ana, since"));
}

#[test]
fn this_process_is_named() {
    let owner = LockOwner::this_process(time());
    assert!(owner.who.contains('@') && owner.who.ends_with(&format!("process {}", std::process::id())));
}
