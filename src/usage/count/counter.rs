//! Counts a stream of rows in any order, in memory that grows with the distinct uses, not with the rows.

use std::collections::BTreeMap;

use super::grid::IntervalRun;
use super::occupancy::Occupancy;
use super::period::PeriodCalendar;
use super::rules::{CountingRules, LicenceAssignments};
use crate::usage::rows::use_row::{Pool, TimeOfUse, TimeSpan, UsageSource, UseRow};
use crate::usage::settings::{ContractKind, UnappliedSetting, UsageSettings, UsageType};
use crate::usage::{IntervalWidth, NameRegister, Period, Tally, UserName};

/// Takes rows, and finally tells how many machines were in use when.
#[derive(Debug)]
pub struct UsageCounter<'a> {
    rules: CountingRules<'a>,
    calendar: PeriodCalendar,
    /// By the source's number; merged by pool at the end, as there are few sources and many rows.
    uses: Vec<SourceUse>,
}

/// The use counted from the rows of one source.
#[derive(Debug, Default)]
struct SourceUse {
    rows: u64,
    trimmed: u64,
    machines: BTreeMap<Period, Occupancy>,
    personas: BTreeMap<Period, PersonaOccupancy>,
}

/// The persona-days of one period: of people whose address is known, and of machines where it is not.
#[derive(Debug, Default)]
struct PersonaOccupancy {
    people: Occupancy,
    machines: Occupancy,
}

/// The result of a [`UsageCounter`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageCounts {
    /// Machines in each interval, for every pool and period with use that counts.
    pub tallies: BTreeMap<(Pool, Period), Tally>,
    /// Persona-days, where the contract counts them.
    pub persona_days: BTreeMap<(Pool, Period), u64>,
    /// Settings that could not be applied to rows that an export has trimmed, with the number of those rows.
    pub unapplied: BTreeMap<UnappliedSetting, u64>,
    /// Rows that are not charged, by usage type.
    pub uncharged: BTreeMap<UsageType, u64>,
}

impl<'a> UsageCounter<'a> {
    /// Counts only intervals that begin within `window`: time that has passed, or the time asked for.
    pub fn new(settings: &'a UsageSettings, assigned: &'a LicenceAssignments, window: TimeSpan) -> Self {
        let calendar = PeriodCalendar::new(settings.period, settings.interval);
        Self { rules: CountingRules::new(settings, assigned, window), calendar, uses: Vec::new() }
    }

    /// Adds one row; `register` gave its numbers.
    pub fn add(&mut self, register: &NameRegister, row: &UseRow) {
        let Self { rules, calendar, uses } = self;
        let used = use_of(uses, row.source.0 as usize);
        used.rows += 1;
        used.trimmed += u64::from(is_trimmed(row));
        for run in rules.counted_runs(register, row) {
            for part in calendar.cut(run) {
                used.machines.entry(part.period).or_default().add(row.machine.0, part.first, part.last);
            }
        }
        match rules.settings.contract {
            ContractKind::Select => {}
            ContractKind::E365 => rules
                .touched_runs(register, row)
                .for_each(|run| used.add_persona(rules.settings, calendar, register, row, run)),
        }
    }

    /// Adds what `other` has counted with the same settings and the same register.
    pub fn merge(&mut self, other: Self) {
        for (source, more) in other.uses.into_iter().enumerate() {
            use_of(&mut self.uses, source).merge(more);
        }
    }

    /// Returns the counts.
    pub fn finish(self, register: &NameRegister) -> UsageCounts {
        let Self { rules, uses, .. } = self;
        let (mut counted, mut pools) = (UsageCounts::default(), BTreeMap::<Pool, SourceUse>::new());
        for ((_, source), used) in register.sources().zip(uses) {
            if is_charged(rules.settings, source) {
                pools.entry(rules.pool(source)).or_default().merge(used);
            } else if used.rows > 0 {
                *counted.uncharged.entry(source.usage_type.clone()).or_default() += used.rows;
            }
        }
        pools.into_iter().for_each(|(pool, used)| counted.add_source_use(rules.settings, &pool, used));
        counted
    }
}

impl UsageCounts {
    fn add_source_use(&mut self, settings: &UsageSettings, pool: &Pool, used: SourceUse) {
        let SourceUse { rows: _, trimmed, machines, personas } = used;
        for (period, mut machines) in machines {
            self.tallies.insert(
                (pool.clone(), period),
                Tally::from_occupancy(period, settings.interval, &mut machines),
            );
        }
        for (period, mut personas) in personas {
            self.persona_days.insert(
                (pool.clone(), period),
                personas.people.count_occupied() + personas.machines.count_occupied(),
            );
        }
        if trimmed > 0 {
            settings
                .unapplied_settings()
                .into_iter()
                .for_each(|setting| *self.unapplied.entry(setting).or_default() += trimmed);
        }
    }
}

impl SourceUse {
    fn merge(&mut self, other: Self) {
        let Self { rows, trimmed, machines, personas } = other;
        self.rows += rows;
        self.trimmed += trimmed;
        for (period, machines) in machines {
            self.machines.entry(period).or_default().merge_from(machines);
        }
        for (period, personas) in personas {
            let own = self.personas.entry(period).or_default();
            own.people.merge_from(personas.people);
            own.machines.merge_from(personas.machines);
        }
    }

    /// Adds the days of `run`, shifted to where the price book's day begins, for the user's address or, where
    /// none is known, for the machine.
    fn add_persona(
        &mut self,
        settings: &UsageSettings,
        calendar: &mut PeriodCalendar,
        register: &NameRegister,
        row: &UseRow,
        run: IntervalRun,
    ) {
        let per_day = intervals_per_day(settings.interval);
        for part in
            calendar.cut(run.shift(settings.price_book.hours_ahead() * 60 / settings.interval.minutes()))
        {
            let personas = self.personas.entry(part.period).or_default();
            let (first, last) = (part.first / per_day, part.last / per_day);
            match row.user.map(|user| (user, register.user_name(user))) {
                Some((user, UserName::Email(_))) => personas.people.add(user.0, first, last),
                Some((_, UserName::Opaque(_))) | None => personas.machines.add(row.machine.0, first, last),
            }
        }
    }
}

/// Returns what is known of the source with that number; of a new one, nothing.
pub(in crate::usage) fn use_of<T: Default>(uses: &mut Vec<T>, source: usize) -> &mut T {
    if uses.len() <= source {
        uses.resize_with(source + 1, T::default);
    }
    &mut uses[source]
}

fn intervals_per_day(width: IntervalWidth) -> u16 {
    u16::try_from(width.intervals_per_day()).expect("an interval is at least five minutes")
}

fn is_trimmed(row: &UseRow) -> bool {
    match row.used {
        TimeOfUse::Session(_) | TimeOfUse::Checkout(_) | TimeOfUse::Returned(_) => false,
        TimeOfUse::Trimmed { .. } => true,
    }
}

/// Whether use of `source` is charged; use that is not charged is in no pool.
pub(in crate::usage) fn is_charged(settings: &UsageSettings, source: &UsageSource) -> bool {
    settings.usage_types.contains(&source.usage_type)
}
