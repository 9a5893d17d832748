//! Finds the machines and users that were counted in given intervals, in a second pass over the rows.
//!
//! Which intervals matter is known only once all rows are counted, and remembering everybody until then would
//! not fit into memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Text, Timestamp};
use crate::usage::count::counter::is_charged;
use crate::usage::count::grid::Interval;
use crate::usage::count::rules::{CountingRules, LicenceAssignments};
use crate::usage::rows::use_row::{Pool, TimeSpan, UseRow};
use crate::usage::{MachineId, NameRegister, UsageSettings, UserId, UserName};

/// A pool and the moment asked about; any time within the interval.
pub type PoolMoment = (Pool, Timestamp);

/// The machines in use in one interval, each with the users seen on it; a machine has none where the rows
/// name no user.
pub type PresentMachines = BTreeMap<Text, BTreeSet<UserName>>;

/// Takes the rows again, and remembers who was there at the moments asked for.
#[derive(Debug)]
pub struct Attendance<'a> {
    rules: CountingRules<'a>,
    register: &'a NameRegister,
    moments: Vec<MomentPresence>,
    /// By the source's number: the intervals asked for, in order, each with its index in `moments`.
    asked: Vec<Vec<(Interval, usize)>>,
}

/// The machines and users seen at one moment.
#[derive(Debug)]
struct MomentPresence {
    moment: PoolMoment,
    present: BTreeSet<(MachineId, Option<UserId>)>,
}

impl<'a> Attendance<'a> {
    /// Looks for `moments` in the rows that gave `register` its names.
    pub fn new(
        settings: &'a UsageSettings,
        assigned: &'a LicenceAssignments,
        register: &'a NameRegister,
        moments: impl IntoIterator<Item = PoolMoment>,
    ) -> Self {
        let rules = CountingRules::new(settings, assigned, TimeSpan::ALWAYS);
        let (mut by_pool, mut seen) = (BTreeMap::<Pool, Vec<(Interval, usize)>>::new(), Vec::new());
        for moment in moments {
            by_pool
                .entry(moment.0.clone())
                .or_default()
                .push((settings.interval.interval_at(moment.1), seen.len()));
            seen.push(MomentPresence { moment, present: BTreeSet::new() });
        }
        by_pool.values_mut().for_each(|asked| asked.sort_unstable());
        let asked = register.sources().map(|(_, source)| {
            let asked = is_charged(settings, source).then(|| by_pool.get(&rules.pool(source))).flatten();
            asked.cloned().unwrap_or_default()
        });
        Self { asked: asked.collect(), rules, register, moments: seen }
    }

    /// Adds one row.
    pub fn add(&mut self, row: &UseRow) {
        let asked = &self.asked[row.source.0 as usize];
        if asked.is_empty() {
            return;
        }
        for run in self.rules.counted_runs(self.register, row) {
            let first = asked.partition_point(|(interval, _)| *interval < run.first);
            let within = asked[first..].iter().take_while(|(interval, _)| *interval <= run.last);
            for (_, at) in within {
                self.moments[*at].present.insert((row.machine, row.user));
            }
        }
    }

    /// Adds whom `other` has seen at the same moments.
    pub fn merge(&mut self, other: Self) {
        for (seen, more) in self.moments.iter_mut().zip(other.moments) {
            seen.present.extend(more.present);
        }
    }

    /// Returns who was there at each moment.
    pub fn finish(self) -> BTreeMap<PoolMoment, PresentMachines> {
        let register = self.register;
        let named = |present: BTreeSet<(MachineId, Option<UserId>)>| {
            let mut machines = PresentMachines::new();
            for (machine, user) in present {
                let users = machines.entry(register.machine_name(machine).clone()).or_default();
                users.extend(user.map(|user| register.user_name(user).clone()));
            }
            machines
        };
        self.moments.into_iter().map(|MomentPresence { moment, present }| (moment, named(present))).collect()
    }
}
