//! A slow counter that is obviously right: the counter looks at every second of every row, and at every
//! interval of every pool.
//!
//! The slow counter shares no code with the fast one: the slow counter has its own rows, its own arithmetic
//! of days and periods, and whole numbers for money.

use std::collections::{BTreeMap, BTreeSet};

use seatwise::model::{Date, OwnedLicences, Timestamp};
use seatwise::usage::{
    BoundaryStart, ContractKind, FirstInterval, PeriodKind, Pool, PoolPlace, Pooling, PriceBook, ShortUse,
    UsageSettings, UsageSource, UsageType,
};

/// A row of use with its names; times are in seconds since 1970.
#[derive(Debug, Clone)]
pub(in crate::usage) struct SlowRow {
    pub(in crate::usage) source: UsageSource,
    pub(in crate::usage) machine: &'static str,
    pub(in crate::usage) user: Option<&'static str>,
    pub(in crate::usage) kind: SlowRowKind,
    pub(in crate::usage) from: i64,
    /// The end, not included; for a trimmed row, the end of its last interval.
    pub(in crate::usage) to: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::usage) enum SlowRowKind {
    Session,
    Checkout,
    Trimmed,
}

/// A named licence; times are in seconds since 1970.
#[derive(Debug, Clone)]
pub(in crate::usage) struct SlowLicence {
    pub(in crate::usage) user: &'static str,
    pub(in crate::usage) product: &'static str,
    pub(in crate::usage) from: i64,
    pub(in crate::usage) to: i64,
}

/// Everything that determines the count and its cost.
#[derive(Debug, Clone)]
pub(in crate::usage) struct CountingCase {
    pub(in crate::usage) settings: UsageSettings,
    pub(in crate::usage) lines: Vec<SlowRow>,
    pub(in crate::usage) held: Vec<SlowLicence>,
    pub(in crate::usage) window: (i64, i64),
    pub(in crate::usage) owned: Vec<(Date, OwnedLicences)>,
    /// List prices in cents.
    pub(in crate::usage) prices: Vec<(Date, u32)>,
    /// In percent.
    pub(in crate::usage) discount: u32,
}

/// The figures of one pool in one period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::usage) struct PoolFigures {
    pub(in crate::usage) intervals: Vec<(Timestamp, u32)>,
    pub(in crate::usage) peak: Option<(Timestamp, u32)>,
    pub(in crate::usage) days: Vec<(Date, Timestamp, u32)>,
    /// The moment, and the licences in excess, in use and owned.
    pub(in crate::usage) excess: Option<(Timestamp, u32, u32, u32)>,
    pub(in crate::usage) overuse_days: u32,
    pub(in crate::usage) charge: String,
    /// The machines and users at the peak; `None` where the row names no user.
    pub(in crate::usage) present: BTreeSet<(String, Option<String>)>,
}

/// The figures that a counter finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::usage) struct CountingAnswer {
    pub(in crate::usage) pools: BTreeMap<(Pool, String), PoolFigures>,
    pub(in crate::usage) persona_days: BTreeMap<(Pool, String), u64>,
    pub(in crate::usage) uncharged: BTreeMap<UsageType, u64>,
}

/// The machines in use in one interval, each with a user where the row names one.
type IntervalUsers = BTreeSet<(&'static str, Option<&'static str>)>;

impl CountingCase {
    pub(in crate::usage) fn answer(&self) -> CountingAnswer {
        let mut answer = CountingAnswer::default();
        let mut used: BTreeMap<Pool, BTreeMap<i64, IntervalUsers>> = BTreeMap::new();
        let mut personas: BTreeMap<Pool, BTreeSet<(Date, String)>> = BTreeMap::new();
        for line in &self.lines {
            if !self.settings.usage_types.contains(&line.source.usage_type) {
                *answer.uncharged.entry(line.source.usage_type.clone()).or_default() += 1;
                continue;
            }
            let used = used.entry(self.pool(line)).or_default();
            let personas = personas.entry(self.pool(line)).or_default();
            let mut before = None;
            for second in line.from..line.to {
                let interval = self.interval(second);
                // The other seconds of an interval give the same result as its first.
                if before.replace(interval) == Some(interval) {
                    continue;
                }
                if self.is_under_a_licence(line, interval)
                    || interval < self.window.0
                    || interval >= self.window.1
                {
                    continue;
                }
                if self.settings.contract == ContractKind::E365 {
                    personas.insert((date(second + self.day_shift_seconds()), persona(line)));
                }
                if self.is_counted(line, interval) {
                    used.entry(interval).or_default().insert((line.machine, line.user));
                }
            }
        }
        for (pool, personas) in personas {
            for (date, _) in personas {
                *answer.persona_days.entry((pool.clone(), self.period(date))).or_default() += 1;
            }
        }
        let mut periods: BTreeMap<(Pool, String), BTreeMap<i64, IntervalUsers>> = BTreeMap::new();
        for (pool, used) in used {
            for (interval, users) in used {
                periods
                    .entry((pool.clone(), self.period(date(interval))))
                    .or_default()
                    .insert(interval, users);
            }
        }
        answer.pools = periods
            .into_iter()
            .map(|((pool, period), used)| ((pool, period.clone()), self.pool_figures(&period, &used)))
            .collect();
        answer
    }

