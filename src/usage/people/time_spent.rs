//! Adds up how long people and machines used products, as in the portal's reports by user and by machine.

use std::collections::BTreeMap;

use crate::model::{Date, Text};
use crate::usage::count::counter::{is_charged, use_of};
use crate::usage::count::occupancy::Occupancy;
use crate::usage::count::period::PeriodCalendar;
use crate::usage::count::rules::{CountingRules, LicenceAssignments};
use crate::usage::rows::use_row::{Pool, TimeSpan, UseRow};
use crate::usage::{MachineId, NameRegister, Period, UsageSettings, UserId, UserName};

/// The person or machine whose time is added up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum UsageSubject {
    /// A person.
    User(UserName),
    /// A machine.
    Machine(Text),
    /// All people whom usage data does not name.
    Nobody,
}

/// Whether time is added up by people or by machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageGrouping {
    Users,
    Machines,
}

/// The time that a person or machine used a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpent {
    /// The number of intervals counted; two machines of one person in one interval count once.
    pub intervals: u64,
    /// The number of UTC days with such an interval.
    pub days: u32,
    /// The first such day.
    pub first: Date,
    /// The last such day.
    pub last: Date,
}

/// Takes rows, and adds up time by people or by machines. Only use that is charged counts, in the intervals
/// in which it counts for peaks.
#[derive(Debug)]
pub struct TimeSpentCounter<'a> {
    rules: CountingRules<'a>,
    calendar: PeriodCalendar,
    by: UsageGrouping,
    /// By the source's number.
    uses: Vec<BTreeMap<Period, Occupancy>>,
}

/// The number that stands for users who are not named.
const NOBODY: u32 = u32::MAX;

impl<'a> TimeSpentCounter<'a> {
    /// Counts only intervals that begin within `window`.
    pub fn new(
        settings: &'a UsageSettings,
        assigned: &'a LicenceAssignments,
        window: TimeSpan,
        by: UsageGrouping,
    ) -> Self {
        let calendar = PeriodCalendar::new(settings.period, settings.interval);
        Self { rules: CountingRules::new(settings, assigned, window), calendar, by, uses: Vec::new() }
    }

    /// Adds one row; `register` gave its numbers.
    pub fn add(&mut self, register: &NameRegister, row: &UseRow) {
        let who = match self.by {
            UsageGrouping::Users => row.user.map_or(NOBODY, |user| user.0),
            UsageGrouping::Machines => row.machine.0,
        };
        let Self { rules, calendar, uses, .. } = self;
        let used = use_of(uses, row.source.0 as usize);
        for run in rules.counted_runs(register, row) {
            for part in calendar.cut(run) {
                used.entry(part.period).or_default().add(who, part.first, part.last);
            }
        }
    }

    /// Adds what `other` has added up with the same settings and the same register.
    pub fn merge(&mut self, other: Self) {
        for (source, more) in other.uses.into_iter().enumerate() {
            let used = use_of(&mut self.uses, source);
            for (period, who) in more {
                used.entry(period).or_default().merge_from(who);
            }
        }
    }

    /// Returns how long each person or machine used each pool.
    pub fn finish(self, register: &NameRegister) -> BTreeMap<(UsageSubject, Pool), TimeSpent> {
        let Self { rules, by, uses, .. } = self;
        let mut pools = BTreeMap::<(Pool, Period), Occupancy>::new();
        for ((_, source), used) in register.sources().zip(uses) {
            if is_charged(rules.settings, source) {
                used.into_iter().for_each(|(period, who)| {
                    pools.entry((rules.pool(source), period)).or_default().merge_from(who)
                });
            }
        }
        let mut spent = BTreeMap::new();
        for ((pool, period), mut occupancy) in pools {
            for of_one in occupancy.keyed_runs().chunk_by(|(one, ..), (other, ..)| one == other) {
                let who = subject_of(by, register, of_one[0].0);
                add_runs(&mut spent, (who, pool.clone()), period, rules.settings, of_one);
            }
        }
        spent
    }
}

fn subject_of(by: UsageGrouping, register: &NameRegister, who: u32) -> UsageSubject {
    match by {
        UsageGrouping::Users if who == NOBODY => UsageSubject::Nobody,
        UsageGrouping::Users => UsageSubject::User(register.user_name(UserId(who)).clone()),
        UsageGrouping::Machines => UsageSubject::Machine(register.machine_name(MachineId(who)).clone()),
    }
}

/// Adds the runs of one person or machine in one period; the runs are in order.
fn add_runs(
    spent: &mut BTreeMap<(UsageSubject, Pool), TimeSpent>,
    key: (UsageSubject, Pool),
    period: Period,
    settings: &UsageSettings,
    runs: &[(u32, u16, u16)],
) {
    let begin = period.intervals(settings.interval).first;
    let day = |at: u16| settings.interval.day(begin.shift(at.into()));
    let intervals: u64 = runs.iter().map(|(_, first, last)| u64::from(last - first) + 1).sum();
    let (mut days, mut until) = (0, None);
    for (_, first, last) in runs {
        let per_day = settings.interval.intervals_per_day();
        let (first, last) = (i64::from(*first) / per_day, i64::from(*last) / per_day);
        let from = until.map_or(first, |until: i64| first.max(until + 1));
        days += u32::try_from((last + 1 - from).max(0)).unwrap_or(0);
        until = Some(last);
    }
    let (first, last) = (day(runs[0].1), day(runs[runs.len() - 1].2));
    let known = spent.entry(key).or_insert(TimeSpent { intervals: 0, days: 0, first, last });
    known.intervals += intervals;
    known.days += days;
    (known.first, known.last) = (known.first.min(first), known.last.max(last));
}
