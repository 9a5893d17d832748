//! Hostile files do not take disproportionate memory or time.

use seatwise::exports::MOST_SOURCES;

use super::*;

#[test]
fn names_that_are_all_different_are_kept_up_to_a_limit() {
    let rows: String =
        (0..MOST_SOURCES + 10).map(|at| format!("p{at},A,2026-03-02 09:01,2026-03-02 09:25\n")).collect();
    let (damages, read) =
        ExportFiles::new().with_file("x.csv", format!("Product,Machine,Start,End\n{rows}")).damages();
    assert_eq!((damages.len(), read), (10, MOST_SOURCES as u64));
    assert!(damages[0].contains("more than 100000 different"), "{}", damages[0]);
}
