//! Finds the lines of a file that are as they were committed.

use std::collections::{BTreeMap, BTreeSet};

/// Returns those of the `lines` of the text `here` that stand in the text `committed` too: the number there,
/// and the number here. Line ends make no difference.
pub(super) fn unchanged_lines(committed: &[u8], here: &[u8], lines: &[u32]) -> BTreeMap<u32, u32> {
    let wanted: BTreeSet<u32> = lines.iter().copied().collect();
    let lines_of = |text: &'_ [u8]| -> Vec<Vec<u8>> {
        text.split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end().to_vec()).collect()
    };
    let (committed, here) = (lines_of(committed), lines_of(here));
    let number = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    let mut unchanged = BTreeMap::new();
    for operation in similar::capture_diff_slices(similar::Algorithm::Myers, &committed, &here) {
        if let similar::DiffOp::Equal { old_index, new_index, len } = operation {
            let pairs = (0..len).map(|at| (number(old_index + at), number(new_index + at)));
            unchanged.extend(pairs.filter(|(_, now)| wanted.contains(now)));
        }
    }
    unchanged
}
