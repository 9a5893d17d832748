//! Use: counts, comparison with owned licences, and prices.

mod ahead;
mod count;
mod money;
mod people;
mod rows;
mod year;

use std::collections::BTreeMap;

use seatwise::model::{CountryCode, Date, ProductId, Timestamp};
use seatwise::usage::{
    Attendance, LicenceAssignments, NameRegister, Pool, PoolMoment, PoolPlace, PresentMachines, StartMethod,
    Tally, TimeOfUse, TimeSpan, UsageCounter, UsageCounts, UsageSettings, UsageSource, UsageType, UseRow,
};

/// The day of the use, unless a test gives another.
const DAY: &str = "2026-03-02";

/// A builder of rows of use: product `p` in Germany on one day, unless a test gives others.
pub(crate) struct Meter {
    register: NameRegister,
    assigned: LicenceAssignments,
    pub(crate) rows: Vec<UseRow>,
    settings: UsageSettings,
    window: TimeSpan,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            register: NameRegister::default(),
            assigned: LicenceAssignments::default(),
            rows: Vec::new(),
            settings: UsageSettings::default(),
            window: TimeSpan::ALWAYS,
        }
    }

    fn with_settings(change: impl FnOnce(&mut UsageSettings)) -> Self {
        let mut meter = Self::new();
        change(&mut meter.settings);
        meter
    }

    pub(crate) fn row(
        mut self,
        machine: &str,
        user: Option<&str>,
        source: &UsageSource,
        used: TimeOfUse,
    ) -> Self {
        let source = self.register.source_id(source);
        let machine = self.register.machine_id(machine);
        let user = user.map(|user| self.register.user_id(user));
        self.rows.push(UseRow { source, machine, user, used });
        self
    }

    fn session(self, machine: &str, from: &str, to: &str) -> Self {
        self.row(machine, None, &source(), session(from, to))
    }

    fn session_of(self, user: &str, machine: &str, from: &str, to: &str) -> Self {
        self.row(machine, Some(user), &source(), session(from, to))
    }

    fn trimmed_row(self, machine: &str, first: &str, last: &str) -> Self {
        self.row(machine, None, &source(), TimeOfUse::Trimmed { first: time(first), last: time(last) })
    }

    pub(crate) fn count(&self) -> UsageCounts {
        let mut counter = UsageCounter::new(&self.settings, &self.assigned, self.window);
        self.rows.iter().for_each(|row| counter.add(&self.register, row));
        counter.finish(&self.register)
    }

    /// The machines and users in use at `moments`.
    fn present_at(
        &self,
        moments: impl IntoIterator<Item = PoolMoment>,
    ) -> BTreeMap<PoolMoment, PresentMachines> {
        let mut attendance = Attendance::new(&self.settings, &self.assigned, &self.register, moments);
        self.rows.iter().for_each(|row| attendance.add(row));
        attendance.finish()
    }

    /// The only tally; the rows must give one pool in one period.
    fn tally(&self) -> Tally {
        let tallies: Vec<Tally> = self.count().tallies.into_values().collect();
        let [tally] = tallies.try_into().expect("one pool in one period");
        tally
    }

    /// The machines in each interval of the only tally, by time of day.
    fn intervals(&self) -> BTreeMap<String, u32> {
        self.tally().intervals().map(|(at, machines)| (at.strftime("%H:%M").to_string(), machines)).collect()
    }
}

fn product(name: &str) -> ProductId {
    ProductId::new(name).unwrap()
}

fn country(code: &str) -> CountryCode {
    CountryCode::new(code).unwrap()
}

pub(crate) fn source() -> UsageSource {
    UsageSource {
        product: product("p"),
        feature: None,
        country: Some(country("DE")),
        site: None,
        usage_type: UsageType::production(),
        through: StartMethod::Unknown,
    }
}

fn pool() -> Pool {
    Pool { product: product("p"), feature: None, place: PoolPlace::Country(country("DE")) }
}

pub(crate) fn session(from: &str, to: &str) -> TimeOfUse {
    TimeOfUse::Session(span(from, to))
}

fn span(from: &str, to: &str) -> TimeSpan {
    TimeSpan::new(time(from), time(to)).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Parses `09:01`, `09:09:59`, `24:05` (on the next day) or `2026-03-03 09:01`.
fn time(text: &str) -> Timestamp {
    let (day, clock) = text.split_once(' ').unwrap_or((DAY, text));
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().unwrap());
    let (hours, minutes, seconds) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap_or(0));
    let midnight: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    midnight + jiff::SignedDuration::from_secs(3600 * hours + 60 * minutes + seconds)
}
