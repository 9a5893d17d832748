//! Records which positions of a period each of many keys occupies, in eight bytes a run.

use itertools::Itertools;

/// For each key (a machine, a persona), the positions (intervals, days) it occupies, stored as runs.
///
/// A run is packed into one number: from the highest bits down the block of positions that it lies in, its
/// key, and its first and last position within the block. Sorting these numbers puts the runs of a key next
/// to each other, earlier runs first. Runs arrive in any order; recent runs are sorted on their own, and
/// merged into the settled ones once they are a certain share of them. Exports are mostly in order of days,
/// so usually only the last block is touched, and adding a row takes as long with many rows as with few. Runs
/// that overlap or touch become one run, so memory grows with the distinct uses, not with the number of rows
/// that report them.
#[derive(Debug, Clone, Default)]
pub(in crate::usage) struct Occupancy {
    /// The settled runs of each block, sorted and joined.
    blocks: Vec<Vec<u64>>,
    /// The number of settled runs in all blocks.
    settled: usize,
    /// Runs added since the last merge.
    recent: Vec<u64>,
    /// The occupancies taken over from other threads. They are merged only when read: merging them in memory
    /// would need twice the memory.
    others: Vec<Self>,
}

/// Recent runs are merged once the settled ones are no longer this many times as many. A larger number takes
/// less memory, and more time where rows are in no order.
const SETTLED_TIMES: usize = 8;
/// Fewer recent runs than this are not worth merging.
const LEAST_MERGED: usize = 64;

impl Occupancy {
    /// Records that `key` occupies `first` to `last`, both included.
    pub(in crate::usage) fn add(&mut self, key: u32, first: u16, last: u16) {
        for run in pack_runs(key, first, last) {
            // A run often continues the one before.
            if let Some(before) = self.recent.last_mut()
                && let Some(joined) = join_runs(*before, run)
            {
                *before = joined;
                continue;
            }
            if self.recent.len() >= (self.settled / SETTLED_TIMES).max(LEAST_MERGED) {
                self.settle();
            }
            self.recent.push(run);
        }
    }

    /// Adds all runs of `other`.
    pub(in crate::usage) fn merge_from(&mut self, mut other: Self) {
        self.others.append(&mut other.others);
        other.settle();
        other.recent = Vec::new();
        self.others.push(other);
    }

    /// Returns the runs of every key as `(first, last)`, joined within blocks, those of one key in order.
    pub(in crate::usage) fn runs(&mut self) -> impl Iterator<Item = (u16, u16)> {
        self.joined_runs().map(ends)
    }

    /// Returns the runs as `(key, first, last)`, in order of keys.
    pub(in crate::usage) fn keyed_runs(&mut self) -> Vec<(u32, u16, u16)> {
        let keyed = self.joined_runs().map(|run| {
            let (first, last) = ends(run);
            ((run >> 16) as u32, first, last)
        });
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_unstable();
        keyed
    }

    /// Returns the number of pairs of a key and a position that it occupies.
    pub(in crate::usage) fn count_occupied(&mut self) -> u64 {
        self.runs().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Returns the packed runs of this and all other occupancies, sorted and joined.
    fn joined_runs(&mut self) -> impl Iterator<Item = u64> {
        self.settle();
        let parts =
            std::iter::once(&*self).chain(&self.others).map(|part| part.blocks.iter().flatten().copied());
        parts.kmerge().coalesce(|run, after| join_runs(run, after).ok_or((run, after)))
    }

    fn settle(&mut self) {
        let mut recent = std::mem::take(&mut self.recent);
        recent.sort_unstable();
        recent.chunk_by(|run, after| block(*run) == block(*after)).for_each(|runs| self.merge(runs));
        recent.clear();
        self.recent = recent;
    }

    /// Merges sorted runs of one block into its settled runs, in place: from the highest run down, into the
    /// room at the end.
    fn merge(&mut self, more: &[u64]) {
        let at = block(more[0]);
        if self.blocks.len() <= at {
            self.blocks.resize_with(at + 1, Vec::new);
        }
        let settled = &mut self.blocks[at];
        self.settled -= settled.len();
        let (mut left, mut right) = (settled.len(), more.len());
        settled.reserve_exact(right);
        settled.resize(left + right, 0);
        while right > 0 {
            let at = left + right - 1;
            if left > 0 && settled[left - 1] > more[right - 1] {
                left -= 1;
                settled[at] = settled[left];
            } else {
                right -= 1;
                settled[at] = more[right];
            }
        }
        join_runs_from(settled, left.saturating_sub(1));
        self.settled += settled.len();
    }
}

/// Joins sorted runs, beginning at index `start`.
fn join_runs_from(runs: &mut Vec<u64>, start: usize) {
    let mut kept = start;
    for at in start + 1..runs.len() {
        match join_runs(runs[kept], runs[at]) {
            Some(joined) => runs[kept] = joined,
            None => {
                kept += 1;
                runs[kept] = runs[at];
            }
        }
    }
    runs.truncate(kept + 1);
}

/// Packs the run of `key` from `first` to `last`, split at the ends of blocks.
fn pack_runs(key: u32, first: u16, last: u16) -> impl Iterator<Item = u64> {
    (first >> 8..=last >> 8).map(move |block| {
        let (first, last) = (first.max(block << 8), last.min(block << 8 | 0xff));
        u64::from(block) << 48 | u64::from(key) << 16 | u64::from(first & 0xff) << 8 | u64::from(last & 0xff)
    })
}

fn block(run: u64) -> usize {
    usize::from((run >> 48) as u16)
}

fn ends(run: u64) -> (u16, u16) {
    let (block, first, last) = ((run >> 48) as u16, (run >> 8) as u8, run as u8);
    (block << 8 | u16::from(first), block << 8 | u16::from(last))
}

/// Joins two runs where `after` has the same key and block as `run`, and begins within `run` or right after
/// it.
fn join_runs(run: u64, after: u64) -> Option<u64> {
    let ((first, last), (next, end)) = (ends(run), ends(after));
    let touches = run >> 16 == after >> 16 && first <= next && u32::from(next) <= u32::from(last) + 1;
    touches.then(|| run & !0xff | u64::from(last.max(end) & 0xff))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Holds for any order of the runs, any number of merges, and runs taken over from another occupancy.
    #[test]
    fn each_key_occupies_what_its_runs_cover() {
        let mut dice = 7_u64;
        let mut roll = |below: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % below
        };
        let (mut one, mut other, mut covered) = (Occupancy::default(), Occupancy::default(), BTreeSet::new());
        for turn in 0..20_000 {
            let (key, first) = (roll(50) as u32, roll(5_000) as u16);
            let last = first + roll(4) as u16;
            if turn % 3 == 0 { &mut other } else { &mut one }.add(key, first, last);
            covered.extend((first..=last).map(|at| (key, at)));
        }
        assert!(one.settled > 50 * LEAST_MERGED, "merged many times");
        one.merge_from(other);
        let runs = one.keyed_runs();
        let apart = |(_, _, last): (u32, u16, u16), (_, first, _)| {
            last < first && (last + 1 < first || first % 256 == 0)
        };
        assert!(
            runs.windows(2).all(|runs| runs[0].0 < runs[1].0 || apart(runs[0], runs[1])),
            "in order, and joined within blocks"
        );
        let found: BTreeSet<_> =
            runs.into_iter().flat_map(|(key, first, last)| (first..=last).map(move |at| (key, at))).collect();
        assert_eq!(found, covered);
        assert_eq!(one.count_occupied(), covered.len() as u64);
    }
}
