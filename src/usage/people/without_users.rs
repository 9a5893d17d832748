//! Remembers who used some pools on which machines, interval by interval, so that use can be counted again as
//! if some people had used nothing.

use std::collections::BTreeMap;

use crate::model::{Email, Timestamp};
use crate::usage::count::counter::is_charged;
use crate::usage::count::occupancy::Occupancy;
use crate::usage::count::period::PeriodCalendar;
use crate::usage::count::rules::{CountingRules, LicenceAssignments};
use crate::usage::rows::use_row::{Pool, StartMethod, TimeSpan, UseRow};
use crate::usage::{MachineId, NameRegister, Period, Tally, UsageSettings, UserId, UserName};

/// Takes the rows again, and remembers those of some pools.
#[derive(Debug)]
pub struct UsageWithoutUsers<'a> {
    rules: CountingRules<'a>,
    register: &'a NameRegister,
    calendar: PeriodCalendar,
    pools: Vec<&'a Pool>,
    /// By the source's number: the index of its pool in `pools`; `None` for a pool not asked for.
    asked: Vec<Option<usize>>,
    stays: BTreeMap<(usize, Period, Option<UserId>, MachineId), Occupancy>,
}

/// The use of one machine by one person in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineStay {
    /// `None` where the rows name nobody whom a restriction would bind.
    pub user: Option<Email>,
    period: Period,
    machine: MachineId,
    runs: Vec<(u16, u16)>,
}

/// All use of one pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolStays(Vec<MachineStay>);

impl<'a> UsageWithoutUsers<'a> {
    /// Looks for use of `pools` within `window`, in the rows that gave `register` its names.
    pub fn new(
        settings: &'a UsageSettings,
        assigned: &'a LicenceAssignments,
        window: TimeSpan,
        register: &'a NameRegister,
        pools: &'a [Pool],
    ) -> Self {
        let (rules, calendar) = (
            CountingRules::new(settings, assigned, window),
            PeriodCalendar::new(settings.period, settings.interval),
        );
        let asked = register.sources().map(|(_, source)| {
            let pool = rules.pool(source);
            pools.iter().position(|asked| is_charged(settings, source) && *asked == pool)
        });
        Self {
            asked: asked.collect(),
            rules,
            register,
            calendar,
            pools: pools.iter().collect(),
            stays: BTreeMap::new(),
        }
    }

    /// Adds one row.
    pub fn add(&mut self, row: &UseRow) {
        let Some(pool) = self.asked[row.source.0 as usize] else { return };
        // Restrictions bind people who sign in; use through an old activation key is not restricted.
        let is_bound = match self.register.source_of(row.source).through {
            StartMethod::SignIn | StartMethod::Unknown => true,
            StartMethod::ActivationKey => false,
        };
        let user = row.user.filter(|_| is_bound);
        let Self { rules, register, calendar, stays, .. } = self;
        for run in rules.counted_runs(register, row) {
            for part in calendar.cut(run) {
                stays
                    .entry((pool, part.period, user, row.machine))
                    .or_default()
                    .add(0, part.first, part.last);
            }
        }
    }

    /// Adds what `other` has seen of the same pools.
    pub fn merge(&mut self, other: Self) {
        for (key, more) in other.stays {
            self.stays.entry(key).or_default().merge_from(more);
        }
    }

    /// Returns the stays in each pool.
    pub fn finish(self) -> BTreeMap<Pool, PoolStays> {
        let Self { register, pools, stays, .. } = self;
        let mut found = BTreeMap::<Pool, PoolStays>::new();
        for ((pool, period, user, machine), mut occupancy) in stays {
            let user = user.and_then(|user| match register.user_name(user) {
                UserName::Email(email) => Some(email.clone()),
                UserName::Opaque(_) => None,
            });
            found.entry(pools[pool].clone()).or_default().0.push(MachineStay {
                user,
                period,
                machine,
                runs: occupancy.runs().collect(),
            });
        }
        // The stays are in order of numbers, which depends on which thread met a name first; sums and lists
        // of people do not depend on that order.
        found
    }
}

impl PoolStays {
    /// Counts the machines in `period` without the people for whom `is_left_out` holds.
    pub(in crate::usage) fn tally_without(
        &self,
        period: Period,
        settings: &UsageSettings,
        is_left_out: impl Fn(&Email) -> bool,
    ) -> Tally {
        let mut machines = Occupancy::default();
        for stay in self
            .0
            .iter()
            .filter(|stay| stay.period == period && !stay.user.as_ref().is_some_and(&is_left_out))
        {
            stay.runs.iter().for_each(|(first, last)| machines.add(stay.machine.0, *first, *last));
        }
        Tally::from_occupancy(period, settings.interval, &mut machines)
    }

    /// Returns the people who were there at `at`; one person may come several times.
    pub(in crate::usage) fn present_people(
        &self,
        at: Timestamp,
        settings: &UsageSettings,
    ) -> impl Iterator<Item = &Email> {
        let at = settings.interval.interval_at(at);
        let holds = move |stay: &&MachineStay| {
            let begin = stay.period.intervals(settings.interval).first;
            stay.runs
                .iter()
                .any(|(first, last)| begin.shift((*first).into()) <= at && at <= begin.shift((*last).into()))
        };
        self.0.iter().filter(holds).filter_map(|stay| stay.user.as_ref())
    }

    /// Returns the number of UTC days on which each person was there.
    pub(in crate::usage) fn days_by_person(&self, settings: &UsageSettings) -> BTreeMap<&Email, u32> {
        let mut days = BTreeMap::<&Email, std::collections::BTreeSet<i64>>::new();
        for stay in &self.0 {
            let Some(user) = &stay.user else { continue };
            let begin = stay.period.intervals(settings.interval).first;
            let day = |at: u16| begin.shift(at.into()).0.div_euclid(settings.interval.intervals_per_day());
            days.entry(user)
                .or_default()
                .extend(stay.runs.iter().flat_map(|(first, last)| day(*first)..=day(*last)));
        }
        days.into_iter().map(|(user, days)| (user, u32::try_from(days.len()).unwrap_or(u32::MAX))).collect()
    }
}