    fn interval(&self, second: i64) -> i64 {
        second - second.rem_euclid(60 * self.settings.interval.minutes())
    }

    fn is_counted(&self, line: &SlowRow, interval: i64) -> bool {
        if line.kind == SlowRowKind::Trimmed {
            return true;
        }
        let is_short = line.to - line.from < 60 * self.settings.interval.minutes();
        if is_short && self.settings.short_use == ShortUse::Free {
            return false;
        }
        let first = self.interval(line.from);
        let on_boundary = line.from == first;
        interval != first
            || self.settings.first_interval == FirstInterval::Count
            || (on_boundary && self.settings.boundary_start == BoundaryStart::Count)
    }

    fn is_under_a_licence(&self, line: &SlowRow, interval: i64) -> bool {
        self.held.iter().any(|held| {
            let same_user = line.user.is_some_and(|user| user.to_lowercase() == held.user.to_lowercase());
            same_user
                && line.source.product.as_str() == held.product
                && held.from <= interval
                && interval < held.to
        })
    }

    fn pool(&self, line: &SlowRow) -> Pool {
        let place = match (self.settings.pool, line.source.country, line.source.site.clone()) {
            (Pooling::Country, Some(country), _) => PoolPlace::Country(country),
            (Pooling::Site, _, Some(site)) => PoolPlace::Site(site),
            (Pooling::Country | Pooling::Site, _, _) => PoolPlace::Unknown,
        };
        Pool { product: line.source.product.clone(), feature: line.source.feature.clone(), place }
    }

    fn day_shift_seconds(&self) -> i64 {
        if self.settings.price_book == PriceBook::AustraliaNewZealand { 12 * 3600 } else { 0 }
    }

    fn period(&self, date: Date) -> String {
        match self.settings.period {
            PeriodKind::Quarter => format!(
                "{}Q{}",
                date.year(),
                [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4][usize::try_from(date.month() - 1).unwrap()]
            ),
            PeriodKind::Month => date.strftime("%Y-%m").to_string(),
        }
    }

    fn pool_figures(&self, period: &str, used: &BTreeMap<i64, IntervalUsers>) -> PoolFigures {
        let mut found = PoolFigures::default();
        let mut overused = BTreeSet::new();
        for (interval, users) in used {
            let machines: BTreeSet<&str> = users.iter().map(|(machine, _)| *machine).collect();
            let (at, machines, day) =
                (timestamp(*interval), u32::try_from(machines.len()).unwrap(), date(*interval));
            found.intervals.push((at, machines));
            if found.peak.is_none_or(|(_, highest)| machines > highest) {
                found.peak = Some((at, machines));
                found.present = users
                    .iter()
                    .map(|(machine, user)| {
                        ((*machine).to_owned(), user.map(|user| address(user).unwrap_or_else(|| user.into())))
                    })
                    .collect();
            }
            match found.days.iter_mut().find(|(known, _, _)| *known == day) {
                Some((_, when, highest)) if machines > *highest => (*when, *highest) = (at, machines),
                Some(_) => {}
                None => found.days.push((day, at, machines)),
            }
            let owned = self.owned_on(day);
            if machines > owned {
                overused.insert(day);
                if found.excess.is_none_or(|(_, highest, _, _)| machines - owned > highest) {
                    found.excess = Some((at, machines - owned, machines, owned));
                }
            }
        }
        found.overuse_days = u32::try_from(overused.len()).unwrap();
        found.charge =
            self.charge(period, found.excess.map_or(0, |(_, above, _, _)| above), found.overuse_days);
        found
    }

    fn owned_on(&self, day: Date) -> u32 {
        match self.owned.iter().filter(|(from, _)| *from <= day).max_by_key(|(from, _)| *from) {
            Some((_, OwnedLicences::Quantity(quantity))) => *quantity,
            Some((_, OwnedLicences::Unlimited)) | None => 0,
        }
    }

    fn charge(&self, period: &str, excess: u32, overuse_days: u32) -> String {
        if excess == 0 {
            return "nothing".into();
        }
        if overuse_days <= self.settings.forgive {
            return "forgiven".into();
        }
        let first = match period.split_once('Q') {
            Some((year, quarter)) => format!("{year}-{:02}-01", 3 * quarter.parse::<u32>().unwrap() - 2),
            None => format!("{period}-01"),
        };
        let first: Date = first.parse().unwrap();
        let Some((_, cents)) =
            self.prices.iter().filter(|(from, _)| *from <= first).max_by_key(|(from, _)| *from)
        else {
            return "unknown".into();
        };
        // In ten thousandths of a cent; half is rounded up.
        let exact = u128::from(excess) * u128::from(*cents) * 16 * u128::from(100 - self.discount);
        let cents = (exact + 5_000) / 10_000;
        format!("{}.{:02} EUR", cents / 100, cents % 100)
    }
}

fn persona(line: &SlowRow) -> String {
    let address = line.user.and_then(address);
    address.unwrap_or_else(|| format!("machine {}", line.machine))
}

fn address(user: &str) -> Option<String> {
    user.contains('@').then(|| user.to_lowercase())
}

fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn date(second: i64) -> Date {
    jiff::tz::Offset::UTC.to_datetime(timestamp(second)).date()
}
