//! Counts a stream of rows, in any order, in memory that follows what is different in them.

use std::collections::BTreeMap;

use super::grid::Run;
use super::occupancy::Occupancy;
use super::period::Calendar;
use super::row::{Pool, Row, Source, Span, Use};
use super::rules::{Assigned, Rules};
use super::settings::{ContractKind, Settings, Unapplied, UsageType};
use super::{Period, Register, Tally, UserName, Width};

/// Takes rows and says, at the end, how many machines were in use when.
#[derive(Debug)]
pub struct Counter<'a> {
    rules: Rules<'a>,
    calendar: Calendar,
    /// By the source's number; brought together by pool at the end, as sources are few and rows are many.
    uses: Vec<SourceUse>,
}

/// What the rows of one source say.
#[derive(Debug, Default)]
struct SourceUse {
    rows: u64,
    trimmed: u64,
    machines: BTreeMap<Period, Occupancy>,
    personas: BTreeMap<Period, Personas>,
}

/// The days of people whose address is known, and of machines where it is not.
#[derive(Debug, Default)]
struct Personas {
    people: Occupancy,
    machines: Occupancy,
}

/// What a [`Counter`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Machines in each interval, for every pool and period with use that counts.
    pub tallies: BTreeMap<(Pool, Period), Tally>,
    /// Persona-days, where the contract is by them.
    pub persona_days: BTreeMap<(Pool, Period), u64>,
    /// Settings that could not be applied to rows that an export has trimmed, with the number of those rows.
    pub unapplied: BTreeMap<Unapplied, u64>,
    /// Rows that are not charged, by usage type.
    pub uncharged: BTreeMap<UsageType, u64>,
}

impl<'a> Counter<'a> {
    /// Counts only intervals that begin within `window`: time that has passed, or that is asked for.
    pub fn new(settings: &'a Settings, assigned: &'a Assigned, window: Span) -> Self {
        let calendar = Calendar::new(settings.period, settings.interval);
        Self { rules: Rules::new(settings, assigned, window), calendar, uses: Vec::new() }
    }

    /// Takes one row; `register` gave its numbers.
    pub fn add(&mut self, register: &Register, row: &Row) {
        let source = row.source.0 as usize;
        if self.uses.len() <= source {
            self.uses.resize_with(source + 1, SourceUse::default);
        }
        let Self { rules, calendar, uses } = self;
        let used = &mut uses[source];
        used.rows += 1;
        used.trimmed += u64::from(is_trimmed(row));
        for run in rules.counted(register, row) {
            for part in calendar.cut(run) {
                used.machines.entry(part.period).or_default().add(row.machine.0, part.first, part.last);
            }
        }
        match rules.settings.contract {
            ContractKind::Select => {}
            ContractKind::E365 => rules
                .touched(register, row)
                .for_each(|run| used.add_persona(rules.settings, calendar, register, row, run)),
        }
    }

    /// Takes over what `other` has counted with the same settings and the same register.
    pub fn absorb(&mut self, other: Self) {
        if self.uses.len() < other.uses.len() {
            self.uses.resize_with(other.uses.len(), SourceUse::default);
        }
        for (used, more) in self.uses.iter_mut().zip(other.uses) {
            used.absorb(more);
        }
    }

    /// Says what was found.
    pub fn finish(self, register: &Register) -> Counted {
        let Self { rules, uses, .. } = self;
        let (mut counted, mut pools) = (Counted::default(), BTreeMap::<Pool, SourceUse>::new());
        for ((_, source), used) in register.sources().zip(uses) {
            if is_charged(rules.settings, source) {
                pools.entry(rules.pool(source)).or_default().absorb(used);
            } else if used.rows > 0 {
                *counted.uncharged.entry(source.usage_type.clone()).or_default() += used.rows;
            }
        }
        pools.into_iter().for_each(|(pool, used)| counted.take(rules.settings, &pool, used));
        counted
    }
}

impl Counted {
    fn take(&mut self, settings: &Settings, pool: &Pool, used: SourceUse) {
        let SourceUse { rows: _, trimmed, machines, personas } = used;
        for (period, mut machines) in machines {
            self.tallies.insert((pool.clone(), period), Tally::of(period, settings.interval, &mut machines));
        }
        for (period, mut personas) in personas {
            self.persona_days
                .insert((pool.clone(), period), personas.people.occupied() + personas.machines.occupied());
        }
        if trimmed > 0 {
            settings
                .unapplied()
                .into_iter()
                .for_each(|setting| *self.unapplied.entry(setting).or_default() += trimmed);
        }
    }
}

impl SourceUse {
    fn absorb(&mut self, other: Self) {
        let Self { rows, trimmed, machines, personas } = other;
        self.rows += rows;
        self.trimmed += trimmed;
        for (period, machines) in machines {
            self.machines.entry(period).or_default().absorb(machines);
        }
        for (period, personas) in personas {
            let own = self.personas.entry(period).or_default();
            own.people.absorb(personas.people);
            own.machines.absorb(personas.machines);
        }
    }

    /// The days of `run`, shifted to where the price book's day begins, belong to the user's address, or else
    /// to the machine.
    fn add_persona(
        &mut self,
        settings: &Settings,
        calendar: &mut Calendar,
        register: &Register,
        row: &Row,
        run: Run,
    ) {
        let per_day = days(settings.interval);
        for part in
            calendar.cut(run.plus(settings.price_book.hours_ahead() * 60 / settings.interval.minutes()))
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

fn days(width: Width) -> u16 {
    u16::try_from(width.per_day()).expect("an interval is at least five minutes")
}

fn is_trimmed(row: &Row) -> bool {
    match row.used {
        Use::Session(_) | Use::Checkout(_) | Use::Returned(_) => false,
        Use::Trimmed { .. } => true,
    }
}

/// Only such use is charged, and nothing else is in a pool.
pub(super) fn is_charged(settings: &Settings, source: &Source) -> bool {
    settings.usage_types.contains(&source.usage_type)
}
