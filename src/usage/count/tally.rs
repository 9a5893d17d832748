//! The machines of a pool in use in each interval of a period, with the peak and excess that follow.

use super::grid::{Interval, IntervalWidth};
use super::occupancy::Occupancy;
use crate::model::{Date, OwnedLicences, Timestamp};
use crate::usage::{Period, ValueHistory};

/// The number of machines of one pool in use in each interval of one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    period: Period,
    width: IntervalWidth,
    /// Where the number changes, and the number from there on; 0 before the first step and after the last.
    steps: Vec<(Interval, u32)>,
}

/// The most machines at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// The start of the first interval with that many machines.
    pub at: Timestamp,
    pub machines: u32,
}

/// The most machines at once above what was owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// The start of the first interval with that many machines above owned.
    pub at: Timestamp,
    /// The number of machines above owned; at least 1.
    pub machines: u32,
    /// The number of machines in use.
    pub used: u32,
    /// The number of licences owned on that day.
    pub owned: u32,
}

/// Consecutive intervals of one day with the same number of machines, at least 1.
#[derive(Debug, Clone, Copy)]
struct TallyStretch {
    day: Date,
    first: Interval,
    /// The first interval after it.
    end: Interval,
    machines: u32,
}

impl Tally {
    /// Counts runs that do not overlap within a machine, in one sweep over the changes of all machines.
    pub(in crate::usage) fn from_occupancy(
        period: Period,
        width: IntervalWidth,
        machines: &mut Occupancy,
    ) -> Self {
        let start = period.intervals(width).first;
        let mut changes: Vec<i32> = Vec::new();
        for (first, last) in machines.runs() {
            let (first, end) = (usize::from(first), usize::from(last) + 1);
            if changes.len() <= end {
                changes.resize(end + 1, 0);
            }
            changes[first] += 1;
            changes[end] -= 1;
        }
        let mut used = 0_u32;
        let steps = (0..).zip(changes).filter(|(_, change)| *change != 0).map(|(at, change)| {
            used = used.saturating_add_signed(change);
            (start.shift(at), used)
        });
        Self { period, width, steps: steps.collect() }
    }

    /// Returns the period that was counted.
    pub fn period(&self) -> Period {
        self.period
    }

    /// Returns the tally of the days before `day`.
    pub(in crate::usage) fn part_before(&self, day: Date) -> Self {
        let end = self.width.first_interval(day);
        let mut steps: Vec<(Interval, u32)> =
            self.steps.iter().copied().take_while(|(at, _)| *at < end).collect();
        if steps.last().is_some_and(|(_, machines)| *machines > 0) {
            steps.push((end, 0));
        }
        Self { steps, ..*self }
    }

    /// Returns the number of machines in use in the interval that `time` lies in.
    pub fn machines_at(&self, time: Timestamp) -> u32 {
        let interval = self.width.interval_at(time);
        let before = self.steps.partition_point(|(first, _)| *first <= interval);
        before.checked_sub(1).map_or(0, |at| self.steps[at].1)
    }

    /// Returns the most machines at once; `None` where no use counted.
    pub fn peak(&self) -> Option<Peak> {
        self.stretches().reduce(higher_stretch).map(|stretch| self.peak_of(stretch))
    }

    /// Returns the number of machines of the peak; 0 where no use counted.
    pub(in crate::usage) fn peak_machines(&self) -> u32 {
        self.peak().map_or(0, |peak| peak.machines)
    }

    /// Returns the most machines at once on each UTC day that had any.
    pub fn daily_peaks(&self) -> Vec<(Date, Peak)> {
        let mut highest: Vec<TallyStretch> = Vec::new();
        for stretch in self.stretches() {
            match highest.last_mut().filter(|last| last.day == stretch.day) {
                Some(last) => *last = higher_stretch(*last, stretch),
                None => highest.push(stretch),
            }
        }
        highest.into_iter().map(|stretch| (stretch.day, self.peak_of(stretch))).collect()
    }

    /// Returns every interval with a machine in use, as its start and the number of machines.
    pub fn intervals(&self) -> impl Iterator<Item = (Timestamp, u32)> {
        let each = move |stretch: TallyStretch| {
            (stretch.first.0..stretch.end.0)
                .map(move |at| (self.width.start_of(Interval(at)), stretch.machines))
        };
        self.stretches().flat_map(each)
    }

    /// Returns the machines in use in each hour of the week, as the weekday (from 0 for Monday), the hour in
    /// UTC, and the number; one hour may come several times.
    pub(in crate::usage) fn hourly_machines(&self) -> impl Iterator<Item = (usize, usize, u32)> {
        let per_hour = self.width.intervals_per_day() / 24;
        let each = move |stretch: TallyStretch| {
            let weekday =
                usize::try_from(stretch.day.weekday().to_monday_zero_offset()).expect("a weekday is 0 to 6");
            let hour = move |at: i64| at.div_euclid(per_hour).rem_euclid(24);
            (hour(stretch.first.0)..=hour(stretch.end.0 - 1)).map(move |hour| {
                (weekday, usize::try_from(hour).expect("an hour is 0 to 23"), stretch.machines)
            })
        };
        self.stretches().flat_map(each)
    }

    /// Returns the most machines above what was owned on their day; `None` where all were covered.
    pub fn excess(&self, owned: &ValueHistory<OwnedLicences>) -> Option<Excess> {
        let above = self.stretches().filter_map(|stretch| {
            let owned = owned.covered_licences_on(stretch.day);
            let machines = stretch.machines.checked_sub(owned).filter(|machines| *machines > 0)?;
            Some(Excess { at: self.width.start_of(stretch.first), machines, used: stretch.machines, owned })
        });
        above.reduce(|highest, excess| if excess.machines > highest.machines { excess } else { highest })
    }

    /// Returns the number of UTC days with an interval in which a machine was not covered.
    pub fn overuse_days(&self, owned: &ValueHistory<OwnedLicences>) -> u32 {
        let above = self
            .daily_peaks()
            .into_iter()
            .filter(|(day, peak)| peak.machines > owned.covered_licences_on(*day));
        above.map(|_| 1).sum()
    }

    /// Returns all stretches in order, split at midnights, where alone the owned licences can change.
    fn stretches(&self) -> impl Iterator<Item = TallyStretch> {
        let between = self.steps.windows(2).filter(|steps| steps[0].1 > 0);
        between.flat_map(move |steps| {
            let ((first, machines), (end, _), per_day) = (steps[0], steps[1], self.width.intervals_per_day());
            (first.0.div_euclid(per_day)..=(end.0 - 1).div_euclid(per_day)).map(move |day| {
                let midnight = Interval(day * per_day);
                TallyStretch {
                    day: self.width.day(midnight),
                    first: first.max(midnight),
                    end: end.min(midnight.shift(per_day)),
                    machines,
                }
            })
        })
    }

    fn peak_of(&self, stretch: TallyStretch) -> Peak {
        Peak { at: self.width.start_of(stretch.first), machines: stretch.machines }
    }
}

/// Returns the stretch with more machines; of equals the earlier one.
fn higher_stretch(one: TallyStretch, other: TallyStretch) -> TallyStretch {
    if other.machines > one.machines { other } else { one }
}
