//! Chooses the lines of a report of pools.
//!
//! A filter never changes a figure: everything is counted over all rows, and only then lines are left out.

use std::collections::BTreeSet;

use super::counter::UsageCounts;
use super::period::Period;
use super::tally::{Peak, Tally};
use crate::model::Date;
use crate::usage::rows::filter::NameFilter;
use crate::usage::rows::use_row::Pool;

/// Which lines of a report of pools the filters select.
#[derive(Debug)]
pub enum LineSelection {
    /// Those whose pool has these names, with use or without.
    Named(NameFilter),
    /// Those that have use in these counts, which are of the rows that pass all filters.
    Used(UsageCounts),
}

impl LineSelection {
    /// Whether a line about all time of `pool` stays.
    pub fn has_pool(&self, pool: &Pool) -> bool {
        match self {
            Self::Named(names) => names.has_pool(pool),
            Self::Used(counts) => counts.tallies.keys().any(|(used, _)| used == pool),
        }
    }

    /// Removes the pools and periods that are not selected. What is counted of no one pool stays.
    pub fn retain_periods(&self, counted: &mut UsageCounts) {
        let UsageCounts { tallies, persona_days, unapplied: _, uncharged: _ } = counted;
        match self {
            Self::Named(names) => {
                tallies.retain(|(pool, _), _| names.has_pool(pool));
                persona_days.retain(|(pool, _), _| names.has_pool(pool));
            }
            Self::Used(counts) => {
                tallies.retain(|line, _| counts.tallies.contains_key(line));
                persona_days.retain(|line, _| counts.persona_days.contains_key(line));
            }
        }
    }

    /// Returns the peaks of the selected days.
    pub fn daily_peaks(&self, pool: &Pool, tally: &Tally) -> Vec<(Date, Peak)> {
        let mut peaks = tally.daily_peaks();
        match self {
            Self::Named(names) if names.has_pool(pool) => {}
            Self::Named(_) => peaks.clear(),
            Self::Used(counts) => {
                let used = days_with_use(counts, pool, tally.period());
                peaks.retain(|(day, _)| used.contains(day));
            }
        }
        peaks
    }
}

fn days_with_use(counts: &UsageCounts, pool: &Pool, period: Period) -> BTreeSet<Date> {
    let tally = counts.tallies.get(&(pool.clone(), period));
    tally.into_iter().flat_map(Tally::daily_peaks).map(|(day, _)| day).collect()
}
