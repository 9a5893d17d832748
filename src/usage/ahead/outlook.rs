//! What recent use says about the running period, shown before a change of access.

use std::collections::BTreeMap;

use crate::model::{Date, Money, Timestamp};
use crate::usage::count::counter::UsageCounts;
use crate::usage::money::charge::{Charge, price_excess};
use crate::usage::money::peaks::OFFLINE_TOLERANCE_DAYS;
use crate::usage::rows::use_row::{Pool, TimeSpan, UseRow};
use crate::usage::{LicenceTerms, Period, UsageSettings, midnight, utc_day};

/// The number of recent days whose peak stands for what use is usually like.
pub const RECENT_DAYS: i64 = 90;

/// Machines above owned and their price, of one pool or of several together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overage {
    /// Of several pools, the sum over the pools.
    pub machines: u32,
    pub charge: Charge,
}

impl Overage {
    /// No excess.
    pub const NONE: Self = Self { machines: 0, charge: Charge::Nothing };

    /// Adds the machines and the charges of `other`.
    pub fn combine(self, other: Self) -> Self {
        let charge = match (self.charge, other.charge) {
            (Charge::Nothing, other) | (other, Charge::Nothing) => other,
            (Charge::Forgiven, other) | (other, Charge::Forgiven) => other,
            (Charge::PriceUnknown, _) | (_, Charge::PriceUnknown) => Charge::PriceUnknown,
            (Charge::Due(one), Charge::Due(other)) if one.currency == other.currency => {
                match one.amount.checked_add(other.amount) {
                    Some(amount) => Charge::Due(Money { amount, currency: one.currency }),
                    None => Charge::TooLarge,
                }
            }
            (Charge::Due(_) | Charge::TooLarge, Charge::Due(_) | Charge::TooLarge) => Charge::TooLarge,
        };
        Self { machines: self.machines.saturating_add(other.machines), charge }
    }

    /// Returns the money that is due, if any.
    pub fn money_due(&self) -> Option<&Money> {
        self.charge.money_due()
    }
}

/// The recent use and the excess so far of one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolStanding {
    pub recent: u32,
    /// The excess of the running period so far. It never decreases: a single interval above owned is charged
    /// for the whole period.
    pub so_far: Overage,
}

/// The first and the last day on which use began; outside them nothing is known of use.
///
/// Checkouts are left out: a checkout may have begun long before all other known use, and go on after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UseDateRange(Option<(Date, Date)>);

impl UseDateRange {
    /// Adds one row.
    pub fn add(&mut self, row: &UseRow) {
        self.merge(Self(row.used.first_day().map(|day| (day, day))));
    }

    /// Adds the days of `other`.
    pub fn merge(&mut self, other: Self) {
        self.0 = match (self.0, other.0) {
            (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
            (one, None) | (None, one) => one,
        };
    }
}

/// What is known of use when a change is decided.
#[derive(Debug, Clone)]
pub struct UsageOutlook<'a> {
    pub period: Period,
    /// The first day with known use among the days that were read.
    pub since: Date,
    /// The last day with known use.
    pub until: Date,
    /// Only pools with use.
    pub pools: BTreeMap<Pool, PoolStanding>,
    today: Date,
    terms: LicenceTerms<'a>,
    settings: &'a UsageSettings,
}

impl<'a> UsageOutlook<'a> {
    /// Returns the time that must be counted for an outlook at `now`: the running period, the recent days,
    /// and one week before them, in which there is use if there ever is any.
    pub fn window(settings: &UsageSettings, now: Timestamp) -> TimeSpan {
        let today = utc_day(now);
        let from = Period::from_day(settings.period, today).first_day().min(days_before(today, RECENT_DAYS));
        TimeSpan::new(midnight(days_before(from, 7)), now).unwrap_or(TimeSpan::ALWAYS)
    }

    /// Builds the outlook from what was counted in [`Self::window`]; `None` where no use is known.
    pub fn new(
        counted: &UsageCounts,
        covered: UseDateRange,
        terms: LicenceTerms<'a>,
        settings: &'a UsageSettings,
        now: Timestamp,
    ) -> Option<Self> {
        let (since, until) = covered.0?;
        let today = utc_day(now);
        let (period, recent) = (Period::from_day(settings.period, today), days_before(today, RECENT_DAYS));
        let mut pools = BTreeMap::<Pool, PoolStanding>::new();
        for ((pool, of), tally) in &counted.tallies {
            let standing =
                pools.entry(pool.clone()).or_insert(PoolStanding { recent: 0, so_far: Overage::NONE });
            let days = tally.daily_peaks().into_iter().filter(|(day, _)| *day >= recent);
            standing.recent = days.map(|(_, peak)| peak.machines).fold(standing.recent, u32::max);
            if *of == period {
                let assessment = terms.assess(pool, tally, settings);
                let machines = assessment.excess_machines();
                standing.so_far = Overage { machines, charge: assessment.charge };
            }
        }
        Some(Self { period, since, until, pools, today, terms, settings })
    }

    /// Whether use is known up to now, as far as possible: use on offline machines becomes known days later.
    pub fn is_current(&self) -> bool {
        self.until >= days_before(self.today, OFFLINE_TOLERANCE_DAYS)
    }

    /// Returns the excess of the running period if `more` machines of `pool` are in use at once than at the
    /// recent peak.
    pub fn overage_with_more(&self, pool: &Pool, more: u32) -> Overage {
        let (recent, so_far) = self
            .pools
            .get(pool)
            .map_or((0, Overage::NONE), |standing| (standing.recent, standing.so_far.clone()));
        let owned = self.terms.owned_licences(pool).unwrap_or_default().covered_licences_on(self.today);
        let machines = recent.saturating_add(more).saturating_sub(owned);
        if more == 0 || machines <= so_far.machines {
            return so_far;
        }
        Overage {
            machines,
            charge: price_excess(machines, self.period, &self.terms.prices(&pool.product), self.settings),
        }
    }
}

fn days_before(day: Date, days: i64) -> Date {
    day.saturating_sub(jiff::Span::new().days(days))
}
